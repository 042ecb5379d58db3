"""Who is due in this minute: from the wheel's index to batches on the queue.

A host's feeds travel together, so that one worker spaces its requests: a batch is packed of whole hosts. What a host
has beyond a batch comes a quarter of an hour later, the queue's longest delay. A feed in quarantine is a batch of its
own.

The cursor is moved before anything is sent and after it. So a table that takes no writes sends nothing, and what came
due is sent when it does. Where the queue took a part only, all of it is sent again, marked as such (`Batch.again`), so
that no publisher is asked a third time; and after `MOST_SENDINGS` the dispatcher goes on: the feeds have other turns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice

from feedriver.batches import Batch
from feedriver.decide import wheel
from feedriver.errors import EdgeError
from feedriver.ports import Cursor, Placed, Queue, States

FURTHEST_BACK = timedelta(minutes=wheel.period(wheel.LONGEST))  # each slot has had its turn within it
FIRST_POLLS = 30  # new feeds of one host in a minute: as a rule so few are done before the next minute finds the rest
LONGEST_DELAY = 900  # seconds, SQS's bound
AHEAD = timedelta(hours=2)  # a cursor further ahead was moved by a clock that was wrong
MOST_SENDINGS = 15  # of what came due since a minute, where the queue took a part of it each time


@dataclass(frozen=True, slots=True)
class Due:
    """The feeds whose turn came since the last minute that was dispatched, each once; the ids of a host together.

    `alone` are those in quarantine, which are in none of `by_host`.
    """

    by_host: tuple[tuple[str, ...], ...]
    since: datetime | None
    minute: datetime
    alone: tuple[str, ...] = ()

    @property
    def feeds(self) -> tuple[str, ...]:
        """All ids, host by host; then those alone."""
        return (*(feed_id for host in self.by_host for feed_id in host), *self.alone)


def due(states: States, now: datetime, since: datetime | None, *, most_new: int | None = None) -> Due:
    """Ask the index for all slots whose turn came after `since`: one minute's as a rule, more after an outage.

    Of the feeds never polled, no more than `most_new` of one host are taken: the others stand in the same slot in the
    next minute.
    """
    minute = wheel.floor_minute(now)
    known = since if since and since <= minute + AHEAD else minute - wheel.MINUTE
    after = max(known, minute - FURTHEST_BACK)
    slots = [slot for slot in wheel.slots_between(after, minute) if slot != wheel.NEW]
    apart = [slot for slot in slots if wheel.apart(slot)]
    fresh = [feed for host in _by_host(states.in_slots([wheel.NEW])) for feed in islice(host, most_new)]
    found = _by_host([*fresh, *states.in_slots([slot for slot in slots if not wheel.apart(slot)])])
    by_host = tuple(tuple(feed.feed_id for feed in host) for host in found)
    return Due(by_host, since, minute, tuple(sorted({feed.feed_id for feed in states.in_slots(apart)})))


def _by_host(feeds: Iterable[Placed]) -> list[list[Placed]]:
    """Each feed once, those of one host together; a feed whose host is not known is alone."""

    def host(feed: Placed) -> str:
        return feed.host or feed.feed_id

    return [list(group) for _, group in groupby(sorted(set(feeds), key=lambda feed: (host(feed), feed)), key=host)]


def dispatch(states: States, queue: Queue, now: datetime, feeds_per_batch: int) -> Due:
    """Send the due feeds to be polled, with the cursor moved before and after."""
    minute, before = wheel.floor_minute(now), states.cursor()
    if before.minute and minute <= before.minute <= minute + AHEAD:
        return Due((), before.minute, minute)  # a schedule delivered twice, or a clock set back
    since = before.minute if before.tries < MOST_SENDINGS else minute - wheel.MINUTE
    found = due(states, now, since, most_new=FIRST_POLLS)
    under_way = Cursor(before.minute, before.tries + 1)
    if not states.advance(before, under_way):
        return Due((), before.minute, minute)  # another dispatcher is at it
    sent = False
    try:
        for delay, bodies in _messages(found, feeds_per_batch, again=before.tries > 0):
            queue.send(bodies, delay)
            sent = True
    except EdgeError:
        if not sent:
            with suppress(EdgeError):  # the first of them may have come through all the same, so it stays at 1
                states.advance(under_way, Cursor(before.minute, max(before.tries, 1)))
        raise
    states.advance(under_way, Cursor(minute))
    return found


def _messages(found: Due, most: int, *, again: bool) -> Iterator[tuple[int, list[str]]]:
    """What is sent, and after how many seconds: of each host a batch's worth at once, and the rest at last."""
    first = [host[:most] for host in found.by_host]
    rest = [host[start : start + most] for host in found.by_host for start in range(most, len(host), most)]
    for delay, hosts in ((0, first), (LONGEST_DELAY, rest)):
        batches = [Batch(minute=found.minute, feeds=feeds, again=again) for feeds in packed(hosts, most)]
        if not delay:
            batches += [Batch(minute=found.minute, feeds=(feed,), again=again, alone=True) for feed in found.alone]
        if batches:
            yield delay, [batch.model_dump_json() for batch in batches]


def packed(hosts: Iterable[Sequence[str]], most: int) -> Iterator[tuple[str, ...]]:
    """Batches of up to `most` feeds, in order and without splitting a host, none of which has more than `most`."""
    batch: list[str] = []
    for host in hosts:
        if batch and len(batch) + len(host) > most:
            yield tuple(batch)
            batch = []
        batch += host
    if batch:
        yield tuple(batch)
