"""One fetch: what goes out, and what comes of what comes back."""

import asyncio
import gzip
import os
import socket
import struct
import subprocess
import sys
import zlib

import brotli
import pytest
from origin import UNHURRIED, answer, moved, origin

from feedriver.errors import FeedriverError, FetchCode, FetchError, InputError
from feedriver.fetch.client import Client
from feedriver.fetch.headers import ACCEPT
from feedriver.http import Request
from feedriver.state import Validators

AGENT = "feedriver/0.1 (+https://feeds.example/about)"
FEED = b"<rss><channel/></rss>"


def client(**options):
    return Client(**{"user_agent": AGENT, "allow_private": True, "deadline": UNHURRIED} | options)


async def get(url, validators=None, **options):
    async with client(**options) as open_client:
        return await open_client.fetch(Request(url, validators))


async def refusal(url, **options):
    with pytest.raises(FetchError) as refused:
        await get(url, **options)
    assert refused.value.__cause__ is None  # what aiohttp raised is told, not chained
    assert refused.value.detail
    return refused.value


def chunked(*chunks):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))


# What goes out


@pytest.mark.case("F18", "F32")
def test_f32_a_request_is_these_bytes_and_no_more(run):
    async def story():
        async with origin(feed=answer(FEED)) as host:
            await get(host.url())
            return host.requests, host.port

    requests, port = run(story())
    assert [request.decode() for request in requests] == [
        (
            "GET /feed HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{port}\r\n"
            f"Accept: {ACCEPT}\r\n"
            "Accept-Encoding: gzip, br, zstd\r\n"
            f"User-Agent: {AGENT}\r\n"
            "Connection: close\r\n"
            "\r\n"
        )
    ]


@pytest.mark.parametrize("target", ["/a%2Fb+c%20d", "/f?b=2&a=%2f&q=x+y", "/%E6%97%A5", "/t[]?ids[]=1"])
def test_the_request_target_is_the_url_as_it_was_given(run, target):
    async def story():
        async with origin() as host:
            await get(host.url(target))
            return host.lines[0][0]

    assert run(story()) == f"GET {target} HTTP/1.1".encode()


@pytest.mark.case("F01")
@pytest.mark.parametrize(
    "etag",
    [
        b'"a-b\\"c"',
        b'W/"x"',
        b'w/"x"',
        b"abc",
        b'"abc-gzip"',
        b'"abc;br"',
        b'"a b"',
        b'""',
        b"'x'",
        b'"a", "b"',
        '"é日"'.encode(),
        b'"a\tb"',
    ],
)
def test_f01_an_etag_goes_back_byte_for_byte(run, etag):
    async def story():
        async with origin(feed=answer(FEED, b"ETag: " + etag)) as host:
            first = await get(host.url())
            await get(host.url(), Validators(url=first.url, etag=first.headers["etag"]))
            return host.headers()

    headers = run(story())
    assert headers[b"If-None-Match"] == etag
    assert b"If-Modified-Since" not in headers


@pytest.mark.case("F02")
@pytest.mark.parametrize(
    "date",
    [
        b"Sunday, 06-Nov-94 08:49:37 GMT",
        b"sun, 06 nov 1994 08:49:37 gmt",
        b"Mon, 06 Nov 1994 08:49:37 GMT",
        b"Thu, 01 Jan 1970 00:00:00 GMT",
        b"Sun, 06 Nov 1994 08:49:37 Mitteleuropa",
        b"0",
    ],
)
def test_f02_a_last_modified_date_goes_back_byte_for_byte(run, date):
    async def story():
        async with origin(feed=answer(FEED, b"Last-Modified: " + date)) as host:
            first = await get(host.url())
            await get(host.url(), Validators(url=first.url, last_modified=first.headers["last-modified"]))
            return host.headers()

    headers = run(story())
    assert headers[b"If-Modified-Since"] == date
    assert b"If-None-Match" not in headers


@pytest.mark.parametrize("etag", ['"caf\xe9"', '"a\x01b"', '"a\r\nX-Injected: 1"', '"日本"'])
def test_a_validator_that_cannot_go_back_unchanged_is_left_out(run, etag):
    async def story():
        async with origin(feed=answer(FEED)) as host:
            await get(host.url(), Validators(url=host.url(), etag=etag, last_modified="yesterday"))
            return host.headers()

    headers = run(story())
    assert b"If-None-Match" not in headers
    assert b"X-Injected" not in headers
    assert headers[b"If-Modified-Since"] == b"yesterday"


