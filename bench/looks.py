"""A reader's looks at feeds: which entries each of them finds, how late, and how many were gone before one.

A reader is a function that begins with a feed: it takes the feed's history and a number, its `measure`, and gives a
`Rule`. The measure multiplies the intervals of most readers; that of ours is the `spacing`. Looks take no time and none
fails. What a publisher wants (`ttl`, `sy:updatePeriod`, max-age) is left out for everybody.
"""

from __future__ import annotations

import gc
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from random import Random
from typing import Protocol

from histories import BEGIN, MEASURED, History
from weeks import DAY, HOUR, MINUTE

FLOOR = 15 * MINUTE  # seconds: the shortest interval of ours, and of others at a budget
INTO_THE_MINUTE = 7  # seconds, at which a look of ours is made; and everybody's first
QUIET = 30 * DAY  # after its last entry a feed is one that has stopped
PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Look:
    """What one look sees: the entries `first` to `last` of the history, `last` not included, are in the document.

    Those from `new` on were in no document before. `time` is in seconds since 1970. `opening` is for the first look,
    which finds all of them.
    """

    history: History
    time: float
    first: int
    new: int
    last: int
    opening: bool

    @property
    def found(self) -> int:
        """How many entries it found."""
        return self.last - self.new


class Rule(Protocol):
    """When a reader looks at one feed. It may remember what it has seen.

    `moves` counts the looks that found nothing, and after which something was to be written all the same.
    """

    moves: int = 0

    def wait(self, look: Look) -> float:
        """The seconds from this look to the next."""


Reader = Callable[[History, float], Rule]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one feed in so many `days`.

    `requests` are its looks, `useful` those that found something. `delays` are in seconds, one for each of its entries
    that a look found, `lost` the number of those that none did. Where the feed has stopped, `idle` are the looks later
    than 30 days after its last entry, `idle_days` the days on which these were. `moves` is as in `Rule`.
    """

    name: str
    kind: str
    days: int
    requests: int
    useful: int
    lost: int
    delays: array[float]
    idle: int
    idle_days: float
    moves: int = 0


def first_look(history: History) -> float:
    """When a feed is looked at first: in a minute of the first hour that is always the same for it."""
    minute = Random(f"first look at {history.name}").randrange(HOUR // MINUTE)  # noqa: S311  # a simulation
    return BEGIN + minute * MINUTE + INTO_THE_MINUTE


def visible(history: History, days: int) -> int:
    """How many entries become visible after the first look, in so many days: those that are measured."""
    begin = first_look(history)
    return bisect_right(history.times, begin + days * DAY) - bisect_right(history.times, begin)


def follow(history: History, rule: Rule, floor: float = 0, days: int = MEASURED) -> Outcome:
    """Look at one feed for so many days, and on until all that became visible in them was found.

    `floor` is the least number of seconds between two looks.
    """
    times, window = history.times, history.window
    time = first_look(history)
    end = time + days * DAY
    measured = bisect_right(times, end)
    quiet = (times[-1] if times else time) + QUIET
    delays = array("d")
    requests = useful = lost = idle = moves = 0
    seen, opening = bisect_right(times, time), True
    look = Look(history, time, max(0, seen - window), max(0, seen - window), seen, opening)
    while True:
        if time <= end:
            requests += 1
            useful += look.found > 0 and not opening
            idle += time > quiet
        if not opening:
            lost += max(0, min(look.new, measured) - seen)
            delays.extend(time - each for each in times[look.new : min(look.last, measured)])
        seen, opening = look.last, False
        if time > end and seen >= measured:
            break
        wait = max(rule.wait(look), floor)
        moves = rule.moves if time <= end else moves
        time += wait
        last = bisect_right(times, time, seen)
        first = max(0, last - window)
        look = Look(history, time, first, max(first, seen), last, opening)
    return Outcome(
        history.name,
        history.kind,
        days,
        requests,
        useful,
        lost,
        delays,
        idle,
        max(0.0, end - max(quiet, end - days * DAY)) / DAY,
        moves,
    )


Follow = Callable[[Reader, float, float], list[Outcome]]  # a reader, its measure, the floor in seconds


@contextmanager
def following(histories: Sequence[History], days: int = MEASURED, processes: int = PROCESSES) -> Iterator[Follow]:
    """A function that has a reader look at all of these feeds; the outcomes are in the order of the histories."""
    if processes == 1:
        yield lambda reader, measure, floor: [follow(each, reader(each, measure), floor, days) for each in histories]
        return
    # The long ones come first, so that no process is left alone with one at the end.
    order = sorted(range(len(histories)), key=lambda at: -len(histories[at].times))
    # Not forked: what another thread holds at that moment would stay held in the copy.
    with ProcessPoolExecutor(processes, get_context("spawn"), _hold, (histories,)) as pool:

        def all_of_them(reader: Reader, measure: float, floor: float) -> list[Outcome]:
            found = pool.map(partial(_one, reader, measure, floor, days), order)
            return [outcome for _, outcome in sorted(zip(order, found, strict=True), key=lambda each: each[0])]

        yield all_of_them


_held: list[History] = []  # in a process of the pool: the histories, which are sent once


def _hold(histories: Sequence[History]) -> None:
    _held[:] = histories
    gc.disable()  # a fifth of the time; there are no cycles that would fill the memory


def _one(reader: Reader, measure: float, floor: float, days: int, at: int) -> Outcome:
    return follow(_held[at], reader(_held[at], measure), floor, days)
