"""Entries that their publisher says are deleted (RFC 6721). That one is absent from a document never says so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from feedriver.decide import identity, seen
from feedriver.decide.seen import SeenEntry
from feedriver.parse.result import Tombstone
from feedriver.state import Pending
from feedriver.trimming import json_bytes

EVENT = "Entry Deleted"
LONGEST_REF = 300  # characters of it that an event repeats
ROOM = 6_000  # bytes that the deletions of one document may fill in the outbox: beside a full seen-set there is little


@dataclass(frozen=True, slots=True)
class Deletions:
    """What the tombstones of a document come to: events, and the entries as they are to be remembered, by key.

    `waiting` says that there are more than the outbox has room for: the next poll announces them. `contradicted` says
    that the document holds an entry beside its tombstone: once the entry is gone, the tombstone counts.
    """

    events: tuple[Pending, ...] = ()
    entries: Mapping[bytes, SeenEntry] = field(default_factory=dict)
    waiting: bool = False
    contradicted: bool = False

    @property
    def note(self) -> str:
        """What a poll's report says of them; nothing where there are none."""
        return f"{len(self.events)} entries deleted by the publisher" if self.events else ""


def find(
    feed_id: str,
    tombstones: Iterable[Tombstone],
    known: Mapping[bytes, SeenEntry],
    present: Collection[bytes],
    now: datetime,
) -> Deletions:
    """One event for each known entry that has a tombstone, once, and not while the document holds the entry itself.

    `known` are the entries by key, `present` the keys of those in the document. Of an entry that is not known nothing
    is said and nothing remembered.
    """
    events: list[Pending] = []
    deleted: dict[bytes, SeenEntry] = {}
    contradicted = False
    room = ROOM
    for tombstone in tombstones:
        key = next((key for key in identity.keys_of(tombstone.ref) if key in known or key in present), None)
        contradicted = contradicted or key in present
        if key is None or key in present or key in deleted or known[key].deleted:
            continue
        about: dict[str, str | int | None] = {
            "entry_id": seen.entry_id(feed_id, key),
            "revision": known[key].revision,
            "guid": tombstone.ref[:LONGEST_REF],
            "when": tombstone.when.isoformat() if tombstone.when else None,
        }
        event = Pending(at=now, event=EVENT, about=about)
        room -= json_bytes(event)
        if room < 0:
            return Deletions(tuple(events), deleted, waiting=True)
        events.append(event)
        deleted[key] = replace(known[key], deleted=True)
    return Deletions(tuple(events), deleted, contradicted=contradicted)
