"""How much memory large documents take: the peak of the poller, and of its parsing process.

A hundred hosts answer at once, each with a document as large as one may be. The poller that reads them is a process of
its own, so that its peak is its own too (`VmHWM`).

    python -m hostile.memory       all kinds, 100 feeds of each: what `make soak-hostile` does
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import re
import socketserver
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checkout import PYTHONPATH, ROOT
from fakes.bus import FakeBus
from fakes.calls import Clock
from fakes.origin import rss, story
from fakes.states import FakeStates
from fakes.store import FakeStore

from feedriver.decide import seen
from feedriver.decide.decision import Now
from feedriver.decide.wheel import floor_minute
from feedriver.fetch.body import reopen
from feedriver.fetch.client import Client
from feedriver.messaging import Announcement
from feedriver.poll.batch import BatchPoller
from feedriver.poll.batches import Batch
from feedriver.poll.edges import aws_threads
from feedriver.poll.unread import Unread
from feedriver.registry import Registry, Subscription
from feedriver.sandbox.parser import KillableParser
from feedriver.settings import MAX_DOCUMENT, PollSettings

MEGABYTE = 1024 * 1024
SECONDS = 90.0  # of a batch, as in Lambda: 120, less its margin


def words(size: int) -> bytes:
    """One text as large as the document: 30 KB on the wire."""

    def document(text: str) -> bytes:
        return rss(story("1"), story("2"), head=f"<title>t</title><description>{text}</description>")

    return document("word " * ((size - len(document(""))) // len("word ")))


def items(size: int) -> bytes:
    """Thousands of ordinary items."""
    one = story("n", "A paragraph of an ordinary length. " * 40)
    # Names of five digits stand in four places; `rss` adds the tags of an item, and some of its own around all.
    most = (size - 1_000) // (len(one) + 4 * len("12345") + len("<item></item>"))
    return rss(*(story(str(number), "A paragraph of an ordinary length. " * 40) for number in range(most)))


KINDS = {"words": words, "items": items}


@dataclass(frozen=True)
class Peaks:
    """Megabytes at the peak, how the feeds fared, and how often the most asked of them was."""

    poller: float
    parser: float
    outcomes: dict[str, int]
    most_asked: int

    @property
    def both(self) -> float:
        return self.poller + self.parser


def function() -> str:
    """What the template says of the poll function."""
    return (ROOT / "template.yaml").read_text(encoding="utf-8").split("  PollFunction:\n")[1]


def function_memory() -> int:
    """The function's memory, in megabytes."""
    return int(re.search(r"MemorySize: (\d+)", function())[1])


def bound() -> float:
    """Two thirds of it."""
    return function_memory() * 2 / 3


def allocator() -> dict[str, str]:
    """The variables of the function that the C library's allocator reads."""
    return dict(re.findall(r'(MALLOC_\w+): "(\d+)"', function()))


class Origin(socketserver.ThreadingTCPServer):
    """Answers every request with one body, and counts them by path."""

    allow_reuse_address = daemon_threads = True
    request_queue_size = 512

    def __init__(self, head: bytes, body: bytes) -> None:
        super().__init__(("0.0.0.0", 0), Handler)
        self.answer = head + body
        self.asked: Counter[bytes] = Counter()


class Handler(socketserver.StreamRequestHandler):
    server: Origin

    def handle(self) -> None:
        self.server.asked[self.rfile.readline().split(b" ")[1]] += 1
        while self.rfile.readline().strip():
            pass
        self.wfile.write(self.server.answer)


