"""l01, l02, l04, s13: a private feed fails in every way there is, and its credentials are seen by its own host alone.

The real client asks real sockets, through the whole pipeline; then everything that was kept, sent, logged or raised is
searched for canaries.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import socket
import traceback
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from aiohttp.abc import AbstractResolver
from fakes.world import THREADS, World
from origin import UNHURRIED, Origin, Visit, answer, moved, origin

from feedriver import urls
from feedriver.aws.state import to_item
from feedriver.decide.decision import Now
from feedriver.decide.wheel import floor_minute
from feedriver.errors import FetchError
from feedriver.fetch.client import Client
from feedriver.http import Request
from feedriver.poll.batch import BatchPoller
from feedriver.registry import Registry, Subscription, canonical_address

PASSWORD, TOKEN, HEADER = "canary-pass-5b1e", "canary-token-90ac", "canary-header-d274"
BASIC = "YW5uOmNhbmFyeS1wYXNzLTViMWU="
CANARIES = (PASSWORD, TOKEN, HEADER, BASIC)
PATH = f"/feed?page=2&token={TOKEN}"
FORMS = {  # how the address of the feed holds the token, and how a person gives it
    "named": PATH,
    "by-pattern": f"/feed?page=2&X-Amz-Signature={TOKEN}",
    "rss": f"/feed?a=1&rssToken={TOKEN}",
    "marked": f"/private/{{{TOKEN}}}/feed?page=2",
    "marked-in-the-query": f"/feed?who={{{TOKEN}}}",
    "whole": f"/{TOKEN}?page=2",
}
POLLS = 4  # the third failure in a row is announced


class NoNames(AbstractResolver):
    async def resolve(self, host, port=0, family=socket.AF_INET):
        raise OSError(socket.EAI_NONAME, "no such name")

    async def close(self):
        pass


def echo(status: bytes, *headers: bytes):
    """An answer whose body is the request, as careless hosts have it."""

    async def reply(visit: Visit) -> None:
        await visit.say(answer(visit.request, *headers, status=status))

    return reply


async def page(visit: Visit) -> None:
    link = f"<link rel=alternate type=application/rss+xml href='/rss?token={TOKEN}'>".encode()
    await visit.say(answer(b"<!doctype html><head>" + link + b"</head><pre>" + visit.request + b"</pre>"))


async def hold(visit: Visit) -> None:
    await visit.hold()


@dataclass
class Ill:
    """One way to fail: what the own host says, and how the client is set up. `{other}` is another origin's address."""

    outcome: str
    reply: object = None
    location: str | None = None
    own: bool = True
    scheme: str = "http"
    options: dict[str, object] = field(default_factory=dict)


WAYS = {
    "401": Ill("http_401", echo(b"401 Unauthorized", b'WWW-Authenticate: Basic realm="%s"' % TOKEN.encode())),
    "403": Ill("http_403", echo(b"403 Forbidden")),
    "403-challenge": Ill("blocked", echo(b"403 Forbidden", b"cf-mitigated: challenge")),
    "404": Ill("http_404", echo(b"404 Not Found")),
    "410": Ill("gone", echo(b"410 Gone")),
    "429": Ill("rate_limited", echo(b"429 Too Many Requests", b"Retry-After: 60")),
    "500": Ill("http_500", echo(b"500 Internal Server Error", b"X-Debug: " + TOKEN.encode())),
    "elsewhere": Ill("http_404", location="{other}/in?back=%2Ffeed%3Ftoken%3D" + TOKEN),
    "elsewhere-in-its-path": Ill("redirect", location="{other}/" + TOKEN),
    "elsewhere-as-a-user": Ill("redirect", location="http://ann:" + PASSWORD + "@127.0.0.1/"),
    "circle": Ill("redirect", location="{path}"),
    "nowhere": Ill("redirect", location=""),
    "no-tls": Ill("tls", own=False, scheme="https"),
    "refused": Ill("unreachable", own=False, scheme="closed"),
    "blocked": Ill("blocked_address", own=False, options={"allow_private": False, "ports": None}),
    "dns": Ill("dns", own=False, scheme="name", options={"resolver": NoNames()}),
    "time-out": Ill("timeout", hold, options={"deadline": 0.2}),
    "hung-up": Ill("unreachable", b""),
    "cut-headers": Ill("truncated", b"HTTP/1.1 200 OK\r\nX-"),
    "no-http": Ill("protocol", b"TOKEN " + TOKEN.encode() + b"\r\n\r\n"),
    "truncated": Ill("truncated", answer(b"<rss>" + TOKEN.encode(), length=500)),
    "too-large": Ill("too_large", echo(b"200 OK"), options={"max_body": 50}),
    "bad-encoding": Ill("bad_encoding", echo(b"200 OK", b"Content-Encoding: gzip")),
    "no-feed": Ill("not_a_feed", page),
    "no-feed-but-text": Ill("not_a_feed", echo(b"200 OK", b"Content-Type: text/plain")),
    "defect": Ill("internal_error", answer(b"<rss/>")),
}


