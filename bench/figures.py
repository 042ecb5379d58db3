"""The figures of a run: requests a feed-day, how many of them found something, delays in minutes, losses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from looks import Outcome
from weeks import MINUTE


@dataclass(frozen=True, slots=True)
class Spread:
    """Delays in minutes; nan where there are none."""

    mean: float
    median: float
    p90: float
    p99: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """That of these minutes."""
        found = sorted(values)
        return cls(fmean(found) if found else math.nan, *(quantile(found, share) for share in (0.5, 0.9, 0.99)))


@dataclass(frozen=True, slots=True)
class Figures:
    """What a reader comes to, over some feeds.

    `requests` are those of a feed in a day. `found` is the share of them that found something. `lost` are entries that
    no look found. `entry` is over all entries that were found, `feed` over the feeds' mean delays, each feed alike.
    `idle` are the requests of a day to feeds that had stopped 30 days before; nan where there are none. `moves` are the
    writes of a feed in a day for looks that found nothing.
    """

    feeds: int
    requests: float
    found: float
    lost: int
    entry: Spread
    feed: Spread
    idle: float
    moves: float

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Figures:
        """Those of these feeds, one at least."""
        requests, idle_days = sum(each.requests for each in outcomes), sum(each.idle_days for each in outcomes)
        return cls(
            feeds=len(outcomes),
            requests=requests_a_day(outcomes),
            found=sum(each.useful for each in outcomes) / requests,
            lost=sum(each.lost for each in outcomes),
            entry=Spread.of(delay / MINUTE for each in outcomes for delay in each.delays),
            feed=Spread.of(fmean(each.delays) / MINUTE for each in outcomes if each.delays),
            idle=sum(each.idle for each in outcomes) / idle_days if idle_days else math.nan,
            moves=sum(each.moves / each.days for each in outcomes) / len(outcomes),
        )


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the sorted `values` lies, between two of them in proportion."""
    if not values:
        return math.nan
    place = share * (len(values) - 1)
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


def requests_a_day(outcomes: Sequence[Outcome]) -> float:
    """The requests to a feed in a day."""
    return sum(each.requests / each.days for each in outcomes) / len(outcomes)


def by_class(outcomes: Iterable[Outcome]) -> dict[str, Figures]:
    """The figures of each class of feeds, in the order in which they come."""
    found: dict[str, list[Outcome]] = {}
    for each in outcomes:
        found.setdefault(each.kind, []).append(each)
    return {kind: Figures.of(theirs) for kind, theirs in found.items()}
