"""Everything hostile at once, for as long as one likes: `make soak-hostile`.

The real pipeline and the real client poll batches, over and over, of one feed of every bad habit below with good feeds
in between, each on a host of its own. Whatever the bad ones do: no batch is lost, none lasts past its deadline, the
good ones bring their new entry every time, memory stays level, and the event loop has time for everyone.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import math
import resource
import socket
import struct
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import mean

import brotli
from aiohttp.abc import AbstractResolver
from fakes.bus import FakeBus
from fakes.calls import Clock
from fakes.origin import rss, story
from fakes.states import FakeStates
from fakes.store import FakeStore
from origin import answer, moved

from feedriver.decide.decision import Now
from feedriver.decide.wheel import floor_minute
from feedriver.fetch.client import Client
from feedriver.poll.batch import BatchPoller
from feedriver.poll.edges import aws_threads
from feedriver.registry import Registry, Subscription
from feedriver.sandbox.parser import KillableParser

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DEADLINE = 3.0  # seconds for a fetch
PATIENCE = 120.0  # seconds for a batch: its slowest fetch, and all its parsing on a busy machine
MOST_LAG = 2.0  # seconds that the event loop may be late
MOST_MEMORY = 512  # megabytes of the poller or of its parsing process: two thirds of what the function has
CAP = 2_000_000  # bytes of a body
GOOD = 6
LEVEL = 1.10  # memory of the last third, against the second
BLANK = b" " * 40_000_000

Say = Callable[[bytes], Awaitable[None]]


def head(*headers: bytes, status: bytes = b"200 OK") -> bytes:
    return b"\r\n".join([b"HTTP/1.1 " + status, *headers, b"", b""])


def coded(coding: bytes, body: bytes) -> bytes:
    return answer(body, b"Content-Encoding: " + coding)


FEED = rss(story("one"))
SQUEEZED = gzip.compress(FEED)
ATTRIBUTES = " ".join(f"a{number}='{number}'" for number in range(20_000))

# What a host says at once. Whatever follows it, the connection is closed.
WORDS: dict[str, bytes] = {
    "gzip-bomb": coded(b"gzip", gzip.compress(BLANK)),
    "brotli-bomb": coded(b"br", brotli.compress(BLANK, quality=5)),
    "zstd-bomb": coded(b"zstd", zstd.compress(BLANK)),
    "gzip-in-gzip": coded(b"gzip, gzip", gzip.compress(gzip.compress(FEED))),
    "gzip-cut": coded(b"gzip", SQUEEZED[:-12]),
    "gzip-that-is-none": coded(b"gzip", b"\x1f\x8b\x08" + b"\x99" * 500),
    "cut": answer(FEED[:-50], length=len(FEED)),
    "cut-headers": b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETa",
    "cut-document": head(b"Connection: close") + FEED[:-60],
    "length-too-small": answer(FEED, length=len(FEED) - 40),
    "two-lengths": head(b"Content-Length: 10", b"Content-Length: 4000") + FEED,
    "length-and-chunks": head(b"Content-Length: 10", b"Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n\r\n",
    "bad-chunks": head(b"Transfer-Encoding: chunked") + b"zz\r\n" + FEED + b"\r\n0\r\n\r\n",
    "late-bad-chunks": head(b"Transfer-Encoding: chunked") + b"5\r\n<?xml\r\n-7\r\nhello\r\n",
    "huge-length": answer(b"<rss>", length=10**18),
    "no-status": b"HTTP/1.1 OK\r\n\r\n" + FEED,
    "garbage": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 40,
    "http-09": FEED,
    "nul-header": head(b"X-Odd: a\x00b", b"Content-Length: 5") + b"<rss>",
    "many-headers": head(*[b"X-%d: %d" % (number, number) for number in range(5_000)]),
    "long-header": head(b"X-Long: " + b"a" * 200_000),
    "not-modified": head(b'ETag: "x"', status=b"304 Not Modified"),
    "continue-for-ever": b"HTTP/1.1 100 Continue\r\n\r\n" * 2_000,
    "hints": head(b"Link: </a>", status=b"103 Early Hints") * 3 + answer(b"<html></html>"),
    "circle": moved(b"/feed"),
    "nowhere": moved(b""),
    "inward": moved(b"file:///proc/self/environ"),
    "metadata": moved(b"http://169.254.169.254/latest/meta-data/"),
    "page": answer(b"<!doctype html><title>Please accept cookies</title>" + b"<p>cookie</p>" * 5_000),
    "blank": answer(b"  \n\t "),
    "nothing": answer(b""),
    "attributes": answer(f"<rss version='2.0'><channel {ATTRIBUTES}><item/></channel></rss>".encode()),
    "nested": answer(b"<rss><channel><item>" + b"<a>" * 20_000 + b"</a>" * 20_000 + b"</item></channel></rss>"),
    "laughs": answer(
        b'<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">'
        b'<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;">]>'
        b"<rss><channel><item><title>&e;</title></item></channel></rss>"
    ),
    "deep-json": answer(b"[" * 50_000),
    "odd-validators": answer(FEED, b'ETag: W/"a"b\\"c\xff;br', b"Last-Modified: yesterday, at about noon"),
    "overloaded": answer(b"", b"Retry-After: soon", status=b"503 Service Unavailable"),
    "binary": answer(bytes(range(256)) * 400),
}


async def drip_body(say: Say) -> None:
    await say(head(b"Content-Length: 100000"))
    while True:
        await say(b"x")
        await asyncio.sleep(0.05)


async def drip_headers(say: Say) -> None:
    await say(b"HTTP/1.1 200 OK\r\n")
    for number in count():
        await say(b"X-%d: y\r\n" % number)
        await asyncio.sleep(0.05)


async def silent(_say: Say) -> None:
    await asyncio.sleep(3600)


async def endless(say: Say) -> None:
    await say(head(b"Connection: close"))
    while True:
        await say(b"<item>" * 4_000)


async def endless_chunks(say: Say) -> None:
    await say(head(b"Transfer-Encoding: chunked"))
    while True:
        await say(b"2000\r\n" + b"y" * 0x2000 + b"\r\n")


def flood(begin: bytes, said: bytes) -> Callable[[Say], Awaitable[None]]:
    """Says this for ever, as fast as it is taken."""

    async def for_ever(say: Say) -> None:
        await say(begin)
        while True:
            await say(said * (64_000 // len(said) + 1))

    return for_ever


async def maze(say: Say) -> None:
    await say(moved(b"/deeper/%d" % time.monotonic_ns()))


SLOW = {
    "drip-body": drip_body,
    "drip-headers": drip_headers,
    "silent": silent,
    "endless": endless,
    "endless-chunks": endless_chunks,
    "maze": maze,
}
CHUNKED = head(b"Transfer-Encoding: chunked")
FLOODS = {
    "interim-flood": flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "hints-flood": flood(b"", b"HTTP/1.1 103 Early Hints\r\nLink: " + b"y" * 20_000 + b"\r\n\r\n"),
    "newline-flood": flood(b"", b"\r\n"),
    "status-flood": flood(b"HTTP/1.1 200 ", b"y"),
    "field-flood": flood(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "name-flood": flood(b"HTTP/1.1 200 OK\r\n", b"y"),
    "chunk-flood": flood(CHUNKED, b"1\r\na\r\n"),
    "extension-flood": flood(CHUNKED, b"1;" + b"e" * 4_096 + b"\r\na\r\n"),
    "size-flood": flood(CHUNKED + b"1;", b"e"),
    "trailer-flood": flood(CHUNKED + b"5\r\n<rss>\r\n0\r\n", b"X: y\r\n"),
    "member-flood": flood(head(b"Content-Encoding: gzip"), gzip.compress(b"")),
    "frame-flood": flood(head(b"Content-Encoding: zstd"), zstd.compress(b"")),
}
# What hosts say that were good feeds at first: only what is known already is looked at without the parser.
BEGIN = b'<rss version="2.0"><channel>'
END = b"<item><guid>1</guid><title>one</title></item></channel></rss>"
TURNED = {
    "doctypes": BEGIN + b"<!DOCTYPE" * 220_000 + END,
    "long-tag": BEGIN + b"<" + b"a" * 1_900_000 + END,
    "comments": BEGIN + b"<!-- -->" * 200_000 + END,
    "dates": BEGIN + END.replace(b"</channel>", b"<updated " * 200_000 + b"</channel>"),
    "empty-items": BEGIN + b"<item></item>" * 5_000 + END,
}
SECURE = ("silent-tls", "garbage-tls")  # asked by https, and know nothing of it


@dataclass
class Site:
    """All these hosts on one port, told apart by name. `visits` counts, by host, what good feeds have to tell."""

    visits: Counter[str] = field(default_factory=Counter)
    port: int = 0
    patience: float = math.inf  # seconds after which a host that waits hangs up
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    def urls(self) -> list[str]:
        hosts = [*WORDS, *SLOW, *FLOODS, *TURNED, "reset", *[f"good-{number}" for number in range(GOOD)]]
        plain = [f"http://{host}.example:{self.port}/feed" for host in hosts]
        return plain + [f"https://{host}.example:{self.port}/feed" for host in SECURE]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._serving.add(task)
        try:
            first = await reader.read(1)
            if first == b"\x16":  # TLS
                writer.write(b"I speak none\r\n" if len(self._serving) % 2 else b"")
                await asyncio.wait_for(reader.read(), min(self.patience, 30))
                return
            request = first + await reader.readuntil(b"\r\n\r\n")
            host = request.lower().split(b"\r\nhost: ")[1].split(b".")[0].decode()
            # Who does not leave by itself is left behind when the client has gone.
            speaking = asyncio.ensure_future(self._speak(host, writer))
            leaving = asyncio.ensure_future(reader.read())
            patience = self.patience if host in SLOW and math.isfinite(self.patience) else None
            await asyncio.wait([speaking, leaving], timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            for each in (speaking, leaving):
                each.cancel()
            await asyncio.gather(speaking, leaving, return_exceptions=True)
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            pass
        finally:
            self._serving.discard(task)
            writer.close()

    async def _speak(self, host: str, writer: asyncio.StreamWriter) -> None:
        async def say(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        if host == "reset":
            opened = writer.get_extra_info("socket")
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        elif host.startswith("good"):
            self.visits[host] += 1
            number = self.visits[host]
            entries = [story(f"{host}-{each}") for each in range(number, max(0, number - 5), -1)]
            await say(answer(rss(*entries), b'ETag: "%d"' % number))
        elif host in SLOW or host in FLOODS:
            await (SLOW | FLOODS)[host](say)
        elif host in TURNED:
            self.visits[host] += 1
            turned = self.visits[host] > 1
            await say(coded(b"gzip", gzip.compress(TURNED[host])) if turned else answer(BEGIN + END))
        else:
            await say(WORDS[host])

    async def leave(self) -> None:
        for task in list(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)


class Here(AbstractResolver):
    """Every name is on this machine."""

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[dict]:
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        pass


@dataclass
class Account:
    """What came of it."""

    batches: int = 0
    polls: int = 0
    good: int = 0
    longest: float = 0.0  # seconds of a batch
    slowest: float = 0.0  # seconds of an answer that came
    outcomes: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    troubles: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)  # megabytes, after each batch
    tasks_left: int = 0
    lag: float = 0.0  # seconds by which the event loop was late, at the longest
    peaks: tuple[float, float] = (0.0, 0.0)  # megabytes of the poller and of the parsing process
    parsing: float = 0.0  # CPU seconds of the parsing processes
    blamed: int = 0  # good feeds that are counted as failing
    lost: int = 0  # entries that good feeds told and nobody announced

    def thirds(self) -> tuple[float, float, float]:
        """The mean memory of each third."""
        size = len(self.memory) // 3
        parts = self.memory[:size], self.memory[size : 2 * size], self.memory[2 * size :]
        return tuple(mean(part or [0.0]) for part in parts)

    def told(self) -> str:
        first, second, last = self.thirds()
        lines = [f"{host:<22} {dict(found)}" for host, found in sorted(self.outcomes.items())]
        lines.append(
            f"{self.batches} batches, {self.polls:,} polls, {self.good:,} new entries of good feeds; longest batch"
            f" {self.longest:.1f} s; memory {first:.0f}, {second:.0f}, {last:.0f} MB by thirds"
        )
        lines.append(
            "peak memory {:.0f} MB of the poller, {:.0f} MB of the parsing process".format(*self.peaks)
            + f"; longest lag of the event loop {self.lag:.2f} s; {self.parsing:.0f} s of parsing;"
            f" innocents blamed {self.blamed}; entries lost {self.lost}"
        )
        return "\n".join([*lines, *(f"TROUBLE {trouble}" for trouble in self.troubles)])


def resident(which: str = "VmRSS:") -> float:
    """Megabytes of this process, now or at its peak (VmHWM); 0 where the system does not tell."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(which):
                return int(line.split()[1]) / 1024
    return 0.0


