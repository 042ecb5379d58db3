"""How many at once."""

import asyncio
import socket

from aiohttp.abc import AbstractResolver
from fetch.origin import answer, moved, origin

from feedriver.fetch.client import Client
from feedriver.fetch.turns import Turns
from feedriver.ports import Request

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
    async with Client(**{"user_agent": "feedriver", "allow_private": True, "deadline": 5.0} | options) as client:
        return await asyncio.gather(*(client.fetch(Request(url)) for url in urls))


def test_f34_twenty_fetches_of_one_host_never_exceed_its_share(run):
    async def story():
        async with origin(feed=lingers) as host:
            got = await fetch_all([host.url()] * 20, per_host=2)
            return got, host.most_in_flight

    got, most = run(story())
    assert [each.body for each in got] == [FEED] * 20
    assert most == 2


def test_f34_redirects_count_for_the_host_that_they_lead_to(run):
    async def story():
        async with origin(feed=lingers) as end, origin(a=moved(end.url().encode())) as start:
            urls = [start.url("/a").replace("127.0.0.1", f"name{number}.example") for number in range(10)]
            got = await fetch_all(urls, per_host=2, resolver=Everywhere())
            return got, start.most_in_flight, end.most_in_flight

    got, at_start, at_end = run(story())
    assert [each.body for each in got] == [FEED] * 10
    assert at_start > 2
    assert at_end == 2


def test_the_wait_for_a_turn_is_no_part_of_the_deadline(run):
    async def story():
        client = Client(user_agent="feedriver", allow_private=True, deadline=0.3, per_host=1)
        async with origin(feed=answer(FEED)) as host, client:
            async with client._turns.at("127.0.0.1"):
                fetching = asyncio.create_task(client.fetch(Request(host.url())))
                await asyncio.wait([fetching], timeout=0.35)
                assert not host.requests
            return (await fetching).body

    assert run(story()) == FEED


def test_no_more_than_the_limit_are_under_way_at_once(run):
    async def story():
        turns, running, most = Turns(at_once=5, per_host=2), 0, 0

        async def take(host):
            nonlocal running, most
            async with turns.at(host):
                running += 1
                most = max(most, running)
                await asyncio.sleep(0)
                running -= 1

        await asyncio.gather(*(take(f"host{number}") for number in range(50)))
        return most, turns._hosts

    assert run(story()) == (5, {})


def test_who_waits_for_a_busy_host_takes_no_place_from_others(run):
    async def story():
        turns, order = Turns(at_once=2, per_host=1), []
        release = asyncio.Event()

        async def take(host, until=None):
            async with turns.at(host):
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
        turns = Turns(at_once=1, per_host=1)
        async with turns.at("host"):

            async def wait():
                async with turns.at("host"):
                    raise AssertionError("not its turn")

            waiting = asyncio.create_task(wait())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
        async with turns.at("host"):
            return len(turns._hosts)

    assert run(story()) == 1
