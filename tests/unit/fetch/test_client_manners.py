"""How many at once, and how soon after each other."""

import asyncio
import socket

import pytest
from aiohttp.abc import AbstractResolver
from origin import UNHURRIED, answer, moved, origin

from feedriver.fetch.client import Client
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
