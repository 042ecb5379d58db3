"""A publisher on loopback that keeps books: which versions it published, and which of them are owed to subscribers.

Before each answer it may publish, edit, drop, bring back or reorder entries; it answers 304 to its own validators, and
now and then breaks off in the middle. A version is owed where a request came back with the validators of a document
that held it: only what was committed is asked for so. The versions that stand when all is quiet are owed too, once the
last document has come back.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Version = tuple[str, int]  # guid and number of the version

WINDOW = 12  # entries in a document
MOST_VERSIONS = 5  # of an entry: more in one day are told on another (`feedriver.decide.version`)
MOVES = ("publish", "publish", "edit", "edit", "drop", "back", "reorder", "nothing")
BROKEN = 0.05  # share of answers that break off


@dataclass
class Site:
    """One feed: what stands in it, the newest first, and what it said so far."""

    name: str
    dice: random.Random
    dated: bool  # its validator is Last-Modified, not ETag
    standing: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    published: set[Version] = field(default_factory=set)
    issues: dict[str, frozenset[Version]] = field(default_factory=dict)  # by validator
    owed: set[Version] = field(default_factory=set)
    entries: int = 0

    def move(self) -> None:
        """Something happens at the publisher's, or nothing."""
        getattr(self, f"_{self.dice.choice(MOVES)}")()

    def _nothing(self) -> None:
        pass

    def _publish(self) -> None:
        self.entries += 1
        self.standing = {f"{self.name}-{self.entries}": 1} | self.standing
        while len(self.standing) > WINDOW:
            guid, version = self.standing.popitem()
            self.dropped[guid] = version

    def _edit(self) -> None:
        young = [guid for guid, version in self.standing.items() if version < MOST_VERSIONS]
        if young:
            self.standing[self.dice.choice(young)] += 1

    def _drop(self) -> None:
        if len(self.standing) > WINDOW // 2:
            guid = self.dice.choice(list(self.standing))
            self.dropped[guid] = self.standing.pop(guid)

    def _back(self) -> None:
        if self.dropped and len(self.standing) < WINDOW:
            guid = self.dice.choice(list(self.dropped))
            self.standing[guid] = self.dropped.pop(guid)

    def _reorder(self) -> None:
        told = list(self.standing.items())
        self.dice.shuffle(told)
        self.standing = dict(told)

    def document(self) -> bytes:
        """What stands, as RSS."""
        items = "".join(
            f"<item><guid isPermaLink='false'>{guid}</guid><title>Notice {guid}</title>"
            f"<link>https://notices.example/{guid}</link><description>version {version}</description></item>"
            for guid, version in self.standing.items()
        )
        return (
            f"<?xml version='1.0'?><rss version='2.0'><channel><title>{self.name}</title>"
            f"<link>https://notices.example/</link><description>notices</description>{items}</channel></rss>"
        ).encode()

    def issue(self) -> str:
        """The validator of what stands, which is now said."""
        stands = frozenset(self.standing.items())
        self.published |= stands
        number = len(self.issues) + 1
        validator = formatdate(1_700_000_000 + number, usegmt=True) if self.dated else f'"{self.name}/{number}"'
        self.issues[validator] = stands
        return validator


class Origin:
    """The publishers, all on one port. `told` hears of each request as it begins and as it ends."""

    def __init__(self, seed: int, feeds: int, told: Callable[[bytes], None]) -> None:
        self._dice = random.Random(seed)
        self._lock = threading.Lock()
        self._told = told
        self.restless = True
        self.asked = self.not_modified = self.broken = 0
        self.sites = {
            f"feed{number}": Site(f"feed{number}", random.Random(f"{seed}/{number}"), dated=number % 3 == 2)
            for number in range(feeds)
        }
        self._last: dict[str, tuple[str, bytes]] = {}

    @contextmanager
    def open(self) -> Iterator[list[str]]:
        """Open for visitors; gives the feeds' addresses."""

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(handler) -> None:  # noqa: N805  # `self` is the origin
                self._told(b"asked")
                handler.close_connection = True
                handler.wfile.write(self._answer(handler.path.strip("/"), handler.headers))
                self._told(b"answered")

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            yield [f"http://127.0.0.1:{server.server_port}/{name}" for name in self.sites]
            server.shutdown()

    def _answer(self, name: str, asked) -> bytes:
        with self._lock:
            site = self.sites[name]
            self.asked += 1
            known = asked.get("If-None-Match") or asked.get("If-Modified-Since")
            site.owed |= site.issues.get(known, frozenset())
            if self.restless:
                site.move()
            validator, body = self._last.get(name, ("", b""))
            if body != site.document():
                validator, body = self._last[name] = site.issue(), site.document()
            header = f"{'Last-Modified' if site.dated else 'ETag'}: {validator}\r\nConnection: close\r\n"
            if known == validator:
                self.not_modified += 1
                return f"HTTP/1.1 304 Not Modified\r\n{header}\r\n".encode()
            cut = len(body) // 2 if self.restless and self._dice.random() < BROKEN else len(body)
            self.broken += cut < len(body)
            header += f"Content-Type: application/rss+xml\r\nContent-Length: {len(body)}\r\n"
            return f"HTTP/1.1 200 OK\r\n{header}\r\n".encode() + body[:cut]

    @property
    def published(self) -> set[Version]:
        """Every version that stood in an answer."""
        return set().union(*(site.published for site in self.sites.values()))

    @property
    def owed(self) -> set[Version]:
        """Every version that stood in a document which was committed."""
        return set().union(*(site.owed for site in self.sites.values()))

    @property
    def standing(self) -> dict[str, int]:
        """What stands now: the version of each entry."""
        return {guid: version for site in self.sites.values() for guid, version in site.standing.items()}
