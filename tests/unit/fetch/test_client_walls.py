"""Names, addresses and certificates: what stands between a URL and a connection."""

import asyncio
import os
import socket
import threading

import pytest
from aiohttp.abc import AbstractResolver
from origin import UNHURRIED, answer, moved, origin

from feedriver.errors import FetchCode, FetchError
from feedriver.fetch import resolver as names
from feedriver.fetch.client import Client
from feedriver.http import Request

FEED = b"<rss/>"


class Names(AbstractResolver):
    """Answers each lookup with the next of these, an exception or addresses; the last one for ever."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        return [
            {"hostname": host, "host": ip, "port": port, "family": socket.AF_INET, "proto": 6, "flags": 0}
            for ip in found
        ]

    async def close(self):
        raise AssertionError("a resolver that was lent is not closed")


async def get(url, **options):
    async with Client(**{"user_agent": "feedriver", "deadline": UNHURRIED} | options) as client:
        return await client.fetch(Request(url))


async def refusal(url, **options):
    with pytest.raises(FetchError) as refused:
        await get(url, **options)
    return refused.value


# Names


@pytest.mark.case("B19")
@pytest.mark.parametrize(
    "error",
    [
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
        socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
    ],
)
def test_b19_a_name_that_does_not_resolve_is_dns(run, error):
    assert run(refusal("http://feed.example/", resolver=Names(error))).code is FetchCode.DNS


@pytest.mark.case("B19")
def test_b19_a_name_without_addresses_is_dns(run):
    assert run(refusal("http://feed.example/", resolver=Names([]))).code is FetchCode.DNS


@pytest.mark.case("B19")
def test_b19_a_lookup_that_hangs_in_its_thread_does_not_pass_the_deadline(run, monkeypatch):
    released = threading.Event()
    started = threading.Event()

    def hangs(*args):
        started.set()
        released.wait(10)
        raise socket.gaierror(socket.EAI_AGAIN, "too late")

    monkeypatch.setattr(names.socket, "getaddrinfo", hangs)
    try:
        refused = run(refusal("http://feed.example/", deadline=0.1))
        assert refused.code is FetchCode.TIMEOUT
        assert started.is_set()
    finally:
        released.set()


@pytest.mark.case("B19")
def test_b19_hanging_names_do_not_stand_in_front_of_others(run, monkeypatch):
    released = threading.Event()
    real = socket.getaddrinfo

    def hangs_for_some(host, *args):
        if host == b"feed.example":
            return real("127.0.0.1", *args)
        released.wait(10)
        raise socket.gaierror(socket.EAI_AGAIN, "too late")

    async def story():
        async with origin(feed=answer(FEED)) as host:
            client = Client(user_agent="feedriver", allow_private=True, deadline=UNHURRIED, at_once=50)
            async with client:
                dead = [asyncio.create_task(client.fetch(Request(f"http://dead{n}.example/"))) for n in range(40)]
                await asyncio.sleep(0)
                got = await client.fetch(Request(f"http://feed.example:{host.port}/feed"))
                for task in dead:
                    task.cancel()
                await asyncio.wait(dead)
                return got.body.read()

    monkeypatch.setattr(names.socket, "getaddrinfo", hangs_for_some)
    try:
        assert run(story()) == FEED
    finally:
        released.set()


def test_a_name_is_looked_up_and_asked_by_its_name(run):
    resolver = Names(["127.0.0.1"])

    async def story():
        async with origin(feed=answer(FEED)) as host:
            got = await get(f"http://feed.example:{host.port}/feed", resolver=resolver, allow_private=True)
            return got.body.read(), host.headers()[b"Host"], host.port

    body, named, port = run(story())
    assert (body, named) == (FEED, f"feed.example:{port}".encode())
    assert resolver.asked == ["feed.example"]


def test_the_system_resolver_finds_the_local_host(run):
    async def story():
        async with origin(feed=answer(FEED)) as host:
            return (await get(f"http://localhost:{host.port}/feed", allow_private=True)).body.read()

    assert run(story()) == FEED


@pytest.mark.case("B18")
def test_b18_an_address_that_fails_gives_way_to_one_that_answers(run):
    async def story():
        async with origin(feed=answer(FEED)) as host:
            resolver = Names(["::1", "127.0.0.2", "127.0.0.1"])
            return (
                await get(f"http://feed.example:{host.port}/feed", resolver=resolver, allow_private=True)
            ).body.read()

    assert run(story()) == FEED


# Addresses


@pytest.mark.case("S01", "S03")
@pytest.mark.parametrize("inward", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "fd00:ec2::254", "0.0.0.0"])
def test_s01_s03_a_name_that_resolves_inward_is_refused(run, inward):
    for found in ([inward], ["8.8.8.8", inward]):
        refused = run(refusal("http://feed.example/", resolver=Names(found)))
        assert refused.code is FetchCode.BLOCKED_ADDRESS


@pytest.mark.case("S03")
def test_s03_a_name_is_looked_up_once_so_that_rebinding_has_no_second_chance(run):
    resolver = Names(["127.0.0.1"], ["169.254.169.254"])

    async def story():
        async with origin(feed=answer(FEED), again=moved(b"/feed")) as host:
            url = f"http://feed.example:{host.port}"
            first = await get(f"{url}/feed", resolver=resolver, allow_private=True)
            resolver.answers[:0] = [["127.0.0.1"]]
            second = await refusal(f"{url}/again", resolver=resolver, allow_private=True)
            return first.body.read(), second.code

    assert run(story()) == (FEED, FetchCode.BLOCKED_ADDRESS)
    assert len(resolver.asked) == 3


@pytest.mark.case("S04", "S05")
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "①②⑦.0.0.1",
        "127。0。0。1",
        "localhost",
        "localhost.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ],
)
def test_s04_s05_nothing_reaches_loopback(run, host):
    async def story():
        async with origin(feed=answer(FEED)) as served:
            refused = await refusal(f"http://{host}:{served.port}/feed", ports=frozenset({served.port}))
            return refused.code, served.requests

    assert run(story()) == (FetchCode.BLOCKED_ADDRESS, [])


@pytest.mark.case("S01")
def test_s01_the_socket_is_refused_where_all_else_was_passed(run, monkeypatch):
    monkeypatch.setattr("feedriver.fetch.target.refusal_reason", lambda *args, **options: None)

    async def story():
        async with origin(feed=answer(FEED)) as served:
            refused = await refusal(served.url(), ports=frozenset({served.port}))
            return refused.code, served.requests

    assert run(story()) == (FetchCode.BLOCKED_ADDRESS, [])


@pytest.mark.case("S08")
@pytest.mark.parametrize("port", [22, 25, 6379, 9001, 11211])
def test_s08_other_ports_than_those_of_the_web_are_refused(run, port):
    resolver = Names(["8.8.8.8"])
    refused = run(refusal(f"http://feed.example:{port}/", resolver=resolver))
    assert (refused.code, resolver.asked) == (FetchCode.BLOCKED_ADDRESS, [])


# Certificates


def test_a_feed_is_read_over_tls(run, serving, trusting):
    async def story():
        async with origin(serving, feed=answer(FEED)) as host:
            return await get(host.url(), tls=trusting, allow_private=True)

    assert run(story()).body.read() == FEED


@pytest.mark.case("B17")
def test_b17_a_certificate_that_nobody_vouches_for_is_refused(run, serving):
    async def story():
        async with origin(serving, feed=answer(FEED)) as host:
            return await refusal(host.url(), allow_private=True), host.requests

    refused, requests = run(story())
    assert (refused.code, requests) == (FetchCode.TLS, [])
    assert "self-signed" in refused.detail


@pytest.mark.case("B17")
def test_b17_a_certificate_of_another_host_is_refused(run, serving, trusting):
    async def story():
        async with origin(serving, feed=answer(FEED)) as host:
            url = f"https://feed.example:{host.port}/feed"
            options = {"resolver": Names(["127.0.0.1"]), "tls": trusting, "allow_private": True}
            return await refusal(url, **options), host.requests

    refused, requests = run(story())
    assert (refused.code, requests) == (FetchCode.TLS, [])


@pytest.mark.case("B17")
def test_b17_a_host_that_speaks_no_tls_is_refused(run):
    async def speaks_http(reader, writer):
        await reader.read(1)
        writer.write(answer(FEED))
        writer.close()
        await writer.wait_closed()

    assert run(_over_tls(speaks_http)) is FetchCode.TLS


@pytest.mark.case("B17")
def test_b17_a_handshake_that_breaks_off_is_tls(run):
    async def breaks_off(reader, writer):
        await reader.read(1)
        writer.transport.abort()

    assert run(_over_tls(breaks_off)) is FetchCode.TLS


@pytest.mark.case("B17")
def test_b17_a_handshake_that_never_ends_is_given_up_at_the_deadline(run):
    async def says_nothing(reader, writer):
        await reader.read()
        writer.close()

    assert run(_over_tls(says_nothing, deadline=0.1)) is FetchCode.TIMEOUT


def test_a_host_that_never_says_goodbye_does_not_keep_the_connection_open(run, serving, trusting):
    seen = []

    def serve(listening):
        peer, _ = listening.accept()
        with serving.wrap_socket(peer, server_side=True) as tls:
            tls.recv(9_999)
            tls.sendall(answer(FEED))
            with socket.socket(fileno=os.dup(tls.fileno())) as below:
                below.settimeout(5)
                try:
                    while below.recv(9_999):
                        pass
                    seen.append("gone")
                except ConnectionResetError:
                    seen.append("gone")
                except TimeoutError:
                    seen.append("lingers")

    async def story(listening):
        host = threading.Thread(target=serve, args=[listening])
        host.start()
        async with Client(user_agent="feedriver", allow_private=True, deadline=UNHURRIED, tls=trusting) as client:
            got = await client.fetch(Request(f"https://127.0.0.1:{listening.getsockname()[1]}/"))
            await asyncio.to_thread(host.join)
        return got.body.read()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert run(story(listening)) == FEED
    assert seen == ["gone"]


async def _over_tls(serve, **options):
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        refused = await refusal(url, allow_private=True, **options)
    return refused.code
