"""The budget of bytes: never more than there is, in the order of asking, and nobody waits for ever."""

import asyncio
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from feedriver.poll.budget import Budget

TOTAL = 100


@given(st.lists(st.tuples(st.integers(0, 150), st.integers(0, 5), st.booleans()), max_size=40))
def test_whatever_is_asked_for_no_more_is_given_than_there_is_and_all_have_their_turn(wanted):
    async def story():
        budget, order, most = Budget(TOTAL), [], 0

        async def one(number, size, steps):
            nonlocal most
            async with budget.share(size):
                order.append(number)
                most = max(most, budget.taken)
                for _ in range(steps):
                    await asyncio.sleep(0)

        tasks = [asyncio.create_task(one(number, size, steps)) for number, (size, steps, _) in enumerate(wanted)]
        await asyncio.sleep(0)
        called_off = [task for task, (_, _, off) in zip(tasks, wanted, strict=True) if off and task.cancel()]
        for task in called_off:
            with suppress(asyncio.CancelledError):
                await task
        await asyncio.gather(*(task for task in tasks if task not in called_off))
        return order, most, budget.taken

    order, most, left = asyncio.run(story())
    assert order == sorted(order)
    assert {number for number, (_, _, off) in enumerate(wanted) if not off} <= set(order)
    assert most <= TOTAL
    assert left == 0


def test_what_is_larger_than_all_of_it_has_it_alone():
    async def story():
        budget, seen = Budget(TOTAL), []

        async def one(size):
            async with budget.share(size):
                seen.append(budget.taken)
                await asyncio.sleep(0)

        await asyncio.gather(one(60), one(1_000), one(30))
        return seen

    assert asyncio.run(story()) == [60, 100, 30]
