"""The subscriber's side: the full entry of an event, and which of an entry's versions is the latest.

    event = parse_event(body)                 what a target of the bus received (`feedriver.events`)
    latest.accept(event)                      False for what came twice, or later than a higher revision
    full_entry(event, from_s3(client))        the entry, from the event or, where that was trimmed, from S3

Delivery is at least once and in no order. `rank` is the whole rule by which subscribers converge all the same: of two
versions of an entry the one of the higher rank stays. A subscriber with a table of its own puts it into the condition
of its write; `Latest` is the rule on a mapping.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, MutableMapping
from typing import Any, NamedTuple

from feedriver.errors import ObjectMismatchError
from feedriver.events import EntryDeleted, EntryPublished, EntryUpdated, Event, ObjectPointer
from feedriver.models import Entry

__all__ = ["Get", "Latest", "Version", "fetch_entry", "from_s3", "full_entry", "version"]

Get = Callable[[str, str, int, int], bytes]  # bucket, key, first and last byte (inclusive): what lies between them


class Version(NamedTuple):
    """Which version of which entry an event is about: `entry_id`, its `revision`, and whether it is `deleted` there."""

    entry_id: str
    revision: int
    deleted: bool = False

    @property
    def rank(self) -> int:
        """Higher for a later version: by revision, and a deletion is the last word on its own."""
        return 2 * self.revision + self.deleted


def version(event: Event) -> Version | None:
    """The version that an event is about; None for an event on the feed itself."""
    if isinstance(event, EntryPublished | EntryUpdated):
        entry = event.detail.data.entry
        return Version(entry.id, entry.revision)
    if isinstance(event, EntryDeleted):
        return Version(event.detail.data.entry_id, event.detail.data.revision, deleted=True)
    return None


class Latest:
    """The highest version of each entry, by its id, in a mapping (given or new) that outlives it where the given does.

    The mapping holds ranks: a dict, or whatever else of strings to numbers, as `shelve` or a cache gives it.
    """

    def __init__(self, ranks: MutableMapping[str, int] | None = None) -> None:
        self._ranks: MutableMapping[str, int] = {} if ranks is None else ranks

    def accept(self, event: Event) -> bool:
        """Whether an event is about a later version than all before it, which is then remembered.

        False for a repeat, for what was overtaken, and for events on feeds: those are about no entry.
        """
        announced = version(event)
        if announced is None or announced.rank <= self._ranks.get(announced.entry_id, 0):
            return False
        self._ranks[announced.entry_id] = announced.rank
        return True


def from_s3(client: Any) -> Get:  # noqa: ANN401  # boto3 makes its clients at run time, and is not imported here
    """To get bytes by a boto3 client of S3, with a role that may `s3:GetObject` on `entries/*` of the bucket."""

    def get(bucket: str, key: str, first: int, last: int) -> bytes:
        body: bytes = client.get_object(Bucket=bucket, Key=key, Range=f"bytes={first}-{last}")["Body"].read()
        return body

    return get


def full_entry(event: EntryPublished | EntryUpdated, get: Get) -> Entry:
    """The full entry of an event: its own where nothing was trimmed, else from the object that it points to.

    Raises `ObjectMismatchError` where what lies there is not what was announced, and whatever `get` raises.
    """
    data = event.detail.data
    return fetch_entry(data.object, get) if data.trimmed else data.entry


def fetch_entry(pointer: ObjectPointer, get: Get) -> Entry:
    """The entry that `pointer` is to: one ranged GET, whose length and SHA-256 are checked before it is read.

    Raises `ObjectMismatchError` where either differs, and whatever `get` raises.
    """
    line = get(pointer.bucket, pointer.key, pointer.offset, pointer.offset + pointer.length - 1)
    where = f"s3://{pointer.bucket}/{pointer.key} from byte {pointer.offset}"
    if len(line) != pointer.length:
        raise ObjectMismatchError(f"{where}: {len(line)} bytes came, {pointer.length} were announced")
    digest = hashlib.sha256(line).hexdigest()
    if digest != pointer.sha256:
        raise ObjectMismatchError(f"{where}: its SHA-256 is {digest}, {pointer.sha256} was announced")
    return Entry.model_validate_json(line, extra="ignore")
