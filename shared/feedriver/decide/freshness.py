"""How often a feed is to be looked at, by its rhythm: the interval at its mean, and the shape of its week. Pure.

With `d` looks a day, an entry is announced half an interval late: 1/(2d) days. Over many feeds of `r` sessions a day
and a given number of looks, the mean delay of entries is least where `d` goes with the square root of `r`; that of
feeds, each counting alike, where `d` is the same for all (Sia, Cho and Cho, "Efficient Monitoring Algorithm for Fast
News Alerts", IEEE TKDE 2007). `EXPONENT` and `FOR_ANY` lie between the two: `bench/freshness.py` shows what comes of
them.

    minutes = 60 * spacing * (r + FOR_ANY) ** -EXPONENT / sqrt(alive)

`r` is the liveliest of three looks back: over the last 3, 8 and 20 sessions, the shorter ones at a discount, since
three sessions may be near each other by chance. Time is counted as it is busy: a silent night takes little off the rate
of a feed that never publishes by night. `alive` falls where a feed is silent for longer than twice its longest pause.
After a session of a regular feed it is left in peace until the next may come.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from math import log2, pow, sqrt  # noqa: A004  # of floats alone: mypy knows what comes of it
from operator import mul

from feedriver.decide.rhythm import DAY, HOUR, Rhythm
from feedriver.state import Freshness

LEVELS: dict[Freshness, float] = {"economy": 6.0, "thrifty": 3.0, "balanced": 1.5, "eager": 0.75}  # hours, `spacing`
BALANCED = LEVELS["balanced"]

EXPONENT = 0.4
FOR_ANY = 0.4  # sessions a day, that each feed has beside its own
SHAPE_EXPONENT = 0.6
LOOKS_BACK = ((3, 0.5), (8, 0.8), (20, 1.0))  # sessions, and the discount
SHORTEST = 60  # minutes that a look back counts for at least
LEAST = 1 / 180  # sessions a day of a feed that was silent for ever
PAUSES = 2  # times its longest pause a feed is silent before it is taken for the less alive
SHORTEST_PAUSE = 12 * HOUR
UNKNOWN_PAUSE = 14 * DAY  # of a feed of one session
REGULAR_FROM = 5  # gaps
RESTS = 3.5  # times as long is the interval until the next session of a regular feed may come
RESTS_FOR = 0.9  # of the gap that nine in ten of its gaps pass
LEAST_SHAPE = 0.03  # of the mean: the least that any hour gets
DOUBT = 0.5  # sessions: how many are taken for spread evenly over the day, beside those known
SEEN_ONCE = 0.5  # of the sessions in hours that had one alone are taken for spread evenly, too
DOUBT_OF_DAYS = 1.0  # sessions a weekday, likewise
WEEK = 7 * DAY
_MONDAY = 3 * DAY  # 1 January 1970 was a Thursday
SMOOTH_WITHIN = 6  # hours to either side
_NEAR = [
    0.0 if SMOOTH_WITHIN < apart < 24 - SMOOTH_WITHIN else 1 / (1 + min(apart, 24 - apart) ** 2) for apart in range(24)
]
_KERNEL = [[_NEAR[hour - other] for other in range(24)] for hour in range(24)]


@dataclass(frozen=True)
class Shape:
    """How busy a feed is in each hour (UTC) and on each weekday from Monday on: the mean of either is 1."""

    hours: tuple[float, ...]
    days: tuple[float, ...]

    @staticmethod
    def of(rhythm: Rhythm) -> Shape:
        """From what was counted: hours are smoothed over their neighbours, and both by what is not known yet."""
        return _shape(rhythm.hours, rhythm.days)

    @cached_property
    def _through(self) -> tuple[list[float], list[float]]:
        return list(accumulate(self.hours, initial=0.0)), list(accumulate(self.days, initial=0.0))

    def busy(self, minute: int) -> float:
        """Minutes since 1970, each counted as busy as it is: the difference of two is the time between them."""
        hours, days = self._through
        weeks, rest = divmod(minute + _MONDAY, WEEK)
        day, rest = divmod(rest, DAY)
        hour, rest = divmod(rest, HOUR)
        today = HOUR * hours[hour] + rest * self.hours[hour]
        return weeks * WEEK + DAY * days[day] + self.days[day] * today


@lru_cache(maxsize=256)
def _shape(hours: tuple[float, ...], days: tuple[float, ...]) -> Shape:
    return Shape(_hours(hours), _days(days))


def _hours(counts: tuple[float, ...]) -> tuple[float, ...]:
    known, smooth = sum(counts), [sum(map(mul, row, counts)) for row in _KERNEL]
    mean = sum(smooth) / 24
    if not mean:
        return (1.0,) * 24
    # The more was seen but once, the more is still unseen (Good, "The Population Frequencies of Species", 1953).
    once = sum(each for each in counts if each <= 1)
    even = min(max(LEAST_SHAPE, (DOUBT + SEEN_ONCE * once) / (known + DOUBT)), 1.0)
    return tuple((1 - even) * each / mean + even for each in smooth)


def _days(counts: tuple[float, ...]) -> tuple[float, ...]:
    known = sum(counts) + 7 * DOUBT_OF_DAYS
    return tuple(7 * (each + DOUBT_OF_DAYS) / known for each in counts)


def interval(rhythm: Rhythm, shape: Shape, now: int, spacing: float) -> float:
    """The minutes between two looks at a feed at its mean; `now` in minutes since 1970, `spacing` in hours."""
    if not rhythm.sessions:
        return 60 * spacing
    silent = now - rhythm.sessions[-1]
    gaps = rhythm.gaps
    longest = max(gaps[-1], SHORTEST_PAUSE) if gaps else UNKNOWN_PAUSE
    alive = min(1.0, PAUSES * longest / max(silent, 1))
    wanted = 60 * spacing * pow(_rate(rhythm, shape, now) + FOR_ANY, -EXPONENT) / sqrt(alive)
    return wanted * RESTS if silent < _rests_for(gaps) else wanted


def _rate(rhythm: Rhythm, shape: Shape, now: int) -> float:
    """Sessions a day."""
    found, busy = LEAST, shape.busy(now)
    for back, discount in LOOKS_BACK:
        count = min(back, len(rhythm.sessions))
        past = busy - shape.busy(rhythm.sessions[-count])
        found = max(found, discount * (count - 0.5) * DAY / max(past, SHORTEST))
    return found


def _rests_for(gaps: list[int]) -> float:
    """For how many minutes after a session no other comes, as a rule; 0 where a feed is not regular."""
    if len(gaps) < REGULAR_FROM:
        return 0
    short = gaps[len(gaps) // 10]
    regular = short > gaps[len(gaps) // 2] / 2 and short > 3 * HOUR
    return RESTS_FOR * short if regular else 0


def guard(rhythm: Rhythm, now: int) -> float | None:
    """The longest interval, in minutes, before entries may fall out of the feed's document unseen; None: unknown.

    Half of what the document reaches back. While nothing comes, nothing falls out: a quarter of a long silence will do.
    """
    if rhythm.span is None:
        return None
    silent = now - rhythm.sessions[-1] if rhythm.sessions else 0
    return max(rhythm.span / 2, silent / 4)


def doublings(factor: float) -> float:
    """How many times a shape's factor doubles the interval: less busy hours are wanted less often."""
    return -SHAPE_EXPONENT * log2(factor)
