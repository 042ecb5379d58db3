"""Who is due in this minute: from the wheel's index to batches on the queue.

A host's feeds travel together, so that one worker spaces its requests: a batch is packed of whole hosts. What a host
has beyond `HOST_SHARE` feeds comes in later waves, a minute apart by the queue's own delay, which costs less than a
worker that waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice

from feedriver.batches import Batch
from feedriver.decide import wheel
from feedriver.ports import Placed, Queue, States

FURTHEST_BACK = timedelta(minutes=wheel.period(wheel.LONGEST))  # each slot has had its turn within it
HOST_SHARE = 60  # feeds of one host in a wave: what a minute has room for, at one request a second
FIRST_POLLS = 30  # new feeds of one host in a minute: so few are done before the next minute finds the rest
WAVE = 60  # seconds from one wave to the next
LONGEST_DELAY = 900  # seconds, SQS's bound; what would come later comes then
AHEAD = timedelta(hours=2)  # a cursor further ahead was moved by a clock that was wrong


@dataclass(frozen=True, slots=True)
class Due:
    """The feeds whose turn came since the last minute that was dispatched, each once; the ids of a host together."""

    by_host: tuple[tuple[str, ...], ...]
    since: datetime | None
    minute: datetime

    @property
    def feeds(self) -> tuple[str, ...]:
        """All ids, host by host."""
        return tuple(feed_id for host in self.by_host for feed_id in host)


def due(states: States, now: datetime, *, most_new: int | None = None) -> Due:
    """Ask the index for all slots whose turn came since the cursor: one minute's as a rule, more after an outage.

    Of the feeds never polled, no more than `most_new` of one host are taken: the others stand in the same slot in the
    next minute.
    """
    minute = wheel.floor_minute(now)
    since = states.cursor()
    known = since if since and since <= minute + AHEAD else minute - wheel.MINUTE
    after = max(known, minute - FURTHEST_BACK)
    slots = [slot for slot in wheel.slots_between(after, minute) if slot != wheel.NEW]
    fresh = [feed for host in _by_host(states.in_slots([wheel.NEW])) for feed in islice(host, most_new)]
    found = _by_host([*fresh, *states.in_slots(slots)])
    return Due(tuple(tuple(feed.feed_id for feed in host) for host in found), since, minute)


def _by_host(feeds: Iterable[Placed]) -> list[list[Placed]]:
    """Each feed once, those of one host together; a feed whose host is not known is alone."""

    def host(feed: Placed) -> str:
        return feed.host or feed.feed_id

    return [list(group) for _, group in groupby(sorted(set(feeds), key=lambda feed: (host(feed), feed)), key=host)]


def dispatch(states: States, queue: Queue, now: datetime, feeds_per_batch: int) -> Due:
    """Send the due feeds to be polled, then move the cursor.

    A crash between the two sends them again in the next minute, which is harmless: a poll asks whether it is due.
    """
    found = due(states, now, most_new=FIRST_POLLS)
    if found.since and found.minute <= found.since <= found.minute + AHEAD:
        return Due((), found.since, found.minute)  # a schedule delivered twice, or a clock set back
    for delay, wave in _waves(found.by_host, min(HOST_SHARE, feeds_per_batch)).items():
        batches = [Batch(minute=found.minute, feeds=feeds) for feeds in packed(wave, feeds_per_batch)]
        queue.send([batch.model_dump_json() for batch in batches], delay)
    states.advance(found.since, found.minute)
    return found


def _waves(by_host: Sequence[Sequence[str]], share: int) -> dict[int, list[Sequence[str]]]:
    """What is sent after which delay, in seconds: of each host the first `share` feeds at once, and so on."""
    waves: dict[int, list[Sequence[str]]] = {}
    for host in by_host:
        for number, start in enumerate(range(0, len(host), share)):
            waves.setdefault(min(number * WAVE, LONGEST_DELAY), []).append(host[start : start + share])
    return waves


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
