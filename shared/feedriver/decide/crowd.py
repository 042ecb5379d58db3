"""Documents of more entries than the seen-set has room for: what is remembered of them, and what is forgotten.

An entry of the last document that has no room in full is known by its key alone (`bare`): it is not new as long as it
stays in the feed's documents, and its edits are not seen. What takes 38 bytes then takes 6, so that a document of
20,000 entries fits the bytes of 10,000, and nothing of it is announced again and again. Of a larger document, entries
that are not known are left out.

Forgotten first are held entries (`feedriver.decide.flood`), so that a flood pushes out no others; then those that are
absent from the document, the longest absent first; then those in it, the longest known first.
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
    """What a feed remembers, packed: entries in full, and `bare`, keys alone."""

    seen: bytes
    bare: bytes


def unpack(bare: bytes) -> frozenset[bytes]:
    """The keys of entries that are known by no more than that."""
    return frozenset(bare[at : at + KEY_BYTES] for at in range(len(LAYOUT), len(bare), KEY_BYTES))


def capacity(bare: bytes) -> int:
    """How many entries have room in full beside so many bare keys."""
    return seen.CAPACITY - -(-len(bare) // seen.ENTRY_BYTES)


def forgets(known: Seen, bare: bytes) -> bool:
    """Whether entries of the feed may have been forgotten: then one that is not known is not surely new."""
    return bool(bare) or len(known) >= seen.CAPACITY


def remember(  # noqa: PLR0917  # one caller, and each argument has its own type
    known: Seen,
    again: Collection[bytes],
    found: Collection[SeenEntry],
    day: date,
    fingerprint_version: int,
    bare: Collection[bytes],
    *,
    ever: bool,
) -> Memory:
    """What is remembered after a document that held `again`, `found` and, of those known by key alone, `bare`.

    `again` and `found` as in `seen.pack`. `ever` says that entries were bare before: that is not forgotten, since
    others may then be unknown that were announced once.
    """
    packed = seen.merged(known, again, found, day)
    keys = list(bare)
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
    told = LAYOUT + b"".join(keys) if keys or ever else b""
    return Memory(seen.joined(packed.values(), fingerprint_version), told)


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


def told(left: int, bare: int) -> str:
    """What is to be said of a document that has more entries than can be remembered; nothing of others."""
    said = []
    if left:
        said.append(f"{left} items left out: more than {MOST} in one document cannot be remembered")
    if bare:
        said.append(f"{bare} of its entries are remembered by their keys alone: edits of them are not seen")
    return "; ".join(said)
