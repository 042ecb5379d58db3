"""A fortnight of 200 feeds, through the real pipeline and client, judged by what their publishers saw."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import Executor, Future
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp.abc import AbstractResolver
from fakes.bus import FakeBus
from fakes.calls import Clock
from fakes.parser import FakeParser
from fakes.states import FakeStates
from fakes.store import FakeStore
from manners.publishers import HABITS, Publisher, Square
from manners.score import CRITERIA, judge

from feedriver.decide import wheel
from feedriver.decide.decision import Now
from feedriver.fetch.client import Client
from feedriver.poll import dispatch
from feedriver.poll.batch import BatchPoller
from feedriver.registry import Registry, Subscription

pytestmark = pytest.mark.long

BEGIN = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
FORTNIGHT = 14 * 24 * 60  # minutes
FEEDS = 200
GAPS = (720, 1_440, 0, 2_880, 4_320, 900, 10_080)  # minutes between entries
BUSY = {"plain": 130, "weak": 45}  # one feed each that publishes by the hour
AGENT = "feedriver/0.1 (+https://feeds.example/about; 200 subscribers)"
OUTAGE = range(8_000, 8_200)  # ours: no minute of these is dispatched


class Everywhere(AbstractResolver):
    """Every name is on this machine."""

    async def resolve(self, host, port=0, family=socket.AF_INET):
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}]

    async def close(self):
        pass


class AtOnce(Executor):
    """Does it where it is asked to: handing work to threads and back would take most of the time of this test."""

    def submit(self, work, /, *arguments, **named):
        done = Future()
        try:
            done.set_result(work(*arguments, **named))
        except BaseException as error:  # noqa: BLE001  # raised where the result is asked for, as threads do
            done.set_exception(error)
        return done


def publishers() -> dict[str, Publisher]:
    found = {}
    for number in range(FEEDS):
        name = list(HABITS)[number % len(HABITS)]
        gap = BUSY.get(name) if number < len(HABITS) else None
        host = f"{name.replace(' ', '-')}-{number}.example"
        found[host] = Publisher(host, HABITS[name], gap or GAPS[number % len(GAPS)], BEGIN)
    return found


def late(minute: int) -> timedelta:
    """How long after its minute a batch begins: the dispatcher, the queue and a cold start."""
    return timedelta(seconds=2 + minute * 7 % 40, microseconds=minute * 31 % 1_000_000)


async def fortnight() -> Square:
    clock = Clock(BEGIN)
    states, bus = FakeStates(), FakeBus()
    async with (
        Square(publishers(), clock) as square,
        Client(user_agent=AGENT, allow_private=True, resolver=Everywhere()) as client,
    ):
        pipeline = BatchPoller(client, states, FakeStore(), bus, clock, FakeParser(), threads=AtOnce())
        joining = [(hash_of * 7 % 600, host) for hash_of, host in enumerate(square.publishers)]
        for minute in range(FORTNIGHT):
            clock.time = BEGIN + wheel.MINUTE * minute
            for at, host in joining:
                if at == minute:
                    Registry(states).add(Subscription(f"http://{host}:{square.port}/feed"), clock())
            if minute in OUTAGE:
                continue
            turn = clock.time
            due = dispatch.due(states, turn, states.minute).feeds
            states.minute = turn
            if due:
                clock.advance(late(minute))
                outcome = await pipeline.poll_batch(due, Now(turn, clock()))
                assert not outcome.unfinished
                assert "internal_error" not in {report.outcome for report in outcome.reports}
            states.calls.log.clear()
            states.calls.about.clear()
        return square


@pytest.fixture(scope="module")
def score():
    return judge(asyncio.run(fortnight()).requests)


def test_the_score_is_told(score, capsys):
    with capsys.disabled():
        print(f"\n\n{score.table()}\n")  # noqa: T201  # the score belongs into the output of the tests
    assert score.counted["feeds"] == FEEDS
    assert score.counted["requests"] > 5_000


@pytest.mark.case("F01", "F02", "F04", "F05", "F08", "F13", "F18", "F19", "F21", "F25", "F28", "F32", "F35")
@pytest.mark.parametrize("criterion", CRITERIA)
def test_no_point_is_lost_in_a_fortnight_of_two_hundred_feeds(score, criterion):
    assert score.where[criterion][:10] == []
