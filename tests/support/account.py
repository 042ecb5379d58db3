"""What AWS would refuse, and what it would charge: the fakes ask here.

Quotas, as AWS documents them in November 2026:

    DynamoDB     an item has 400 KB (Developer Guide, "Quotas")
    EventBridge  a PutEvents has 10 entries and 256 KB (User Guide, "Calculating PutEvents event entry size")
    SQS          a message, and a SendMessageBatch of 10 at most, has 1 MiB; a delay is 900 seconds (API Reference,
                 SendMessageBatch)
    S3           a key has 1,024 bytes of UTF-8 (User Guide, "Naming objects"), a user's metadata 2 KB

BatchGetItem's 100 keys and 16 MB are the adapter's to split by: `States.load` takes any number.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from prices import PRICES

from feedriver.aws import bus, calls, item, queue
from feedriver.errors import EdgeError, InvalidWriteError
from feedriver.messaging import Announcement
from feedriver.state import FeedState

MESSAGE_BYTES, DELAY = 1024 * 1024, 900
KEY_BYTES = 1024
BILLED_BYTES = 64 * 1024  # of an event, or of a request to SQS
READ_BYTES, WRITE_BYTES = 4096, 1024  # of a unit
KEYS_A_PAGE = 1000

READ, WRITE = "DynamoDB, read unit", "DynamoDB, write unit"
EVENT, SENT = "EventBridge, event", "SQS, request"
PUT, GET, LIST = "S3, PUT", "S3, GET", "S3, LIST"
# Calls that cost the same whatever they are about; what another call costs is counted where its sizes are known.
FIXED = {
    "states.holds": (READ, 1),
    "states.cursor": (READ, 1),
    "states.in_slots": (READ, 0.5),  # a query at least; what it finds is 64 bytes each
    "states.behind": (READ, 0.5),  # likewise
    "states.stopped": (READ, 1),
    "states.hold": (WRITE, 1),
    "states.stop": (WRITE, 1),
    "states.advance": (WRITE, 1),
    "store.get": (GET, 1),
    "leases.take": (WRITE, 1),
    "leases.standing": (READ, 1),
    "leases.finish": (WRITE, 1),
}
SIZED = {"states.load", "states.commit", "states.clear_outbox", "states.register", "states.remove", "states.every"}
SIZED |= {"states.stretch", "store.put", "store.listed", "bus.announce", "queue.send"}
# Deleting objects, and the Parameter Store's standard parameters, cost nothing.
FREE = {"fetch", "store.discard", "secrets.load", "secrets.keep", "secrets.forget"}


def refused(call: str, code: str) -> EdgeError:
    """As the adapters tell it: what is refused for what it is, apart from what may be taken the next time."""
    return (InvalidWriteError if code in calls.INVALID else EdgeError)(f"fake {call}: {code}")


@dataclass
class Account:
    """What was used so far, in the units of `PRICES`."""

    units: Counter[str] = field(default_factory=Counter)
    _sizes: dict[str, tuple[FeedState, int]] = field(default_factory=dict)

    @property
    def dollars(self) -> float:
        """What it costs."""
        return sum(count * PRICES[unit] for unit, count in self.units.items())

    def called(self, name: str) -> None:
        """A call of a fixed price."""
        if name in FIXED:
            unit, count = FIXED[name]
            self.units[unit] += count

    def written(self, before: FeedState | None, after: FeedState | None) -> None:
        """An item written, replaced or deleted: units by the larger of both; of the index, where its slot changes."""
        sizes = [self._size(state) for state in (before, after) if state]
        if after and self._size(after) > item.MOST_BYTES:
            raise refused("PutItem", "ValidationException")
        if sizes:
            self.units[WRITE] += math.ceil(max(sizes) / WRITE_BYTES)
        left = {state.slot for state in (before, after) if state}
        if before is None or after is None or len(left) > 1:
            self.units[WRITE] += len(left)

    def read(self, states: Iterable[FeedState | None], *, latest: bool) -> None:
        """Items read by key, for half where the `latest` is not asked for. What is not there costs a unit too."""
        units = sum(math.ceil(self._size(each) / READ_BYTES) if each else 1 for each in states)
        self.units[READ] += units if latest else units / 2

    def scanned(self, states: Iterable[FeedState]) -> None:
        """A scan or query of whole items, eventually consistent."""
        self.units[READ] += max(1, math.ceil(sum(map(self._size, states)) / READ_BYTES)) / 2

    def put(self, key: str, content_type: str) -> None:
        """An object put under `key`."""
        if not 0 < len(key.encode()) <= KEY_BYTES or not key.isprintable():
            raise refused("PutObject", "KeyTooLongError")
        if not (content_type.isascii() and content_type.isprintable()):
            raise refused("PutObject", "SignatureDoesNotMatch")
        self.units[PUT] += 1

    def listed(self, keys: int) -> None:
        """So many keys listed."""
        self.units[LIST] += max(1, math.ceil(keys / KEYS_A_PAGE))

    def announced(self, announcements: Sequence[Announcement]) -> None:
        """Events put, in requests as the adapter makes them."""
        for request in bus.requests(announcements):
            sizes = [bus.size(each) for each in request]
            if len(request) > bus.MOST_ENTRIES or sum(sizes) > bus.MOST_BYTES:
                raise refused("PutEvents", "ValidationException")
            self.units[EVENT] += sum(math.ceil(each / BILLED_BYTES) for each in sizes)

    def sent(self, bodies: Sequence[str], delay: int) -> None:
        """Messages sent, in requests as the adapter makes them."""
        if not 0 <= delay <= DELAY:
            raise refused("SendMessageBatch", "InvalidParameterValue")
        for start in range(0, len(bodies), queue.MOST_MESSAGES):
            total = sum(len(body.encode()) for body in bodies[start : start + queue.MOST_MESSAGES])
            if total > MESSAGE_BYTES:
                raise refused("SendMessageBatch", "BatchRequestTooLong")
            self.units[SENT] += max(1, math.ceil(total / BILLED_BYTES))

    def _size(self, state: FeedState) -> int:
        known = self._sizes.get(state.feed_id)
        if known is None or known[0] is not state:
            known = self._sizes[state.feed_id] = (state, item.size(item.to_item(state)))
        return known[1]
