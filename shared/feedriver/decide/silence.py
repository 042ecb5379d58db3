"""Whether a feed has fallen silent: no new entry for far longer than usual, by its own rhythm. Pure.

Usual is the median gap between the last days on which it published. Silent is four times that, and a week at least: a
daily feed is silent after a week, a weekly one after four weeks. Time counts from when the last new entry was found,
not from the date that the entry bears. So an archive that comes with old dates is no silence, and a feed is not silent
on the day that it is added.

The time to wait for is computed where a document brings something new, and kept. So an unchanged poll compares two
times, and writes once an episode. A feed whose days of publishing are not known is never silent.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from feedriver.state import FeedState, Pending, Silence

EVENT = "Feed Silent"
TIMES_ITS_GAP = 4
AT_LEAST = timedelta(days=7)
AT_MOST = timedelta(days=4 * 366)  # what a yearly feed has; beyond, dates are mistakes
SAMPLE = 20  # newest days


def patience(published: Iterable[datetime | None], found: Iterable[datetime], now: datetime) -> timedelta | None:
    """For how long a feed may bring nothing new; None where its rhythm is not known.

    By when its entries were `published`; by when they were `found`, where fewer than two days of the former are told.
    """
    for times in (published, found):
        days = sorted({time.date() for time in times if time and time <= now}, reverse=True)[:SAMPLE]
        if len(days) > 1:
            gap = median((later - earlier).days for later, earlier in pairwise(days))
            return min(max(timedelta(days=TIMES_ITS_GAP * gap), AT_LEAST), AT_MOST)
    return None


def after_reading(
    state: FeedState, published: Iterable[datetime | None], found: Iterable[datetime], now: datetime, *, new: bool
) -> FeedState:
    """The state after a document, which ends a silence where there was something `new` in it."""
    if state.silence and not new:
        return noticed(state, now)
    wait = patience(published, found, now)
    return state.replace(silence=Silence(since=now, after=now + wait) if wait else None)


def noticed(state: FeedState, now: datetime) -> FeedState:
    """The state with `Feed Silent` in its outbox, once an episode; the very same where there is nothing to tell."""
    silence = state.silence
    if silence is None or silence.announced or now < silence.after:
        return state
    event = Pending(at=now, event=EVENT, about={"since": silence.since.isoformat()})
    known = silence.replace(announced=True)
    return state.replace(silence=known, outbox=(*state.outbox, event))


def note(state: FeedState) -> str:
    """What a poll's report says of a silence that was announced, where there is one."""
    if state.silence and state.silence.announced:
        return f"; silent: nothing new since {state.silence.since:%Y-%m-%d}"
    return ""
