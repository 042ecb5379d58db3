"""Which version of an entry an item is: its first, the known one, a new one, or one that has to wait."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from feedriver.decide import volatile
from feedriver.decide.fingerprint import changed_fields
from feedriver.decide.identity import Identity
from feedriver.decide.seen import Fingerprint, SeenEntry

COME_BACK = "deleted"  # what changed in an entry that its publisher had deleted


@dataclass(frozen=True, slots=True)
class Version:
    """What is to be remembered of the entry, and which fields changed. `waits` says that a change is not told yet."""

    remembered: SeenEntry
    changed: tuple[str, ...] = ()
    new: bool = False
    waits: bool = False

    @property
    def announced(self) -> bool:
        """Whether there is something to tell."""
        return self.new or bool(self.changed)


def judge(who: Identity, found: Fingerprint, now: datetime, day: date, *, comparable: bool) -> Version:
    """The version that an item is.

    `found` is its fingerprint. `comparable` says that the known fingerprints were made in the same way.

    An entry that comes back after its tombstone is a new revision, changed or not: a subscriber that keeps the highest
    revision of each entry, and takes a deletion for the last word on its own, then has it again.
    """
    known = who.known
    if known is None:
        first_seen = now.replace(microsecond=0)
        return Version(SeenEntry(who.key, who.link_key, found, 1, day, first_seen), new=True)
    changed = changed_fields(known.fingerprint, found) if comparable else ()
    changed += (COME_BACK,) * known.deleted
    same = replace(known, link_key=who.link_key, day=day)
    if not changed:
        return Version(replace(same, fingerprint=found))
    if not volatile.allowed(known.revision + 1, known.first_seen, now):
        return Version(same, waits=True)
    return Version(replace(same, fingerprint=found, revision=known.revision + 1, deleted=False), changed)
