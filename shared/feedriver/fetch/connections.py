"""How connections end, in the three ways that aiohttp leaves to the peer, to the deadline or to an error."""

from __future__ import annotations

import asyncio
import functools
import re
from typing import Any, cast

import aiohttp
from aiohttp.client import ClientTimeout
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

NOT_MODIFIED = re.compile(rb"HTTP/1\.[01] 304\b")
END_OF_HEADERS = b"\r\n\r\n"


class OneAnswer(ResponseHandler):
    """Reads one answer; what a host sends after the headers of a 304 is dropped.

    A 304 has no body (RFC 9110 §15.4.5), yet some hosts send one, and aiohttp takes that for a second, broken answer.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._bodiless: bool | None = None
        self._over = False

    def data_received(self, data: bytes) -> None:
        """Called by the transport with what has arrived."""
        if self._bodiless is None and data:
            self._bodiless = NOT_MODIFIED.match(data) is not None
        if self._bodiless:
            headers, end, _ = data.partition(END_OF_HEADERS)
            data = b"" if self._over else headers + end
            self._over = self._over or bool(end)
        super().data_received(data)


class OneShotConnector(aiohttp.TCPConnector):
    """Connections that serve one request and are then gone at once.

    A feed's host is seldom asked twice in a batch, and an idle TLS connection holds 256 KB. asyncio would keep a closed
    one for up to 30 seconds, waiting for the peer to say goodbye: over hundreds of hosts that is hundreds of sockets.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - aiohttp's own, passed on as they are
        super().__init__(force_close=True, **options)
        self._factory = cast("functools.partial[ResponseHandler]", functools.partial(OneAnswer, loop=self._loop))

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: ClientTimeout,  # noqa: ASYNC109 - the name is aiohttp's
    ) -> Connection:
        """A connection as aiohttp makes it, which hangs up as soon as it is released."""
        connection = await super().connect(req, traces, timeout)
        transport = connection.transport

        def hang_up() -> None:
            # Soon, not now: aiohttp first closes it in its own way.
            if transport is not None:
                asyncio.get_running_loop().call_soon(transport.abort)

        connection.add_callback(hang_up)
        return connection


def wake_at_the_end(response: aiohttp.ClientResponse) -> None:
    """See to it that reading the body ends when the connection does.

    aiohttp hangs up on a body whose framing breaks late, and leaves its reader waiting: that would last until the
    deadline, and be called a time-out.
    """

    def wake(closed: asyncio.Future[None]) -> None:
        _ = closed.cancelled() or closed.exception()  # looked at, so that asyncio does not report it as missed
        if not response.content.is_eof() and response.content.exception() is None:
            response.content.set_exception(aiohttp.ClientPayloadError("the connection is gone"))

    protocol = response.connection.protocol if response.connection is not None else None
    closed = protocol.closed if protocol is not None else None
    if closed is not None:
        closed.add_done_callback(wake)