def peaks(kind: str, feeds: int, size: int, *, packed: bool = True, seconds: float = SECONDS, known: int = 0) -> Peaks:
    """Have a poller of its own read so many feeds of this kind, in one batch. Each has so many known entries."""
    body = KINDS[kind](size)
    if not size * 0.99 < len(body) <= size:  # what is too large is not read, and shows nothing
        raise ValueError(f"{len(body):,} bytes are not as large as {size:,} and no larger")
    head = [b"HTTP/1.1 200 OK", b"Content-Type: application/rss+xml", b"Connection: close"]
    if packed:
        body = gzip.compress(body, 6)
        head.append(b"Content-Encoding: gzip")
    head.append(b"Content-Length: %d" % len(body))
    with Origin(b"\r\n".join([*head, b"", b""]), body) as origin:
        threading.Thread(target=origin.serve_forever, daemon=True).start()
        told = subprocess.run(
            [sys.executable, "-m", "hostile.memory", str(origin.server_address[1]), *map(str, (feeds, seconds, known))],
            env=os.environ | allocator() | {"PYTHONPATH": os.pathsep.join(map(str, PYTHONPATH))},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        origin.shutdown()
        found = json.loads(told)
        return Peaks(found["poller"], found["parser"], found["outcomes"], max(origin.asked.values()))


class Forgetful(FakeStore):
    """A bucket that keeps no bodies in the poller's memory, but for those that are to be read again."""

    def put(self, key: str, body: bytes, *labels: object, **more: object) -> None:
        super().put(key, body if key.startswith("unread/") else b"", *labels, **more)


class Deaf(FakeBus):
    """A bus that keeps no events in the poller's memory."""

    def announce(self, announcements: Sequence[Announcement]) -> None:
        super().announce(announcements)
        self.sent.clear()


async def poll(port: int, feeds: int, seconds: float, known: int) -> dict[str, object]:
    """What the poller's process does: one batch, and its own account of it."""
    settings = PollSettings(state_table="", entries_bucket="", event_bus="", allow_private=True)
    clock, states = Clock(), FakeStates()
    for number in range(feeds):
        Registry(states).add(
            Subscription(f"http://127.0.{number // 200 + 1}.{number % 200 + 1}:{port}/{number}"), clock()
        )
    for state in list(states.items.values()) if known else []:
        states.commit(state.model_copy(update={"rev": state.rev + 1, "seen": seen_set(known)}))
    store, parser, over = Forgetful(clock=clock), KillableParser(), threading.Event()
    watching = asyncio.get_running_loop().run_in_executor(None, watched, parser, over)
    message = Batch(minute=floor_minute(clock()), feeds=tuple(states.items))
    async with Client(user_agent="x", allow_private=True, max_body=MAX_DOCUMENT, deadline=60) as client:
        pipeline = BatchPoller(
            client,
            states,
            store,
            Deaf(),
            clock,
            parser,
            threads=aws_threads(),
            unread=Unread(store, reopen),
            memory=settings.room,
        )
        now = Now(message.minute, clock())
        outcome = await pipeline.poll_batch(message.feeds, now, seconds=seconds, message=message)
    parser.close()
    over.set()
    return {"poller": peak(os.getpid()), "parser": await watching, "outcomes": dict(outcome.outcomes)}


def seen_set(count: int) -> bytes:
    """So many entries that were there a long time ago."""
    rest = bytes(seen.ENTRY_BYTES - seen.KEY_BYTES)
    return seen.joined((os.urandom(seen.KEY_BYTES) + rest for _ in range(count)), 1)


def peak(pid: int | None) -> float:
    """Megabytes that a process had at most (`VmHWM`); 0 where it is not there any more."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0.0)


def watched(parser: KillableParser, over: threading.Event) -> float:
    """The highest peak of the parsing processes, looked at fifty times a second: they go when a document was large."""
    highest = 0.0
    while not over.wait(0.02):
        highest = max(highest, peak(parser.pid))
    return highest


def main(arguments: list[str]) -> int:
    if arguments:
        port, feeds, seconds, known = arguments
        print(json.dumps(asyncio.run(poll(int(port), int(feeds), float(seconds), int(known)))))  # noqa: T201  # for its parent
        return 0
    large = [(kind, 100, MAX_DOCUMENT, packed, 0) for kind in KINDS for packed in (True, False)]
    wrong = 0
    for kind, feeds, size, packed, known in [*large, ("items", 500, 2 * MEGABYTE, True, 9_900)]:
        found = peaks(kind, feeds, size, packed=packed, known=known)
        over = found.both > bound() or found.most_asked > 1
        wrong += over
        told = f"{found.poller:.0f} MB the poller, {found.parser:.0f} MB the parser, of {bound():.0f} MB together"
        print(  # noqa: T201  # for people
            f"{feeds} feeds of {size // MEGABYTE} MB, {kind}, {'gzip' if packed else 'plain'}, {known:,} entries known:"
            f" {told}; {found.outcomes}{'  TROUBLE' if over else ''}"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