async def soak(
    seconds: float = math.inf, batches: float = math.inf, *, deadline: float = DEADLINE, patience: float = math.inf
) -> Account:
    """Batch after batch until the time is over, or so many. Hosts that wait hang up after `patience` seconds."""
    site, account, clock = Site(), Account(), Clock(datetime(2026, 5, 4, 12, tzinfo=UTC))
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0, backlog=512)
    site.patience = patience
    site.port = server.sockets[0].getsockname()[1]
    states, bus, threads, parser = FakeStates(), FakeBus(), aws_threads(), KillableParser()
    for url in site.urls():
        Registry(states).add(Subscription(url), clock())
    ids = list(states.items)
    agent = "feedriver/0.1 (+https://feeds.example/about)"
    end = time.monotonic() + seconds
    options = {"user_agent": agent, "deadline": deadline, "max_body": CAP, "allow_private": True}
    async with Client(**options, resolver=Here()) as client:
        while not account.batches or (time.monotonic() < end and account.batches < batches and not account.troubles):
            clock.advance(timedelta(days=1))
            pipeline = BatchPoller(client, states, FakeStore(), bus, clock, parser, threads=threads)
            await _batch(pipeline, ids, account)
            for forgotten in (states.calls.log, states.calls.about, bus.sent):
                forgotten.clear()
    server.close()
    await site.leave()
    parser.close()
    account.tasks_left = len(asyncio.all_tasks()) - 1
    good = {state.feed_id: state for state in states.items.values() if "//good" in state.url}
    account.blamed = sum(state.failing is not None for state in good.values())
    account.lost = sum(count for host, count in site.visits.items() if host.startswith("good")) - account.good
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1024 if sys.platform == "linux" else 1024 * 1024  # kilobytes here, bytes on macOS
    account.peaks = resident("VmHWM:"), children.ru_maxrss / unit
    account.parsing = children.ru_utime + children.ru_stime
    return account


