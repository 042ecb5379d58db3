"""Captured feeds, drawn anew: histories of any length that have the gaps and the hours of a real feed's dates.

`dates.json` has the dates of 138 feeds that other projects keep as test documents (fastfeedparser, feedjira, miniflux,
node-feedparser, rome, rss-parser): of each feed a short name, the number of its items, and its distinct dates, the
first in seconds since 1970, the others in seconds since the one before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from random import Random
from statistics import mean, median

from histories import BEFORE, LAST, LONG_BEFORE, History, dated
from weeks import DAY, HOUR, NEWS_DAY, SATURDAY, Week, week_of, weekday

DATES = Path(__file__).with_name("dates.json")
QUICK = 12 * HOUR  # a usual gap below makes a feed a quick one
SLOW = 4 * DAY
ENOUGH_DAYS, ENOUGH_DATES = 3, 12  # tell a feed's hours
FEW_DATES = 8  # fewer tell no more than their gaps
WEEKS_TOLD = 10 * DAY  # of dates tell its weekends
ZONES = (-8, -5, -5, 0, 1, 1, 2, 5, 9)  # hours ahead of UTC
_UNSEEN = 0.3  # entries that each hour is taken to have had beyond those that were seen
_QUIETEST = 0.03  # of the mean: no hour is taken for quieter
_NO_WEEKEND = 0.04  # fewer of its dates than that lie on weekends
_APART = 6 * HOUR  # a gap below is one within a burst


def feeds(seed: int, every: int = 1) -> Iterator[History]:
    """A history of `every` so many-th captured feed; the same ones for a seed."""
    for feed in json.loads(DATES.read_text(encoding="utf-8"))["feeds"][::every]:
        draw = Random(f"{seed} {feed['name']}")  # noqa: S311  # a simulation
        yield drawn(feed["name"], feed["items"], list(accumulate(feed["dates"])), draw)


def drawn(name: str, items: int, dates: Sequence[int], draw: Random) -> History:
    """A history of a feed with these distinct `dates`, oldest first."""
    gaps = [later - earlier for earlier, later in pairwise(dates)]
    usual, span = median(gaps), dates[-1] - dates[0]
    window = max(5, min(items, 200))
    told = span >= ENOUGH_DAYS * DAY and len(dates) >= ENOUGH_DATES
    if usual < QUICK and (told or (span < ENOUGH_DAYS * DAY and len(dates) >= FEW_DATES)):
        times = _quick(dates, gaps, draw, told=told)
        return dated(name, "real fast", window, [(time, time) for time in times])
    return dated(name, "real daily" if usual < SLOW else "real slow", window, _slow(dates, gaps, draw))


def _quick(dates: Sequence[int], gaps: Sequence[int], draw: Random, *, told: bool) -> Iterator[float]:
    """Times whose gaps are drawn from the feed's, each as long as it was in the feed's own hours."""
    if told:
        week = _own_week(dates)
        gaps = [max(1, int(week.between(earlier, later))) for earlier, later in pairwise(dates)]
        begin = LONG_BEFORE if median(gaps) > HOUR else BEFORE
    else:
        zone, begin = draw.choice(ZONES), BEFORE
        flat = draw.random() < 0.3  # noqa: PLR2004  # three in ten keep no hours
        week = Week([1.0] * 168) if flat else week_of([NEWS_DAY[(hour + zone) % 24] for hour in range(24)], 0.6)
    return week.times(lambda: max(1.0, draw.choice(gaps) * draw.uniform(0.8, 1.25)), begin, LAST)


def _own_week(dates: Sequence[int]) -> Week:
    """How busy the hours of a feed are, by its dates: of a day, and of weekdays and weekends."""
    seen = [_UNSEEN] * 24
    for time in dates:
        seen[time % DAY // HOUR] += 1
    smooth = [(seen[hour - 1] + 2 * seen[hour] + seen[(hour + 1) % 24]) / 4 for hour in range(24)]
    usual = mean(smooth)
    weekends = sum(weekday(time) >= SATURDAY for time in dates)
    share = ((weekends + _UNSEEN) / 2) / ((len(dates) - weekends + _UNSEEN) / 5)
    told = dates[-1] - dates[0] >= WEEKS_TOLD
    week = week_of([max(_QUIETEST, each / usual) for each in smooth], share if told else 1.0)
    return Week([each * 168 / sum(week.hourly) for each in week.hourly])


def _slow(dates: Sequence[int], gaps: Sequence[int], draw: Random) -> Iterator[tuple[float, float]]:
    """Times whose gaps are drawn from the feed's, in days, each at a time of day that it has had; and their dates.

    A feed whose dates are all of one full hour is dated by the day: it publishes around an hour of its own.
    """
    hours = [time % DAY for time in dates]
    by_day = len(set(hours)) == 1 and hours[0] % HOUR == 0
    weekends = sum(weekday(time) >= SATURDAY for time in dates)
    weekdays_only = len(dates) >= 15 and weekends / len(dates) < _NO_WEEKEND  # noqa: PLR2004  # fewer tell nothing
    opens = draw.uniform(8, 18) * HOUR
    time, before = LONG_BEFORE + draw.random() * min(mean(gaps), 400 * DAY), 0.0
    while time < LAST:
        gap = draw.choice(gaps)
        if gap < _APART:
            time += max(1.0, gap * draw.uniform(0.9, 1.1))
        else:
            day = (time + gap * draw.uniform(0.98, 1.02)) // DAY * DAY
            while weekdays_only and weekday(day) >= SATURDAY:
                day += DAY
            about = opens + draw.gauss(0, 1.5 * HOUR) if by_day else draw.choice(hours) + draw.uniform(-120, 120)
            time = day + about
        if time <= before:
            time = before + draw.uniform(1, 6) * HOUR
        before = time
        yield time, time // DAY * DAY if by_day else time
