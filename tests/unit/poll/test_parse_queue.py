"""Who is read next: the small and the quick first, slow documents one a host, and nothing waits for ever."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from types import SimpleNamespace

import pytest
from fakes.world import THREADS

from feedriver.errors import OverQuantum
from feedriver.parse.result import NOTHING_KNOWN
from feedriver.poll import parse_queue
from feedriver.poll.parse_queue import NotRead, ParseQueue

FOREVER = float("inf")


class Sized:
    """A document of a size, whose name is its bytes."""

    def __init__(self, name, size):
        self.name, self.size = name, size

    def read(self):
        return self.name


class Reader:
    """A parser that says what it read. A name with "slow" in it needs more than its quantum."""

    def __init__(self):
        self.log = []

    async def parse(self, body, url, content_type, known, quantum):
        self.log.append((body, quantum is None))
        for _ in range(5):
            await asyncio.sleep(0)
        if "slow" in body and quantum is not None:
            raise OverQuantum
        return body


def answer(name, size=1_000, host=None):
    return SimpleNamespace(body=Sized(name, size), url=f"https://{host or name}.example/", headers={})


def made(reader, *, budget=10**9, places=100, until=FOREVER, grace=0.0):
    return ParseQueue(reader, THREADS, budget=budget, places=places, until=until, grace=grace)


async def read(queue, what, *, slow=False):
    async with AsyncExitStack() as held:
        return await queue.read("", what, NOTHING_KNOWN, held, slow=slow)


def run(story):
    return asyncio.run(story)


@pytest.mark.case("X09")
def test_small_documents_go_before_large_ones_that_came_first():
    reader = Reader()

    async def story():
        queue = made(reader)
        await asyncio.gather(*(read(queue, answer(f"{size}", size)) for size in (50, 9_000, 300, 20)))

    run(story())
    assert [name for name, _ in reader.log] == ["50", "20", "300", "9000"]  # the first found nobody there


def test_what_took_more_than_its_quantum_is_read_again_behind_all_others():
    reader = Reader()

    async def story():
        queue = made(reader)
        names = ["slow-1", "slow-2", "good-1", "good-2"]
        assert await asyncio.gather(*(read(queue, answer(name, len(name))) for name in names)) == names

    run(story())
    assert sorted(reader.log[:4]) == [(name, False) for name in ("good-1", "good-2", "slow-1", "slow-2")]
    assert sorted(reader.log[4:]) == [("slow-1", True), ("slow-2", True)]


def test_a_feed_known_to_be_slow_waits_for_all_others_from_the_start():
    reader = Reader()

    async def story():
        queue = made(reader)
        first = asyncio.create_task(read(queue, answer("first")))
        await asyncio.sleep(0)
        await asyncio.gather(first, read(queue, answer("known", 1), slow=True), read(queue, answer("good", 9_000)))

    run(story())
    assert reader.log == [("first", False), ("good", False), ("known", True)]


def test_a_slow_document_waits_while_another_is_arriving():
    reader = Reader()

    async def story():
        queue = made(reader)
        with queue.expecting("another"):
            slow = asyncio.create_task(read(queue, answer("known"), slow=True))
            for _ in range(5):
                await asyncio.sleep(0)
            assert reader.log == []
            await read(queue, answer("arrived"))
        await slow

    run(story())
    assert [name for name, _ in reader.log] == ["arrived", "known"]


@pytest.mark.case("X09")
def test_a_host_has_one_slow_document_in_a_batch_whose_time_is_bounded():
    reader = Reader()

    async def story(until):
        queue = made(reader, until=until, grace=60.0)
        tried = (read(queue, answer(f"slow-{number}", host="one")) for number in range(3))
        return await asyncio.gather(*tried, read(queue, answer("slow-x", host="two")), return_exceptions=True)

    told = run(story(time.monotonic() + 3_600))
    assert [type(each) for each in told].count(NotRead) == 2
    assert all(each.slow for each in told if isinstance(each, NotRead))
    assert told[3] == "slow-x"
    assert not any(isinstance(each, NotRead) for each in run(story(FOREVER)))


def test_a_host_that_has_shown_a_slow_document_goes_behind_all_others():
    reader = Reader()

    async def story():
        queue = made(reader)
        slow = asyncio.create_task(read(queue, answer("slow", host="one")))
        other = asyncio.create_task(read(queue, answer("its-other", 1_001, host="one")))
        await asyncio.gather(slow, other, read(queue, answer("good", 9_000)), read(queue, answer("better", 1)))

    run(story())
    assert [name for name, _ in reader.log] == ["slow", "better", "good", "its-other", "slow"]


def test_the_budget_is_held_until_what_was_read_is_kept():
    reader = Reader()

    async def story():
        queue = made(reader, budget=1_000)
        async with AsyncExitStack() as held:
            await queue.read("", answer("first", 800), NOTHING_KNOWN, held, slow=False)
            second = asyncio.create_task(read(queue, answer("second", 800)))
            for _ in range(5):
                await asyncio.sleep(0)
            assert [name for name, _ in reader.log] == ["first"]
        await second

    run(story())
    assert [name for name, _ in reader.log] == ["first", "second"]


def test_those_who_are_kept_out_for_want_of_room_are_not_waited_for():
    """Else both would wait for each other: it is the slow document that takes up the room."""
    reader = Reader()

    async def story():
        queue, done = made(reader), []

        async def ask():
            with queue.expecting("kept out"):
                async with queue.place("a"):
                    done.append(1)

        async def slow():
            with queue.holding(parse_queue.MOST_WAITING + 1):
                await read(queue, answer("known"), slow=True)

        await asyncio.wait_for(asyncio.gather(slow(), ask()), 60)
        return done

    assert run(story()) == [1]


def test_nobody_new_is_asked_while_too_much_waits_to_be_read():
    async def story():
        queue, asked = made(Reader()), []

        async def ask():
            async with queue.place("a"):
                asked.append(1)

        with queue.holding(parse_queue.MOST_WAITING + 1):
            task = asyncio.create_task(ask())
            for _ in range(5):
                await asyncio.sleep(0)
            assert asked == []
        await task
        assert asked == [1]

    run(story())


def test_at_the_end_of_the_batchs_time_those_who_wait_for_room_go_on_and_find_it_over():
    async def story():
        queue = made(Reader(), until=asyncio.get_running_loop().time())
        with queue.holding(parse_queue.MOST_WAITING + 1):
            async with queue.place("a"):
                return True

    assert run(story())


def test_what_waits_when_the_time_is_over_is_not_read_and_the_more_waits_the_earlier(monkeypatch):
    """Time is the loop's: what waits is to be written away before the worker ends."""

    async def story(held):
        loop, reader = asyncio.get_running_loop(), Reader()
        at = []
        monkeypatch.setattr(
            loop, "call_at", lambda when, call: at.append((when, call)) or SimpleNamespace(cancel=lambda: None)
        )
        with made(reader, until=1_000.0, grace=20.0) as queue, queue.holding(held):
            (first,) = at
            first[1]()  # it is 1,000 now
            return first[0], at[1][0]

    assert run(story(0)) == (1_000.0, 1_020.0)
    assert run(story(10 * parse_queue.KEPT_A_SECOND)) == (1_000.0, 1_010.0)
    assert run(story(50 * parse_queue.KEPT_A_SECOND)) == (1_000.0, 1_000.0)


