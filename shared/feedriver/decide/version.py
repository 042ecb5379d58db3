"""Which version of an entry an item is: its first, the known one, a new one, or one that has to wait.

Volatile entries change at every fetch (a counter of views, "two hours ago"). Five updates of an entry are announced at
any pace, then one more for each full day since it was first seen. A version beyond that waits: as long as one does, the
document is fetched whole at each poll, and the version that stands there when the next day allows it is announced. So
the last version that a feed holds comes, and only those before it are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from feedriver.decide.fingerprint import changed_fields
from feedriver.decide.identity import Identity
from feedriver.decide.seen import Fingerprint, SeenEntry

COME_BACK = "deleted"  # what changed in an entry that its publisher had deleted
FREE_UPDATES = 5  # of an entry, at any pace


@dataclass(frozen=True, slots=True)
class Version:
    """What is to be remembered of the entry, and which fields changed. `waits` says that a change comes later."""

    remembered: SeenEntry
    changed: tuple[str, ...] = ()
    new: bool = False
    waits: bool = False

    @property
    def announced(self) -> bool:
        """Whether this version is stored and announced."""
        return self.new or bool(self.changed)


def version_of(identity: Identity, found: Fingerprint, now: datetime, day: date, *, comparable: bool) -> Version:
    """The version that an item is.

    `found` is its fingerprint. `comparable` says that the known fingerprints were made in the same way.

    An entry that comes back after its tombstone is a new revision, changed or not: a subscriber that keeps the highest
    revision of each entry, and takes a deletion for the last word on its own, then has it again.
    """
    known = identity.known
    if known is None:
        first_seen = now.replace(microsecond=0)
        return Version(SeenEntry(identity.key, identity.link_key, found, 1, day, first_seen), new=True)
    changed = changed_fields(known.fingerprint, found) if comparable else ()
    changed += (COME_BACK,) * known.deleted
    same = replace(known, link_key=identity.link_key, day=day)
    if not changed:
        return Version(replace(same, fingerprint=found))
    if not allowed(known.revision + 1, known.first_seen, now):
        return Version(same, waits=True)
    return Version(replace(same, fingerprint=found, revision=known.revision + 1, deleted=False), changed)


def allowed(revision: int, first_seen: datetime, now: datetime) -> bool:
    """Whether an entry that was `first_seen` then may be announced in this revision already."""
    return revision - 1 <= FREE_UPDATES + max((now - first_seen).days, 0)


def is_volatile(revision: int) -> bool:
    """Whether an entry has come to so many revisions that its readers are to know."""
    return revision > FREE_UPDATES


def note(waiting: int) -> str:
    """What a poll's report says of so many changes that wait; nothing where none does."""
    return f"{waiting} entries change too often: their next version is told another day" if waiting else ""
