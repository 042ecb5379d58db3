"""The event bus: EventBridge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from feedriver.aws.calls import call
from feedriver.errors import EdgeError, InvalidWriteError
from feedriver.events import SOURCE
from feedriver.messaging import Announcement

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

MOST_ENTRIES = 10  # in one PutEvents
MOST_BYTES = 256 * 1024  # in one PutEvents, as EventBridge counts them
TIME_BYTES = 14  # what an entry's Time counts for
MALFORMED = frozenset({"InvalidArgument", "MalformedDetail"})  # of an entry: it is never taken
ROUNDS = 3  # of PutEvents for the entries of a request that it did not take


def size(announcement: Announcement) -> int:
    """The bytes that EventBridge counts for an entry: UTF-8 of source, detail-type and detail, and 14 for the time."""
    text = SOURCE + announcement.detail_type + announcement.detail
    return len(text.encode()) + TIME_BYTES


def requests(announcements: Sequence[Announcement]) -> Iterator[list[Announcement]]:
    """Split by count and by bytes, in order."""
    request: list[Announcement] = []
    total = 0
    for announcement in announcements:
        adds = size(announcement)
        if request and (len(request) == MOST_ENTRIES or total + adds > MOST_BYTES):
            yield request
            request, total = [], 0
        request.append(announcement)
        total += adds
    if request:
        yield request


class EventBridgeBus:
    """`feedriver.ports.Bus` on EventBridge."""

    def __init__(self, client: EventBridgeClient, bus: str) -> None:
        self._client = client
        self._bus = bus

    def announce(self, announcements: Sequence[Announcement]) -> None:
        """See `Bus.announce`. PutEvents may take some entries and refuse others with a 200: those are sent again."""
        for request in requests(announcements):
            left = request
            for _ in range(ROUNDS):
                left = self._put(left)
                if not left:
                    break
            else:
                raise EdgeError(f"events PutEvents: {len(left)} of {len(request)} entries were not taken")

    def _put(self, announcements: list[Announcement]) -> list[Announcement]:
        entries: list[PutEventsRequestEntryTypeDef] = [
            {
                "EventBusName": self._bus,
                "Source": SOURCE,
                "DetailType": announcement.detail_type,
                "Detail": announcement.detail,
                "Time": announcement.time,
            }
            for announcement in announcements
        ]
        with call("events PutEvents"):
            results = self._client.put_events(Entries=entries)["Entries"]
        if malformed := MALFORMED.intersection(result.get("ErrorCode", "") for result in results):
            raise InvalidWriteError(f"events PutEvents: {min(malformed)}")
        return [each for each, result in zip(announcements, results, strict=True) if "EventId" not in result]
