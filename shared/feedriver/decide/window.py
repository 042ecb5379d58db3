"""The window: the items of a feed's last document by their source, so that the next poll reads only the others.

What identity and rhythm need of an item is kept beside the hash of its source, 60 bytes an item: whether an item is
read or left out, the same is decided. An item whose source was seen stays the entry that it was, also where the ladder
of identity, which knows no sources, would come to another by now. Of several items that are one entry, the one that was
chosen alone is left out: once it is gone from the document, another is what the entry says. Documents that were not in
order, or that hold more than `MOST` items, have no window: they are read whole.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from feedriver.decide import seen
from feedriver.decide.fingerprint import FINGERPRINT_VERSION
from feedriver.decide.identity import Keys, Sighting
from feedriver.decide.seen import KEY_BYTES
from feedriver.parse.result import Known, KnownItem, Parsed
from feedriver.parse.slices import HASH_BYTES, MOST_ITEMS
from feedriver.state import FeedState

LAYOUT = 1  # of the packed bytes
MOST = MOST_ITEMS  # beyond, what is written at each change costs more than reading the document again
ROOM = 390_000  # bytes that seen-set and window fill together at most: DynamoDB bounds an item to 400 KB

_HEADER = struct.Struct(f">BB{HASH_BYTES}s")
_ITEM = struct.Struct(f">{HASH_BYTES}s" + f"{KEY_BYTES}s" * 6 + "qq")
_KEYED = HASH_BYTES + KEY_BYTES  # where an entry's key ends
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_TIME = -(2**63)


@dataclass(frozen=True, slots=True)
class Window:
    """What was there before: the items by the hashes of their sources, and what stood around them."""

    head: bytes = b""
    items: Mapping[bytes, bytes] = field(default_factory=dict)
    heading: bytes = b""

    @property
    def known(self) -> Known:
        """What need not be read."""
        return Known(frozenset(self.items), self.head, self.heading)

    def entry(self, source: bytes) -> bytes:
        """The key of the entry that an item with the hash `source` was seen as, or nothing."""
        return self.items[source][HASH_BYTES:_KEYED] if source in self.items else b""

    def sighting(self, kept: KnownItem) -> Sighting:
        """An item that was left out, as it was seen before."""
        source, entry, *keys, published, updated = _ITEM.unpack(self.items[kept.slice])
        return Sighting(kept.index, Keys(*keys), _time(published), _time(updated), source, entry)


def unpack(state: FeedState) -> Window:
    """The window of a feed; an empty one where nothing was packed, or by another version of this code.

    An item whose entry is no longer in the seen-set is left out: it is to be read again. So is every one, where the
    seen-set has the fingerprints of another version: they are to be made anew.
    """
    packed = state.window
    known, fingerprints = seen.unpack(state.seen) if packed else (None, None)
    if not known or tuple(packed[:2]) != (LAYOUT, FINGERPRINT_VERSION) or fingerprints != FINGERPRINT_VERSION:
        return Window()
    *_, head = _HEADER.unpack_from(packed)
    items = (packed[at : at + _ITEM.size] for at in range(_HEADER.size, len(packed), _ITEM.size))
    held = {item[:HASH_BYTES]: item for item in items if item[HASH_BYTES:_KEYED] in known}
    return Window(head, held, state.heading)


def dates(state: FeedState) -> list[datetime | None]:
    """When the items of the last document were published, as far as they are kept."""
    return [_time(_ITEM.unpack(item)[-2]) for item in unpack(state).items.values()]


def pack(head: bytes, entries: Iterable[tuple[Sighting, bytes]], before: Window, room: int) -> bytes:
    """To bytes, `room` of them at most: the items that were seen, each with the key of its entry.

    Nothing where they do not fit. `head` is empty where the document could not be cut.
    """
    packed = [before.items[each.slice] if each.item is None else _packed(each, key) for each, key in entries if head]
    if not 0 < len(packed) <= MOST or _HEADER.size + len(packed) * _ITEM.size > room:
        return b""
    return _HEADER.pack(LAYOUT, FINGERPRINT_VERSION, head) + b"".join(packed)


def sightings(parsed: Parsed, window: Window) -> list[Sighting]:
    """The items of a document in its order, those that were read and those that were left out."""
    read = [Sighting.from_item(item, window.entry(item.slice)) for item in parsed.items]
    return sorted([*read, *map(window.sighting, parsed.kept)], key=lambda each: each.index)


def _packed(sighting: Sighting, key: bytes) -> bytes:
    times = _seconds(sighting.published), _seconds(sighting.updated)
    return _ITEM.pack(sighting.slice, key, *sighting.keys, *times)


def _seconds(time: datetime | None) -> int:
    return (time - _EPOCH) // timedelta(seconds=1) if time else _NO_TIME


def _time(seconds: int) -> datetime | None:
    return None if seconds == _NO_TIME else _EPOCH + timedelta(seconds=seconds)
