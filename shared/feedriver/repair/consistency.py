"""Whether what is stored of a feed and what is remembered of it agree. Pure.

A state remembers each entry with its newest revision, and since when it is known: so what is stored may hold no other
entry and no higher revision, and each revision between the first that is found and the newest has to be there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from feedriver.decide import overflow, seen
from feedriver.decide.seen import entry_id
from feedriver.models import Entry
from feedriver.state import FeedState, Pending

Kind = Literal["uncommitted", "unreadable", "unknown", "ahead", "twice", "missing"]


class Disagreement(NamedTuple):
    """One thing that does not agree: its kind, the key of the object if it is about one, and a line for people."""

    kind: Kind
    key: str | None
    detail: str


class StoredEntries(NamedTuple):
    """An object under `entries/`: its key, the revision of the feed in its key, its entries (None: unreadable)."""

    key: str
    rev: int
    entries: tuple[Entry, ...] | None


def unexpected(state: FeedState, objects: Sequence[StoredEntries]) -> Iterator[Disagreement]:
    """What is stored and not known. `objects` were listed before `state` was read.

    Objects of an earlier registration of the feed are left out. A full seen-set forgets entries, so an entry that
    is not in it is no disagreement.
    """
    known, _ = seen.unpack(state.seen)
    revisions = {entry_id(state.feed_id, key): known[key].revision for key in known}
    found: dict[tuple[str, int], str] = {}
    for stored in objects:
        if stored.entries is None:
            yield Disagreement("unreadable", stored.key, "not an object of entries")
            continue
        if stored.entries[0].seen < state.added.replace(microsecond=0):
            continue
        if stored.rev > state.rev:
            yield Disagreement("uncommitted", stored.key, f"of revision {stored.rev}; the feed is at {state.rev}")
            continue
        for entry in stored.entries:
            newest = revisions.get(entry.id)
            version = f"entry {entry.id} revision {entry.revision}"
            if newest is None and not overflow.forgets(known, state.bare):
                yield Disagreement("unknown", stored.key, f"{version}: the feed's state does not know the entry")
            elif newest is not None and entry.revision > newest:
                yield Disagreement("ahead", stored.key, f"{version}: the feed's state knows it up to {newest}")
            if (other := found.setdefault((entry.id, entry.revision), stored.key)) != stored.key:
                yield Disagreement("twice", stored.key, f"{version}: stored in {other} too")


def without_lost(state: FeedState, lost: Collection[str], now: datetime) -> FeedState:
    """The feed's next revision, in which it no longer waits for the objects that are lost: a gap is announced instead.

    The entries in them are known and stay so: they cannot be announced any more, and they are not new.
    """
    gap = Pending(at=now, event="Feed Gap Suspected")
    rest = [pending for pending in state.outbox if pending.key not in lost]
    return state.replace(rev=state.rev + 1, outbox=(*rest, gap))


def missing(state: FeedState, objects: Sequence[StoredEntries], since: datetime) -> Iterator[Disagreement]:
    """What is known and not stored, of entries that were found from `since` on. `state` was read before the listing.

    While the outbox names entries nothing is missing: they are stored when it is announced. What the first document of
    a `new_only` feed held is known and was never stored. Held entries are stored elsewhere (`feedriver.decide.flood`).
    """
    if any(pending.key for pending in state.outbox):
        return
    known, _ = seen.unpack(state.seen)
    stored: defaultdict[str, set[int]] = defaultdict(set)
    for each in objects:
        for entry in each.entries or ():
            stored[entry.id].add(entry.revision)
    first = min((each.first_seen for each in known.values()), default=None) if state.new_only else None
    for key, remembered in known.items():
        if remembered.held:
            continue
        found_id = entry_id(state.feed_id, key)
        began = 1 if remembered.first_seen >= since and remembered.first_seen != first else None
        lowest = began or min(stored.get(found_id, ()), default=None)
        wanted = range(lowest, remembered.revision + 1) if lowest else ()
        if gone := [str(revision) for revision in wanted if revision not in stored[found_id]]:
            yield Disagreement(
                "missing", None, f"entry {found_id} revision {', '.join(gone)}: not stored, and announced"
            )
