"""Delay against requests, as a picture (SVG): ours as a curve over its knob, the peers as points.

Two panels, with logarithmic axes: the mean delay of an entry, and that of a feed. A hollow point is a peer as it is
shipped, a full one of the same colour the peer at the budget.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from report import Results, Row

WIDTH, HEIGHT = 420, 330  # of a panel, without its margins
LEFT, TOP, APART = 60, 50, 90
OWN = "#111"
COLOURS = ("#c33", "#26c", "#2a2", "#c80", "#92c", "#0aa", "#888")
TICKS = [step * 10**power for power in range(4) for step in (1, 2, 5)]


@dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic axis from `least` to `most`, on which a value lies `at` a share of `length`."""

    least: float
    most: float
    length: float

    def at(self, value: float) -> float:
        """The place of a value."""
        return self.length * math.log(value / self.least) / math.log(self.most / self.least)

    @property
    def ticks(self) -> list[int]:
        """The values that are written beside it."""
        return [each for each in TICKS if self.least <= each <= self.most]


def svg(results: Results) -> str:
    """The picture."""
    curve = sorted([*results.levels, *results.at_budget[:1], *filter(None, [results.at_half])], key=_requests)
    shipped, scaled = results.shipped, results.at_budget[1:]
    panels = (("an entry", lambda row: row.figures.entry.mean), ("a feed", lambda row: row.figures.feed.mean))
    drawn = "".join(
        f'<g transform="translate({LEFT + number * (WIDTH + APART)},{TOP})">'
        + "".join(_panel(f"mean delay of {name}, minutes", delay, curve, shipped, scaled))
        + "</g>"
        for number, (name, delay) in enumerate(panels)
    )
    width, height = LEFT + 2 * WIDTH + APART + 30, TOP + HEIGHT + 60 + 16 * math.ceil((len(scaled) + 1) / 4)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif"'
        f' font-size="12"><rect width="{width}" height="{height}" fill="white"/>'
        f'<text x="{LEFT}" y="20">{results.feeds} feeds, {results.days} days: delay against requests to a feed in a day'
        f" (hollow: as shipped; full: at the budget of {results.budget:.3g})</text>"
        f"{drawn}{''.join(_legend(scaled))}</svg>\n"
    )


def _requests(row: Row) -> float:
    return row.figures.requests


def _panel(
    title: str, delay: Callable[[Row], float], curve: Sequence[Row], shipped: Sequence[Row], scaled: Sequence[Row]
) -> Iterator[str]:
    rows = [*curve, *shipped, *scaled]
    across = Axis(min(map(_requests, rows)) / 1.2, max(map(_requests, rows)) * 1.2, WIDTH)
    up = Axis(min(map(delay, rows)) / 1.2, max(map(delay, rows)) * 1.2, HEIGHT)
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#999"/><text y="-8">{title}</text>'
    for tick in across.ticks:
        x = across.at(tick)
        yield f'<path d="M{x:.1f} 0V{HEIGHT}" stroke="#eee"/>'
        yield f'<text x="{x:.1f}" y="{HEIGHT + 16}" text-anchor="middle">{tick}</text>'
    for tick in up.ticks:
        y = HEIGHT - up.at(tick)
        yield f'<path d="M0 {y:.1f}H{WIDTH}" stroke="#eee"/>'
        yield f'<text x="-6" y="{y + 4:.1f}" text-anchor="end">{tick}</text>'

    def place(row: Row) -> tuple[float, float]:
        return across.at(_requests(row)), HEIGHT - up.at(delay(row))

    points = [place(row) for row in curve]
    yield f'<polyline fill="none" stroke="{OWN}" stroke-width="2" points="'
    yield " ".join(f"{x:.1f},{y:.1f}" for x, y in points) + '"/>'
    for row, (x, y) in zip(curve, points, strict=True):
        _, _, level = row.name.partition(", ")
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{OWN}"/>'
        yield f'<text x="{x + 6:.1f}" y="{y - 6:.1f}">{level}</text>'
    for kind, fill in ((shipped, False), (scaled, True)):
        for row, colour in zip(kind, COLOURS, strict=False):
            x, y = place(row)
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" stroke="{colour}" fill="{colour if fill else "none"}"/>'


def _legend(scaled: Sequence[Row]) -> Iterator[str]:
    names = [("ours", OWN), *zip([row.name for row in scaled], COLOURS, strict=False)]
    for number, (name, colour) in enumerate(names):
        x, y = LEFT + number % 4 * 230, TOP + HEIGHT + 44 + 16 * (number // 4)
        yield f'<circle cx="{x + 5}" cy="{y - 4}" r="4.5" fill="{colour}"/><text x="{x + 16}" y="{y}">{name}</text>'