def test_after_the_last_call_nobody_begins():
    reader = Reader()

    async def story():
        queue = made(reader)
        first = asyncio.create_task(read(queue, answer("first")))
        waiting = asyncio.create_task(read(queue, answer("waiting")))
        await asyncio.sleep(0)
        queue._close()
        with pytest.raises(NotRead):
            await waiting
        with pytest.raises(NotRead):
            await read(queue, answer("late"))
        return await first

    assert run(story()) == "first"
    assert reader.log == [("first", False)]


def test_who_is_called_off_while_it_waits_or_in_the_moment_of_its_turn_blocks_nobody():
    reader = Reader()

    async def story(steps):
        queue = made(reader)
        tasks = [asyncio.create_task(read(queue, answer(f"{number}"))) for number in range(4)]
        for _ in range(steps):
            await asyncio.sleep(0)
        tasks[1].cancel()
        return await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 60)

    for steps in range(12):
        told = run(story(steps))
        assert [told[0], told[2], told[3]] == ["0", "2", "3"]


def test_who_waits_with_a_large_or_a_slow_document_gives_its_place_to_others():
    async def story():
        queue, seen = made(Reader(), places=1), []

        async def one(feed, what, *, slow=False):
            async with queue.place(feed):
                seen.append(feed)
                async with AsyncExitStack() as held:
                    await queue.read(feed, what, NOTHING_KNOWN, held, slow=slow)
                seen.append(f"{feed} read")

        large = answer("large", parse_queue.QUICK + 1)
        await asyncio.gather(one("large", large), one("slow", answer("slow-1")), one("quick", answer("quick")))
        return seen

    seen = asyncio.run(story())
    assert seen.index("slow") < seen.index("large read")
    assert seen.index("quick") < seen.index("slow read")
