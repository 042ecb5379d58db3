"""A host of feeds on loopback that says exactly what a test tells it to, and keeps what it was asked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

UNHURRIED = 120.0  # seconds: what is not to run out, however busy the machine is

Reply = bytes | Callable[["Visit"], Awaitable[None]]


def answer(body: bytes = b"", *headers: bytes, status: bytes = b"200 OK", length: int | None = None) -> bytes:
    """A well-formed answer; `length` replaces the true Content-Length."""
    lines = [
        b"HTTP/1.1 " + status,
        *headers,
        b"Content-Length: %d" % (len(body) if length is None else length),
        b"",
        body,
    ]
    return b"\r\n".join(lines)


def moved(to: bytes, status: bytes = b"302 Found", *headers: bytes) -> bytes:
    """A redirect."""
    return answer(b"", b"Location: " + to, *headers, status=status)


@dataclass
class Visit:
    """One request that is being answered."""

    request: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    origin: Origin

    async def say(self, data: bytes) -> None:
        """Send these bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def hold(self) -> None:
        """Say nothing more until the other side leaves."""
        await self.reader.read()


@dataclass
class Origin:
    """What it answers by path (`paths`, else 404), and what it was asked (`requests`, byte for byte)."""

    paths: dict[str, Reply | list[Reply]] = field(default_factory=dict)
    requests: list[bytes] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    port: int = 0
    scheme: str = "http"

    def url(self, path: str = "/feed") -> str:
        """The address of `path` here."""
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    @property
    def lines(self) -> list[list[bytes]]:
        """Each request cut into its lines."""
        return [request.split(b"\r\n") for request in self.requests]

    def headers(self, index: int = -1) -> dict[bytes, bytes]:
        """The headers of one request, by name as sent."""
        return dict(line.split(b": ", 1) for line in self.lines[index][1:] if line)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            self.requests.append(request)
            path = request.split(b" ")[1].decode("latin-1")
            reply = self.paths.get(path, answer(status=b"404 Not Found"))
            if isinstance(reply, list):
                reply = reply.pop(0)
            if isinstance(reply, bytes):
                writer.write(reply)
                await writer.drain()
            else:
                await reply(Visit(request, reader, writer, self))
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            self.in_flight -= 1
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()


@asynccontextmanager
async def origin(tls: ssl.SSLContext | None = None, **paths: Reply | list[Reply]) -> Iterator[Origin]:
    """A running origin. Keyword arguments are paths without their slash."""
    host = Origin({f"/{path}": reply for path, reply in paths.items()})
    server = await asyncio.start_server(host.serve, "127.0.0.1", 0, ssl=tls)
    host.port = server.sockets[0].getsockname()[1]
    host.scheme = "https" if tls else "http"
    try:
        yield host
    finally:
        server.close()
        # What still serves a connection ends when its client is gone; wait for it, so that nothing is left open.
        left = [task for task in asyncio.all_tasks() if task.get_coro().__name__ == "serve"]
        await asyncio.gather(*left, return_exceptions=True)
        await server.wait_closed()
