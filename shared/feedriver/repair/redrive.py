"""Dead letters go back to where they were meant to go, once what kept them from it is repaired.

    batches that could not be polled           PollQueue's dead letters → PollQueue
    events that a target did not take          the target's dead letters → its queue
    messages that a subscriber failed on       its queue's dead letters → that queue

Each is sent and then deleted, so a crash in between leaves it twice: a poll asks whether it is due, and who reads
events keeps the highest revision, so neither minds. What fails again is a dead letter again, and is not taken a second
time by the same call. Events of targets that are no queues are in the store and in the bus's archive: see
`feedriver.repair.replay`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from feedriver.messaging import Route
from feedriver.ports import DeadLetters

MOST = 10_000  # messages of one queue in one call


@dataclass(frozen=True, slots=True)
class Redriven:
    """How many dead letters were waiting on a route, as SQS estimates, and how many were sent on their way again."""

    route: Route
    waiting: int
    moved: int


def redrive(
    letters: DeadLetters,
    most: int = MOST,
    *,
    dry_run: bool = False,
    on_route: Callable[[Redriven], None] | None = None,
) -> list[Redriven]:
    """Send the dead letters of each route on their way again, up to `most` a route and no more than wait there now.

    Where a queue of dead letters serves two routes, what is in it goes the first one. With `dry_run` they are counted.
    Raises `EdgeError` where AWS fails; what was moved stays moved.
    """
    done: list[Redriven] = []
    emptied: set[str] = set()
    for route in letters.routes():
        if route.dead in emptied:
            continue
        emptied.add(route.dead)
        waiting = letters.waiting(route)
        moved = 0 if dry_run else letters.move(route, min(waiting, most))
        done.append(Redriven(route, waiting, moved))
        if on_route:
            on_route(done[-1])
    return done
