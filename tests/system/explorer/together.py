"""Two workers on one feed at once, the publisher and a sweep in between: in every order of few changes, and at random.

The second worker has the same batch (a schedule delivered twice, a person's refresh). What others left is announced by
the feed's next poll, and at random by the hourly sweep, which may come at the same time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

from explorer.faults import Call, Fault, possible
from explorer.stage import Stage, Worker
from explorer.stories import LATE
from explorer.verdict import Verdict

LONGEST = 14  # calls of one poll, a few more than it makes
FAULTS = 2
CHANCE = 0.08  # of a fault, at each call


@dataclass(frozen=True, slots=True)
class Turns:
    """The first worker makes so many calls, the second so many, and so on; then each goes on to its end.

    The publisher prints anew before the turn of this number, counted from 0. `before`: what the first two leave is
    still to be announced from a poll that died. `releases`: the second is a person who releases what is held.
    """

    lengths: tuple[int, ...]
    prints: int
    before: bool = False
    releases: bool = False

    def __str__(self) -> str:
        said = [
            f"{'the publisher prints, ' if number == self.prints else ''}{'AB'[number % 2]} makes {length} calls"
            for number, length in enumerate(self.lengths)
        ]
        begins = f"{'the outbox is full, ' if self.before else ''}{'B releases, ' if self.releases else ''}"
        return f"{begins}{', '.join(said)}, then each to its end"


def few(switches: int) -> Iterator[Turns]:
    """Every order in which the workers change places so often, and every place of the publisher's news in it."""

    def lengths(left: int) -> Iterator[tuple[int, ...]]:
        if not left:
            yield ()
            return
        for length in range(1, LONGEST):
            yield from ((length, *rest) for rest in lengths(left - 1))

    for turns in lengths(switches):
        for prints in range(switches):
            for before in (False, True):
                yield Turns(turns, prints, before)
        yield Turns(turns, 0, releases=True)


def _scene(stage: Stage, *, before: bool, held: bool = False) -> tuple[tuple[str, ...], Callable[[], None]]:
    """A known feed with news, whose publisher has more.

    With `before`, earlier news stand in the outbox; with `held`, a part of them was held, in two objects.
    """
    stage.clock.time = LATE.replace(hour=22)
    paper = stage.found("post")
    paper.publish("a", "b")
    stage.poll_at_turn()
    for number in range(2 * held):
        paper.publish(*(f"f{number}{each}" for each in range(4)))
        stage.poll_at_turn()
    if before:
        paper.edit("a")
        paper.publish("c")
        stage.chance = lambda call: Fault(0, "refused") if call.name == "bus.announce" else None
        stage.poll_now(tuple(stage.papers), stage.turn())
        stage.chance = lambda _: None
        stage.turn()
    paper.edit("b")
    paper.publish("d")

    def more() -> None:
        paper.edit("b")
        paper.publish("e")

    return tuple(stage.papers), more


def take_turns(turns: Turns, verdict: Verdict) -> None:
    """Two workers in this order, then the world heals."""
    with closing(Stage()) as stage:
        feeds, more = _scene(stage, before=turns.before, held=turns.releases)
        plan = [number for number, length in enumerate(turns.lengths) for _ in range(length)]
        at = 0

        def choose(ready: Sequence[Worker]) -> Worker:
            nonlocal at
            if at < len(plan):
                turn = plan[at]
                at += 1
                if turn == turns.prints and (at == 1 or plan[at - 2] != turn):
                    more()
                return next((worker for worker in ready if worker.name == "AB"[turn % 2]), ready[0])
            return ready[0]

        _together(stage, feeds, choose, releases=turns.releases)
        _heal(stage, str(turns), verdict)


def _together(
    stage: Stage, feeds: tuple[str, ...], choose: Callable[[Sequence[Worker]], Worker], *, releases: bool
) -> None:
    minute = stage.turn()

    async def both() -> None:
        first, second = (Worker(stage, name, feeds, minute, releases=releases and name == "B") for name in "AB")
        await stage.through([first, second], choose)

    stage.loop.run_until_complete(both())


def _heal(stage: Stage, plan: str, verdict: Verdict) -> None:
    stage.clock.advance(timedelta(minutes=1))
    try:
        stage.heal()
    except Exception as error:  # noqa: BLE001  # whatever ends a run is a finding like others
        stage.witness.breaks("died", repr(error))
    verdict.add(stage.witness.figures, stage.witness.broken, plan)


def at_random(seed: int, verdict: Verdict) -> None:
    """Two or three workers, faults, publisher and the time of day, as this seed has them; then the world heals."""
    chance = random.Random(seed)
    with closing(Stage()) as stage:
        feeds, _ = _scene(stage, before=chance.random() < 0.5, held=chance.random() < 0.3)
        told: list[str] = []
        for _ in range(chance.randint(1, 3)):
            told.append(_round(stage, feeds, chance))
            stage.clock.advance(timedelta(minutes=chance.choice((0, 1, 6, 61))))
        _heal(stage, f"seed {seed}: {' | '.join(told)}", verdict)


def _round(stage: Stage, feeds: tuple[str, ...], chance: random.Random) -> str:
    """Workers on one batch until all are done or dead: in words, who made which call."""
    told: list[str] = []
    left = FAULTS

    def fault(call: Call) -> Fault | None:
        nonlocal left
        told.append(f"{stage.at_work.name} {call.name}")
        if not left or chance.random() >= CHANCE:
            return None
        left -= 1
        stage.witness.figures["faults"] += 1
        struck = chance.choice(possible(0, call))
        told[-1] += f" ({struck.kind})"
        return struck

    def choose(ready: Sequence[Worker]) -> Worker:
        if chance.random() < 0.1:
            told.append("publisher")
            _something_new(stage, chance)
        if chance.random() < 0.05:
            stage.clock.advance(timedelta(seconds=chance.choice((1, 30, 600))))
        return chance.choice(ready)

    minute = stage.turn()
    stage.chance = fault

    async def go() -> None:
        workers = [Worker(stage, name, feeds, minute) for name in "ABC"[: chance.choice((2, 2, 3))]]
        if chance.random() < 0.5:
            workers.append(Worker(stage, "sweep", (), minute))
        if chance.random() < 0.3:
            workers.append(Worker(stage, "release", feeds, minute, releases=True))
        await stage.through(workers, choose)

    stage.loop.run_until_complete(go())
    stage.chance = lambda _: None
    return ", ".join(told)


def _something_new(stage: Stage, chance: random.Random) -> None:
    for paper in stage.papers.values():
        known = [name.partition("-")[2] for name in paper.window]
        if chance.random() < 0.5 and known:
            paper.edit(chance.choice(known))
        elif chance.random() < 0.2:
            paper.window.clear()
            paper.publish(f"n{len(paper.numbers)}")
        else:
            paper.publish(f"n{len(paper.numbers)}")
