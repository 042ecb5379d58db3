"""Documents of more entries than the seen-set has room for: what is remembered of them, and what is forgotten.

An entry of the last document that has no room in full is known by its key alone: it is not new as long as it stays in
the feed's documents, and its edits are not seen. It takes 6 bytes instead of 38, so that the keys of a document of
20,000 entries fit into the bytes of 10,000 entries, and nothing of it is announced again and again. The state keeps
these keys as `bare`. Of a larger document, entries that are not known are left out.

Held entries (`feedriver.decide.flood`) are forgotten first, so that a flood pushes out no others. Entries that are
absent from the document follow, the longest absent first. Entries that are in it come last, the longest known first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import NamedTuple

from feedriver.decide import seen
from feedriver.decide.seen import KEY_BYTES, Seen, SeenEntry

MOST = 20_000  # entries of one document, in full or by their keys alone
LAYOUT = b"\x01"  # of the packed keys


class Memory(NamedTuple):
    """What a feed remembers, packed: entries in full, and the keys of those that overflow."""

    seen: bytes
    overflow: bytes


def unpack(packed: bytes) -> frozenset[bytes]:
    """The keys of the entries that are known by their keys alone."""
    return frozenset(packed[at : at + KEY_BYTES] for at in range(len(LAYOUT), len(packed), KEY_BYTES))


def forgets(known: Seen, packed: bytes) -> bool:
    """Whether entries of the feed may have been forgotten: then an unknown entry may be an old one."""
    return bool(packed) or len(known) >= seen.CAPACITY


def remember(  # noqa: PLR0917  # one caller, and each argument has its own type
    known: Seen,
    again: Collection[bytes],
    found: Collection[SeenEntry],
    day: date,
    fingerprint_version: int,
    key_only: Collection[bytes],
    *,
    ever: bool,
) -> Memory:
    """What is remembered after a document that held `again`, `found` and, of those known by key alone, `key_only`.

    `again` and `found` are as in `seen.pack`. `ever` says that keys overflowed before. The packed keys tell so from
    then on, since others may be unknown that were announced once.
    """
    packed = seen.merged(known, again, found, day)
    keys = list(key_only)
    over = len(packed) * seen.ENTRY_BYTES + len(keys) * KEY_BYTES - seen.CAPACITY * seen.ENTRY_BYTES
    present = {*again, *(entry.key for entry in found)}
    for key in _to_forget(packed, present) if over > 0 else ():
        del packed[key]
        over -= seen.ENTRY_BYTES
        if key in present:
            keys.append(key)
            over += KEY_BYTES
        if over <= 0:
            break
    packed_keys = LAYOUT + b"".join(keys) if keys or ever else b""
    return Memory(seen.joined(packed.values(), fingerprint_version), packed_keys)


def _to_forget(packed: dict[bytes, bytes], present: Collection[bytes]) -> Iterator[bytes]:
    """The keys in the order in which they are forgotten."""
    order: list[tuple[bool, bool, bytes, int, bytes]] = []
    for place, (key, entry) in enumerate(packed.items()):
        there = key in present
        # Newest first is usual: of those that one document brought, the last in it goes first.
        since, tie = (seen.first_seen(entry), -place) if there else (seen.last_day(entry), place)
        order.append((not seen.is_held(entry), there, since, tie, key))
    return (key for *_, key in sorted(order))


def left_out(fresh: Iterable[bytes], others: int) -> frozenset[bytes]:
    """Which of the `fresh` entries of a document have no room beside so many `others` of it that are known."""
    return frozenset(list(fresh)[max(MOST - others, 0) :])


def note(left: int, key_only: int) -> str:
    """What a poll's report says of a document that has more entries than can be remembered; nothing of others."""
    parts = []
    if left:
        parts.append(f"{left} items left out: more than {MOST} in one document cannot be remembered")
    if key_only:
        parts.append(f"{key_only} of its entries are remembered by their keys alone: edits of them are not seen")
    return "; ".join(parts)
