"""Reconcile: whether store, state and announcements agree, and what can be done where they do not.

    objects    what lies under entries/ since a day, against what the feeds' states know; and the other way round
    states     an outbox that stays full was not announced whole; an empty one was. What is announced and lost after
               that cannot be seen from here: announce it again (`replay`). And of feeds without any object,
               whether they should have one
    staging    what no commit can name any more

Each part is gone through in an order of its own, and can be left at any step and taken up there another time, as
`daily` does. Repair announces outboxes as a poll does, which stores what is staged, and discards what is staged
for nothing. A feed whose staged entries are gone (they expire) says Feed Gap Suspected and goes on without them.
Nothing under entries/ is touched: what is there may have been announced.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal, NamedTuple

from feedriver import keys
from feedriver.errors import CommitConflict, PassedOver
from feedriver.keys import StagingKey
from feedriver.poll.edges import Edges
from feedriver.ports import Clock
from feedriver.repair import consistency
from feedriver.repair.consistency import StoredEntries
from feedriver.repair.isolation import isolated
from feedriver.repair.objects import FeedObject, by_feed, entries_of
from feedriver.repair.sweep import LEFT, STRETCH, age, announce_outbox
from feedriver.state import FeedState
from feedriver.table import Stretch

FEEDS_AT_ONCE = 50
STAGED_AT_ONCE = 1_000
Part = Literal["objects", "states", "staging"]
PARTS: tuple[Part, ...] = ("objects", "states", "staging")


class Step(NamedTuple):
    """How far it is: what of this part is not behind `after` (a feed's id, or a key) is done."""

    part: Part
    after: str


FIRST = Step(PARTS[0], "")


class Finding(NamedTuple):
    """One thing that does not agree.

    `kind` is "outbox" (left unannounced), "lost" (and nowhere stored any more), "staged" (left over), "passed_over"
    (the feed's state or this object could not be read or worked on), or of `consistency`: "uncommitted",
    "unreadable", "unknown", "ahead", "twice", "missing".
    """

    kind: str
    feed_id: str
    url: str
    key: str | None
    detail: str
    repaired: bool = False


@dataclass(slots=True)
class Reconciled:
    """What was looked at, and what was found."""

    feeds: int = 0
    objects: int = 0
    entries: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """What is counted, by the name of its metric. What was repaired agrees now."""
        left = sum(not finding.repaired for finding in self.findings)
        return {"FeedsCompared": self.feeds, "ObjectsCompared": self.objects, "Disagreements": left}

    @contextmanager
    def each(self, feed_id: str, url: str = "", key: str | None = None) -> Iterator[None]:
        """What is raised inside is a finding on this feed or object, and the others are gone on with."""
        passed: list[PassedOver] = []
        with isolated(passed, feed_id, key):
            yield
        self.passed_over(passed, url)

    def passed_over(self, passed: Iterable[PassedOver], url: str = "") -> None:
        """What could not be read or worked on, as findings."""
        self.findings += [Finding("passed_over", each.feed_id, url, each.key, each.why) for each in passed]

    def add(self, state: FeedState, kind: str, key: str | None, detail: str, *, repaired: bool = False) -> None:
        """One more finding."""
        self.findings.append(Finding(kind, state.feed_id, state.url, key, detail, repaired))


def reconcile(
    edges: Edges, clock: Clock, since: datetime, feed_id: str | None = None, *, repair: bool = False
) -> Reconciled:
    """Compare state and store of one feed or of all: outboxes and states whole, objects those written since.

    Raises `EdgeError` where AWS fails.
    """
    work = Reconciliation(edges, clock, since, feed_id, repair=repair)
    for _ in work.steps():
        pass
    return work.done


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A reconciliation that goes on step by step. `done` is what came of it so far.

    It blocks, and has event loops of its own to announce in: so it is called where none runs.
    """

    edges: Edges
    clock: Clock
    since: datetime
    feed_id: str | None = None
    repair: bool = False
    done: Reconciled = field(default_factory=Reconciled)

    def steps(self, behind: Step = FIRST) -> Iterator[Step]:
        """Do it, from behind this step on; after each step, how far it is, and between two parts the begin of the next.

        A step is 50 feeds with their objects, a stretch of the state table, or 1,000 keys. Raises `EdgeError` where AWS
        fails: the step that it fails in is to be done again.
        """
        work = {"objects": self._objects, "states": self._states, "staging": self._staging}
        for part in PARTS[PARTS.index(behind.part) :]:
            if part != behind.part:
                yield (behind := Step(part, ""))
            for reached in work[part](behind.after):
                yield Step(part, reached)

    def _objects(self, after: str) -> Iterator[str]:
        started, states = self.clock(), self.edges.states
        found = by_feed(self.edges.store, ("entries",), self.since, started, self.feed_id, after)
        while few := dict(islice(found, FEEDS_AT_ONCE)):
            for state in states.load(list(few)).values():  # an item that cannot be read is a finding of the states
                with self.done.each(state.feed_id, state.url):
                    self._compare(state, few[state.feed_id])
            yield max(few)

    def _compare(self, state: FeedState, listed: Sequence[FeedObject]) -> None:
        objects = self._read(listed)
        self.done.objects += len(objects)
        self.done.entries += sum(len(each.entries or ()) for each in objects)
        for disagreement in consistency.unexpected(state, objects):
            self.done.add(state, *disagreement)
        self._add_missing(state, objects)

    def _states(self, after: str) -> Iterator[str]:
        """The ids of feeds with objects are held in memory, 100 bytes each."""
        found = by_feed(self.edges.store, ("entries",), self.since, self.clock(), self.feed_id)
        with_objects = {feed for feed, _ in found}
        for stretch in self._stretches(after):
            self.done.feeds += len(stretch.states)
            self.done.passed_over(stretch.passed_over)
            self._announcements(stretch.states)
            for state in stretch.states:
                if state.feed_id not in with_objects:
                    with self.done.each(state.feed_id, state.url):
                        self._add_missing(state, ())
            if stretch.last:
                yield stretch.last

    def _stretches(self, after: str) -> Iterator[Stretch]:
        states = self.edges.states
        if self.feed_id:
            passed: list[PassedOver] = []
            yield Stretch(tuple(states.load([self.feed_id], passed).values()), None, tuple(passed))
            return
        last: str | None = after
        while last is not None:
            yield (stretch := states.stretch(last, STRETCH))
            last = stretch.last

    def _read(self, listed: Sequence[FeedObject]) -> list[StoredEntries]:
        reading = [self.edges.threads.submit(self.edges.store.get, each.key) for each in listed]
        found = []
        for each, body in zip(listed, reading, strict=True):
            with self.done.each(each.feed_id, key=each.key):
                found.append(StoredEntries(each.key, each.rev, entries_of(body.result())))
        return found

    def _add_missing(self, state: FeedState, objects: Sequence[StoredEntries]) -> None:
        """A poll may have come between the listing and the state: so a feed that misses some is looked at once more."""
        if not any(consistency.missing(state, objects, self.since)):
            return
        found = by_feed(self.edges.store, ("entries",), self.since, self.clock() + LEFT, state.feed_id)
        again = [each for _, few in found for each in few]
        for disagreement in consistency.missing(state, self._read(again), self.since):
            self.done.add(state, *disagreement)

    def _announcements(self, states: Iterable[FeedState]) -> None:
        """A stretch is as the table was a moment ago: so a feed that seems to have left something is read once more."""
        seem = [state.feed_id for state in states if self._left(state)]
        for state in self.edges.states.load(seem).values():
            with self.done.each(state.feed_id, state.url):
                if self._left(state):
                    self._announce(state)

    def _announce(self, state: FeedState) -> None:
        left = timedelta(seconds=int(age(state, self.clock()).total_seconds()))
        detail = f"not announced for {left}: {', '.join(each.key or each.event or '' for each in state.outbox)}"
        passed: list[PassedOver] = []
        repaired = self.repair and self._announce_outbox(state.feed_id, passed)
        if lost := [] if repaired else self._lost(state):
            self.done.add(state, "lost", None, f"gone from the store before it was announced: {', '.join(lost)}")
            repaired = self.repair and self._go_on_without(state, lost)
        else:
            self.done.passed_over(passed, state.url)
        self.done.add(state, "outbox", None, detail, repaired=repaired)

    def _go_on_without(self, state: FeedState, lost: Sequence[str]) -> bool:
        """A feed whose outbox cannot be announced asks for nothing new: so it gives up what is lost, and says so."""
        try:
            self.edges.states.commit(consistency.without_lost(state, lost, self.clock()))
        except CommitConflict:
            return False
        return self._announce_outbox(state.feed_id, [])

    def _announce_outbox(self, feed_id: str, passed: list[PassedOver]) -> bool:
        return asyncio.run(announce_outbox(self.edges, feed_id, passed))

    def _left(self, state: FeedState) -> bool:
        return bool(state.outbox) and age(state, self.clock()) >= LEFT

    def _lost(self, state: FeedState) -> list[str]:
        """What the outbox names and is nowhere."""
        return [
            pending.key
            for pending in state.outbox
            if pending.key and not any(self._there(key) for key in (pending.staged, pending.key) if key)
        ]

    def _there(self, key: str) -> bool:
        return any(listed.key == key for listed in self.edges.store.listed(key))

    def _staging(self, after: str) -> Iterator[str]:
        """What lies there for a revision that was committed, or lost to another, and no outbox names.

        What lies there for a higher revision may be named by a commit yet, and expires if it is not.
        """
        store = self.edges.store
        found = store.listed(keys.staging_prefix(self.feed_id), after)
        while few := [each.key for each in islice(found, STAGED_AT_ONCE)]:
            over = list(self._left_over(few))
            for state, key in over:
                with self.done.each(state.feed_id, state.url, key):
                    if self.repair:
                        store.discard([key])
                    detail = "left by a poll that ended before it cleared up"
                    self.done.add(state, "staged", key, detail, repaired=self.repair)
            yield few[-1]

    def _left_over(self, staged: Sequence[str]) -> Iterator[tuple[FeedState, str]]:
        found = {key: parsed for key in staged if isinstance(parsed := keys.parse(key), StagingKey)}
        states = self.edges.states.load(list(dict.fromkeys(parsed.feed_id for parsed in found.values())))
        for key, parsed in found.items():
            state = states.get(parsed.feed_id)
            if state and parsed.rev <= state.rev and key not in {pending.staged for pending in state.outbox}:
                yield state, key
