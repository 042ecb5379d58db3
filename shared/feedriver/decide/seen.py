"""The seen-set: which entries of a feed are known, in which version, packed into 38 bytes an entry.

It outlives the feed's window, so that an entry which comes back is not new. DynamoDB bounds an item to 400 KB, hence
the bound of 10,000 entries (380 kB); over it, those absent from the document for longest are forgotten first.
The top bit of the 16 that hold the revision says that the entry was deleted by its publisher.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

LAYOUT = 1  # of the packed bytes
CAPACITY = 10_000  # entries
KEY_BYTES = 6  # 48 bits: 10,000 keys of one feed collide with a chance of 2 in 10 million

_HEADER = struct.Struct(">BB")
_ENTRY = struct.Struct(f">{KEY_BYTES}s{KEY_BYTES}s8HHHHI")
_DELETED = 0x8000
_MOST_REVISIONS = 0x7FFF  # 15 bits
_EPOCH_DAY = date(1970, 1, 1).toordinal()
NO_LINK = bytes(KEY_BYTES)


class Fingerprint(NamedTuple):
    """16 bits of each source field, in the order of `SourceFields`, and 16 of all together (to detect, not to name)."""

    fields: tuple[int, ...]
    whole: int


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """One known entry. `day` is the last (UTC) day on which a document that was written down held it.

    `deleted` says that its publisher's tombstone was announced, and that it has not come back since.
    """

    key: bytes
    link_key: bytes
    fingerprint: Fingerprint
    revision: int
    day: date
    first_seen: datetime
    deleted: bool = False


def pack(entries: Iterable[SeenEntry], fingerprint_version: int) -> bytes:
    """To bytes: those seen last are kept where there are more than `CAPACITY`; within a day, those named last."""
    kept = sorted(entries, key=lambda entry: entry.day)[-CAPACITY:]
    packed = [
        _ENTRY.pack(
            entry.key,
            entry.link_key,
            *entry.fingerprint.fields,
            entry.fingerprint.whole,
            min(entry.revision, _MOST_REVISIONS) | (_DELETED if entry.deleted else 0),
            entry.day.toordinal() - _EPOCH_DAY,
            int(entry.first_seen.timestamp()),
        )
        for entry in kept
    ]
    return _HEADER.pack(LAYOUT, fingerprint_version) + b"".join(packed)


def unpack(packed: bytes) -> tuple[dict[bytes, SeenEntry], int | None]:
    """From bytes: the entries by key, and the version of their fingerprints (None where nothing was packed yet)."""
    if not packed:
        return {}, None
    layout, fingerprint_version = _HEADER.unpack_from(packed)
    if layout != LAYOUT:
        raise ValueError(f"the seen-set has layout {layout}; this version reads {LAYOUT}")
    entries = {}
    for key, link_key, *fields, whole, revision, day, first_seen in _ENTRY.iter_unpack(packed[_HEADER.size :]):
        entries[key] = SeenEntry(
            key=key,
            link_key=link_key,
            fingerprint=Fingerprint(tuple(fields), whole),
            revision=revision & _MOST_REVISIONS,
            day=date.fromordinal(day + _EPOCH_DAY),
            first_seen=datetime.fromtimestamp(first_seen, UTC),
            deleted=bool(revision & _DELETED),
        )
    return entries, fingerprint_version
