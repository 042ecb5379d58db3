"""The other side of `bench/polls.py`: a web server in a process of its own, over TLS, a fresh connection a request.

    python bench/publisher.py FOLDER

writes a certificate for *.feeds.example to FOLDER/authorities.pem, beside the authorities that readers trust anyway
(so that loading them costs what it costs on the web), prints the port, and serves until its input ends. Every path is
a feed of twenty entries; who sends its ETag gets 304.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import certifi
from certificates import self_signed
from cryptography.x509 import DNSName

ENTRIES = 20
PARAGRAPH = "<p>Enough was said at the meeting to fill a page, and a page was filled with it.</p>"
ETAG = b'"as-it-was"'
LAST_MODIFIED = b"Sun, 01 Nov 2026 10:00:00 GMT"


def document(entries: int = ENTRIES) -> bytes:
    """So many entries of about 1.5 KB."""
    begin = datetime(2026, 11, 1, 10, tzinfo=UTC)
    items = "".join(
        f"<item><guid isPermaLink='false'>{number}</guid><title>Story {number}</title>"
        f"<link>https://paper.example/{number}</link>"
        f"<pubDate>{format_datetime(begin - timedelta(hours=number))}</pubDate>"
        f"<description><![CDATA[{PARAGRAPH * 16}]]></description></item>"
        for number in range(entries)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Paper</title>{items}</channel></rss>'.encode()


def certificate(folder: Path) -> ssl.SSLContext:
    """The server's TLS, and `authorities.pem` for readers."""
    own, secret = self_signed(DNSName("*.feeds.example"))
    (folder / "own.pem").write_bytes(own + secret)
    (folder / "authorities.pem").write_bytes(own + Path(certifi.where()).read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "own.pem")
    return context


class Visit(asyncio.Protocol):
    """One connection, one answer."""

    head = b"\r\n".join(
        [
            b"ETag: " + ETAG,
            b"Last-Modified: " + LAST_MODIFIED,
            b"Content-Type: application/rss+xml",
            b"Connection: close",
        ]
    )
    whole = b"HTTP/1.1 200 OK\r\n%s\r\nContent-Length: %d\r\n\r\n%s" % (head, len(document()), document())
    unchanged = b"HTTP/1.1 304 Not Modified\r\n%s\r\n\r\n" % head

    def __init__(self) -> None:
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._read += data
        if self._read.endswith(b"\r\n\r\n") and isinstance(self._transport, asyncio.WriteTransport):
            self._transport.write(self.unchanged if ETAG in self._read else self.whole)
            self._transport.close()


async def main(folder: Path) -> None:
    """Serve until the input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Visit, "127.0.0.1", 0, ssl=certificate(folder), backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
