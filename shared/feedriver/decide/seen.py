"""The seen-set: which entries of a feed are known, in which version, packed into 38 bytes an entry.

It outlives the feed's window, so that an entry which comes back is not new. DynamoDB bounds an item to 400 KB, hence
the bound of 10,000 entries (380 kB). `feedriver.decide.overflow` says what is forgotten beyond it.
Of the 16 bits that hold the revision the top one says that the entry was deleted by its publisher, the next one that it
is held (`feedriver.decide.flood`). An older version of this code takes that for a high revision, and loses nothing.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import NamedTuple

LAYOUT = 1  # of the packed bytes
CAPACITY = 10_000  # entries
KEY_BYTES = 6  # 48 bits: 10,000 keys of one feed collide with a chance of 2 in 10 million

_HEADER = struct.Struct(">BB")
_ENTRY = struct.Struct(f">{KEY_BYTES}s{KEY_BYTES}s8HHHHI")
_LINK, _TITLE = slice(KEY_BYTES, 2 * KEY_BYTES), slice(12, 14)  # where they stand in an entry
_DAY, _FIRST_SEEN = slice(32, 34), slice(34, 38)
_SHORT = struct.Struct(">H")
_DELETED, _HELD = 0x8000, 0x4000
_MOST_REVISIONS = 0x3FFF  # 14 bits
_REVISION = slice(30, 32)  # where it stands in an entry
ENTRY_BYTES = _ENTRY.size
_EPOCH_DAY = date(1970, 1, 1).toordinal()
NO_LINK = bytes(KEY_BYTES)


def entry_id(feed_id: str, key: bytes) -> str:
    """The entry's public id: 32 hex digits, from the feed and the key that the seen-set keeps."""
    return hashlib.sha256(feed_id.encode() + key).hexdigest()[:32]


class Fingerprint(NamedTuple):
    """16 bits of each source field, in the order of `SourceFields`, and 16 of all together (to detect, not to name)."""

    fields: tuple[int, ...]
    whole: int


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """One known entry. `day` is the last (UTC) day on which a document that was written down held it.

    `deleted` says that its publisher's tombstone was announced, and that it has not come back since. `held` says that
    it was stored and not announced (`feedriver.decide.flood`).
    """

    key: bytes
    link_key: bytes
    fingerprint: Fingerprint
    revision: int
    day: date
    first_seen: datetime
    deleted: bool = False
    held: bool = False


class Seen(Mapping[bytes, SeenEntry]):
    """The known entries by key, as they are `packed`. Each is unpacked when it is asked for: a poll needs few."""

    def __init__(self, packed: Mapping[bytes, bytes]) -> None:
        self.packed = packed

    def __getitem__(self, key: bytes) -> SeenEntry:
        _, link_key, *fields, whole, revision, day, first_seen = _ENTRY.unpack(self.packed[key])
        return SeenEntry(
            key=key,
            link_key=link_key,
            fingerprint=Fingerprint(tuple(fields), whole),
            revision=revision & _MOST_REVISIONS,
            day=date.fromordinal(day + _EPOCH_DAY),
            first_seen=datetime.fromtimestamp(first_seen, UTC),
            deleted=bool(revision & _DELETED),
            held=bool(revision & _HELD),
        )

    def __contains__(self, key: object) -> bool:
        return key in self.packed

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.packed)

    def __len__(self) -> int:
        return len(self.packed)

    def links(self) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
        """The link, the title's fingerprint (16 bits), the first sight and the key of each that has a link.

        First sights are bytes that sort as the times do.
        """
        for key, packed in self.packed.items():
            if (link := packed[_LINK]) != NO_LINK:
                yield link, packed[_TITLE], packed[_FIRST_SEEN], key

    def held(self) -> Iterator[bytes]:
        """The keys of those that are held."""
        return (key for key, packed in self.packed.items() if is_held(packed))


def unpack(packed: bytes) -> tuple[Seen, int | None]:
    """From bytes: the entries, and the version of their fingerprints (None where nothing was packed yet)."""
    if not packed:
        return Seen({}), None
    layout, fingerprint_version = _HEADER.unpack_from(packed)
    if layout != LAYOUT:
        raise ValueError(f"the seen-set has layout {layout}; this version reads {LAYOUT}")
    size = _ENTRY.size
    entries = (packed[at : at + size] for at in range(_HEADER.size, len(packed), size))
    return Seen({entry[:KEY_BYTES]: entry for entry in entries}), fingerprint_version


def pack(known: Seen, again: Iterable[bytes], found: Iterable[SeenEntry], day: date, fingerprint_version: int) -> bytes:
    """To bytes: what was `known`; behind it the keys of it that were seen `again` on this `day`; then what was `found`.

    Each key stands once. Those seen last are kept where there are more than `CAPACITY`; within a day, those that stand
    last.
    """
    return joined(_last(list(merged(known, again, found, day).values()), CAPACITY), fingerprint_version)


def merged(known: Seen, again: Iterable[bytes], found: Iterable[SeenEntry], day: date) -> dict[bytes, bytes]:
    """All of them by key, each packed, in the order of `pack`; nothing is forgotten."""
    packed = dict(known.packed)
    today = _SHORT.pack(day.toordinal() - _EPOCH_DAY)
    for key in again:
        before = packed.pop(key)
        packed[key] = before[: _DAY.start] + today + before[_DAY.stop :]
    for entry in found:
        packed.pop(entry.key, None)
        packed[entry.key] = _packed(entry)
    return packed


def unheld(known: Seen, keys: Iterable[bytes], fingerprint_version: int) -> bytes:
    """To bytes, in the same order: what is `known`, where those of these `keys` are held no longer."""
    free = {key: _packed(replace(known[key], held=False)) for key in keys}
    return joined({**known.packed, **free}.values(), fingerprint_version)


def joined(entries: Iterable[bytes], fingerprint_version: int) -> bytes:
    """Packed entries as a state keeps them."""
    return _HEADER.pack(LAYOUT, fingerprint_version) + b"".join(entries)


def last_day(packed: bytes) -> bytes:
    """The day of a packed entry, as bytes that sort as days do."""
    return packed[_DAY]


def first_seen(packed: bytes) -> bytes:
    """When a packed entry was first seen, as bytes that sort as the times do."""
    return packed[_FIRST_SEEN]


def is_held(packed: bytes) -> bool:
    """Whether a packed entry is held."""
    return bool(packed[_REVISION.start] & _HELD >> 8)


def shrunk(packed: bytes, most: int) -> bytes:
    """What was packed, in `most` bytes: those seen last are kept, as in `pack`."""
    entries = [packed[at : at + _ENTRY.size] for at in range(_HEADER.size, len(packed), _ENTRY.size)]
    return packed[: _HEADER.size] + b"".join(_last(entries, max(most - _HEADER.size, 0) // _ENTRY.size))


def _last(entries: list[bytes], most: int) -> list[bytes]:
    if len(entries) <= most:
        return entries
    return sorted(entries, key=lambda entry: entry[_DAY])[len(entries) - most :]


def _packed(entry: SeenEntry) -> bytes:
    return _ENTRY.pack(
        entry.key,
        entry.link_key,
        *entry.fingerprint.fields,
        entry.fingerprint.whole,
        min(entry.revision, _MOST_REVISIONS) | _DELETED * entry.deleted | _HELD * entry.held,
        entry.day.toordinal() - _EPOCH_DAY,
        int(entry.first_seen.timestamp()),
    )
