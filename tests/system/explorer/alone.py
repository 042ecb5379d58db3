"""One worker: every plan of so many faults, each at every call that the run with the faults before it makes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from explorer.faults import Call, Plan, in_words, possible
from explorer.stage import Stage
from explorer.stories import STORIES
from explorer.verdict import Verdict


def play(plan: Plan, verdict: Verdict) -> list[Call]:
    """Play one plan to its end, healed, into `verdict`; the calls that were made while something could go wrong."""
    with closing(Stage()) as stage:
        return _play(stage, plan, verdict)


def _play(stage: Stage, plan: Plan, verdict: Verdict) -> list[Call]:
    chapters = STORIES[plan.story](stage)
    stage.calls.made_so_far.clear()
    stage.calls.planned = {fault.number: fault for fault in plan.faults}
    calls: list[Call] = []
    try:
        for chapter in chapters:
            chapter(stage)
            stage.poll_at_turn()
        calls = list(stage.calls.made_so_far)
        stage.heal()
    except Exception as error:  # noqa: BLE001  # whatever ends a run is a finding like others
        stage.witness.breaks("died", repr(error))
    stage.witness.figures["faults"] += len(plan.faults)
    verdict.add(stage.witness.figures, stage.witness.broken, in_words(plan, stage.calls.made_so_far))
    return calls


def plans(story: str, depth: int, verdict: Verdict) -> Iterator[Plan]:
    """Every plan of up to `depth` faults, in the order in which they are played into `verdict`."""

    def further(plan: Plan) -> Iterator[Plan]:
        calls = play(plan, verdict)
        yield plan
        if len(plan.faults) == depth:
            return
        last = plan.faults[-1].number if plan.faults else 0
        for number, call in enumerate(calls[last:], last + 1):
            for fault in possible(number, call):
                yield from further(plan.and_then(fault))

    yield from further(Plan(story))
