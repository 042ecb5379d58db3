"""Feeds that are made up, thirteen kinds of them: their publication histories, by a seed.

Each kind draws a feed's habits, then its entries in the publisher's own time. What is said of a kind in numbers is
assumed; taken together they are the habits that a rule for looking at feeds has to cope with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from histories import BEFORE, BEGIN, LAST, LONG_BEFORE, History, dated
from weeks import DAY, HOUR, MINUTE, NEWS_DAY, SATURDAY, week_of, weekday

ZONES = (-8, -6, -5, -5, -5, 0, 0, 1, 1, 1, 2, 3, 5.5, 8, 9)  # hours ahead of UTC


@dataclass(frozen=True, slots=True)
class Made:
    """The entries of a made-up feed, in its own time; UTC where it is not `local`.

    They are dated to the second, by the day (0:00 UTC), or not at all.
    """

    times: Sequence[float]
    window: int
    dates: Literal["second", "day", "none"] = "second"
    local: bool = True


def _days(begin: int) -> Iterator[int]:
    """Midnights from `begin` on."""
    return iter(range(begin, LAST, DAY))


def _is_weekend(day: float) -> bool:
    return weekday(day) >= SATURDAY


def _newswire(draw: Random) -> Made:
    """One entry in 4 to 17 minutes by day, 5 to 20 over the hours of a working day; fewer by night and on weekends."""
    week = week_of(NEWS_DAY, weekend=draw.uniform(0.4, 0.8))
    gap = draw.uniform(5, 20) * 1.52 * MINUTE
    times = list(week.times(lambda: max(20, draw.expovariate(1 / gap)), BEFORE, LAST))
    return Made(times, draw.choice([20, 30, 50]))


def _newspaper(draw: Random) -> Made:
    """20 to 40 entries in the early morning, most in its first half hour, and 20 over the day; weekends have 60 %."""
    many, opens = draw.randint(20, 40), draw.uniform(4, 7) * HOUR
    times: list[float] = []
    for day in _days(BEFORE):
        share = 0.6 if _is_weekend(day) else 1.0
        times += [day + opens + min(3 * HOUR, draw.expovariate(1 / (25 * MINUTE))) for _ in range(int(many * share))]
        times += [day + draw.uniform(8, 20) * HOUR for _ in range(int(20 * share))]
    return Made(times, draw.choice([40, 60, 100]))


def _daily_blog(draw: Random) -> Made:
    """One entry on 93 % of the days, within minutes of the same time of day."""
    at, spread = draw.uniform(5, 20) * HOUR, draw.uniform(2, 15) * MINUTE
    times = [day + at + draw.gauss(0, spread) for day in _days(LONG_BEFORE) if draw.random() < 0.93]  # noqa: PLR2004  # said above
    return Made(times, draw.choice([10, 15, 25]))


def _weekday_magazine(draw: Random) -> Made:
    """3 to 6 entries within the working hours of each weekday."""
    mean = draw.uniform(3, 6)
    times = [
        day + draw.uniform(8.5, 17.5) * HOUR
        for day in _days(BEFORE)
        if not _is_weekend(day)
        for _ in range(max(1, int(draw.gauss(mean, 1))))
    ]
    return Made(times, draw.choice([10, 20, 30]))


def _weekly_podcast(draw: Random) -> Made:
    """One entry in 94 % of the weeks, on the same day, within minutes of the same time."""
    on, at, spread = draw.randrange(7), draw.uniform(0, 23) * HOUR, draw.uniform(1, 20) * MINUTE
    times = [
        day + at + draw.gauss(0, spread)
        for day in _days(LONG_BEFORE)
        if weekday(day) == on and draw.random() < 0.94  # noqa: PLR2004  # said above
    ]
    return Made(times, draw.choice([20, 50, 100]))


def _sporadic(draw: Random) -> Made:
    """One entry in 12 to 50 days, in the afternoon more often than not."""
    gap = draw.uniform(12, 50) * DAY
    times, day = [], LONG_BEFORE + draw.expovariate(1 / gap)
    while day < LAST:
        times.append(day // DAY * DAY + draw.gauss(15, 4) * HOUR)
        day += draw.expovariate(1 / gap)
    return Made(times, 10)


def _dormant(draw: Random) -> Made:
    """12 entries a year ago, then none until some day of the measured ones; from then on one in 10 hours."""
    times = [LONG_BEFORE + draw.uniform(0, 120) * DAY for _ in range(12)]
    time = BEGIN + draw.uniform(5, 40) * DAY
    while time < LAST:
        times.append(time)
        time += draw.expovariate(1 / (10 * HOUR))
    return Made(times, 10)


def _bursts(draw: Random) -> Made:
    """Ten entries within five minutes, every 1.5 to 5 days, by day."""
    times, day = [], LONG_BEFORE + draw.uniform(1.5, 5) * DAY
    while day < LAST:
        begins = day // DAY * DAY + draw.uniform(8, 19) * HOUR
        times += [begins + draw.uniform(0, 5) * MINUTE for _ in range(10)]
        day += draw.uniform(1.5, 5) * DAY
    return Made(times, 20)


def _tight_window(draw: Random) -> Made:
    """One entry in 2 to 6 minutes by day, in a document of ten items: some are gone within a quarter of an hour."""
    gap = draw.choice([3, 5, 8, 8, 10]) * 1.14 * MINUTE
    return Made(list(week_of(NEWS_DAY).times(lambda: max(5, draw.expovariate(1 / gap)), BEFORE, LAST)), 10)


def _nightly_batch(draw: Random) -> Made:
    """20 to 140 entries at one moment of each working night, dated by the day, as arXiv has them."""
    at, many = draw.choice([0.5, 1, 1.5]) * HOUR, draw.randint(20, 140)
    times: list[float] = []
    for day in _days(BEFORE):
        if not _is_weekend(day):
            times += [day + at + draw.uniform(0, 20) * MINUTE] * max(3, int(draw.gauss(many, many / 5)))
    return Made(times, 200, "day", local=False)


def _contents(draw: Random) -> Made:
    """1 to 15 entries within a minute, every five days or so, on weekdays, dated by the day: a journal's contents."""
    times: list[float] = []
    time = LONG_BEFORE + draw.uniform(0, 9) * DAY
    while time < LAST:
        day = time // DAY * DAY
        while _is_weekend(day):
            day += DAY
        begins = day + draw.gauss(10, 3) * HOUR
        times += [begins + draw.uniform(0, 60) for _ in range(draw.randint(1, 15))]
        time += max(1, draw.gauss(5, 2)) * DAY
    return Made(times, draw.choice([30, 60]), "day", local=False)