async def plain_text(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 " + TOKEN.encode() + b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def ruin(ill: Ill, world: World, form: str = "named") -> tuple[Origin, Origin, list[str]]:
    """Poll a private feed `POLLS` times while it fails so; the origins, and what was said of it."""
    said = []
    path = FORMS[form].replace("{", "").replace("}", "")
    async with AsyncExitStack() as stack:
        own = await stack.enter_async_context(origin())
        other = await stack.enter_async_context(origin())
        reply = (
            moved(ill.location.format(other=other.url(""), path=path).encode())
            if ill.location is not None
            else ill.reply
        )
        own.paths = {path: reply}
        deaf = await stack.enter_async_context(await asyncio.start_server(plain_text, "127.0.0.1", 0))
        place = {
            "https": f"https://ann:{PASSWORD}@127.0.0.1:{deaf.sockets[0].getsockname()[1]}",
            "closed": f"http://ann:{PASSWORD}@127.0.0.1:{closed_port()}",
            "name": f"http://ann:{PASSWORD}@paper.example",
        }.get(ill.scheme, f"http://ann:{PASSWORD}@127.0.0.1:{own.port}")
        Registry(world.states, world.secrets).add(
            Subscription(
                place + FORMS[form],
                headers=[f"X-Key: {HEADER}"],
                secret=form in {"marked", "marked-in-the-query", "whole"},
            ),
            world.clock(),
        )
        feed_id = urls.feed_id(canonical_address(place + path))
        options = {"user_agent": "feedriver", "allow_private": True, "deadline": UNHURRIED} | ill.options
        client = await stack.enter_async_context(Client(**options))
        edges = (client, world.states, world.store, world.bus, world.clock, world.parser)
        work = BatchPoller(*edges, threads=THREADS, secrets=world.secrets)
        for _ in range(POLLS):
            now = Now(floor_minute(world.clock()), world.clock())
            outcome = await work.poll_batch([feed_id], now, force=True)
            said.append(f"{outcome!r} {[report.model_dump_json() for report in outcome.reports]}")
            world.clock.advance(timedelta(days=40))
        state = world.state(feed_id)
        try:
            await client.fetch(Request(state.url, state.validators, world.secrets.kept[feed_id]))
        except FetchError as error:
            said += [str(error), repr(error), repr(error.args), repr(vars(error)), *traceback.format_exception(error)]
        said += [repr(work), repr(world.secrets.kept), repr(state), repr(to_item(state))]
    assert outcome.reports[0].outcome == ill.outcome
    return own, other, said


@pytest.mark.case("L01", "L02", "L04", "S13")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("way", WAYS)
def test_l01_credentials_are_nowhere_but_at_their_own_host(way, form, caplog, monkeypatch):
    def defect(*arguments):
        raise RuntimeError(f"a defect of ours, about {PATH} and {BASIC}")

    if way == "defect":
        monkeypatch.setattr("fakes.parser.parse", defect)
    caplog.set_level(logging.DEBUG)
    world = World()
    own, other, said = asyncio.run(ruin(WAYS[way], world, form), debug=True)
    said += [caplog.text, *(repr(vars(record)) for record in caplog.records)]
    said += [f"{event.detail_type} {event.detail} {event!r}" for event in world.bus.sent]
    for key, body in world.store.objects.items():
        text = gzip.decompress(body) if world.store.labels[key][1] == "gzip" else body
        said += [key, text.decode("utf-8", "replace"), repr(world.store.labels[key])]
    everything = "\n".join(said)
    assert [canary for canary in CANARIES if canary in everything] == []
    assert not [request for request in other.requests if any(each.encode() in request for each in CANARIES)]
    if WAYS[way].own:
        first = own.requests[0].decode()
        path = FORMS[form].replace("{", "").replace("}", "")
        assert first.startswith(f"GET {path} HTTP/1.1\r\n")
        assert f"Authorization: Basic {BASIC}\r\n" in first
        assert f"X-Key: {HEADER}\r\n" in first


@pytest.mark.case("L01")
def test_the_search_would_find_a_canary():
    """Every place that is searched is one where something stands: a feed that fails is announced, kept and logged."""
    world = World()
    _, _, said = asyncio.run(ruin(WAYS["404"], world))
    assert [event.detail_type for event in world.bus.sent] == ["Feed Failing"]
    assert len([json.loads(body) for body in world.store.objects.values()]) == POLLS
    assert any("127.0.0.1" in each and "http_404" in each for each in said)
    assert "Secret(…)" in "".join(said)