async def _batch(pipeline: BatchPoller, ids: list[str], account: Account) -> None:
    begun = time.monotonic()
    now = Now(floor_minute(pipeline.clock()), pipeline.clock())
    try:
        outcome = await asyncio.wait_for(pipeline.poll_batch(ids, now, force=True), PATIENCE)
    except TimeoutError:
        account.troubles.append(f"a batch was not done after {PATIENCE} seconds")
        return
    account.batches += 1
    account.lag = max(account.lag, outcome.lag)
    account.polls += len(outcome.reports)
    account.longest = max(account.longest, time.monotonic() - begun)
    account.memory.append(resident())
    if outcome.unfinished or not outcome.logged or len(outcome.reports) != len(ids):
        account.troubles.append("a batch lost a feed")
    for report in outcome.reports:
        host = report.url.split("/")[2].split(".")[0]
        account.outcomes[host][report.outcome] += 1
        account.slowest = max(account.slowest, report.milliseconds / 1000)
        if report.outcome == "internal_error":
            account.troubles.append(f"{host}: {report.why}")
        if host.startswith("good"):
            account.good += report.new
            if (report.outcome, report.new) != ("published", 1):
                account.troubles.append(f"{host} brought {report.new} entries: {report.why}")


def main(seconds: float) -> int:
    account = asyncio.run(soak(seconds))
    _, second, last = account.thirds()
    if last > second * LEVEL > 0:
        account.troubles.append("memory grows")
    if account.lag > MOST_LAG:
        account.troubles.append("the event loop was late")
    if max(account.peaks) > MOST_MEMORY:
        account.troubles.append("there is not memory enough")
    if account.blamed or account.lost:
        account.troubles.append("good feeds were blamed, or lost entries")
    print(account.told())  # noqa: T201  # for people
    return 1 if account.troubles else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if sys.argv[1:] else 600.0))
