import pytest
from origin import UNHURRIED, answer, moved, origin

from feedriver.errors import FetchCode, FetchError
from feedriver.fetch.client import Client
from feedriver.http import Request

FEED = b"<rss/>"
PERMANENT, FOUND, OTHER, TEMPORARY, FOR_GOOD = (
    b"301 Moved Permanently",
    b"302 Found",
    b"303 See Other",
    b"307 Temporary Redirect",
    b"308 Permanent Redirect",
)


async def get(url, **options):
    async with Client(**{"user_agent": "feedriver", "allow_private": True, "deadline": UNHURRIED} | options) as client:
        return await client.fetch(Request(url))


async def refusal(url, **options):
    with pytest.raises(FetchError) as refused:
        await get(url, **options)
    return refused.value


@pytest.mark.case("F26", "F27")
@pytest.mark.parametrize("status", [PERMANENT, FOUND, OTHER, TEMPORARY, FOR_GOOD])
def test_f26_f27_every_kind_of_redirect_is_followed_and_only_the_permanent_moves_the_feed(run, status):
    async def story():
        async with origin(a=moved(b"/b", status), b=answer(FEED)) as host:
            return await get(host.url("/a")), host.url("/b")

    got, end = run(story())
    assert (got.body.read(), got.url) == (FEED, end)
    assert got.moved_to == (end if status in (PERMANENT, FOR_GOOD) else None)


@pytest.mark.parametrize(
    ("first", "second", "permanent"),
    [
        (PERMANENT, FOR_GOOD, True),
        (PERMANENT, FOUND, False),
        (FOUND, PERMANENT, False),
        (TEMPORARY, OTHER, False),
    ],
)
def test_a_chain_is_permanent_only_if_every_hop_is(run, first, second, permanent):
    async def story():
        async with origin(a=moved(b"/b", first), b=moved(b"/c", second), c=answer(FEED)) as host:
            return await get(host.url("/a")), host.url("/c")

    got, end = run(story())
    assert (got.url, got.moved_to) == (end, end if permanent else None)


def test_a_move_to_a_page_that_answers_an_error_is_told_with_the_error(run):
    async def story():
        async with origin(a=moved(b"/gone", PERMANENT)) as host:
            return await get(host.url("/a")), host.url("/gone")

    got, end = run(story())
    assert (got.status, got.moved_to) == (404, end)


def test_a_step_down_from_https_to_http_is_followed_and_is_never_permanent(run, serving, trusting):
    async def story():
        async with origin(feed=answer(FEED)) as plain, origin(serving) as secure:
            secure.paths["/a"] = moved(plain.url().encode(), PERMANENT)
            plain.paths["/up"] = moved(secure.url("/feed").encode(), PERMANENT)
            secure.paths["/feed"] = answer(FEED)
            down = await get(secure.url("/a"), tls=trusting)
            up = await get(plain.url("/up"), tls=trusting)
            return down, up, secure.url()

    down, up, secure = run(story())
    assert (down.body.read(), down.moved_to) == (FEED, None)
    assert (up.body.read(), up.moved_to) == (FEED, secure)


@pytest.mark.case("F29")
@pytest.mark.parametrize(
    ("location", "asked"),
    [
        (b"/b", b"/b"),
        (b"b", b"/dir/b"),
        (b"../b?x=%2F", b"/b?x=%2F"),
        (b"?q", b"/dir/a?q"),
        (b"/b#part", b"/b"),
        (b"/a b", b"/a%20b"),
        ("/日本".encode(), b"/%E6%97%A5%E6%9C%AC"),
        (b"/caf\xe9", b"/caf%E9"),
    ],
)
def test_f29_a_location_is_resolved_per_rfc_3986(run, location, asked):
    async def story():
        async with origin() as host:
            host.paths["/dir/a"] = moved(location, FOR_GOOD)
            got = await get(host.url("/dir/a"))
            return got.url, host.url(asked.decode()), host.lines[1][0]

    url, expected, line = run(story())
    assert url == expected
    assert line == b"GET " + asked + b" HTTP/1.1"


@pytest.mark.case("F29")
def test_f29_a_location_without_a_scheme_keeps_the_scheme(run):
    async def story():
        async with origin(b=answer(FEED)) as host:
            host.paths["/a"] = moved(b"//127.0.0.1:%d/b" % host.port)
            return (await get(host.url("/a"))).body.read()

    assert run(story()) == FEED


@pytest.mark.case("F29", "S06")
@pytest.mark.parametrize(
    "reply",
    [
        answer(status=FOUND),
        moved(b""),
        moved(b"http://"),
        moved(b"http://[::1/"),
        moved(b"file:///proc/self/environ"),
        moved(b"ftp://127.0.0.1/feed"),
        moved(b"javascript:alert(1)"),
        moved(b"http://user:pw@127.0.0.1/"),
        moved(b"/" + b"a" * 5_000),
    ],
    ids=range(9),
)
def test_f29_s06_a_redirect_that_leads_nowhere_is_an_error(run, reply):
    async def story():
        async with origin(a=reply) as host:
            return (await refusal(host.url("/a"))).code, len(host.requests)

    assert run(story()) == (FetchCode.REDIRECT, 1)


@pytest.mark.case("F30")
@pytest.mark.parametrize(
    "paths", [{"a": moved(b"/a", FOUND, b"Set-Cookie: a=1")}, {"a": moved(b"/b"), "b": moved(b"/a")}]
)
def test_f30_a_circle_of_redirects_is_noticed_at_its_first_round(run, paths):
    async def story():
        async with origin(**paths) as host:
            return (await refusal(host.url("/a"))).code, len(host.requests)

    assert run(story()) == (FetchCode.REDIRECT, len(paths))


@pytest.mark.case("F30")
def test_f30_five_redirects_are_followed_and_no_sixth(run):
    async def story():
        async with origin() as host:
            host.paths |= {f"/{number}": moved(b"/%d" % (number + 1)) for number in range(30)}
            code = (await refusal(host.url("/0"))).code
            asked = len(host.requests)
            host.paths["/5"] = answer(FEED)
            return code, asked, (await get(host.url("/0"))).body.read()

    assert run(story()) == (FetchCode.REDIRECT, 6, FEED)


@pytest.mark.parametrize("status", [b"300 Multiple Choices", b"305 Use Proxy", b"306 Unused", b"399 What"])
def test_other_statuses_of_the_300s_are_answers(run, status):
    async def story():
        async with origin(a=moved(b"/b", status)) as host:
            return (await get(host.url("/a"))).status, len(host.requests)

    assert run(story()) == (int(status[:3]), 1)


@pytest.mark.case("S02")
@pytest.mark.parametrize(
    "location",
    [
        b"http://169.254.169.254/latest/meta-data/",
        b"http://[::ffff:169.254.169.254]/",
        b"http://[64:ff9b::a9fe:a9fe]/",
        b"http://[fd00:ec2::254]/",
        b"http://0.0.0.0:9001/",
        b"http://[fe80::1%25lo]/",
    ],
)
def test_s02_a_redirect_inward_is_refused(run, location):
    async def story():
        async with origin(a=moved(location)) as host:
            return (await refusal(host.url("/a"))).code

    assert run(story()) is FetchCode.BLOCKED_ADDRESS


@pytest.mark.case("S08")
def test_s08_a_redirect_to_a_port_that_is_not_allowed_is_refused(run):
    async def story():
        async with origin(a=moved(b"http://127.0.0.1:6379/")) as host:
            return (await refusal(host.url("/a"), ports=frozenset({host.port}))).code

    assert run(story()) is FetchCode.BLOCKED_ADDRESS
