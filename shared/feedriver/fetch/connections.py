"""How connections end, in the two ways in which aiohttp leaves it to the peer or to the deadline."""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp.client import ClientTimeout
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection
from aiohttp.tracing import Trace


class OneShotConnector(aiohttp.TCPConnector):
    """Connections that serve one request and are then gone at once.

    A feed's host is seldom asked twice in a batch, and an idle TLS connection holds 256 KB. asyncio would keep a closed
    one for up to 30 seconds, waiting for the peer to say goodbye: over hundreds of hosts that is hundreds of sockets.
    """

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
