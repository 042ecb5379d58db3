"""Each reader at the same number of requests: the measure is sought at which a reader makes as many as it may.

Costs fall as the measure rises, roughly as a power of it. So the next measure to try lies on the line through two runs,
in logarithms. A run of ours takes minutes: few are tried, and those that are known already count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from figures import Figures, requests_a_day
from looks import Outcome

MOST_RUNS = 8


@dataclass(frozen=True, slots=True)
class Run:
    """One reader on all feeds: with which `measure`, and what became of each feed."""

    name: str
    measure: float
    outcomes: Sequence[Outcome]

    @property
    def requests(self) -> float:
        """The requests to a feed in a day."""
        return requests_a_day(self.outcomes)

    @property
    def figures(self) -> Figures:
        """The figures over all feeds."""
        return Figures.of(self.outcomes)


def at_budget(run: Callable[[float], Run], budget: float, known: Iterable[Run], tolerance: float) -> Run:
    """The run of so many requests at most, and of fewer by `tolerance` (a share) at most.

    `known` are runs that were made, one at least. Where none of `MOST_RUNS` more is near enough, the nearest one below
    the budget; where none is below it, the nearest.
    """
    tried = list(known)
    aim = budget * (1 - tolerance / 2)
    for _ in range(MOST_RUNS):
        if any(budget * (1 - tolerance) <= each.requests <= budget for each in tried):
            break
        measure = _next(tried, aim)
        if any(math.isclose(measure, each.measure, rel_tol=1e-6) for each in tried):
            break
        tried.append(run(measure))
    return min(tried, key=lambda each: (each.requests > budget, abs(math.log(each.requests / aim))))


def _next(tried: Sequence[Run], aim: float) -> float:
    """The measure at which the line through the two runs about the aim, or else nearest to it, has the wanted cost."""
    points = sorted((math.log(each.requests / aim), math.log(each.measure)) for each in tried)
    below, above = [each for each in points if each[0] < 0][-2:], [each for each in points if each[0] >= 0][:2]
    ends = [below[-1], above[0]] if below and above else below or above
    if len(ends) == 1 or ends[0][0] == ends[1][0]:
        return math.exp(ends[0][1] + ends[0][0])
    (cost, measure), (other_cost, other) = ends
    slope = (other - measure) / (other_cost - cost)
    if not below or not above:
        slope = min(max(slope, -4.0), -0.5)  # beyond what was tried, with care
        cost, measure = min(ends, key=lambda each: abs(each[0]))
    return math.exp(measure - cost * slope)
