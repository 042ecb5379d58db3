"""A million feeds for a day of minutes on the real wheel: requests a minute, reads, writes, batches and the day's cost.

    python bench/wheel.py [--bound] [PLOT.svg]

Nothing is fetched: each feed has habits, `decide.rhythm` learns them from its dates, `decide.schedule` gives its
interval and its timetable, `decide.wheel` its turns, and every poll is answered 304, as most are. Two days are played:
one of feeds in all time zones, and one of feeds that all publish in the same hours. Ends with 1 where a feed is polled
twice in its interval, or not at all, or where a minute has 15 % more or fewer requests than the hour around it.
`--bound` is a hundredth of the feeds, to show that it runs.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from math import ceil
from pathlib import Path
from random import Random
from statistics import mean, median
from time import perf_counter

from prices import PRICES

from feedriver.aws.leases import KNOWN_FOR
from feedriver.decide import rhythm, schedule, timetable, wheel
from feedriver.decide.freshness import BALANCED
from feedriver.decide.schedule import Bounds, Pace
from feedriver.local.deploy import checkout, read_template

FEEDS, BOUND = 1_000_000, 10_000
DAY = 24 * 60  # minutes
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)  # a Tuesday
BATCH = 500  # feeds in a message
FUNCTIONS = read_template(checkout())["Resources"]
HELD = FUNCTIONS["PollFunction"]["Properties"]["MemorySize"] / 1024  # GB
SECONDS_A_BATCH = 6.5  # of wall time, assumed: hundreds in flight, the slowest host waited for
SECONDS_A_DISPATCH = 0.3
SECONDS_AN_ITEM = 20e-6  # of the dispatcher, assumed: an item of the index is read and its timetable asked
DISPATCHER = FUNCTIONS["DispatchFunction"]["Properties"]["MemorySize"] / 1024  # GB
ITEM = 0.5  # read units of a state of up to 4 KB, which may lag: of a hundred entries; older ones cost more
INDEXED = 0.5 * 96 / 4096  # read units an item of the index, eventually consistent, 96 bytes each
MOVES = 0.17  # writes a feed-day for a pace that moved in an unchanged poll: see bench/freshness.py
STATE = 4  # write units of such a write: 4 KB
LEVEL = 0.15  # of the mean of the hour around a minute
WHICH = 128  # of a class's turns one of so many counts at most

# How often feeds publish: share of feeds by the minutes between two entries.
PUBLISHING = {30: 0.02, 120: 0.05, 360: 0.10, 720: 0.13, 1_440: 0.20, 4_320: 0.20, 20_000: 0.30}
# When: at any hour, in hours of work, around one hour. Each is a share of feeds, and how many hours it lasts.
HOURS = ((0.3, 24), (0.5, 12), (0.2, 1))
ZONES = (-8, -6, -5, -5, -5, 0, 0, 1, 1, 1, 2, 3, 5, 8, 9)  # hours

BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Kind:
    """Feeds of the same habits: their share of all, how they are looked at, and where they stand."""

    share: float
    pace: Pace


def kinds(zones: tuple[int, ...]) -> list[Kind]:
    """All habits of feeds in these time zones, with the pace that is learned from their dates."""
    found = []
    for gap, share in PUBLISHING.items():
        for part, lasts in HOURS:
            for place, zone in enumerate(zones):
                chance = Random(f"{gap} {lasts} {place}")  # noqa: S311  # habits, no secret
                pace = learned(chance, gap, lasts, zone)
                found.append(Kind(share * part / len(zones), pace))
    return found


def learned(chance: Random, gap: int, lasts: int, zone: int) -> Pace:
    """The pace of a feed that publishes so often, within so many hours of the day in its time zone."""
    dates, at = [], NOON
    begins = (24 - lasts) // 2 + chance.uniform(-4, 4)
    for _ in range(200):
        at -= timedelta(minutes=gap * chance.uniform(0.5, 1.5))
        day = at.replace(hour=0, minute=0)
        hour = (at - day).total_seconds() / 3600
        inside = begins + (hour if lasts > 12 else hour * lasts / 24) - zone  # noqa: PLR2004
        dates.append(min(day + timedelta(hours=inside), NOON))
    return schedule.pace(rhythm.first(dates, NOON), Bounds(), NOON, BALANCED)


Group = tuple[int, int, int]  # kind, minute within the class's period, which turns count


def standing(feeds: int, habits: list[Kind]) -> Counter[Group]:
    """How many of so many feeds stand in each slot and count the same turns."""
    bounds = [round(each * feeds) for each in accumulate(kind.share for kind in habits)]
    groups, kind = Counter[Group](), 0
    for number in range(feeds):
        while number >= bounds[kind] and kind < len(bounds) - 1:
            kind += 1
        feed = int(hashlib.sha256(b"https://site-%d.example/feed" % number).hexdigest()[:16], 16)
        which = (feed >> timetable.WHICH) % WHICH if habits[kind].pace.timetable else 0
        groups[kind, feed % wheel.period(habits[kind].pace.every), which] += 1
    return groups


def looks(pace: Pace, phase: int, which: int, minutes: int) -> tuple[list[int], int]:
    """The minutes from noon on in which these feeds are looked at, and how many turns they have."""
    period, first = wheel.period(pace.every), wheel.number(NOON)
    turns = range(first + (phase - first) % period, first + minutes, period)
    feed = f"{which << timetable.WHICH:x}"
    counted = (each for each in turns if not pace.timetable or timetable.counts(pace.timetable, pace.every, feed, each))
    return [each - first for each in counted], len(turns)


@dataclass
class Played:
    """A day: requests by the minute, items of the index that were read, and groups whose turns are wrong."""

    counts: list[int]
    indexed: int
    wrong: int
    groups: int


def play(groups: Counter[Group], habits: list[Kind]) -> Played:
    """A day of minutes from noon on; the turns are judged over three."""
    day = Played([0] * DAY, 0, 0, len(groups))
    for (kind, phase, which), feeds in groups.items():
        pace = habits[kind].pace
        minutes, _ = looks(pace, phase, which, 3 * DAY)
        for minute in minutes:
            if minute < DAY:
                day.counts[minute] += feeds
        day.indexed += feeds * (DAY // wheel.period(pace.every))
        gaps = [later - earlier for earlier, later in pairwise(minutes)]
        seldom = not minutes or minutes[0] > DAY + pace.every or max(gaps, default=0) > DAY + pace.every
        day.wrong += seldom or min(gaps, default=DAY) < pace.every
    return day


def uneven(counts: list[int]) -> float:
    """By how much a minute differs at most from the mean of the hour around it: 0.1 is a tenth."""
    around = 30
    means = [mean(counts[max(at - around, 0) : at + around + 1]) for at in range(len(counts))]
    inside = range(around, len(counts) - around)
    return max(abs(counts[at] / means[at] - 1) for at in inside) if all(means) else 1.0


def sparkline(counts: list[int], width: int = 96) -> str:
    """The counts from 0 up to their highest, in so many characters."""
    size = len(counts) // width
    means = [sum(counts[start : start + size]) / size for start in range(0, size * width, size)]
    return "".join(BARS[min(7, int(8 * value / (max(counts) or 1)))] for value in means)


def svg(counts: list[int], feeds: int) -> str:
    """Requests a minute over the day."""
    top = max(counts) * 1.1
    points = " ".join(f"{60 + minute / 2:.1f},{320 - 280 * count / top:.1f}" for minute, count in enumerate(counts))
    hours = "".join(f'<text x="{60 + 30 * hour}" y="340">{hour}</text>' for hour in range(0, 25, 3))
    levels = "".join(
        f'<text x="4" y="{324 - 280 * level / top:.0f}">{level:,}</text>' for level in (0, min(counts), max(counts))
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 360" font-family="sans-serif" font-size="12">'
        '<rect width="800" height="360" fill="white"/>'
        f'<text x="60" y="20">requests a minute, {sum(counts):,} of {feeds:,} feeds in a day (hours below)</text>'
        f'{hours}{levels}<polyline fill="none" stroke="#0b6" points="{points}"/></svg>\n'
    )


def write_units(batches: int) -> float:
    """Write units of the day: the dispatcher's, and two a batch for its lease (`feedriver.aws.leases`)."""
    a_minute = batches / DAY
    at_work = a_minute * SECONDS_A_BATCH / 60 * (8 + 8 + 4 * BATCH)
    done = a_minute * KNOWN_FOR.total_seconds() / 60 * (8 + 4)
    return 2 * DAY + batches * 2 * ceil((at_work + done) / 1024)


