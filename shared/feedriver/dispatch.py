"""Who is due in this minute: from the wheel's index to batches on the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from feedriver.batches import Batch
from feedriver.decide import wheel
from feedriver.ports import Queue, States

FURTHEST_BACK = timedelta(minutes=wheel.period(wheel.LONGEST))  # each slot has had its turn within it


@dataclass(frozen=True, slots=True)
class Due:
    """The feeds whose turn came since the last minute that was dispatched, each once."""

    feeds: tuple[str, ...]
    since: datetime | None
    minute: datetime


def due(states: States, now: datetime) -> Due:
    """Ask the index for all slots whose turn came since the cursor: one minute's as a rule, more after an outage."""
    minute = wheel.floor_minute(now)
    since = states.cursor()
    after = max(since or minute - wheel.MINUTE, minute - FURTHEST_BACK)
    feeds = tuple(dict.fromkeys(states.in_slots(wheel.slots_between(after, minute))))
    return Due(feeds, since, minute)


def dispatch(states: States, queue: Queue, now: datetime, feeds_per_batch: int) -> Due:
    """Send the due feeds to be polled, then move the cursor.

    A crash between the two sends them again in the next minute, which is harmless: a poll asks whether it is due.
    """
    found = due(states, now)
    if found.since and found.minute <= found.since:
        return Due((), found.since, found.minute)  # a schedule delivered twice, or a clock set back
    starts = range(0, len(found.feeds), feeds_per_batch)
    batches = [Batch(minute=found.minute, feeds=found.feeds[start : start + feeds_per_batch]) for start in starts]
    queue.send([batch.model_dump_json() for batch in batches])
    states.advance(found.since, found.minute)
    return found
