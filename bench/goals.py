"""What is to be reached, and whether it is: of ours at a budget, at half of it, and beside the best of the others.

A class that the feeds at hand do not have is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from figures import Figures

BUDGET = 28.0  # requests to a feed in a day: what the goals are for


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that is to be `most` at most; below it where the goal is to be `better`."""

    name: str
    value: float
    most: float
    better: bool = False

    @property
    def met(self) -> bool:
        """Whether it is reached; a figure that is not there reaches nothing."""
        return self.value < self.most if self.better else self.value <= self.most


def of_ours(whole: Figures, half: Figures, classes: Mapping[str, Figures]) -> Iterator[Goal]:
    """The goals of ours at the budget, at half of it, and of some classes at the budget."""
    yield Goal("requests to a feed in a day", whole.requests, BUDGET)
    yield Goal("mean delay of an entry", whole.entry.mean, 10.5)
    yield Goal("99 % of the entries within", whole.entry.p99, 45)
    yield Goal("mean delay of a feed, on average", whole.feed.mean, 30)
    yield Goal("mean delay of the median feed", whole.feed.median, 14)
    yield Goal("entries lost", whole.lost, 2_600)
    if stopped := classes.get("newswire, stops"):
        yield Goal("requests a day to a feed that stopped a month ago", stopped.idle, 3)
    if bursts := classes.get("bursts of 10"):
        yield Goal("bursts of 10: requests", bursts.requests, 15)
        yield Goal("bursts of 10: mean delay", bursts.entry.mean, 45)
    if podcast := classes.get("weekly podcast"):
        yield Goal("weekly podcast: requests", podcast.requests, 5)
        yield Goal("weekly podcast: mean delay", podcast.entry.mean, 15)
    yield Goal("half the budget: requests to a feed in a day", half.requests, BUDGET / 2)
    yield Goal("half the budget: mean delay of an entry", half.entry.mean, 19)
    yield Goal("half the budget: mean delay of a feed, on average", half.feed.mean, 100)


def beside_peers(feeds: str, ours: Figures, peers: Sequence[tuple[str, Figures]]) -> Iterator[Goal]:
    """The goals of being better than each peer at as many requests, on the feeds that are named so."""
    best, name = min((figures.entry.mean, name) for name, figures in peers)
    yield Goal(f"{feeds}: mean delay of an entry, beside {name}", ours.entry.mean, best, better=True)
    best, name = min((figures.feed.mean, name) for name, figures in peers)
    yield Goal(f"{feeds}: mean delay of a feed, beside {name}", ours.feed.mean, best, better=True)
