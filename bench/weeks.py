"""A week as a shape: how busy each of its hours is, and how much of it passes between two times.

Times are seconds since 1970, UTC. Publication histories are drawn along such a week (`synthetic`, `resampled`), and the
bound places its looks along one (`peers`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

MINUTE, HOUR, DAY, WEEK = 60, 3_600, 86_400, 604_800  # seconds
HOURS = WEEK // HOUR
SATURDAY = 5  # where Monday is 0
_MONDAY = 345_600  # 5 January 1970, 0:00 UTC

# How busy a newsroom is from midnight on, in its own time. Its busiest hours are 38 times as busy as its quietest ones.
NEWS_DAY = (3, 2, 1, 1, 2, 6, 16, 26, 34, 38, 38, 36, 34, 34, 36, 36, 34, 32, 26, 22, 18, 14, 10, 6)


class Week:
    """An intensity for each of the 168 hours of a week, from Monday 0:00 UTC on; not all of them are 0."""

    def __init__(self, hourly: Sequence[float]) -> None:
        self.hourly = list(hourly)
        self._sums = [0.0, *accumulate(each * HOUR for each in self.hourly)]

    def after(self, time: float, amount: float) -> float:
        """The time at which the intensity, summed over the seconds since `time`, has come to `amount`."""
        into = (time - _MONDAY) % WEEK
        hour = min(int(into // HOUR), HOURS - 1)
        wanted = self._sums[hour] + self.hourly[hour] * (into - hour * HOUR) + amount
        weeks, rest = divmod(wanted, self._sums[-1])
        hour = min(bisect_right(self._sums, rest), HOURS) - 1
        there = hour * HOUR + ((rest - self._sums[hour]) / self.hourly[hour] if self.hourly[hour] else 0.0)
        return time - into + weeks * WEEK + there

    def between(self, first: float, last: float) -> float:
        """The intensity, summed over the seconds from `first` to `last`."""
        return self._until(last) - self._until(first)

    def _until(self, time: float) -> float:
        weeks, into = divmod(time - _MONDAY, WEEK)
        hour = min(int(into // HOUR), HOURS - 1)
        return weeks * self._sums[-1] + self._sums[hour] + self.hourly[hour] * (into - hour * HOUR)

    def times(self, amounts: Callable[[], float], begin: float, end: float) -> Iterator[float]:
        """Times from `begin` to before `end`, each later than the one before by as much of the week as is drawn."""
        time = self.after(begin, amounts())
        while time < end:
            yield time
            time = self.after(time, amounts())


def week_of(day: Sequence[float], weekend: float = 1.0) -> Week:
    """The week of 24 hourly intensities, of which the weekend has a share; an hour of a weekday has 1 on average."""
    mean = sum(day) / len(day)
    return Week([each / mean * (weekend if number >= SATURDAY else 1.0) for number in range(7) for each in day])


def weekday(time: float) -> int:
    """The day of the week, from 0 for Monday on."""
    return int((time - _MONDAY) % WEEK // DAY)


def hour_of_week(time: float) -> int:
    """The hour of the week, from 0 for Monday 0:00 to 167."""
    return int((time - _MONDAY) % WEEK // HOUR)


def midnight(time: float) -> int:
    """0:00 of the day."""
    return int(time // DAY) * DAY
