"""What can go wrong at a call, and plans of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from fakes.states import LAGS

from feedriver.errors import EdgeError

REFUSED = "refused"  # throttled, or an error before any effect
LOST = "reply lost"  # done, and an error all the same
CRASH_BEFORE = "crash before"
CRASH_AFTER = "crash after"
PARTLY = "partly taken"  # of n events, the first so many, and an error

READS = frozenset(
    {
        *("states.load", "states.holds", "states.cursor", "states.in_slots", "leases.standing"),
        *("store.get", "store.listed", "secrets.load"),
    }
)
LAGGING = "states.load"  # a poll's read, which need not see the last write
LAST = "store.put polls"  # the last call of a batch
ANSWERS = ("304", "503", "time-out", "truncated", "cut")
AWS_ERROR = EdgeError("fake Call: InternalServerError")


class Call(NamedTuple):
    """A call that was made: its name, and how many things it was about (events, where it announces)."""

    name: str
    size: int = 1


class Fault(NamedTuple):
    """What goes wrong at the call of this number, counted from 1; `taken` of PutEvents' entries are taken."""

    number: int
    kind: str
    taken: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A story, and what goes wrong in it, in order."""

    story: str
    faults: tuple[Fault, ...] = ()

    def and_then(self, fault: Fault) -> Plan:
        return Plan(self.story, (*self.faults, fault))


def possible(number: int, call: Call) -> list[Fault]:
    """All that can go wrong at a call.

    Two are left out where they are another's like: the lost reply of a read is a refusal, since nothing has changed;
    and to die after a call is to die before the next one.
    """
    if call.name == "fetch":
        kinds = [*ANSWERS, CRASH_BEFORE]
    elif call.name in READS:
        kinds = [REFUSED, CRASH_BEFORE]
    else:
        kinds = [REFUSED, LOST, CRASH_BEFORE]
    if call.name == LAGGING:
        kinds.append(LAGS)
    if call.name == LAST:
        kinds.append(CRASH_AFTER)
    partly = range(1, call.size) if call.name == "bus.announce" else ()
    return [*(Fault(number, kind) for kind in kinds), *(Fault(number, PARTLY, taken) for taken in partly)]


def in_words(plan: Plan, calls: list[Call]) -> str:
    """A plan as a person tells it."""
    told = [f"{_said(fault)} at call {fault.number} ({calls[fault.number - 1].name})" for fault in plan.faults]
    return f"{plan.story}: {', then '.join(told) or 'no fault'}"


def _said(fault: Fault) -> str:
    return f"{fault.kind}, {fault.taken}" if fault.taken else fault.kind
