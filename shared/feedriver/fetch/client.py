"""The one guarded HTTP client: every request that feedriver makes to a feed's host goes through here.

A fetch is a GET whose redirects are followed by hand, so that each hop passes the guard (`feedriver.fetch.guard`) and
each host has its turn (`feedriver.fetch.throttle`). Nothing is kept between two requests but the TLS trust store: no
cookies, no connections, no credentials from the environment, no proxy.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, closing, contextmanager
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver

from feedriver.documents import Document
from feedriver.errors import FeedriverError, FetchCode, FetchError, InputError
from feedriver.fetch import failures
from feedriver.fetch.body import NOTHING, Body, too_large
from feedriver.fetch.connections import OneShotConnector, wake_at_the_end
from feedriver.fetch.guard import GuardedResolver, guarded_sockets
from feedriver.fetch.headers import asking, conditional, received
from feedriver.fetch.hops import Hop, Way
from feedriver.fetch.resolver import NameThreads
from feedriver.fetch.target import WEB_PORTS, Aim, Target, follow
from feedriver.fetch.throttle import Turns
from feedriver.http import Answer, Request

MOST_HOPS = 5
SPACING = 1.0  # seconds between two requests to one host
FOR_GOOD = frozenset({301, 308})  # RFC 9110 §15.4.2, §15.4.9
REDIRECTS = FOR_GOOD | {302, 303, 307}
FINAL, REDIRECTION, NOT_MODIFIED = 200, 300, 304
MOST_HEADER = 32 * 1024  # bytes in one header field: some hosts send long Link and policy headers
BROKEN = (aiohttp.ClientError, OSError, ValueError)  # what aiohttp, sockets and yarl raise
DECODED_AT_ONCE = 2  # bodies: each takes up to 17 MB of memory, and most of a processor, for as long as it lasts
NO_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)  # the deadline is ours


@functools.cache
def _trust() -> ssl.SSLContext:
    """The system's trust store, read once a process: it takes longer than ten handshakes."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class _Reply:
    """What one hop answered."""

    status: int
    headers: dict[str, str]
    body: Body | None = None


