"""How late the event loop runs."""

from __future__ import annotations

import asyncio

import pytest

from feedriver.decide.outage import late
from feedriver.poll.lag import EVERY, WINDOW, Lag


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_the_longest_time_is_kept():
    lag = Lag()
    for due, now in ((1.0, 1.1), (2.0, 5.0), (6.0, 6.0), (7.0, 8.0)):
        lag.note(due, now)
    assert lag.longest == 3.0


def test_what_comes_early_is_not_late():
    lag = Lag()
    lag.note(2.0, 1.9)
    assert (lag.longest, lag.heaviest) == (0.0, 0.0)


def test_small_delays_add_up_within_the_time_that_a_fetch_may_take_and_no_longer():
    lag = Lag()
    for second in range(200):
        lag.note(second, second + 0.5)
    assert lag.longest == 0.5
    assert lag.heaviest == 0.5 * (WINDOW + 1)


def test_a_loop_that_was_held_up_is_late_by_as_much():
    clock = Clock()
    lag = Lag(clock)

    async def story() -> None:
        with lag.measured():
            await asyncio.sleep(0)
            clock.time += 5

    asyncio.run(story())
    assert lag.longest == 5 - EVERY


def test_a_loop_is_looked_at_again_and_again_and_not_after_the_end():
    clock = Clock()
    lag = Lag(clock)

    async def story() -> int:
        loop, calls = asyncio.get_running_loop(), []
        loop.call_later = lambda _, call: calls.append(call) or asyncio.Handle(call, (), loop)
        with lag.measured():
            for late_by in (0.0, 2.0, 1.0):
                clock.time += EVERY + late_by
                calls.pop()()
            assert len(calls) == 1
        return len(calls)

    assert asyncio.run(story()) == 1
    assert lag.longest == 2.0
    assert lag.heaviest == 3.0


@pytest.mark.parametrize(
    ("longest", "heaviest", "verdict"),
    [(0.0, 0.0, False), (1.0, 3.0, False), (3.0, 7.5, False), (3.1, 3.1, True), (0.5, 7.6, True)],
)
def test_a_time_out_proves_nothing_where_the_loop_stood_still_or_was_late_for_half_of_a_fetch(
    longest, heaviest, verdict
):
    assert late(longest, heaviest) is verdict