def read_units(requests: int, indexed: int, queries: int) -> float:
    """Read units of the day: the states that were polled, and the index."""
    return requests * ITEM + indexed * INDEXED + queries * 0.5


def cost(feeds: int, requests: int, indexed: int, queries: int, batches: int) -> dict[str, float]:
    """The day's cost in dollars, by service. Every poll is answered 304: a state is written where its pace moved."""
    reads = read_units(requests, indexed, queries)
    dispatching = DAY * SECONDS_A_DISPATCH + indexed * SECONDS_AN_ITEM
    return {
        "Lambda": PRICES["Lambda, GB-second, arm64"] * (batches * SECONDS_A_BATCH * HELD + dispatching * DISPATCHER)
        + PRICES["Lambda, request"] * (batches + DAY),
        "DynamoDB": PRICES["DynamoDB, read unit"] * reads
        + PRICES["DynamoDB, write unit"] * (write_units(batches) + feeds * MOVES * STATE),
        "SQS": PRICES["SQS, request"] * batches * 3,  # sent, received, deleted
        "S3": PRICES["S3, PUT"] * batches,
        "Scheduler": PRICES["Scheduler, invocation"] * DAY,
    }


def main(feeds: int, plots: list[str]) -> int:
    """Print both days; 1 where the wheel breaks its word."""
    failed = False
    for name, zones in (("in all time zones", ZONES), ("that publish in the same hours", (0,))):
        begun = perf_counter()
        habits = kinds(zones)
        groups = standing(feeds, habits)
        day = play(groups, habits)
        print(f"{feeds:,} feeds {name}, a day of {DAY:,} minutes ({perf_counter() - begun:.0f} s to simulate)")
        classes = Counter[int]()
        for (kind, _, _), count in groups.items():
            classes[habits[kind].pace.every] += count
        print("feeds by interval       " + ", ".join(f"{each} min: {classes[each]:,}" for each in sorted(classes)))
        failed |= told(feeds, day)
        for path in plots[:1]:
            Path(path).write_text(svg(day.counts, feeds), encoding="utf-8")
            print(f"plot                    {path}")
            plots = plots[1:]
        print()
    return 1 if failed else 0


