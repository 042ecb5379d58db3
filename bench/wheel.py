"""A million feeds for a day of minutes on the real wheel: requests a minute, reads, writes, batches and the day's cost.

    python bench/wheel.py [--bound] [PLOT.svg]

Nothing is fetched: each feed has a rhythm, `decide.schedule` gives its interval, `decide.wheel` its turns, and every
poll is answered 304, as most are. Ends with 1 where a feed is polled twice in its interval, or not at all. `--bound`
is a hundredth of the feeds, to show that it runs.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil
from pathlib import Path
from statistics import median
from time import perf_counter

from prices import PRICES

from feedriver.aws.leases import KNOWN_FOR
from feedriver.decide import schedule, wheel
from feedriver.local.deploy import checkout, read_template
from feedriver.models import Wishes

FEEDS, BOUND = 1_000_000, 10_000
DAY = 24 * 60  # minutes
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BATCH = 500  # feeds in a message
FUNCTIONS = read_template(checkout())["Resources"]
HELD = FUNCTIONS["PollFunction"]["Properties"]["MemorySize"] / 1024  # GB
SECONDS_A_BATCH = 6.5  # of wall time, assumed: hundreds in flight, the slowest host waited for
SECONDS_A_DISPATCH = 0.3
DISPATCHER = FUNCTIONS["DispatchFunction"]["Properties"]["MemorySize"] / 1024  # GB
ITEM = 1  # read units, strongly consistent, of a state of up to 4 KB: of a hundred entries; older ones cost more
INDEXED = 0.5 * 64 / 4096  # read units an id of the index, eventually consistent, 64 bytes each

# How often feeds publish: share of feeds by the minutes between two entries.
PUBLISHING = {30: 0.02, 120: 0.05, 360: 0.10, 720: 0.13, 1_440: 0.20, 4_320: 0.20, 20_000: 0.30}

BARS = "▁▂▃▄▅▆▇█"


def intervals() -> dict[int, int]:
    """For each rhythm, the interval that the schedule gives it."""
    found = {}
    for gap in PUBLISHING:
        published = [NOON - timedelta(minutes=gap * number) for number in range(20)]
        found[gap] = schedule.pace(published, Wishes(), {}, NOON).every
    return found


def standing(feeds: int) -> dict[str, int]:
    """How many of so many feeds stand in each slot."""
    every = intervals()
    bounds, total = [], 0.0
    for gap, share in PUBLISHING.items():
        total += share
        bounds.append((round(total * feeds), every[gap]))
    slots: defaultdict[str, int] = defaultdict(int)
    kind = 0
    for number in range(feeds):
        if number >= bounds[kind][0] and kind < len(bounds) - 1:
            kind += 1
        feed_id = hashlib.sha256(b"https://site-%d.example/feed" % number).hexdigest()[:16]
        slots[wheel.slot(feed_id, bounds[kind][1])] += 1
    return slots


def turns(minutes: int) -> tuple[dict[str, list[int]], int]:
    """The minutes in which each slot is asked for, and how many queries that takes."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    queries = 0
    for minute in range(minutes):
        at = NOON + wheel.MINUTE * minute
        for slot in wheel.slots_between(at - wheel.MINUTE, at):
            queries += 1
            found[slot].append(minute)
    return found, queries


def broken(slots: dict[str, int], when: dict[str, list[int]]) -> list[str]:
    """What is wrong with the turns: a slot asked for twice in its interval, or not once in it and the minute after."""
    found = []
    for slot in slots:
        interval, minutes = int(slot.split(":")[0]), when.get(slot, [])
        gaps = [later - earlier for earlier, later in pairwise(minutes)]
        seldom = not minutes or minutes[0] > interval or max(gaps, default=0) > interval + 1
        if seldom or min(gaps, default=interval) < interval:
            found.append(slot)
    return found


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


def cost(requests: int, queries: int, batches: int) -> dict[str, float]:
    """The day's cost in dollars, by service. Every poll is answered 304, so that no state is written."""
    reads = requests * ITEM + requests * INDEXED + queries * 0.5
    return {
        "Lambda": PRICES["Lambda, GB-second, arm64"]
        * (batches * SECONDS_A_BATCH * HELD + DAY * SECONDS_A_DISPATCH * DISPATCHER)
        + PRICES["Lambda, request"] * (batches + DAY),
        "DynamoDB": PRICES["DynamoDB, read unit"] * reads + PRICES["DynamoDB, write unit"] * write_units(batches),
        "SQS": PRICES["SQS, request"] * batches * 3,  # sent, received, deleted
        "S3": PRICES["S3, PUT"] * batches,
        "Scheduler": PRICES["Scheduler, invocation"] * DAY,
    }


def main(feeds: int, plots: list[str]) -> int:
    """Print the day; 1 where the wheel breaks its word."""
    begun = perf_counter()
    slots = standing(feeds)
    when, queries = turns(DAY)
    counts = [0] * DAY
    for slot, minutes in when.items():
        for minute in minutes:
            counts[minute] += slots.get(slot, 0)
    longer, _ = turns(2 * DAY + 2)
    wrong = broken(slots, longer)
    requests, batches = sum(counts), sum(-(-count // BATCH) for count in counts)
    print(f"{feeds:,} feeds, a day of {DAY:,} minutes ({perf_counter() - begun:.0f} s to simulate)")
    classes = Counter[int]()
    for slot, count in slots.items():
        classes[int(slot.split(":")[0])] += count
    print("feeds by interval       " + ", ".join(f"{each} min: {classes[each]:,}" for each in sorted(classes)))
    print(f"requests a minute       least {min(counts):,}, median {median(counts):,.0f}, most {max(counts):,}")
    print(f"                        {sparkline(counts)}")
    print(f"requests                {requests:,}, in {batches:,} batches of up to {BATCH}")
    print(f"index queries           {queries:,} ({queries / DAY:.0f} a minute)")
    reads = requests * ITEM + requests * INDEXED + queries * 0.5
    print(f"read units, write units {reads:,.0f}, {write_units(batches):,.0f}")
    print(f"Lambda seconds          {batches * SECONDS_A_BATCH + DAY * SECONDS_A_DISPATCH:,.0f}")
    prices = cost(requests, queries, batches)
    print("cost of the day         " + ", ".join(f"{service} ${dollars:.2f}" for service, dollars in prices.items()))
    total = sum(prices.values())
    print(f"                        ${total:.2f}, ${1e6 * total / requests:.3f} a million polls")
    for path in plots:
        Path(path).write_text(svg(counts, feeds), encoding="utf-8")
        print(f"plot                    {path}")
    print(f"polled twice in an interval, or not once: {len(wrong)} of {len(slots):,} slots")
    return 1 if wrong else 0


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--bound", action="store_true", help="show that it runs")
    options.add_argument("plots", nargs="*", help="where to write the day as a picture (SVG)")
    given = options.parse_args()
    sys.exit(main(BOUND if given.bound else FEEDS, given.plots))
