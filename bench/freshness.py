"""How late new entries are found, at how many requests: our own decisions beside the rules of other readers.

    python bench/freshness.py [HISTORIES.json] [--json] [--budget X] [--seed N] [--brief] [--bound] [--plot FILE.svg]

294 feeds are followed for 60 days of simulated time: 138 drawn anew from the dates of captured feeds, 156 made up.
Where a file of histories is given (`bench/histories.py` says its form), its feeds are. Nothing is fetched, and a run of
ours takes minutes: it makes half a million decisions. A delay is the time from when an entry became visible to the
first look that shows it.

Ours is shown at each level of its knob, then at a budget of requests to a feed in a day. There each peer's intervals
are multiplied by one number such that it makes as many, and none asks twice within a quarter of an hour; so is the
bound, which knows the truth (`bench/peers.py`). Ends with 1 where a goal is not met. The goals are for the budget of
28.

`--brief` leaves out the levels that are furthest from the goals. `--bound` follows every fifteenth feed for 20 days, at
one level, to show that it runs; goals are not judged. `--json` prints one object instead (`bench/report.py`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import goals
import picture
import report
import resampled
import synthetic
from budgets import Run, at_budget
from figures import by_class
from goals import Goal
from histories import MEASURED, History, load
from looks import FLOOR, Follow, Reader, following, visible
from ours import Ours
from peers import BOUND, PEERS, Bound
from report import OURS, Results, Row

from feedriver.decide.freshness import BALANCED, LEVELS
from feedriver.state import Freshness

NEAR = 0.02  # ours may stay below the budget by this share of it
SHORT, EVERY, ROUGH = 20, 15, 0.05  # of `--bound`: days, which feeds, how equal
SPARSE = 10.0  # a first measure of the bound
NEAREST: tuple[Freshness, ...] = ("thrifty", "balanced")  # the levels of `--brief`, near to the goals

Say = Callable[[str], None]


def made(seed: int, every: int = 1) -> list[History]:
    """The feeds of the bench, or `every` so many-th."""
    return [*resampled.feeds(seed, every), *synthetic.feeds(seed, every)]


def row(run: Run) -> Row:
    """A run as it is told."""
    return Row(run.name, run.measure, run.figures)


@dataclass(frozen=True, slots=True)
class Bench:
    """Readers that look at the same feeds, by `follow`.

    `equal` is the share by which a peer's requests may differ from ours, up or down.
    """

    follow: Follow
    equal: float = 0.002

    def run(self, name: str, reader: Reader, floor: float, measure: float) -> Run:
        """One of them, at this measure."""
        return Run(name, measure, self.follow(reader, measure, floor))

    def ours(self, measure: float, name: str = OURS) -> Run:
        """Our own, with this spacing in hours; the floor is its own."""
        return self.run(name, Ours, 0, measure)

    def shipped(self) -> Iterator[Row]:
        """The peers as they are."""
        for name, reader in PEERS.items():
            yield row(self.run(name, reader, 0, 1.0))

    def beside(self, ours: Run) -> Iterator[Row]:
        """Ours, and the peers and the bound at as many requests."""
        yield row(ours)
        for name, reader in [*PEERS.items(), (BOUND, Bound)]:
            run = partial(self.run, name, reader, FLOOR)
            begin = run(SPARSE if reader is Bound else 1.0)
            yield row(at_budget(run, ours.requests * (1 + self.equal), [begin], 2 * self.equal))


def told(say: Say, title: str, rows: Iterable[Row]) -> list[Row]:
    """All of these rows, each said as soon as it is there."""
    say(report.heading(title))
    kept = []
    for each in rows:
        say(each.line)
        kept.append(each)
    return kept


def whole(feeds: Sequence[History], results: Results, say: Say, levels: Mapping[Freshness, float] = LEVELS) -> None:
    """Measure all there is to tell of these feeds; what takes longest are the `levels` of ours."""
    with following(feeds) as follow:
        bench, runs = Bench(follow), list[Run]()

        def each_level() -> Iterator[Row]:
            for level, spacing in levels.items():
                runs.append(bench.ours(spacing, f"{OURS}, {level}"))
                yield row(runs[-1])

        results.levels = told(say, "at each level of the knob", each_level())
        results.shipped = told(say, "others, as they are shipped", bench.shipped())
        best = at_budget(bench.ours, results.budget, runs, NEAR)
        title = f"at {best.requests:.1f} requests to a feed in a day; others not more often than every 15 min"
        results.at_budget = told(say, title, bench.beside(best))
        half = at_budget(bench.ours, results.budget / 2, [*runs, best], NEAR)
        (results.at_half,) = told(say, "at half of that", [row(half)])
    real = [each for each in feeds if each.is_real]
    if 0 < len(real) < len(feeds):
        with following(real) as follow:
            theirs = [outcome for history, outcome in zip(feeds, best.outcomes, strict=True) if history.is_real]
            ours = Run(best.name, best.measure, theirs)
            title = (
                f"the {len(real)} captured feeds alone, at the {ours.requests:.1f} requests that ours makes to these"
            )
            results.real = told(say, title, Bench(follow).beside(ours))
    results.classes = {kind: Row(OURS, best.measure, figures) for kind, figures in by_class(best.outcomes).items()}
    say(report.moves(row(best)))
    for line in report.classes(results.classes):
        say(line)


def bounded(feeds: Sequence[History], results: Results, say: Say) -> None:
    """Measure a part of it, to show that it runs."""
    with following(feeds, results.days) as follow:
        bench = Bench(follow, equal=ROUGH)
        run = bench.ours(BALANCED, f"{OURS}, balanced")
        results.budget, results.levels = run.requests, [row(run)]
        results.shipped = told(say, "others, as they are shipped", bench.shipped())
        results.at_budget = told(say, f"at {run.requests:.1f} requests to a feed in a day", bench.beside(run))
    results.classes = {kind: Row(OURS, run.measure, figures) for kind, figures in by_class(run.outcomes).items()}


def judged(results: Results) -> list[Goal]:
    """The goals, and what was reached."""
    if results.at_half is None or results.budget != goals.BUDGET:
        return []
    ours = results.at_budget[0]
    classes = {kind: each.figures for kind, each in results.classes.items()}
    found = list(goals.of_ours(ours.figures, results.at_half.figures, classes))
    for feeds, rows in (("all feeds", results.at_budget), ("captured feeds", results.real)):
        peers = [(each.name, each.figures) for each in rows if each.name in PEERS]
        found += goals.beside_peers(feeds, rows[0].figures, peers) if rows else []
    return found


def main(given: argparse.Namespace) -> int:
    """Print what was measured; 1 where a goal is not met."""
    say: Say = (lambda _: None) if given.json else partial(print, flush=True)
    days, every = (SHORT, EVERY) if given.bound else (MEASURED, 1)
    feeds = load(given.histories)[::every] if given.histories else made(given.seed, every)
    entries = sum(visible(each, days) for each in feeds)
    results = Results(None if given.histories else given.seed, len(feeds), days, entries, given.budget)
    source = given.histories or f"seed {given.seed}"
    say(f"{len(feeds)} feeds for {days} days, {entries:,} entries ({source})")
    if given.bound:
        bounded(feeds, results, say)
    else:
        whole(feeds, results, say, {level: LEVELS[level] for level in NEAREST} if given.brief else LEVELS)
    results.goals = judged(results)
    for line in report.goals(results.goals):
        say(line)
    if given.json:
        print(results.json)
    if given.plot:
        given.plot.write_text(picture.svg(results), encoding="utf-8")
    return 0 if all(goal.met for goal in results.goals) else 1


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("histories", nargs="?", type=Path, help="a file of histories, in place of the bench's own")
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--budget", type=float, default=goals.BUDGET, help="requests to a feed in a day")
    options.add_argument("--seed", type=int, default=1, help="of the bench's own histories")
    options.add_argument("--bound", action="store_true", help="show that it runs")
    options.add_argument("--brief", action="store_true", help="two levels of the knob, and no less of all else")
    options.add_argument("--plot", type=Path, metavar="FILE.svg", help="where to draw delay against requests")
    sys.exit(main(options.parse_args()))