def told(feeds: int, day: Played) -> bool:
    """Print a day; whether something of it is wrong."""
    counts = day.counts
    requests, batches = sum(counts), sum(-(-count // BATCH) for count in counts)
    queries = DAY * (len(wheel.INTERVALS) + 2)
    print(f"requests a minute       least {min(counts):,}, median {median(counts):,.0f}, most {max(counts):,}")
    print(f"                        {sparkline(counts)}")
    print(
        f"requests                {requests:,}, {requests / feeds:.1f} a feed, in {batches:,} batches of up to {BATCH}"
    )
    print(f"index                   {queries:,} queries, {day.indexed:,} items: {day.indexed - requests:,} left out")
    writes = write_units(batches) + feeds * MOVES * STATE
    print(f"read units, write units {read_units(requests, day.indexed, queries):,.0f}, {writes:,.0f}")
    print(f"Lambda seconds          {batches * SECONDS_A_BATCH + DAY * SECONDS_A_DISPATCH:,.0f}")
    prices = cost(feeds, requests, day.indexed, queries, batches)
    print("cost of the day         " + ", ".join(f"{service} ${dollars:.2f}" for service, dollars in prices.items()))
    total = sum(prices.values())
    print(f"                        ${total:.2f}, ${1e6 * total / requests:.3f} a million polls")
    worst = uneven(counts)
    level = feeds < FEEDS or worst <= LEVEL  # of few feeds, chance makes more of it
    print(f"level                   a minute differs from the hour around it by {100 * worst:.1f} % at most")
    print(f"polled twice in an interval, or not once: {day.wrong} of {day.groups:,} groups of feeds")
    return bool(day.wrong) or not level


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--bound", action="store_true", help="show that it runs")
    options.add_argument("plots", nargs="*", help="where to write the day as a picture (SVG)")
    given = options.parse_args()
    sys.exit(main(BOUND if given.bound else FEEDS, given.plots))
