"""s13: a feed's credentials go to its own origin, and nowhere else."""

import pytest
from origin import UNHURRIED, answer, moved, origin

from feedriver import credentials
from feedriver.credentials import Secret
from feedriver.errors import FetchCode, FetchError
from feedriver.fetch.client import Client
from feedriver.http import Request
from feedriver.state import Validators

FEED = b"<rss/>"
CANARY = "canary-7f3a"


def private(url):
    """A request of this URL with a password, a token and a header."""
    scheme, _, rest = url.partition("://")
    whole = f"{scheme}://ann:{CANARY}-p@{rest}{'&' if '?' in rest else '?'}token={CANARY}-t"
    feed = credentials.split(whole, None, [f"X-Key: {CANARY}-h"])
    return Request(feed.url, None, feed.secret)


async def get(request, **options):
    async with Client(**{"user_agent": "feedriver", "allow_private": True, "deadline": UNHURRIED} | options) as client:
        return await client.fetch(request)


def told(request):
    """What of the canaries a request held."""
    basic = b"Basic YW5uOmNhbmFyeS03ZjNhLXA="
    parts = {"token": b"?token=canary-7f3a-t", "basic": basic, "header": b"X-Key: canary-7f3a-h"}
    return {name for name, part in parts.items() if part in request}


ALL = {"token", "basic", "header"}


@pytest.mark.case("S13")
def test_s13_credentials_go_along_to_the_feeds_own_host_and_are_not_in_the_answer(run):
    async def story():
        async with origin() as host:
            host.paths = {f"/feed?token={CANARY}-t": answer(FEED)}
            return await get(private(host.url("/feed"))), host

    got, host = run(story())
    assert (got.status, got.url, got.body.read()) == (200, host.url("/feed"), FEED)
    assert told(host.requests[0]) == ALL
    assert CANARY not in repr(got)


def test_the_rest_of_the_query_comes_first(run):
    async def story():
        async with origin() as host:
            await get(private(host.url("/feed?page=2")))
            return host

    assert run(story()).lines[0][0] == b"GET /feed?page=2&token=canary-7f3a-t HTTP/1.1"


def test_validators_are_sent_for_the_url_without_its_credentials(run):
    async def story():
        async with origin() as host:
            request = private(host.url("/feed"))
            known = Validators(url=request.url, etag='"a"')
            await get(Request(request.url, known, request.secret))
            return host

    assert run(story()).headers()[b"If-None-Match"] == b'"a"'


@pytest.mark.parametrize("location", ["/b", "/b?token=canary-7f3a-t", "/b?page=2"])
def test_a_redirect_within_the_origin_is_followed_as_it_stands_with_the_headers(run, location):
    async def story():
        async with origin() as host:
            host.paths = {
                f"/feed?token={CANARY}-t": moved(location.encode(), b"301 Moved Permanently"),
                location: answer(FEED),
            }
            return await get(private(host.url("/feed"))), host

    got, host = run(story())
    assert told(host.requests[1]) >= {"basic", "header"}
    assert host.lines[1][0].split()[1] == location.encode()
    assert CANARY not in got.url + got.moved_to
    assert got.url == got.moved_to == host.url("/b?page=2" if "page" in location else "/b")


@pytest.mark.case("S13")
@pytest.mark.parametrize(
    "location", ["/x", "/x?token=canary-7f3a-t", "/x?back=%2Ffeed%3Ftoken%3Dcanary-7f3a-t&page=2", "/x?t=canary-7f3a-t"]
)
def test_s13_nothing_goes_to_another_origin_even_where_the_redirect_says_it(run, location):
    async def story():
        async with origin() as other, origin() as host:
            host.paths = {f"/feed?token={CANARY}-t": moved(other.url(location).encode())}
            other.paths = {"/x": answer(FEED), "/x?page=2": answer(FEED)}
            return await get(private(host.url("/feed"))), host, other

    got, host, other = run(story())
    assert got.status == 200
    assert told(host.requests[0]) == ALL
    assert CANARY.encode() not in other.requests[0]
    assert b"Authorization" not in other.requests[0]


@pytest.mark.case("S13")
def test_s13_a_redirect_to_another_origin_with_the_secret_in_its_path_is_not_followed(run):
    async def story():
        async with origin() as other, origin() as host:
            host.paths = {f"/feed?token={CANARY}-t": moved(other.url(f"/{CANARY}-t/rss").encode())}
            with pytest.raises(FetchError) as refused:
                await get(private(host.url("/feed")))
            return refused.value, other

    error, other = run(story())
    assert (error.code, other.requests) == (FetchCode.REDIRECT, [])
    assert CANARY not in f"{error} {error!r} {error.args}"


@pytest.mark.case("S13")
def test_s13_nothing_goes_from_https_to_http_on_the_same_host(run, serving, trusting):
    async def story():
        async with origin() as plain, origin(serving) as host:
            host.paths = {f"/feed?token={CANARY}-t": moved(plain.url("/x").encode())}
            await get(private(host.url("/feed")), tls=trusting)
            return host, plain

    host, plain = run(story())
    assert told(host.requests[0]) == ALL
    assert CANARY.encode() not in plain.requests[0]
    assert b"Authorization" not in plain.requests[0]


def test_credentials_come_back_to_their_origin_after_a_way_round(run):
    async def story():
        async with origin() as other, origin() as host:
            host.paths = {f"/feed?token={CANARY}-t": moved(other.url("/x").encode()), "/b": answer(FEED)}
            other.paths = {"/x": moved(host.url("/b").encode())}
            await get(private(host.url("/feed")))
            return host, other

    host, other = run(story())
    assert told(other.requests[0]) == set()
    assert told(host.requests[1]) == {"basic", "header"}


def test_a_feed_that_was_moved_to_another_origin_does_not_take_its_credentials_along(run):
    async def story():
        async with origin() as host:
            await get(
                Request(host.url("/feed"), None, Secret("https://paper.example", (("X-Key", CANARY),), "token=1"))
            )
            return host

    assert CANARY.encode() not in run(story()).requests[0]


def test_a_circle_through_the_own_origin_is_found(run):
    async def story():
        async with origin() as host:
            host.paths = {f"/feed?token={CANARY}-t": moved(b"/b"), "/b": moved(f"/feed?token={CANARY}-t".encode())}
            with pytest.raises(FetchError) as refused:
                await get(private(host.url("/feed")))
            return refused.value, host

    error, host = run(story())
    assert (error.code, len(host.requests)) == (FetchCode.REDIRECT, 2)
    assert CANARY not in f"{error} {error!r}"


def test_an_own_accept_header_takes_the_place_of_ours(run):
    async def story():
        async with origin() as host:
            secret = Secret(host.url("").rstrip("/"), (("accept", "text/xml"),))
            await get(Request(host.url("/feed"), None, secret))
            return host

    request = run(story()).requests[0].lower()
    assert request.count(b"\r\naccept:") == 1
    assert b"accept: text/xml" in request
