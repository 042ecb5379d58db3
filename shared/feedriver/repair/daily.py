"""The daily reconcile: once a day all feeds are compared with what is stored of them, as far as each hour's time goes.

    each hour   where did the round stop?             one item read
                at its end, and it began today: nothing
                at its end, and it began before: begin another, on what was written since
                else go on behind the step that it came to (feedriver.repair.reconcile), until time is over
                remember how far it came              one item written

An hour that goes on with a round comes to the end of one part at most: the next may begin with a long listing, for
which it is to have an hour's time. What was written while the river stood still, or while a round took longer than a
day, is in the next one: a round is on what was written since the one before began.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import ValidationError

from feedriver.errors import EdgeError
from feedriver.fields import StoredRecord, Text, Utc
from feedriver.poll.edges import Edges
from feedriver.ports import Clock, States
from feedriver.repair.reconcile import FIRST, PARTS, Part, Reconciled, Reconciliation, Step

FIRST_LOOK_BACK = timedelta(days=1)


class Round(StoredRecord):
    """How far a round came. It began at `began`, and is on what was written from `since` on.

    `after` is None where it came to its end.
    """

    began: Utc
    since: Utc
    part: Part = FIRST.part
    after: Text | None = FIRST.after


class Compared(NamedTuple):
    """What came of an hour: how far the round is, what was found, and what a step failed in, if anything.

    The step that AWS fails in is done again in the next hour. One that a defect of ours fails in would fail again: the
    next hour goes on with the part behind it.
    """

    round: Round
    done: Reconciled
    failure: Exception | None


def reconcile_daily(edges: Edges, clock: Clock, in_time: Callable[[], bool]) -> Compared | None:
    """Go on with the day's round, at least by a step; None where it is over. What can be repaired is.

    Raises `EdgeError` where its place cannot be read or written: then nothing counts as done.
    """
    now = clock()
    this = _due(_last(edges.states), now)
    if this is None:
        return None
    work = Reconciliation(edges, clock, this.since, repair=True)
    behind = Step(this.part, this.after or "")
    failure: Exception | None = None
    try:
        for step in work.steps(behind):
            this = this.replace(**step._asdict())
            if not in_time() or (behind != FIRST and step.part != behind.part):
                break
        else:
            this = this.replace(after=None)
    except EdgeError as error:
        failure = error
    except Exception as error:  # noqa: BLE001  # it is returned, and the round goes on behind this part
        failure, rest = error, PARTS[PARTS.index(this.part) + 1 :]
        this = this.replace(**({"part": rest[0], "after": ""} if rest else {"after": None}))
    edges.states.stop("reconcile", this.model_dump_json())
    return Compared(this, work.done, failure)


def _last(states: States) -> Round | None:
    try:
        return Round.model_validate_json(states.stopped("reconcile") or "")
    except ValidationError:
        return None  # the first, or of a version of this code that writes it otherwise


def _due(last: Round | None, now: datetime) -> Round | None:
    if last is None:
        return Round(began=now, since=now - FIRST_LOOK_BACK)
    if last.after is not None:
        return last
    return Round(began=now, since=last.began) if now.date() > last.began.date() else None
