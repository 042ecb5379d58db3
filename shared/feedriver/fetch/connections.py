"""Connections: bounds on what is read from one, and its end, where aiohttp leaves these to the peer or the deadline."""

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
from aiohttp.http import RawResponseMessage
from aiohttp.streams import StreamReader
from aiohttp.tracing import Trace

NOT_MODIFIED = re.compile(rb"HTTP/1\.[01] 304\b")
END_OF_HEADERS = b"\r\n\r\n"
STEP = 4 * 1024  # bytes read at a time: 2 ms where each byte is a chunk of its own
MAX_INTERIM = 8  # answers like 100 Continue and 103 Early Hints before the one that counts (RFC 9110 §15.2)
# Overhead is what is no part of a body: headers, the framing of chunks and their extensions, trailers. Real servers
# send up to 30 KB of headers, and chunks of 10 bytes and more, whose framing is half as long as what is in them.
FREE_OVERHEAD = 256 * 1024  # bytes, whatever the body
BODY_PER_OVERHEAD = 2  # bytes of body that allow one more byte of overhead
MAX_OVERHEAD = 2 * 1024 * 1024  # bytes at most
INTERIM, FINAL = 100, 200


class ExcessError(aiohttp.ClientError):
    """A host sends more of something than an answer needs."""


class BoundedResponseHandler(ResponseHandler):
    """Reads one answer: in bounds, and in steps between which the event loop serves other connections.

    aiohttp bounds a header field and the number of fields. It reads interim answers, the framing of chunks and trailers
    for as long as they come, and all at once what has arrived: thirty hosts that send such things fast leave the event
    loop no time for others. Here they are counted, and the connection is aborted over a bound (`ExcessError`). Body
    that has arrived is read at once; overhead is read one `STEP` in each iteration of the loop.

    What a host sends after the headers of a 304 is dropped. A 304 has no body (RFC 9110 §15.4.5), yet some hosts send
    one, and aiohttp takes it for a second, broken answer.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._bodiless: bool | None = None
        self._headers_read = False
        self._waiting = memoryview(b"")
        self._scheduled = False
        self._raw = 0
        self._interim = 0
        self._body: StreamReader | None = None
        self._excess: ExcessError | None = None

    @property
    def overhead(self) -> int:
        """Bytes read so far that are no part of a body."""
        return self._raw - (self._body.total_bytes if self._body is not None else 0)

    def data_received(self, data: bytes) -> None:
        """Called by the transport with what has arrived, and by aiohttp with nothing, when its reader has caught up."""
        if self._excess is not None:
            return
        if self._bodiless is None and data:
            self._bodiless = NOT_MODIFIED.match(data) is not None
        if self._bodiless:
            headers, end, _ = data.partition(END_OF_HEADERS)
            data = b"" if self._headers_read else headers + end
            self._headers_read = self._headers_read or bool(end)
        if not data or (not self._waiting and len(data) <= STEP):
            self._read(data)
        elif self._waiting:
            self._waiting = memoryview(bytes(self._waiting) + data)
        else:
            self._waiting = memoryview(data)
            self._read_on()

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """Called by aiohttp with each answer whose headers are read."""
        message, self._body = data
        self._interim += INTERIM <= message.code < FINAL
        if self._interim > MAX_INTERIM:
            self._abort(f"more than {MAX_INTERIM} interim answers")
        else:
            super().feed_data(data, size)

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Called by aiohttp with each piece that is taken of what was read."""
        if self._reading_paused:
            super().resume_reading(resume_parser)
            if self._waiting:
                self._read_on_soon()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Called by the transport at the end."""
        if self.transport is not None and self._parser is not None:  # the peer closed it: what it sent counts
            last, self._waiting, before = bytes(self._waiting), memoryview(b""), -1
            super().data_received(last)
            while before != (before := self.overhead):  # aiohttp pauses where its reader has enough
                super().data_received(b"")
        super().connection_lost(exc)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """Called by aiohttp for each failure. After an excess that is the error: the others follow from it."""
        super().set_exception(self._excess or exc, *cause)

    def _read_on_soon(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        """Read what has arrived, until a step holds much overhead or the reader has enough."""
        self._scheduled = False
        while self._waiting and not self._reading_paused and self.transport is not None:
            if self._step() > STEP // 4:
                break
        if not self._waiting:
            if self._buffer_paused:
                self._resume_reading_for_buffer()
            return
        if not self._buffer_paused:
            self._pause_reading_for_buffer()
        if not self._reading_paused and self.transport is not None:
            self._read_on_soon()

    def _step(self) -> int:
        """Read one `STEP` of what waits; returns how many bytes of it were overhead."""
        before = self.overhead
        step, self._waiting = self._waiting[:STEP], self._waiting[STEP:]
        self._read(bytes(step))
        return self.overhead - before

    def _read(self, data: bytes) -> None:
        self._raw += len(data)
        super().data_received(data)
        body = self._body.total_bytes if self._body is not None else 0
        if self._raw - body > min(FREE_OVERHEAD + body // BODY_PER_OVERHEAD, MAX_OVERHEAD):
            self._abort("more headers, trailers and frames of chunks than an answer needs")

    def _abort(self, reason: str) -> None:
        if self._excess is not None:
            return
        self._excess = ExcessError(reason)
        self._waiting = memoryview(b"")
        self.set_exception(self._excess)
        if self._body is not None:
            self._body.set_exception(self._excess)
        self._parser = self._payload = None  # so that aiohttp finds nothing else wrong with it
        if self.transport is not None:
            self.transport.abort()


class OneShotConnector(aiohttp.TCPConnector):
    """Connections that serve one request and are then aborted.

    A feed's host is seldom asked twice in a batch, and an idle TLS connection holds 256 KB. asyncio would keep a closed
    connection for up to 30 seconds, until the peer has closed it too: with hundreds of hosts, hundreds of sockets.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - aiohttp's own, passed on as they are
        super().__init__(force_close=True, **options)
        self._factory = cast(
            "functools.partial[ResponseHandler]", functools.partial(BoundedResponseHandler, loop=self._loop)
        )

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: ClientTimeout,  # noqa: ASYNC109 - the name is aiohttp's
    ) -> Connection:
        """A connection as aiohttp makes it, aborted as soon as it is released."""
        connection = await super().connect(req, traces, timeout)
        transport = connection.transport

        def abort() -> None:
            # Soon, not now: aiohttp first closes it in its own way.
            if transport is not None:
                asyncio.get_running_loop().call_soon(transport.abort)

        connection.add_callback(abort)
        return connection


def end_body_with_connection(response: aiohttp.ClientResponse) -> None:
    """Make the reading of the body end when the connection does.

    aiohttp closes the connection of a body whose framing breaks late, and leaves its reader waiting. Without this the
    reader would wait until the deadline, and the failure would be called a time-out.
    """

    def end_body(closed: asyncio.Future[None]) -> None:
        _ = closed.cancelled() or closed.exception()  # looked at, so that asyncio does not report it as missed
        if not response.content.is_eof() and response.content.exception() is None:
            response.content.set_exception(aiohttp.ClientPayloadError("the connection is gone"))

    protocol = response.connection.protocol if response.connection is not None else None
    closed = protocol.closed if protocol is not None else None
    if closed is not None:
        closed.add_done_callback(end_body)
