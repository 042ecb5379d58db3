"""How many at once, and how soon after each other."""

import asyncio
import socket
from collections import defaultdict
from itertools import pairwise

import pytest
from aiohttp.abc import AbstractResolver
from origin import UNHURRIED, answer, moved, origin

from feedriver.fetch.client import Client
from feedriver.fetch.throttle import HostThrottle
from feedriver.http import Request

FEED = b"<rss/>"


class Everywhere(AbstractResolver):
    """Every name is on loopback."""

    async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 6, "flags": 0}]

    async def close(self):
        pass


async def lingers(visit):
    """Answer once the others that may come at the same time have come."""
    for _ in range(20):
        await asyncio.sleep(0)
    await visit.say(answer(FEED))


async def fetch_all(urls, **options):
    async with Client(**{"user_agent": "feedriver", "allow_private": True, "deadline": UNHURRIED} | options) as client:
        return await asyncio.gather(*(client.fetch(Request(url)) for url in urls))


@pytest.mark.case("F34")
def test_f34_twenty_fetches_of_one_host_never_exceed_its_share(run):
    async def story():
        async with origin(feed=lingers) as host:
            got = await fetch_all([host.url()] * 20, per_host=2)
            return got, host.most_in_flight

    got, most = run(story())
    assert [each.body.read() for each in got] == [FEED] * 20
    assert most == 2


@pytest.mark.case("F34")
def test_f34_redirects_count_for_the_host_that_they_lead_to(run):
    async def story():
        async with origin(feed=lingers) as end, origin(a=moved(end.url().encode())) as start:
            urls = [start.url("/a").replace("127.0.0.1", f"name{number}.example") for number in range(10)]
            got = await fetch_all(urls, per_host=2, resolver=Everywhere())
            return got, start.most_in_flight, end.most_in_flight

    got, at_start, at_end = run(story())
    assert [each.body.read() for each in got] == [FEED] * 10
    assert at_start > 2
    assert at_end == 2


def test_the_wait_for_a_turn_is_no_part_of_the_deadline(run):
    async def story():
        client = Client(user_agent="feedriver", allow_private=True, deadline=UNHURRIED, per_host=1)
        loop, ahead = asyncio.get_running_loop(), 0.0
        clock = loop.time
        loop.time = lambda: clock() + ahead
        async with origin(feed=answer(FEED)) as host, client:
            async with client._throttle.request("127.0.0.1"):
                fetching = asyncio.create_task(client.fetch(Request(host.url())))
                for _ in range(20):
                    await asyncio.sleep(0)
                ahead = 2 * UNHURRIED  # a deadline that had begun is over with the next turn of the loop
                for _ in range(20):
                    await asyncio.sleep(0)
                assert not host.requests
                assert not fetching.done()
            return (await fetching).body.read()

    assert run(story()) == FEED


def test_no_more_than_the_limit_are_under_way_at_once(run):
    async def story():
        throttle, running, most = HostThrottle(at_once=5, per_host=2), 0, 0

        async def take(host):
            nonlocal running, most
            async with throttle.request(host):
                running += 1
                most = max(most, running)
                await asyncio.sleep(0)
                running -= 1

        await asyncio.gather(*(take(f"host{number}") for number in range(50)))
        return most, throttle._hosts

    assert run(story()) == (5, {})


def test_who_waits_for_a_busy_host_takes_no_place_from_others(run):
    async def story():
        throttle, order = HostThrottle(at_once=2, per_host=1), []
        release = asyncio.Event()

        async def take(host, until=None):
            async with throttle.request(host):
                if until:
                    await until.wait()
                order.append(host)

        waiting = [asyncio.create_task(take("busy", release)) for _ in range(5)]
        await asyncio.sleep(0)
        await take("other")
        release.set()
        await asyncio.gather(*waiting)
        return order

    assert run(story()) == ["other"] + ["busy"] * 5


def test_a_wait_that_is_cancelled_leaves_no_trace(run):
    async def story():
        throttle = HostThrottle(at_once=1, per_host=1)
        async with throttle.request("host"):

            async def wait():
                async with throttle.request("host"):
                    raise AssertionError("not its turn")

            waiting = asyncio.create_task(wait())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
        async with throttle.request("host"):
            return len(throttle._hosts)

    assert run(story()) == 1


