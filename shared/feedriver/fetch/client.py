"""The HTTP client: every request to a feed's host goes through here.

A fetch is a GET whose redirects are followed by hand, so that each hop passes the guard (`feedriver.fetch.guard`) and
the throttle of its host (`feedriver.fetch.throttle`). Nothing is kept between two requests but the TLS trust store.
There are no cookies, no connections, no credentials from the environment, and no proxy.
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
from feedriver.fetch.body import EMPTY, Body, too_large
from feedriver.fetch.connections import OneShotConnector, end_body_with_connection
from feedriver.fetch.guard import GuardedResolver, guarded_sockets
from feedriver.fetch.headers import is_conditional, request_headers, response_headers
from feedriver.fetch.redirects import Hop, RedirectChain
from feedriver.fetch.resolver import SystemResolver
from feedriver.fetch.target import WEB_PORTS, Target, TargetPolicy, follow
from feedriver.fetch.throttle import HostThrottle
from feedriver.http import Answer, Request

MAX_REDIRECTS = 5
SPACING = 1.0  # seconds between two requests to one host
PERMANENT = frozenset({301, 308})  # RFC 9110 §15.4.2, §15.4.9
REDIRECTS = PERMANENT | {302, 303, 307}
OK, MULTIPLE_CHOICES, NOT_MODIFIED = 200, 300, 304
MAX_HEADER = 32 * 1024  # bytes in one header field: some hosts send long Link and policy headers
TRANSPORT_ERRORS = (aiohttp.ClientError, OSError, ValueError)  # what aiohttp, sockets and yarl raise
DECODED_AT_ONCE = 2  # bodies: decoding one takes up to 17 MB of memory and most of a processor
NO_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)  # the deadline is ours


@functools.cache
def _trust() -> ssl.SSLContext:
    """The system's trust store, read once a process: it takes longer than ten handshakes."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class _Response:
    """The response of one hop."""

    status: int
    headers: dict[str, str]
    body: Body | None = None


