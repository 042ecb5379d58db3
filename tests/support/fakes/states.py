"""`States` in memory."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from fakes.calls import Calls
from feedriver import urls
from feedriver.errors import CommitConflict, PassedOver
from feedriver.state import FeedState
from feedriver.table import Cursor, Job, Placed, Stretch

LAGS = "lags"  # a kind of a call, where `Calls.made` gives one: it sees each item as it was before its last write


class FakeStates:
    """`States` in memory. Slots are found by an index that each write moves, as the table's is."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.items: dict[str, FeedState] = {}
        self.broken: set[str] = set()  # feeds whose items cannot be read
        self.index: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self.before: dict[str, FeedState | None] = {}  # what each write replaced: a read that lags still sees it
        self.minute: datetime | None = None
        self.tries = 0
        self.new_after = ""
        self.held: dict[str, datetime] = {}
        self.stops: dict[Job, str | None] = {}

    def _replace(self, feed_id: str, state: FeedState | None) -> None:
        self.calls.account.written(self.items.get(feed_id), state)
        old = self.before[feed_id] = self.items.pop(feed_id, None)
        if old:
            del self.index[old.slot][feed_id]
        if state:
            self.items[feed_id] = state
            self.index[state.slot][feed_id] = None

    def load(
        self, feed_ids: Sequence[str], passed: list[PassedOver] | None = None, *, latest: bool = True
    ) -> dict[str, FeedState]:
        with self.calls.made("states.load", tuple(feed_ids)) as kind:
            lags = kind == LAGS and not latest
            seen = {**self.items, **self.before} if lags else self.items
            found = [seen.get(feed_id) for feed_id in dict.fromkeys(feed_ids)]
            self.calls.account.read(found, latest=latest)
            return {state.feed_id: state for state in self._readable(filter(None, found), passed)}

    def _readable(self, states: Iterable[FeedState], passed: list[PassedOver] | None) -> list[FeedState]:
        found = list(states)
        if passed is not None:
            passed += [PassedOver(each.feed_id, None, "broken") for each in found if each.feed_id in self.broken]
        return [each for each in found if each.feed_id not in self.broken]

    def commit(self, state: FeedState) -> None:
        with self.calls.made("states.commit", state):
            standing = self.items.get(state.feed_id)
            if standing is None or standing.rev != state.rev - 1:
                raise CommitConflict(f"feed {state.feed_id}: revision {state.rev} was not the next one")
            self._replace(state.feed_id, state)

    def clear_outbox(self, feed_id: str, rev: int) -> None:
        with self.calls.made("states.clear_outbox", (feed_id, rev)):
            standing = self.items.get(feed_id)
            if standing and standing.rev == rev:
                self._replace(feed_id, standing.model_copy(update={"outbox": ()}))

    def register(self, state: FeedState) -> bool:
        with self.calls.made("states.register", state):
            if state.feed_id in self.items:
                return False
            self._replace(state.feed_id, state)
            return True

    def remove(self, feed_id: str) -> bool:
        with self.calls.made("states.remove", feed_id):
            known = feed_id in self.items
            self._replace(feed_id, None)
            return known

    def every(self, passed: list[PassedOver] | None = None) -> Iterator[FeedState]:
        with self.calls.made("states.every"):
            self.calls.account.scanned(self.items.values())
            yield from self._readable(self.items.values(), passed)

    def stretch(self, after: str | None, most: int, *, unannounced: bool = False) -> Stretch:
        with self.calls.made("states.stretch", after):
            ids = [feed_id for feed_id in sorted(self.items) if feed_id > (after or "")]
            found = [self.items[feed_id] for feed_id in ids[:most]]
            self.calls.account.scanned(found)
            passed: list[PassedOver] = []
            wanted = self._readable([each for each in found if each.outbox or not unannounced], passed)
            return Stretch(tuple(wanted), ids[most - 1] if len(ids) >= most else None, tuple(passed))

    def stopped(self, job: Job) -> str | None:
        with self.calls.made("states.stopped", job):
            return self.stops.get(job)

    def stop(self, job: Job, place: str | None) -> None:
        with self.calls.made("states.stop", (job, place)):
            self.stops[job] = place

    def in_slots(self, slots: Iterable[str]) -> Iterator[Placed]:
        with self.calls.made("states.in_slots"):
            for slot in slots:
                yield from [self._placed(each) for each in self.index.get(slot, ())]

    def behind(self, slot: str, feed_id: str, most: int) -> list[Placed]:
        with self.calls.made("states.behind"):
            ids = sorted(each for each in self.index.get(slot, ()) if each > feed_id)
            return [self._placed(each) for each in ids[:most]]

    def _placed(self, feed_id: str) -> Placed:
        state = self.items[feed_id]
        return Placed(feed_id, state.slot, urls.host_of(state.url), state.timetable)

    def holds(self) -> dict[str, datetime]:
        with self.calls.made("states.holds"):
            return dict(self.held)

    def hold(self, host: str, until: datetime, now: datetime) -> None:
        with self.calls.made("states.hold", (host, until)):
            until = datetime.fromtimestamp(math.ceil(until.timestamp()), UTC)
            if host not in self.held or self.held[host] < until:
                self.held[host] = until
                self.held = {each: end for each, end in self.held.items() if end > now}

    def cursor(self) -> Cursor:
        with self.calls.made("states.cursor"):
            return Cursor(self.minute, self.tries, self.new_after)

    def advance(self, before: Cursor, after: Cursor) -> bool:
        with self.calls.made("states.advance", after):
            if (self.minute, self.tries) != before[:2]:
                return (self.minute, self.tries, self.new_after) == after
            self.minute, self.tries, self.new_after = after
            return True
