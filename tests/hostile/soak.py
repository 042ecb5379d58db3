"""Everything hostile at once, for as long as one likes: `make soak-hostile`.

The real pipeline and the real client poll batches, over and over, of one feed of every bad habit below with good feeds
in between, each on a host of its own. Whatever the bad ones do: no batch is lost, none lasts past its deadline, the
good ones bring their new entry every time, and memory stays level.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
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
from fakes import Clock, FakeBus, FakeStates, FakeStore, rss, story
from fetch.origin import answer, moved

from feedriver import registry
from feedriver.decide.decision import Now
from feedriver.decide.wheel import floor_minute
from feedriver.fetch.client import Client
from feedriver.pipeline import Pipeline, aws_threads
from feedriver.sandbox.parser import KillableParser

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DEADLINE = 1.5  # seconds for a fetch
PATIENCE = 20.0  # seconds for a batch: its slowest fetch, and all its parsing on a busy machine
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
SECURE = ("silent-tls", "garbage-tls")  # asked by https, and know nothing of it


@dataclass
class Site:
    """All these hosts on one port, told apart by name. `visits` counts, by host, what good feeds have to tell."""

    visits: Counter[str] = field(default_factory=Counter)
    port: int = 0
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    def urls(self) -> list[str]:
        hosts = [*WORDS, *SLOW, "reset", *[f"good-{number}" for number in range(GOOD)]]
        plain = [f"http://{host}.example:{self.port}/feed" for host in hosts]
        return plain + [f"https://{host}.example:{self.port}/feed" for host in SECURE]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._serving.add(task)
        try:
            first = await reader.read(1)
            if first == b"\x16":  # TLS
                writer.write(b"I speak none\r\n" if len(self._serving) % 2 else b"")
                await asyncio.wait_for(reader.read(), 30)
                return
            request = first + await reader.readuntil(b"\r\n\r\n")
            host = request.lower().split(b"\r\nhost: ")[1].split(b".")[0].decode()
            # Who does not leave by itself is left behind when the client has gone.
            speaking = asyncio.ensure_future(self._speak(host, writer))
            leaving = asyncio.ensure_future(reader.read())
            await asyncio.wait([speaking, leaving], return_when=asyncio.FIRST_COMPLETED)
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
        elif host in SLOW:
            await SLOW[host](say)
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
        return "\n".join([*lines, *(f"TROUBLE {trouble}" for trouble in self.troubles)])


def resident() -> float:
    """Megabytes of this process; 0 where the system does not tell."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0


async def soak(seconds: float) -> Account:
    """Batch after batch until the time is over."""
    site, account, clock = Site(), Account(), Clock(datetime(2026, 5, 4, 12, tzinfo=UTC))
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0, backlog=512)
    site.port = server.sockets[0].getsockname()[1]
    states, bus, threads, parser = FakeStates(), FakeBus(), aws_threads(), KillableParser()
    for url in site.urls():
        registry.register(states, url, clock())
    ids = list(states.items)
    agent = "feedriver/0.1 (+https://feeds.example/about)"
    end = time.monotonic() + seconds
    options = {"user_agent": agent, "deadline": DEADLINE, "max_body": CAP, "allow_private": True}
    async with Client(**options, resolver=Here()) as client:
        while not account.batches or (time.monotonic() < end and not account.troubles):
            clock.advance(timedelta(days=1))
            pipeline = Pipeline(client, states, FakeStore(), bus, clock, parser, threads=threads)
            await _batch(pipeline, ids, account)
            for forgotten in (states.calls.log, states.calls.about, bus.sent):
                forgotten.clear()
    server.close()
    await site.leave()
    parser.close()
    account.tasks_left = len(asyncio.all_tasks()) - 1
    return account


async def _batch(pipeline: Pipeline, ids: list[str], account: Account) -> None:
    begun = time.monotonic()
    now = Now(floor_minute(pipeline.clock()), pipeline.clock())
    try:
        outcome = await asyncio.wait_for(pipeline.poll_batch(ids, now, force=True), PATIENCE)
    except TimeoutError:
        account.troubles.append(f"a batch was not done after {PATIENCE} seconds")
        return
    account.batches += 1
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
    print(account.told())  # noqa: T201  # for people
    return 1 if account.troubles else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if sys.argv[1:] else 600.0))