@pytest.mark.case("F28")
def test_f28_validators_go_to_the_url_that_they_came_from_and_to_no_other(run):
    async def story():
        async with origin(a=moved(b"/b"), b=answer(FEED)) as host:
            for path in ("/a", "/b", "/elsewhere"):
                await get(host.url("/a"), Validators(url=host.url(path), etag=f'"{path}"'))
            return [host.headers(index).get(b"If-None-Match") for index in range(6)]

    assert run(story()) == [b'"/a"', None, None, b'"/b"', None, None]


@pytest.mark.case("F32")
def test_f32_cookies_and_referer_are_never_sent(run):
    cookie = b"Set-Cookie: id=1; Path=/"

    async def story():
        async with origin(a=moved(b"/b", b"302 Found", cookie), b=answer(FEED, cookie)) as host:
            async with client() as open_client:
                await open_client.fetch(Request(host.url("/a")))
                await open_client.fetch(Request(host.url("/a")))
            return host.requests

    requests = run(story())
    assert len(requests) == 4
    assert not [request for request in requests if b"cookie" in request.lower() or b"referer" in request.lower()]


@pytest.mark.case("F33")
def test_f33_proxies_and_netrc_in_the_environment_are_ignored(run, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password canary\ndefault login me password canary\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async def story():
        async with origin(feed=answer(FEED)) as host:
            return (await get(host.url())).status, host.requests

    status, requests = run(story())
    assert status == 200
    assert b"authorization" not in requests[0].lower()


@pytest.mark.parametrize("agent", ["a\r\nX: 1", "é", "a\0"])
def test_a_user_agent_that_is_no_header_is_refused(agent):
    with pytest.raises(InputError):
        Client(user_agent=agent)


def test_naming_the_package_imports_no_http_library():
    look = "import sys, feedriver.fetch; sys.exit('aiohttp' in sys.modules)"
    path = os.pathsep.join(each for each in sys.path if each)
    assert subprocess.run([sys.executable, "-c", look], env={"PYTHONPATH": path}, check=False).returncode == 0


def test_a_client_is_to_be_opened_before_use(run):
    with pytest.raises(FeedriverError, match="async with"):
        run(client().fetch(Request("http://127.0.0.1/")))


# What comes back


def test_an_answer_tells_what_the_host_said(run):
    squeezed = gzip.compress(FEED)

    async def story():
        headers = (b"Content-Encoding: gzip", b"X-Two: one", b"x-two: two", b"ETAG: \xe9")
        async with origin(feed=answer(squeezed, *headers)) as host:
            return await get(host.url()), host.url()

    got, url = run(story())
    assert (got.status, got.body.read(), got.received, got.url, got.moved_to) == (200, FEED, len(squeezed), url, None)
    assert got.headers == {
        "content-encoding": "gzip",
        "x-two": "one, two",
        "etag": "\xe9",
        "content-length": str(len(squeezed)),
    }
    assert 0 <= got.milliseconds < 1000 * UNHURRIED


@pytest.mark.parametrize(
    "status", [b"400 Bad Request", b"404 Not Found", b"410 Gone", b"429 Slow", b"503 Busy", b"600 X"]
)
def test_an_error_status_is_an_answer_without_a_body(run, status):
    async def story():
        async with origin(feed=answer(b"secret page", b"Retry-After: 86400", status=status)) as host:
            return await get(host.url())

    got = run(story())
    assert (got.status, got.body.read(), got.received) == (int(status[:3]), b"", 0)
    assert got.headers["retry-after"] == "86400"


@pytest.mark.case("F09")
def test_f09_the_body_of_a_304_is_ignored(run):
    async def story():
        async with origin(feed=answer(b"not to be read", b'ETag: "2"', status=b"304 Not Modified")) as host:
            return await get(host.url(), Validators(url=host.url(), etag='"1"'))

    got = run(story())
    assert (got.status, got.body.read(), got.headers["etag"]) == (304, b"", '"2"')


@pytest.mark.case("F09")
def test_f09_a_304_to_an_unconditional_request_is_an_error(run):
    async def story():
        async with origin(feed=answer(status=b"304 Not Modified"), a=moved(b"/feed")) as host:
            first = await refusal(host.url())
            with pytest.raises(FetchError) as second:  # the condition was for /a, and /feed did not get it
                await get(host.url("/a"), Validators(url=host.url("/a"), etag='"1"'))
            return first.code, second.value.code

    assert run(story()) == (FetchCode.PROTOCOL, FetchCode.PROTOCOL)


@pytest.mark.case("B15", "B16")
@pytest.mark.parametrize(
    "whole",
    [
        answer(FEED),
        b"HTTP/1.0 200 OK\r\n\r\n" + FEED,
        b"HTTP/1.1 200 OK\r\n\r\n" + FEED,
        b"HTTP/1.1 200\r\nContent-Length: 21\r\n\r\n" + FEED,
        b"HTTP/1.1 200 OK\nContent-Length: 21\n\n" + FEED,
        b"HTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\nContent-Length: 21\r\n\r\n" + FEED,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer(FEED),
        chunked(FEED[:5], FEED[5:]),
        answer(FEED, b"X-Policy: " + b"a" * 30_000),
        answer(gzip.compress(FEED), b"Content-Encoding: gzip"),
        answer(zlib.compress(FEED), b"Content-Encoding: deflate"),
        answer(brotli.compress(FEED), b"Content-Encoding: br"),
        answer(FEED, b"Content-Encoding: gzip"),
    ],
    ids=range(13),
)
def test_b16_unusual_and_well_formed_answers_are_read(run, whole):
    async def story():
        async with origin(feed=whole) as host:
            return await get(host.url())

    assert run(story()).body.read() == FEED


@pytest.mark.case("B04", "B05", "B06", "B15", "B16")
@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"", FetchCode.UNREACHABLE),
        (b"HTTP/1.1 200 OK\r\n", FetchCode.TRUNCATED),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/x", FetchCode.TRUNCATED),
        (answer(FEED, length=500), FetchCode.TRUNCATED),
        (answer(FEED, length=5), FetchCode.PROTOCOL),
        (chunked(FEED)[:-5], FetchCode.TRUNCATED),
        (chunked(FEED)[:-12], FetchCode.TRUNCATED),
        (chunked(FEED).replace(b"15\r\n", b"zz\r\n"), FetchCode.PROTOCOL),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", FetchCode.PROTOCOL),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" + chunked(FEED)[17:], FetchCode.PROTOCOL),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhello", FetchCode.PROTOCOL),
        (b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n", FetchCode.PROTOCOL),
        (b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 5\r\n\r\nhello", FetchCode.PROTOCOL),
        (answer(FEED, b"X: " + b"a" * 200_000), FetchCode.PROTOCOL),
        (answer(FEED, *[b"X-%d: a" % number for number in range(200)]), FetchCode.PROTOCOL),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", FetchCode.PROTOCOL),
        (b"<rss>an HTTP/0.9 answer</rss>", FetchCode.PROTOCOL),
        (b"\x16\x03\x01\x02\x00garbage\r\n\r\n", FetchCode.PROTOCOL),
        (b"SSH-2.0-OpenSSH_9.6\r\n", FetchCode.PROTOCOL),
        (b"HTTP/1.1 two hundred\r\n\r\n", FetchCode.PROTOCOL),
        (answer(gzip.compress(FEED)[:-4], b"Content-Encoding: gzip"), FetchCode.TRUNCATED),
        (answer(b"\0\1\2\3nonsense", b"Content-Encoding: gzip"), FetchCode.BAD_ENCODING),
        (answer(gzip.compress(FEED), b"Content-Encoding: gzip", b"Content-Encoding: br"), FetchCode.BAD_ENCODING),
        (answer(gzip.compress(bytes(3_000_000)), b"Content-Encoding: gzip"), FetchCode.TOO_LARGE),
        (answer(FEED, length=60_000_000), FetchCode.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\n\r\n" + bytes(2_000_000), FetchCode.TOO_LARGE),
        (chunked(bytes(2_000_000)), FetchCode.TOO_LARGE),
    ],
    ids=range(27),
)
def test_b04_b05_b06_b15_b16_an_answer_that_cannot_be_used_is_told_by_its_code(run, said, code):
    async def story():
        async with origin(feed=said) as host:
            refused = await refusal(host.url(), max_body=1_000_000)
            return refused, len(host.requests)

    refused, asked = run(story())
    assert (refused.code, asked) == (code, 1)
    assert "rss" not in refused.detail


@pytest.mark.case("B06")
def test_b06_chunks_that_break_late_are_told_at_once(run):
    async def breaks_late(visit):
        await visit.say(chunked(b"hello")[:-5])
        await asyncio.sleep(0)
        await visit.say(b"zz\r\n")
        await visit.hold()

    async def story():
        async with origin(feed=breaks_late) as host:
            return (await refusal(host.url())).code

    assert run(story()) is FetchCode.PROTOCOL


@pytest.mark.parametrize(
    ("before", "code"), [(b"", FetchCode.UNREACHABLE), (answer(FEED, length=500), FetchCode.TRUNCATED)]
)
def test_a_reset_connection_is_told(run, before, code):
    async def resets(visit):
        await visit.say(before)
        visit.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        visit.writer.transport.abort()

    async def story():
        async with origin(feed=resets) as host:
            refused = await refusal(host.url())
            return refused.code, len(host.requests)

    got, asked = run(story())
    assert asked == 1
    assert got in (code, FetchCode.UNREACHABLE)  # a reset may overtake what was sent before it


@pytest.mark.case("B04")
def test_b04_an_endless_body_is_given_up_at_the_cap(run):
    sent = 0

    async def endless(visit):
        nonlocal sent
        await visit.say(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await visit.say(bytes(100_000))
            sent += 100_000

    async def story():
        async with origin(feed=endless) as host:
            return (await refusal(host.url(), max_body=1_000_000)).code

    assert run(story()) is FetchCode.TOO_LARGE
    assert sent < 20_000_000


@pytest.mark.case("B01")
@pytest.mark.parametrize(
    "so_far", [b"", b"HTTP/1.1 200 OK\r\nContent-", answer(FEED, length=500), chunked(FEED)[:-5]], ids=range(4)
)
def test_b01_a_host_that_falls_silent_is_given_up_at_the_deadline(run, so_far):
    async def falls_silent(visit):
        await visit.say(so_far)
        await visit.hold()

    async def story():
        async with origin(feed=falls_silent) as host:
            return await refusal(host.url(), deadline=0.05)

    refused = run(story())
    assert refused.code is FetchCode.TIMEOUT
    assert "within 0.05 seconds" in refused.detail


@pytest.mark.case("B01")
@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_b01_dripping_bytes_do_not_move_the_deadline(run, head):
    async def drips(visit):
        await visit.say(head)
        while True:
            await visit.say(b"X")
            await asyncio.sleep(0.01)

    async def story():
        async with origin(feed=drips) as host:
            return (await refusal(host.url(), deadline=0.1)).code

    assert run(story()) is FetchCode.TIMEOUT


@pytest.mark.case("B01")
def test_b01_one_deadline_holds_over_all_redirects(run):
    """Each hop takes less than the deadline, all together take more."""

    async def slowly(visit):
        await asyncio.sleep(0.08)
        number = int(visit.request.split(b" ")[1][1:])
        await visit.say(moved(b"/%d" % (number + 1)))

    async def story():
        async with origin() as host:
            host.paths |= {f"/{number}": slowly for number in range(6)}
            return (await refusal(host.url("/0"), deadline=0.2)).code, len(host.requests)

    code, asked = run(story())
    assert code is FetchCode.TIMEOUT
    assert asked < 5


def test_one_slow_feed_does_not_hold_up_another(run):
    reached = asyncio.Event()

    async def falls_silent(visit):
        reached.set()
        await visit.hold()

    async def story():
        async with origin(slow=falls_silent, feed=answer(FEED)) as host, client() as open_client:
            slow = asyncio.create_task(open_client.fetch(Request(host.url("/slow"))))
            await reached.wait()
            quick = await open_client.fetch(Request(host.url()))
            still = not slow.done()
            slow.cancel()
            await asyncio.wait([slow])
            return still, quick.body.read()

    assert run(story()) == (True, FEED)


def test_a_fetch_that_is_cancelled_is_cancelled(run):
    async def story():
        reached = asyncio.Event()

        async def falls_silent(visit):
            reached.set()
            await visit.hold()

        async with origin(feed=falls_silent) as host, client() as open_client:
            fetching = asyncio.create_task(open_client.fetch(Request(host.url())))
            await reached.wait()
            fetching.cancel()
            await asyncio.wait([fetching])
            return fetching.cancelled()

    assert run(story())


def test_a_closed_port_is_unreachable(run):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    refused = run(refusal(f"http://127.0.0.1:{port}/"))
    assert refused.code is FetchCode.UNREACHABLE
    assert "refuses connections" in refused.detail
