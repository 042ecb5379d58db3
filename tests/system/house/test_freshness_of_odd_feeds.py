"""Feeds that change their habits, lie about dates or fall silent: what our decisions make of them in 60 days.

The histories are those that `bench/freshness.py` does not have. Each bound is about twice what was seen.
"""

from __future__ import annotations

import sys
from random import Random

import pytest
from checkout import ROOT

sys.path.insert(0, str(ROOT / "bench"))  # its modules import each other, as scripts do
try:
    from figures import Figures
    from histories import BEGIN, History
    from looks import follow
    from ours import Ours
finally:
    sys.path.remove(str(ROOT / "bench"))

from feedriver.decide.freshness import BALANCED

pytestmark = pytest.mark.long
HOUR, DAY = 3_600, 86_400  # seconds
DAYS = range(-300, 62)


def daily(hour_of):
    """An entry a day about the hour that `hour_of` says for it; None is a day without one."""
    chance = Random("odd feeds")
    hours = [(day, hour_of(day)) for day in DAYS]
    return [int(BEGIN + day * DAY + hour * HOUR + chance.gauss(0, 300)) for day, hour in hours if hour is not None]


NOON = daily(lambda _: 12)
CHANCE = Random("dates")
HOURLY = [BEGIN + hour * HOUR for hour in range(-24 * 60, 24 * 20)]
WEEKLY = [BEGIN + week * 7 * DAY + 9 * HOUR for week in range(-40, 3)]
BURSTS = [int(BEGIN + burst * 3.3 * DAY + place * 20) for burst in range(-60, 19) for place in range(10)]

# The times, the dates that are shown, the document's length; requests a day, and the mean delay in minutes, at most.
ODD = {
    "summer time begins on day 30": (daily(lambda day: 7.5 if day < 30 else 6.5), None, 20, 15, 20),
    "from morning to evening on day 20": (daily(lambda day: 8 if day < 20 else 20), None, 20, 15, 50),
    "weekdays, and a holiday of twenty days": (
        daily(lambda day: None if 20 <= day < 40 or day % 7 > 4 else 9), None, 20, 20, 20,
    ),
    "embargoed: dated six hours before it appears": (NOON, [time - 6 * HOUR for time in NOON], 20, 15, 45),
    "dated three hours ahead": (NOON, [time + 3 * HOUR for time in NOON], 20, 15, 25),
    "all dated in 2000": (NOON, [946_684_800] * len(NOON), 20, 15, 30),
    "dated some days before": (NOON, [time - CHANCE.randint(1, 20) * DAY for time in NOON], 20, 15, 25),
    "no dates": (NOON, [None] * len(NOON), 20, 15, 25),
    "a date at every second entry": (NOON, [time if at % 2 else None for at, time in enumerate(NOON)], 20, 15, 30),
    "hourly, then weekly": (
        HOURLY + [BEGIN + (20 + 7 * week) * DAY + 9 * HOUR for week in range(1, 7)], None, 20, 60, 25,
    ),
    "weekly, then hourly": (
        WEEKLY + [BEGIN + 20 * DAY + hour * HOUR for hour in range(24 * 42)], None, 20, 75, 30,
    ),
    "bursts that fill the document": (BURSTS, None, 10, 20, 120),
    "monthly": ([BEGIN + 30 * month * DAY + 11 * HOUR for month in range(-14, 3)], None, 20, 10, 40),
    "one entry, a year ago": ([BEGIN - 400 * DAY], None, 20, 8, None),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_an_odd_feed_is_found_soon_at_few_requests_and_nothing_is_lost(name):
    times, shown, window, requests, delay = ODD[name]
    feed = History(name, "odd", window, times, times if shown is None else shown)
    found = Figures.of([follow(feed, Ours(feed, BALANCED))])
    assert found.requests <= requests
    assert found.lost == 0
    assert delay is None or found.entry.mean <= delay
    assert found.moves <= 3
