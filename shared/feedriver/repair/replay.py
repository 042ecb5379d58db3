"""Announce again what was stored: the same events, to the letter, for a consumer that lost some or is new.

    for each day   list entries/date=…/              a page at a time
      each object  read, make its events, send them  a few objects in memory at once

An object holds all that its events carry: their time is the `seen` of its entries. Events on a feed (`Feed Gone` and
the like) and `Entry Deleted` have no object, and so are not announced again: they are in the bus's archive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from feedriver import keys
from feedriver.errors import PassedOver
from feedriver.keys import EntriesKey, ListedObject
from feedriver.messaging import Announcement
from feedriver.models import Entry
from feedriver.poll.announcements import entry_announcements
from feedriver.ports import Bus, Store
from feedriver.repair.isolation import isolated
from feedriver.repair.objects import LATEST_POLL

READ_AT_ONCE = 16  # objects


@dataclass(slots=True)
class Replayed:
    """What was announced again: objects, and events by detail-type. `passed_over` are objects left out."""

    objects: int = 0
    events: Counter[str] = field(default_factory=Counter)
    passed_over: list[PassedOver] = field(default_factory=list)

    @property
    def unreadable(self) -> list[str]:
        """The keys of those."""
        return [each.key for each in self.passed_over if each.key]


def first_announced(lines: bytes) -> datetime:
    """When the entries of an object were announced first, as their events say; raises `ValidationError` or IndexError.

    It is `Pending.at` of the commit, and `seen` of each entry (`feedriver.decide.document`).
    """
    return Entry.model_validate_json(lines.splitlines()[0], extra="ignore").seen


def replay(
    store: Store,
    bus: Bus,
    since: datetime,
    until: datetime,
    feed_id: str | None = None,
    *,
    dry_run: bool = False,
    on_object: Callable[[Replayed], None] | None = None,
) -> Replayed:
    """Announce again all entries that were first announced from `since` on and before `until`, of one feed or of all.

    With `dry_run` they are read and counted, and nothing is sent. An object that is not there, not to be read or not to
    be announced is passed over. Raises `EdgeError` where AWS fails: what was sent so far may be sent again.
    """
    done = Replayed()
    with ThreadPoolExecutor(READ_AT_ONCE, "replay") as threads:
        listed = _listed(store, since, until, feed_id)
        while few := list(islice(listed, READ_AT_ONCE)):
            reading = [threads.submit(store.get, each.key) for _, each in few]
            for (key, each), lines in zip(few, reading, strict=True):
                with isolated(done.passed_over, key.feed_id, each.key):
                    events = _events(lines.result(), store.bucket, each, since, until)
                    if not events:
                        continue
                    if not dry_run:
                        bus.announce(events)
                    done.objects += 1
                    done.events.update(event.detail_type for event in events)
                if on_object:
                    on_object(done)
    return done


def _events(lines: bytes, bucket: str, stored: ListedObject, since: datetime, until: datetime) -> list[Announcement]:
    """The events of an object, if they were first announced in this time."""
    at = first_announced(lines)
    announced_at = stored.modified if _was_held(lines) else at
    return list(entry_announcements(lines, bucket, stored.key, at)) if since <= announced_at < until else []


def _was_held(lines: bytes) -> bool:
    """Whether the entries were held and released: then they were announced when the object was written, not found."""
    return "flood" in Entry.model_validate_json(lines.splitlines()[0], extra="ignore").marks


def _listed(
    store: Store, since: datetime, until: datetime, feed_id: str | None
) -> Iterator[tuple[EntriesKey, ListedObject]]:
    """The objects that may hold such entries: none is written before the time that its events carry."""
    for prefix in keys.prefixes("entries", (since - LATEST_POLL).date(), until.date(), feed_id):
        for each in store.listed(prefix):
            found = keys.parse(each.key)
            if isinstance(found, EntriesKey) and each.modified >= since.replace(microsecond=0):
                yield found, each