class Client:
    """The guarded HTTP client, a `feedriver.ports.Fetcher`; enter it with `async with` before use.

    `user_agent` is sent with every request (`feedriver.fetch.user_agent`). `allow_private` opens loopback and private
    networks, for a laptop and tests. `deadline` is in seconds of wall time for one fetch: DNS lookup, connecting, TLS,
    headers, body and all redirects, without the wait for the throttle. `max_body` bounds the bytes received and the
    bytes decoded. At most `at_once` requests are in flight, at most `per_host` of them to one host. Two starts at one
    host are at least `spacing` seconds apart; None means one second, or zero with `allow_private`. Requests go to
    `ports`; None means 80 and 443, or any port with `allow_private`. `resolver` and `tls` replace the system's DNS and
    trust store.
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
        self._throttle = HostThrottle(at_once=at_once, per_host=per_host, spacing=spacing)
        self._policy = TargetPolicy(ports if ports or allow_private else WEB_PORTS, allow_private)
        self._resolver = resolver
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None
        self._open = AsyncExitStack()
        self._decoders = ThreadPoolExecutor(DECODED_AT_ONCE, "decode")

    async def __aenter__(self) -> Self:
        resolver = self._resolver
        if resolver is None:
            resolver = SystemResolver(self._at_once)
            self._open.push_async_callback(resolver.close)
        connector = OneShotConnector(
            # The throttle bounds the connections instead, so that no request waits for one inside its deadline.
            limit=0,
            use_dns_cache=False,
            ssl=self._tls or _trust(),
            resolver=GuardedResolver(resolver, allow_private=self._allow_private),
            socket_factory=guarded_sockets(allow_private=self._allow_private),
        )
        self._session = await self._open.enter_async_context(
            aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
                timeout=NO_TIMEOUT,
                max_line_size=MAX_HEADER,
                max_field_size=MAX_HEADER,
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

        The body is read where the status is 2xx, and empty otherwise. An HTTP error status is an answer. Raises
        `FetchError` where there is none, with a `feedriver.errors.FetchCode`, and what the gate of `request` raises.
        """
        chain = RedirectChain.from_request(request, self._policy)
        hop, permanent, spent = chain.first_hop(), True, 0.0
        seen: set[str] = set()
        while len(seen) <= MAX_REDIRECTS:
            seen.add(hop.target.url)
            async with self._throttle.request(hop.target.host, request.gate):
                started = monotonic()
                response = await self._request(request, hop, self._deadline - spent)
                spent += monotonic() - started
            if response.status not in REDIRECTS:
                return Answer(
                    status=response.status,
                    headers=response.headers,
                    url=hop.public_url,
                    body=await self._document(response.body),
                    received=response.body.received if response.body else 0,
                    milliseconds=round(spent * 1000),
                    moved_to=hop.public_url if permanent and len(seen) > 1 else None,
                )
            following = chain.next_hop(self._location(request, hop.target, response))
            if following.target.url in seen:
                raise FetchError(request.url, FetchCode.REDIRECT, "the redirects go round in a circle; check the URL")
            safe = following.target.secure or not hop.target.secure
            permanent = permanent and response.status in PERMANENT and safe
            hop = following
        raise FetchError(
            request.url, FetchCode.REDIRECT, f"more than {MAX_REDIRECTS} redirects in a row; check the URL"
        )

    async def _document(self, body: Body | None) -> Document:
        """The body, decoded. This takes our own time, and counts for no deadline."""
        if body is None:
            return EMPTY
        if body.is_quick:
            return body.document()
        work = self._decoders.submit(body.document)
        try:
            return await asyncio.wrap_future(work)
        except asyncio.CancelledError:
            work.add_done_callback(_close_document)
            raise

    @staticmethod
    def _location(request: Request, target: Target, response: _Response) -> str:
        """The URL of a redirect's Location header, made absolute."""
        url = follow(target.url, response.headers.get("location", ""))
        if url is None:
            detail = f"{target.host} answered {response.status} without saying where to (no usable Location header)"
            raise FetchError(request.url, FetchCode.REDIRECT, detail)
        return url

    async def _request(self, request: Request, hop: Hop, seconds: float) -> _Response:
        """Request one hop, within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(request, hop)
        except TimeoutError:
            detail = f"no whole answer within {self._deadline:g} seconds; {hop.target.host} was being asked"
            raise FetchError(request.url, FetchCode.TIMEOUT, detail) from None

    async def _exchange(self, request: Request, hop: Hop) -> _Response:
        """Send one request and read its response; the body only of a 2xx."""
        if self._session is None:
            raise FeedriverError("the client is not open: use it within `async with`")
        target = hop.target
        headers = request_headers(self._user_agent, request.validators, hop.public_url, hop.headers)

        async def send_once(sent: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
            # Converted here, before aiohttp can send it again, as it does where a connection broke off unanswered.
            with _as_fetch_error(request.url, target):
                return await send(sent)

        with _as_fetch_error(request.url, target):
            response = await self._session.get(
                target.wire_url, headers=headers, allow_redirects=False, middlewares=(send_once,)
            )
        with closing(response):
            answered = response_headers(response.raw_headers)
            if response.status < OK or (response.status == NOT_MODIFIED and not is_conditional(headers)):
                detail = f"{target.host} answered {response.status}, which is no answer to what it was asked"
                raise FetchError(request.url, FetchCode.PROTOCOL, detail)
            if not OK <= response.status < MULTIPLE_CHOICES:
                return _Response(response.status, answered)
            body = await self._body(request.url, target.host, response, answered.get("content-encoding", ""))
            return _Response(response.status, answered, body)

    async def _body(self, feed: str, host: str, response: aiohttp.ClientResponse, coding: str) -> Body:
        """Read the body of a response, `coding` its Content-Encoding."""
        if (response.content_length or 0) > self._max_body:
            raise too_large(feed, self._max_body)
        end_body_with_connection(response)
        with ExitStack() as failing:
            body = failing.enter_context(closing(Body(feed, coding, self._max_body)))
            try:
                async for piece in response.content.iter_any():
                    body.write(piece)
            except TRANSPORT_ERRORS as error:
                raise failures.body_error(feed, host, error) from None
            failing.pop_all()
        return body


def _close_document(work: Future[Document]) -> None:
    if not work.cancelled() and not work.exception():
        work.result().close()


@contextmanager
def _as_fetch_error(feed: str, target: Target) -> Iterator[None]:
    try:
        yield
    except TRANSPORT_ERRORS as error:
        raise failures.request_error(feed, target.host, error, secure=target.secure) from None
