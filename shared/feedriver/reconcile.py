"""Reconcile: whether store, state and announcements agree, and what can be done where they do not.

    announcements   an outbox that stays full was not announced whole; an empty one was. What is announced and lost
                    after that cannot be seen from here: announce it again (feedriver.replay)
    store           what lies under entries/ since a day, against what the feeds' states know; and the other way round
    staging         what no commit can name any more

Repair announces outboxes as a poll does, which stores what is staged, and discards what is staged for nothing. Nothing
under entries/ is touched: what is there may have been announced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from feedriver.decide import agreement
from feedriver.decide.agreement import Version
from feedriver.models import FeedState
from feedriver.outbox import Outbox
from feedriver.ports import Clock, Store
from feedriver.stored import Held, by_feed, entries_of
from feedriver.sweep import LEFT, age, announced

FEEDS_AT_ONCE = 50
_STAGED = re.compile(r"staging/([0-9a-f]{16})/(\d+)-[0-9a-f]+\.jsonl")


class Finding(NamedTuple):
    """One thing that does not agree.

    `kind` is "outbox" (left unannounced), "staged" (left over), or of `feedriver.decide.agreement`: "uncommitted",
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

    def add(self, state: FeedState, kind: str, key: str | None, detail: str, *, repaired: bool = False) -> None:
        """One more finding."""
        self.findings.append(Finding(kind, state.feed_id, state.url, key, detail, repaired))


async def reconcile(
    outbox: Outbox, clock: Clock, since: datetime, feed_id: str | None = None, *, repair: bool = False
) -> Reconciled:
    """Compare state and store of one feed or of all: outboxes and states whole, objects those written since.

    Raises `EdgeError` where AWS fails. The ids of feeds with objects are held in memory, 100 bytes each.
    """
    done, started = Reconciled(), clock()
    with_objects: set[str] = set()
    found = by_feed(outbox.store, ("entries",), since, started, feed_id)
    while few := dict(islice(found, FEEDS_AT_ONCE)):
        with_objects |= few.keys()
        for state in outbox.states.load(list(few)).values():
            objects = _read(outbox.store, few[state.feed_id], outbox.threads)
            done.objects += len(objects)
            done.entries += sum(len(each.entries or ()) for each in objects)
            for doubt in agreement.surplus(state, objects):
                done.add(state, *doubt)
            _lack(outbox, done, state, objects, since, started)
    for state in _feeds(outbox, feed_id):
        done.feeds += 1
        await _announcements(outbox, done, state, clock(), repair=repair)
        if state.feed_id not in with_objects:
            _lack(outbox, done, state, (), since, started)
    _staging(outbox, done, feed_id, repair=repair)
    return done


def _feeds(outbox: Outbox, feed_id: str | None) -> Iterator[FeedState]:
    yield from outbox.states.load([feed_id]).values() if feed_id else outbox.states.every()


def _read(store: Store, held: Sequence[Held], threads: Executor) -> list[Version]:
    bodies = threads.map(lambda each: store.get(each.key), held)
    return [Version(each.key, each.rev, entries_of(body)) for each, body in zip(held, bodies, strict=True)]


def _lack(  # noqa: PLR0917  # each argument has its own type
    outbox: Outbox,
    done: Reconciled,
    state: FeedState,
    objects: Sequence[Version],
    since: datetime,
    started: datetime,
) -> None:
    """A poll may have come between the listing and the state: so who lacks something is looked at once more."""
    if not any(agreement.lack(state, objects, since)):
        return
    found = by_feed(outbox.store, ("entries",), since, started + LEFT, state.feed_id)
    again = [held for _, few in found for held in few]
    for doubt in agreement.lack(state, _read(outbox.store, again, outbox.threads), since):
        done.add(state, *doubt)


async def _announcements(outbox: Outbox, done: Reconciled, state: FeedState, now: datetime, *, repair: bool) -> None:
    left = age(state, now)
    if not state.outbox or left < LEFT:
        return
    told = repair and await announced(outbox, state.feed_id)
    what = ", ".join(pending.key or pending.event or "" for pending in state.outbox)
    detail = f"not announced for {timedelta(seconds=int(left.total_seconds()))}: {what}"
    if not told and (lost := _lost(outbox.store, state)):
        detail += f"; and gone from the store: {', '.join(lost)}"
    done.add(state, "outbox", None, detail, repaired=told)


def _lost(store: Store, state: FeedState) -> list[str]:
    """What the outbox names and is nowhere."""
    return [
        pending.key
        for pending in state.outbox
        if pending.key and not any(_there(store, key) for key in (pending.staged, pending.key) if key)
    ]


def _there(store: Store, key: str) -> bool:
    return any(listed.key == key for listed in store.listed(key))


def _staging(outbox: Outbox, done: Reconciled, feed_id: str | None, *, repair: bool) -> None:
    """What lies there for a revision that was committed, or lost to another, and no outbox names.

    What lies there for a higher revision may be named by a commit yet, and expires if it is not.
    """
    listed = outbox.store.listed(f"staging/{feed_id}/" if feed_id else "staging/")
    staged = ((found[1], int(found[2]), found[0]) for each in listed if (found := _STAGED.fullmatch(each.key)))
    while few := list(islice(staged, 1_000)):
        states = outbox.states.load(list(dict.fromkeys(feed for feed, _, _ in few)))
        over = [
            (states[feed], key)
            for feed, rev, key in few
            if feed in states
            and rev <= states[feed].rev
            and key not in {pending.staged for pending in states[feed].outbox}
        ]
        if repair:
            outbox.store.discard([key for _, key in over])
        for state, key in over:
            done.add(state, "staged", key, "left by a poll that ended before it cleared up", repaired=repair)