def _undated(draw: Random) -> Made:
    """One of four other kinds, without dates."""
    made = draw.choice([_daily_blog, _weekday_magazine, _sporadic, _newswire])(draw)
    return Made(made.times, made.window, "none")


def _stopping(draw: Random) -> Made:
    """A newswire that stops for good within the first days that are measured."""
    made, stops = _newswire(draw), BEGIN + draw.uniform(5, 20) * DAY
    return Made([time for time in made.times if time < stops], made.window)


KINDS: dict[str, tuple[int, Callable[[Random], Made]]] = {  # how many feeds of each kind there are
    "newswire": (15, _newswire),
    "newspaper": (15, _newspaper),
    "daily blog": (15, _daily_blog),
    "weekday magazine": (15, _weekday_magazine),
    "weekly podcast": (15, _weekly_podcast),
    "sporadic": (25, _sporadic),
    "dormant, wakes": (10, _dormant),
    "bursts of 10": (8, _bursts),
    "tight window": (8, _tight_window),
    "arxiv batch": (6, _nightly_batch),
    "journal TOC": (10, _contents),
    "no dates": (8, _undated),
    "newswire, stops": (6, _stopping),
}


def feeds(seed: int, every: int = 1) -> Iterator[History]:
    """The made-up feeds, 156 of them, or `every` so many-th; the same ones for a seed."""
    names = [(kind, f"{kind} {number + 1}") for kind, (count, _) in KINDS.items() for number in range(count)]
    for kind, name in names[::every]:
        draw = Random(f"{seed} {name}")  # noqa: S311  # a simulation
        zone = draw.choice(ZONES) * HOUR
        made = KINDS[kind][1](draw)
        times = [time - zone if made.local else time for time in made.times]
        yield dated(name, kind, made.window, [(time, _date(time, made.dates)) for time in times])


def _date(time: float, dates: str) -> float | None:
    if dates == "none":
        return None
    return time // DAY * DAY if dates == "day" else time