class Client:
    """The guarded HTTP client, a `feedriver.ports.Fetcher`; to be entered with `async with` before use.

    `user_agent` names us and where to find us. `deadline` is in seconds of wall time for one fetch, over name lookup,
    connecting, TLS, headers, body and all redirects, not counting the wait for a turn. `max_body` bounds the bytes
    received and the bytes decoded. At most `at_once` requests are in flight, at most `per_host` of them to one host,
    which start at least `spacing` seconds apart: None means one second, or none where `allow_private` is set.
    `ports` are the ports that may be asked; None means 80 and 443, or any where `allow_private` is set, which opens
    loopback and private networks, for a laptop and tests. `resolver` and `tls` replace the system's own.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        allow_private: bool = False,
        deadline: float = 15.0,
        max_body: int = 20 * 1024 * 1024,
        at_once: int = 100,
        per_host: int = 2,
        spacing: float | None = None,
        ports: frozenset[int] | None = None,
        resolver: AbstractResolver | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if not (user_agent.isascii() and user_agent.isprintable()):
            raise InputError("the user agent must be printable ASCII: it goes out as a header")
        self._user_agent = user_agent
        self._allow_private = allow_private
        self._deadline = deadline
        self._max_body = max_body
        self._at_once = at_once
        if spacing is None:
            spacing = 0.0 if allow_private else SPACING
        self._turns = Turns(at_once=at_once, per_host=per_host, spacing=spacing)
        self._aim = Aim(ports if ports or allow_private else WEB_PORTS, allow_private)
        self._resolver = resolver
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None
        self._open = AsyncExitStack()
        self._decoders = ThreadPoolExecutor(DECODED_AT_ONCE, "decode")

    async def __aenter__(self) -> Self:
        names = self._resolver
        if names is None:
            names = NameThreads(self._at_once)
            self._open.push_async_callback(names.close)
        connector = OneShotConnector(
            # Turns bound what is open instead, so that nobody waits inside the deadline.
            limit=0,
            use_dns_cache=False,
            ssl=self._tls or _trust(),
            resolver=GuardedResolver(names, allow_private=self._allow_private),
            socket_factory=guarded_sockets(allow_private=self._allow_private),
        )
        self._session = await self._open.enter_async_context(
            aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
                timeout=NO_TIMEOUT,
                max_line_size=MOST_HEADER,
                max_field_size=MOST_HEADER,
            )
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._session = None
        await self._open.aclose()
        self._decoders.shutdown(wait=False)

    async def fetch(self, request: Request) -> Answer:
        """GET the URL of `request`, following up to five redirects.

        The body is read where the status is 2xx, and empty otherwise. Raises `FetchError`, whose codes are told in
        `feedriver.errors.FetchCode`; an HTTP error status is an answer.
        """
        way = Way.of(request, self._aim)
        hop, permanent, spent = way.start(), True, 0.0
        seen: set[str] = set()
        while len(seen) <= MOST_HOPS:
            seen.add(hop.target.spelled)
            async with self._turns.at(hop.target.host, request.gate):
                started = monotonic()
                reply = await self._ask(request, hop, self._deadline - spent)
                spent += monotonic() - started
            if reply.status not in REDIRECTS:
                return Answer(
                    status=reply.status,
                    headers=reply.headers,
                    url=hop.name,
                    body=await self._document(reply.body),
                    received=reply.body.received if reply.body else 0,
                    milliseconds=round(spent * 1000),
                    moved_to=hop.name if permanent and len(seen) > 1 else None,
                )
            onward = way.onward(self._location(request, hop.target, reply))
            if onward.target.spelled in seen:
                raise FetchError(request.url, FetchCode.REDIRECT, "the redirects go round in a circle; check the URL")
            safe = onward.target.secure or not hop.target.secure
            permanent = permanent and reply.status in FOR_GOOD and safe
            hop = onward
        raise FetchError(request.url, FetchCode.REDIRECT, f"more than {MOST_HOPS} redirects in a row; check the URL")

    async def _document(self, body: Body | None) -> Document:
        """What has arrived, decoded: our own time, and none of the host's."""
        if body is None:
            return NOTHING
        if body.quick:
            return body.document()
        work = self._decoders.submit(body.document)
        try:
            return await asyncio.wrap_future(work)
        except asyncio.CancelledError:
            work.add_done_callback(_drop)
            raise

    @staticmethod
    def _location(request: Request, target: Target, reply: _Reply) -> str:
        """The URL that a redirect names."""
        url = follow(target.spelled, reply.headers.get("location", ""))
        if url is None:
            detail = f"{target.host} answered {reply.status} without saying where to (no usable Location header)"
            raise FetchError(request.url, FetchCode.REDIRECT, detail)
        return url

    async def _ask(self, request: Request, hop: Hop, seconds: float) -> _Reply:
        """One hop, within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(request, hop)
        except TimeoutError:
            detail = f"no whole answer within {self._deadline:g} seconds; {hop.target.host} was being asked"
            raise FetchError(request.url, FetchCode.TIMEOUT, detail) from None

    async def _exchange(self, request: Request, hop: Hop) -> _Reply:
        """One request, and its answer as far as it is of use."""
        if self._session is None:
            raise FeedriverError("the client is not open: use it within `async with`")
        target = hop.target
        headers = asking(self._user_agent, request.validators, hop.name, hop.headers)

        async def once(asked: aiohttp.ClientRequest, ask: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
            # Told here, before aiohttp can try a second time, as it does for connections that broke off unanswered.
            with _told(request.url, target):
                return await ask(asked)

        with _told(request.url, target):
            response = await self._session.get(target.wire, headers=headers, allow_redirects=False, middlewares=(once,))
        with closing(response):
            answered = received(response.raw_headers)
            if response.status < FINAL or (response.status == NOT_MODIFIED and not conditional(headers)):
                detail = f"{target.host} answered {response.status}, which is no answer to what it was asked"
                raise FetchError(request.url, FetchCode.PROTOCOL, detail)
            if not FINAL <= response.status < REDIRECTION:
                return _Reply(response.status, answered)
            coding = answered.get("content-encoding", "")
            if (response.content_length or 0) > self._max_body:
                raise too_large(request.url, self._max_body)
            wake_at_the_end(response)
            with ExitStack() as failing:
                body = failing.enter_context(closing(Body(request.url, coding, self._max_body)))
                try:
                    async for piece in response.content.iter_any():
                        body.take(piece)
                except BROKEN as error:
                    raise failures.in_the_body(request.url, target.host, error) from None
                failing.pop_all()
            return _Reply(response.status, answered, body)


def _drop(work: Future[Document]) -> None:
    if not work.cancelled() and not work.exception():
        work.result().close()


@contextmanager
def _told(feed: str, target: Target) -> Iterator[None]:
    try:
        yield
    except BROKEN as error:
        raise failures.before_the_answer(feed, target.host, error, secure=target.secure) from None
