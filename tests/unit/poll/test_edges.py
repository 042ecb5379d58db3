"""AWS's clients block: they are called in threads, and never by the event loop."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from fakes.bus import FakeBus
from fakes.states import FakeStates
from fakes.store import FakeStore

from feedriver.errors import NoObjectError
from feedriver.poll.edges import AWS_CALLS_AT_ONCE, Edges, aws_threads, in_thread


@pytest.fixture
def threads():
    with ThreadPoolExecutor(1, "edge") as pool:
        yield pool


def test_a_call_is_made_in_the_threads_that_are_given(threads):
    found = asyncio.run(in_thread(threads, threading.current_thread))
    assert found.name.startswith("edge")


def test_a_call_gets_its_arguments_and_options_and_its_result_comes_back(threads):
    assert asyncio.run(in_thread(threads, sorted, [1, 3, 2], reverse=True)) == [3, 2, 1]


def test_what_a_call_raises_is_raised(threads):
    edges = Edges(FakeStates(), FakeStore(), FakeBus(), threads)
    with pytest.raises(NoObjectError):
        asyncio.run(edges.call(edges.store.get, "entries/never"))


def test_the_loop_goes_on_while_a_call_blocks(threads):
    go_on = threading.Event()

    async def both() -> bool:
        blocked = asyncio.ensure_future(in_thread(threads, go_on.wait, 10.0))
        await asyncio.sleep(0)
        go_on.set()
        return await blocked

    assert asyncio.run(both())


def test_edges_call_in_their_own_threads(threads):
    edges = Edges(FakeStates(), FakeStore(), FakeBus(), threads)
    assert asyncio.run(edges.call(threading.current_thread)).name.startswith("edge")


def test_sixteen_calls_are_made_at_once():
    barrier = threading.Barrier(AWS_CALLS_AT_ONCE)

    async def all_at_once(pool):
        return await asyncio.gather(*(in_thread(pool, barrier.wait, 10.0) for _ in range(AWS_CALLS_AT_ONCE)))

    with aws_threads() as pool:
        assert sorted(asyncio.run(all_at_once(pool))) == list(range(AWS_CALLS_AT_ONCE))
