"""The town, open for visitors: a server on loopback, in a daemon thread."""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from feedriver import opml
from feedriver.errors import LocalStackError
from feedriver.local.town.answers import Page, answer
from feedriver.local.town.directory import NO_SUCH_STREET, PAGES
from feedriver.local.town.memory import Memory, keep, recall

LOOPBACK = "127.0.0.1"
SLOW_SECONDS = 0.7
LISTED_ON = datetime(2026, 11, 1, tzinfo=UTC)  # fixed, so that the town's OPML is the same in every run


class Town:
    """Sallowford, while it is open: `with Town(memory) as town: …`.

    `memory` is the file that counts the openings (None: nothing is remembered), `port` the port on `host` (0: any free
    one), `slow` the seconds that the slow feed takes, unless the town closes sooner. Opening it raises
    `LocalStackError` where the port is in use or the memory cannot be written.
    """

    def __init__(self, memory: Path | None, port: int = 0, *, host: str = LOOPBACK, slow: float = SLOW_SECONDS) -> None:
        self.slow = slow
        self._host = host
        self.closing = threading.Event()
        self._path = memory
        self._memory = Memory()
        self._port = port
        self._server: _Server | None = None
        self._publishing = threading.Lock()

    def __enter__(self) -> Self:
        try:
            server = _Server(self, self._host, self._port)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or "there is no such port"
            raise LocalStackError(
                f"the sample town cannot open at {self._host}:{self._port}: {reason}; "
                "choose another port (0: any free one)"
            ) from None
        self._memory = recall(self._path).opened()
        try:
            keep(self._memory, self._path)
        except LocalStackError:
            server.server_close()
            raise
        self._server = server
        self.closing.clear()
        # Asked to stop, the server looks up once an interval; its own half a second would be felt at every exit.
        threading.Thread(target=server.serve_forever, args=(0.02,), name="sallowford", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.closing.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def base_url(self) -> str:
        """The town's address without a slash at its end; `LocalStackError` while it is closed."""
        if self._server is None:
            raise LocalStackError("the sample town is closed; open it with `with Town(...) as town:`")
        return f"http://{self._host}:{self._server.server_port}"

    @property
    def feeds(self) -> tuple[str, ...]:
        """The absolute URLs of all its feeds, the broken ones too, in an order that stays."""
        return tuple(self.base_url + page.path for page in PAGES if page.listed)

    @property
    def edition(self) -> int:
        """The edition of the Gazette that is on sale, from 1."""
        return self._memory.edition

    def opml(self) -> str:
        """All its feeds with their titles as an OPML 2.0 document, a folder for each quarter of the town."""
        outlines = (
            opml.Outline(self.base_url + page.path, page.title, category=page.quarter) for page in PAGES if page.listed
        )
        return opml.write(outlines, "Sallowford and around", LISTED_ON).decode()

    def publish(self) -> None:
        """Bring out the next edition of the Gazette now: one new story, one corrected."""
        with self._publishing:
            memory = self._memory.published()
            keep(memory, self._path)
            self._memory = memory


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # a poller comes with all its connections at once

    def __init__(self, town: Town, host: str, port: int) -> None:
        self.town = town
        super().__init__((host, port), _Visit)

    def server_bind(self) -> None:
        # HTTPServer's own asks the resolver for the host's name, which may take seconds and tells us nothing.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  the base class's signature
        # A visitor who hangs up in the middle of an answer is no error of the town's.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Visit(BaseHTTPRequestHandler):
    server: _Server
    server_version = "Sallowford"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401  the base class's signature
        """Nothing: who serves the town has the terminal to himself."""

    def _answer(self, *, with_body: bool) -> None:
        town = self.server.town
        page = self._page()
        if page.slow:
            town.closing.wait(town.slow)
        asked = {name.lower(): ", ".join(self.headers.get_all(name, ())) for name in self.headers}
        given = answer(page, town.edition, asked)
        self.send_response(given.status)
        for name, value in given.headers.items():
            self.send_header(name, value)
        if given.status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(given.body)))
        # One answer a connection: none is left open when the town closes.
        self.send_header("Connection", "close")
        self.end_headers()
        if with_body:
            self.wfile.write(given.body)

    def _page(self) -> Page:
        path = urlsplit(self.path).path
        return next((page for page in PAGES if page.path == path), NO_SUCH_STREET)
