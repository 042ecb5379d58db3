"""Who is due in this minute: from the wheel's index to batches on the queue.

A host's feeds travel together, so that one worker spaces its requests: a batch is packed of whole hosts. What a host
has beyond a batch comes a quarter of an hour later, the queue's longest delay. A feed in quarantine is a batch of its
own. A feed whose timetable leaves its turn out is not sent (`feedriver.decide.timetable`).

The cursor is moved before anything is sent and after it. So a table that takes no writes sends nothing, and what came
due is sent when it does. Where the queue took a part only, all of it is sent again, marked as such (`Batch.again`), so
that no publisher is asked a third time; and after `MOST_SENDINGS` the dispatcher goes on: the feeds have other turns.

One dispatch has bounds (`Bounds`). After a pause the turns that were missed are gone through oldest minute first, each
feed by the last of its turns, and the cursor moves to the last minute that was done: the next dispatch goes on there.
Feeds never polled are taken in the order of their ids, from where the last dispatch stopped: of a million that were
imported none is sent twice before all were sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice

from feedriver.decide import timetable, wheel
from feedriver.errors import EdgeError
from feedriver.poll.batches import Batch
from feedriver.ports import Queue, States
from feedriver.table import Cursor, Placed

FURTHEST_BACK = timedelta(minutes=wheel.period(wheel.LONGEST))  # each slot has had its turn within it
FIRST_POLLS = 30  # new feeds of one host in a minute: as a rule so few are done before the next minute finds the rest
LONGEST_DELAY = 900  # seconds, SQS's bound
AHEAD = timedelta(hours=2)  # a cursor further ahead was moved by a clock that was wrong
MOST_SENDINGS = 15  # of what came due since a minute, where the queue took a part of it each time
MOST_FEEDS = 50_000  # in one dispatch, and the rest of a minute: twenty pollers of 500 feeds each do about as many
MOST_SLOTS = 1_000  # asked for in one dispatch, and the rest of a minute: as many queries of some 10 ms
MOST_NEW = 10_000  # feeds never polled that one dispatch looks at


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one dispatch may take on. `in_time` says whether it may look at a further minute."""

    feeds: int = MOST_FEEDS
    slots: int = MOST_SLOTS
    new: int = MOST_NEW
    new_of_a_host: int = FIRST_POLLS
    in_time: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True)
class Due:
    """The feeds whose turn came since the last minute that was dispatched, each once; the ids of a host together.

    `alone` are those in quarantine, which are in none of `by_host`. `minute` is now; `upto` the last minute whose turns
    are among these, and `new_after` the id from which the next feeds that were never polled are to be taken.
    """

    by_host: tuple[tuple[str, ...], ...]
    since: datetime | None
    minute: datetime
    alone: tuple[str, ...] = ()
    upto: datetime | None = None
    new_after: str = ""

    @property
    def feeds(self) -> tuple[str, ...]:
        """All ids, host by host; then those alone."""
        return (*(feed_id for host in self.by_host for feed_id in host), *self.alone)


def due(states: States, now: datetime, since: datetime | None) -> Due:
    """All feeds whose turn came after `since`, and all that were never polled: nothing of it is bounded."""
    minute = wheel.floor_minute(now)
    after = _after(since, minute)
    slots = list(wheel.slots_between(after, minute))
    placed = states.in_slots([slot for slot in slots if not wheel.apart(slot)])
    found = _by_host(feed for feed in placed if _counts(feed, after, minute))
    alone = {feed.feed_id for feed in states.in_slots([slot for slot in slots if wheel.apart(slot)])}
    return Due(_ids(found), since, minute, tuple(sorted(alone)), minute)


def bounded(states: States, now: datetime, since: datetime | None, bounds: Bounds, new_after: str = "") -> Due:
    """The feeds whose turns came after `since`, oldest minute first, as far as the bounds go; at least one minute's.

    Of the feeds never polled, those behind the id `new_after`, and no more than so many of one host: the others stand
    in the same slot when their turn comes round.
    """
    minute = wheel.floor_minute(now)
    fresh, new_after = _fresh(states, bounds, new_after)
    placed, alone, asked, upto = set(fresh), set[str](), 0, None
    after = _after(since, minute)
    for turn, slots in wheel.last_turns(after, minute).items():
        feeds = len(placed) + len(alone) - len(fresh)
        over = feeds >= bounds.feeds or asked + len(slots) > bounds.slots or not bounds.in_time()
        if upto and over:
            break
        found = states.in_slots([slot for slot in slots if not wheel.apart(slot)])
        placed.update(feed for feed in found if _counts(feed, after, turn))
        alone.update(feed.feed_id for feed in states.in_slots([slot for slot in slots if wheel.apart(slot)]))
        asked, upto = asked + len(slots), turn
    return Due(_ids(_by_host(placed)), since, minute, tuple(sorted(alone)), upto, new_after)


def _counts(feed: Placed, after: datetime, turn: datetime) -> bool:
    """Whether one of a feed's turns after `after` and up to `turn` counts, which is the last of them."""
    return not feed.timetable or timetable.last_turn(feed.timetable, feed.slot, feed.feed_id, after, turn) is not None


def _after(since: datetime | None, minute: datetime) -> datetime:
    known = since if since and since <= minute + AHEAD else minute - wheel.MINUTE
    return max(known, minute - FURTHEST_BACK)


def _fresh(states: States, bounds: Bounds, after: str) -> tuple[list[Placed], str]:
    """Feeds never polled from behind `after` on, and from the first again behind the last; where to go on then."""
    read = states.behind(wheel.NEW, after, bounds.new)
    more = len(read) == bounds.new
    if after and not more:
        read += [feed for feed in states.behind(wheel.NEW, "", bounds.new - len(read)) if feed.feed_id <= after]
        more = len(read) == bounds.new
    some = [feed for host in _by_host(read) for feed in islice(host, bounds.new_of_a_host)]
    return some, read[-1].feed_id if more else ""


def _ids(hosts: Iterable[Iterable[Placed]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(feed.feed_id for feed in host) for host in hosts)


def _by_host(feeds: Iterable[Placed]) -> list[list[Placed]]:
    """Each feed once, those of one host together; a feed whose host is not known is alone."""

    def host(feed: Placed) -> str:
        return feed.host or feed.feed_id

    return [list(group) for _, group in groupby(sorted(set(feeds), key=lambda feed: (host(feed), feed)), key=host)]


def dispatch(
    states: States,
    queue: Queue,
    now: datetime,
    feeds_per_batch: int,
    bounds: Bounds = Bounds(),  # frozen
) -> Due:
    """Send the due feeds to be polled, with the cursor moved before and after."""
    minute, before = wheel.floor_minute(now), states.cursor()
    if before.minute and minute <= before.minute <= minute + AHEAD:
        return Due((), before.minute, minute)  # a schedule delivered twice, or a clock set back
    since = before.minute if before.tries < MOST_SENDINGS else minute - wheel.MINUTE
    found = bounded(states, now, since, bounds, before.new_after)
    under_way = Cursor(before.minute, before.tries + 1, before.new_after)
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
                states.advance(under_way, Cursor(before.minute, max(before.tries, 1), before.new_after))
        raise
    states.advance(under_way, Cursor(found.upto, 0, found.new_after))
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
