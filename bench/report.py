"""What the bench on freshness tells: as tables for people, and as JSON.

`--json` prints one object. What is not known is null.

    {"seed": of the histories, null where a file was given; "feeds": their number; "days": for which they are followed;
     "entries": that became visible in these days; "budget": requests to a feed in a day;
     "levels": [rows of ours]; "shipped": [rows of the peers as they are];
     "at_budget": [rows: ours, the peers, the bound]; "at_half": a row of ours at half the budget;
     "real": [rows as in "at_budget", on captured feeds alone, at as many requests as ours makes to these];
     "classes": {class: a row of ours at the budget};
     "goals": [{"name", "value", "most", "better": below, not at most, "met"}]}

A row is {"name", "measure": our spacing in hours or what a peer's intervals are multiplied by, "feeds", "requests",
"found", "lost", "entry": delays, "feed": delays, "idle", "moves"}, as `figures.Figures` says; delays are {"mean",
"median", "p90", "p99"}, in minutes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

from figures import Figures
from goals import Goal

OURS = "ours"
WIDTH = 34  # of a name

HEADER = (
    f"{'':{WIDTH}}  requests a         entries       an entry's delay, minutes     a feed's mean delay\n"
    f"{'':{WIDTH}}    feed-day  yield     lost  median    mean     p90     p99    mean  median     p90"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One reader: `measure` is our spacing in hours, or the number that a peer's intervals are multiplied by."""

    name: str
    measure: float
    figures: Figures

    @property
    def is_ours(self) -> bool:
        """Whether it is our own."""
        return self.name.startswith(OURS)

    @property
    def line(self) -> str:
        """The row of a table."""
        measure = f"{self.measure:.3g} h" if self.is_ours else f"x {self.measure:.3g}"
        return f"{f'{self.name}, {measure}':{WIDTH}}{_columns(self.figures)}"


def _columns(each: Figures) -> str:
    entry, feed = each.entry, each.feed
    delays = (entry.median, entry.mean, entry.p90, entry.p99, feed.mean, feed.median, feed.p90)
    minutes = "".join(f"{'-' if math.isnan(delay) else f'{delay:.1f}':>8}" for delay in delays)
    return f"{each.requests:12.1f}{each.found:7.1%}{each.lost:9,}{minutes}"


@dataclass(slots=True)
class Results:
    """All that was measured."""

    seed: int | None
    feeds: int
    days: int
    entries: int
    budget: float
    levels: list[Row] = field(default_factory=list)
    shipped: list[Row] = field(default_factory=list)
    at_budget: list[Row] = field(default_factory=list)
    at_half: Row | None = None
    real: list[Row] = field(default_factory=list)
    classes: dict[str, Row] = field(default_factory=dict)
    goals: list[Goal] = field(default_factory=list)

    @property
    def json(self) -> str:
        """What `--json` prints."""
        told = asdict(self)
        for name in ("levels", "shipped", "at_budget", "real"):
            told[name] = [_flat(each) for each in told[name]]
        told["at_half"] = _flat(told["at_half"]) if self.at_half else None
        told["classes"] = {kind: _flat(each) for kind, each in told["classes"].items()}
        told["goals"] = [{**asdict(each), "met": each.met} for each in self.goals]
        return json.dumps(_known(told), indent=1)


def _flat(row: dict[str, object]) -> dict[str, object]:
    figures = row.pop("figures")
    return row | figures if isinstance(figures, dict) else row


def _known(value: object) -> object:
    """The same, with null for what is no number."""
    if isinstance(value, dict):
        return {name: _known(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_known(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def heading(title: str) -> str:
    """The first lines of a table."""
    return f"\n{title}\n{HEADER}"


def classes(rows: dict[str, Row]) -> Iterator[str]:
    """The lines of the table of ours by class of feeds."""
    yield heading("ours by class of feeds (their number)")
    for kind, row in rows.items():
        yield f"{f'{kind} ({row.figures.feeds})':{WIDTH}}{_columns(row.figures)}"


def moves(row: Row) -> str:
    """The line on what ours writes for looks that found nothing."""
    return f"\nwritten for looks that found nothing: {row.figures.moves:.2f} a feed-day ({row.name})"


def goals(reached: Sequence[Goal]) -> Iterator[str]:
    """The lines on the goals."""
    yield "\ngoals" if reached else "\ngoals: not judged"
    for goal in reached:
        than = "below" if goal.better else "at most"
        yield f"{'met' if goal.met else 'NOT MET':8} {goal.name}: {goal.value:,.1f}, {than} {goal.most:,.1f}"
