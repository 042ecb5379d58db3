"""A web server on loopback for the commands to poll."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>The Weir</title><link>https://weir.example/</link>
<item><guid>1</guid><title>High water</title><link>https://weir.example/1</link><description>Wet.</description></item>
<item><guid>2</guid><title>Low water</title><link>https://weir.example/2</link><description>Dry.</description></item>
</channel></rss>"""


@dataclass
class Page:
    """What stands at a path."""

    status: int = 200
    body: bytes = RSS
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/rss+xml"})


class Website:
    """A web server on loopback: what stands at each path, and which paths were asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[str] = []
        site = self

        class Visit(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                page = site.pages.get(self.path, Page(404, b"nothing here", {"Content-Type": "text/plain"}))
                self.send_response(page.status)
                for name, value in page.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(page.body)))
                self.send_header("Connection", "close")
                self.end_headers()
                try:
                    self.wfile.write(page.body)
                except ConnectionError:
                    self.close_connection = True  # who asked has seen enough

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Visit)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def website() -> Iterator[Website]:
    """An empty website, while it is up."""
    site = Website()
    threading.Thread(target=site.server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()
