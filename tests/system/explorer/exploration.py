"""All that is explored: one worker under every plan, two in every order of few changes, and seeds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from explorer import alone, together
from explorer.faults import Plan
from explorer.together import Turns
from explorer.verdict import Verdict

ALL = tuple(alone.STORIES)
SHALLOWER = frozenset({"batch", "flood", "queue"})  # stories of so many calls that a fault less is explored


Part = tuple[str, Iterator[object], Verdict]


def _parts(stories: Iterable[str], depth: int, switches: int, seeds: int) -> Iterator[Part]:
    """By name: what is played step by step, and the verdict that it goes into."""
    for story in stories:
        verdict = Verdict()
        deep = max(depth - (story in SHALLOWER), 1)
        yield f"one worker, {story}, {deep} faults", alone.plans(story, deep, verdict), verdict
    verdict = Verdict()
    orders = (together.take_turns(turns, verdict) for turns in together.few(switches))
    yield f"two workers, {switches} changes of place", orders, verdict
    verdict = Verdict()
    by_chance = (together.at_random(seed, verdict) for seed in range(seeds))
    yield f"two and three workers, {seeds} seeds", by_chance, verdict


def explore(
    depth: int = 1,
    switches: int = 1,
    seeds: int = 20,
    *,
    seconds: float | None = None,
    seek: str = "",
    stories: Iterable[str] = ("edits",),
    told: Callable[[str, Verdict], None] = lambda name, verdict: None,
) -> Verdict:
    """Play it all, each part for so many `seconds` at most; `told` of each part. What is given by default is brief.

    Where a violation is sought (`seek`), the first of its kind ends the exploration.

    The pipeline is the one that stands in `feedriver.poll.batch` now: for one that was changed on purpose, too.
    """
    total = Verdict()
    for name, steps, verdict in _parts(stories, depth, switches, seeds):
        until = time.monotonic() + seconds if seconds else None
        for _ in steps:
            if until and time.monotonic() > until:
                told(f"{name}, stopped after {seconds:g} s", verdict)
                break
            if verdict.broken[seek]:
                return total + verdict
        else:
            told(name, verdict)
        total += verdict
    return total


def run(plans: Iterable[Plan | Turns | int]) -> Verdict:
    """Play these: plans of one worker, orders of two, and seeds."""
    verdict = Verdict()
    for plan in plans:
        match plan:
            case Plan():
                alone.play(plan, verdict)
            case Turns():
                together.take_turns(plan, verdict)
            case _:
                together.at_random(plan, verdict)
    return verdict