class Time:
    """A clock that stands still but for those who sleep by it; the starts at each host, by it."""

    def __init__(self):
        self.now = 1000.0
        self.sleepers = []
        self.starts = defaultdict(list)

    def throttle(self, **options):
        return HostThrottle(
            **{"at_once": 100, "per_host": 2, "spacing": 1.0} | options, clock=self.read, sleep=self.sleep
        )

    def read(self):
        return self.now

    async def sleep(self, seconds):
        woken = asyncio.get_running_loop().create_future()
        self.sleepers.append((self.now + seconds, woken))
        await woken

    async def run(self, *tasks):
        """Let the tasks run; whenever all of them wait, it is the time at which the first sleeper wakes."""
        waiting = {asyncio.ensure_future(task) for task in tasks}
        while waiting:
            for _ in range(20):
                await asyncio.sleep(0)
            _, waiting = await asyncio.wait(waiting, timeout=0)
            if waiting and self.sleepers:
                self.sleepers.sort(key=lambda sleeper: sleeper[0])
                self.now, woken = self.sleepers.pop(0)
                woken.cancelled() or woken.set_result(None)

    async def visit(self, throttle, host, gate=None):
        async with throttle.request(host, gate):
            self.starts[host].append(self.now)
            await asyncio.sleep(0)


def gaps(starts):
    return {later - earlier for earlier, later in pairwise(starts)}


@pytest.mark.case("F34")
def test_f34_a_thousand_feeds_due_now_on_one_host_start_a_second_apart(run):
    async def story():
        time = Time()
        throttle = time.throttle()
        await time.run(*(time.visit(throttle, "busy") for _ in range(1000)))
        return time

    time = run(story())
    assert len(time.starts["busy"]) == 1000
    assert gaps(time.starts["busy"]) == {1.0}
    assert time.now == 1999.0


@pytest.mark.case("F34")
def test_f34_one_busy_host_makes_no_other_wait(run):
    async def story():
        time = Time()
        throttle = time.throttle(at_once=5)
        busy = [time.visit(throttle, "busy") for _ in range(50)]
        await time.run(*busy, *(time.visit(throttle, f"host{number}") for number in range(50)))
        return time

    time = run(story())
    assert {start for host, (start, *_) in time.starts.items() if host != "busy"} == {1000.0}


def test_a_start_that_had_to_wait_for_a_place_is_not_followed_too_soon(run):
    async def story():
        time = Time()
        throttle = time.throttle(at_once=1)

        async def long():
            async with throttle.request("long"):
                await time.sleep(10)

        await time.run(long(), time.visit(throttle, "host"), time.visit(throttle, "host"))
        return time.starts["host"]

    assert run(story()) == [1010.0, 1011.0]


def test_spacing_holds_though_nobody_waited_in_between(run):
    async def story():
        time = Time()
        throttle = time.throttle()
        for _ in range(3):
            await time.run(time.visit(throttle, "host"))
        return time.starts["host"]

    assert run(story()) == [1000.0, 1001.0, 1002.0]


def test_who_is_called_off_at_the_gate_delays_nobody(run):
    async def gate(host):
        raise LookupError(host)

    async def story():
        time = Time()
        throttle = time.throttle()

        async def called_off():
            with pytest.raises(LookupError, match="busy"):
                await time.visit(throttle, "busy", gate)

        last = time.visit(throttle, "busy")
        await time.run(time.visit(throttle, "busy"), *(called_off() for _ in range(100)), last)
        return time.starts["busy"], throttle._hosts

    assert run(story()) == ([1000.0, 1001.0], {})


def test_the_gate_is_asked_before_each_hop_and_what_it_raises_ends_the_fetch(run):
    asked = []

    async def gate(host):
        asked.append(host)
        if host == "second.example":
            raise LookupError(host)

    async def story():
        async with origin(feed=answer(FEED)) as end:
            onward = end.url().replace("127.0.0.1", "second.example").encode()
            async with origin(a=moved(onward)) as start:
                url = start.url("/a").replace("127.0.0.1", "first.example")
                async with Client(user_agent="feedriver", allow_private=True, resolver=Everywhere()) as client:
                    with pytest.raises(LookupError):
                        await client.fetch(Request(url, gate=gate))
                return len(start.requests), len(end.requests)

    assert run(story()) == (1, 0)
    assert asked == ["first.example", "second.example"]


@pytest.mark.parametrize(
    ("options", "spacing"),
    [
        ({}, 1.0),
        ({"allow_private": True}, 0.0),
        ({"spacing": 3.0}, 3.0),
        ({"allow_private": True, "spacing": 2.0}, 2.0),
    ],
)
def test_requests_to_public_hosts_are_a_second_apart_unless_it_is_said_otherwise(options, spacing):
    assert Client(user_agent="feedriver", **options)._throttle._spacing == spacing
