"""When to look next, from three things: the feed's own rhythm, what the publisher asks, how it has been failing.

Between four times an hour and once a day; where a person gave the feed a floor of its own, up to once in five minutes.
A publisher's wish for less is always honoured, a Retry-After in full.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from feedriver.decide import freshness, timetable
from feedriver.decide.freshness import Shape
from feedriver.decide.rhythm import Rhythm
from feedriver.decide.wheel import INTERVALS, LONGEST, interval_at_least, interval_within, number
from feedriver.http import http_date
from feedriver.models import Wishes

FLOOR = 14  # minutes: an interval class, of four turns an hour
WORTH_A_WRITE = 2  # levels of a timetable: the interval is half as long again, or less by a third
POLITE = 60  # minutes: a feed whose first poll fell out of phase, or whose host gives no validators, is left in peace
BLOCKED = 240  # minutes: where a host wants a person, asking often helps nobody
_MAX_AGE = re.compile(r'(?:^|[,\s])(?:s-maxage|max-age)\s*=\s*"?(\d{1,12})', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a feed is polled, in minutes: `every` is its interval class, `at_least` passes whatever its phase.

    `wanted` is the interval at the mean of its week, by its rhythm, and `timetable` says how it differs from hour to
    hour. `why` is the reason in words, for the poll's report.
    """

    every: int
    at_least: int
    why: str = ""
    timetable: str = ""
    wanted: int | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """What holds for a feed whatever its rhythm, in minutes between two requests.

    `asked` is what its publisher asks for, and where it says so. `hourly` is for hosts without validators. The turns of
    a feed that `skips_hours` are timed by writes (`feedriver.decide.skips`).
    """

    floor: int = FLOOR
    asked: tuple[int, str] | None = None
    hourly: bool = False
    skips_hours: bool = False

    @property
    def shortest(self) -> int:
        """The shortest interval class that is allowed."""
        return interval_at_least(max(self.floor, self.apart, POLITE if self.hourly else 0))

    @property
    def apart(self) -> int:
        """The minutes that the publisher asks for, 0 where it asks for nothing."""
        return self.asked[0] if self.asked else 0


def asked(wishes: Wishes, headers: Mapping[str, str], now: datetime) -> tuple[int, str] | None:
    """The longest interval that the publisher asks for, in minutes up to 24 h, with where it says so."""
    wanted = [
        (min(minutes, LONGEST), where)
        for minutes, where in ((wishes.ttl, "ttl"), (wishes.period, "sy:updatePeriod"), _fresh_for(headers, now))
        if minutes and minutes > INTERVALS[0]
    ]
    return max(wanted, default=None)


def _fresh_for(headers: Mapping[str, str], now: datetime) -> tuple[int, str]:
    """For how many minutes the answer calls itself fresh. Expires counts where no max-age does (RFC 9111 §5.3)."""
    ages = [int(age) // 60 for age in _MAX_AGE.findall(headers.get("cache-control", ""))]
    if ages:
        return max(ages), "Cache-Control"
    until, sent = http_date(headers.get("expires", "")), http_date(headers.get("date", ""))
    return (int((until - (sent or now)).total_seconds()) // 60 if until else 0), "Expires"


def wanted(known: Rhythm, now: datetime, spacing: float) -> int:
    """The minutes between two looks that a feed is wanted at now, at its mean."""
    return _mean(*_wanted(known, Shape.of(known), number(now), spacing))


def _wanted(known: Rhythm, shape: Shape, now: int, spacing: float) -> tuple[float, float]:
    """The interval that a feed's rhythm wants, and the longest that it may have, in minutes."""
    return freshness.interval(known, shape, now, spacing), freshness.guard(known, now) or LONGEST


def _mean(interval: float, most: float) -> int:
    return max(round(min(interval, most, LONGEST)), 1)


def moved(before: int | None, now: int) -> bool:
    """Whether an interval that is wanted now differs from that of `before` by so much that it is worth a write."""
    return before is None or abs(timetable.level(before) - timetable.level(now)) >= WORTH_A_WRITE


def pace(known: Rhythm, bounds: Bounds, now: datetime, spacing: float) -> Pace:
    """How often to look at a feed of this rhythm; `spacing` as in `feedriver.decide.freshness`."""
    shape = Shape.of(known)
    interval, most = _wanted(known, shape, number(now), spacing)
    mean = _mean(interval, most)
    text, busiest = timetable.made(shape, interval, most)
    own = interval_within(mean if bounds.skips_hours else busiest)  # these are timed by writes
    every = max(own, bounds.shortest)
    text = "" if bounds.skips_hours else timetable.thinned(text, every)
    why = "by its own rhythm"
    if bounds.asked and own < interval_at_least(bounds.apart) == every:
        why = f"the publisher asks for {bounds.apart} min" + f" ({bounds.asked[1]})" * bool(bounds.asked[1])
    elif bounds.hourly and own < POLITE:
        why = "no more often, since its host gives no validators to ask with"
    return Pace(every, max(bounds.apart, bounds.floor, min(every, POLITE)), why, text, mean)


def after_failures(every: int, count: int, at_least: int = 0) -> Pace:
    """The interval after `count` failures in a row: doubled with each after the first, up to a day.

    `at_least` in minutes. The jitter is the wheel's: feeds that failed in one minute have different phases.
    """
    failures = "a failure" if count == 1 else f"{count} failures in a row"
    longer = interval_at_least(max(every * 2 ** min(count - 1, 10), at_least))
    return Pace(longer, longer, f"backing off to every {longer} min after {failures}")
