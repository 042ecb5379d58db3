"""Publication histories: when each entry of a feed became visible, how it is dated, how many items the feed shows.

A file of histories is JSON, a list of

    {"name": …, "class": …, "window": items of the document,
     "times": [seconds since 1970 at which an entry became visible, sorted],
     "shown": [seconds since 1970 as each of them is dated, or null where it has no date]}

A feed without dates has `null` or `[]` for `shown`. Looks begin in the hour from `BEGIN` on and are measured for 60
days. What lies before is there to be learned from, what lies behind to be found by the last looks.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from weeks import DAY, HOUR, HOURS, WEEK, Week, hour_of_week

BEGIN = 1_767_571_200  # Monday, 5 January 2026, 0:00 UTC
MEASURED = 60  # days
END = BEGIN + MEASURED * DAY
LAST = END + DAY  # up to which histories are made
LONG_BEFORE = BEGIN - 420 * DAY  # from which those of slow feeds are made
BEFORE = BEGIN - 60 * DAY  # and those of quick ones
_RATED = 180 * DAY  # of a history tell how busy its hours are
_LEAST = 0.02  # of the mean: no hour is taken for emptier
_NEVER = 1e-9  # entries a second, where there are none

REAL = "real "  # the classes of feeds whose dates were captured begin so


@dataclass(frozen=True, slots=True)
class History:
    """The entries of one feed by the second in which they became visible, oldest first.

    `shown` are the dates that they bear, in the same order. `window` is the number of newest items in the document.
    """

    name: str
    kind: str
    window: int
    times: list[int]
    shown: list[int | None]

    @property
    def is_real(self) -> bool:
        """Whether it is drawn from the dates of a captured feed."""
        return self.kind.startswith(REAL)


def dated(name: str, kind: str, window: int, entries: Iterable[tuple[float, float | None]]) -> History:
    """The history of entries that are given with their dates, in any order; times are cut to whole seconds."""
    whole = sorted(
        ((int(time), None if date is None else int(date)) for time, date in entries), key=lambda each: each[0]
    )
    return History(name, kind, window, [time for time, _ in whole], [date for _, date in whole])


def load(path: Path) -> list[History]:
    """The histories of a file. Raises `ValueError` where one is not as it has to be."""
    return [_read(each) for each in json.loads(path.read_text(encoding="utf-8"))]


def _read(given: dict[str, Any]) -> History:
    name, times, shown = given["name"], given["times"], given.get("shown") or []
    if any(later < earlier for earlier, later in pairwise(times)):
        raise ValueError(f"{name}: its times are not sorted")
    if shown and len(shown) != len(times):
        raise ValueError(f"{name}: {len(times)} times, {len(shown)} dates")
    return History(str(name), str(given["class"]), given["window"], times, shown or [None] * len(times))


def rates(history: History) -> Week:
    """The truth in hindsight: how many entries a second became visible in each hour of the week, over half a year.

    An hour counts half, those before and after it a quarter each.
    """
    times = history.times
    first = max(times[0], END - _RATED) if times else BEGIN
    rated = times[bisect_left(times, first) : bisect_left(times, END)]
    counts = [0] * HOURS
    for time in rated:
        counts[hour_of_week(time)] += 1
    weeks = max(1.0, (END - first) / WEEK)
    least = _LEAST * len(rated) / max(END - first, DAY) + _NEVER
    smooth = ((counts[at - 1] + 2 * counts[at] + counts[(at + 1) % HOURS]) / 4 for at in range(HOURS))
    return Week([max(each / weeks / HOUR, least) for each in smooth])
