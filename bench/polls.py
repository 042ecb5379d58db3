"""What a poll costs that is answered 304, over TLS with a fresh connection: `make bench`.

    ours       the whole pipeline with the real client; AWS in memory
    requests   requests + feedparser in 20 threads, as people write it, conditional
    reader     the `reader` library's update of the same feeds, its database in memory

All in one run on this machine, the publishers in a process of their own, each contender in a fresh one. Figures are
CPU time of the contender's process, the least of several rounds; what carries over to another machine is the ratio.
Then 2,000 feeds in batches of 500, first read whole, then 304: the peak of our memory.

`--bound` is a tenth of it and less, to show that it runs: goals are not judged, and a contender that is not installed
is left out, saying so.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import resource
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import certifi

Told = TypeVar("Told")
Figures = dict[str, float]


@dataclass(frozen=True)
class Size:
    """How much is measured: feeds that each contender polls, how often, and those of the measure of memory."""

    feeds: int
    rounds: int
    many: int
    batch: int


SIZES = {"whole": Size(300, 3, 2_000, 500), "bound": Size(12, 1, 40, 20)}
THREADS = 20
CONTENDERS = {"ours": "feedriver", "requests": "requests", "reader": "reader"}  # and the module that must be there
GOAL_RATIO, GOAL_MILLISECONDS, GOAL_MEGABYTES = 8, 3.0, 256
NAMES = socket.getaddrinfo


def everything_here(host: str | bytes | None, port: str | int | None, *rest: Any, **more: Any) -> Any:  # noqa: ANN401  # as getaddrinfo's
    """`getaddrinfo` for a web whose feeds are all on this machine."""
    name = host.decode() if isinstance(host, bytes) else host or ""
    return NAMES("127.0.0.1" if name.endswith(".feeds.example") else name, port, *rest, **more)


def urls(port: int, count: int) -> list[str]:
    """A host a feed."""
    return [f"https://site-{number}.feeds.example:{port}/feed" for number in range(count)]


def least(size: Size) -> Callable[[Callable[[], object], int], Figures]:
    """CPU milliseconds a poll, in the least of the rounds; the first, which reads it all, is not among them."""

    def turns(poll: Callable[[], object], polls: int) -> Figures:
        poll()
        costs = []
        for _ in range(size.rounds):
            begun = _cpu()
            poll()
            costs.append(1000 * (_cpu() - begun) / polls)
        return {"milliseconds": min(costs)}

    return turns


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def ours(feeds: Sequence[str], authorities: str, batch: int, turns: Callable[[Callable[[], None], int], Told]) -> Told:
    """The pipeline as the poll function runs it, but for AWS."""
    from fakes.bus import FakeBus
    from fakes.calls import Clock
    from fakes.parser import FakeParser
    from fakes.states import FakeStates
    from fakes.store import FakeStore

    from feedriver.decide.decision import Now
    from feedriver.decide.wheel import floor_minute
    from feedriver.fetch.client import Client
    from feedriver.poll.batch import BatchPoller
    from feedriver.registry import Registry, Subscription

    clock, states, bus = Clock(datetime(2026, 11, 2, 10, tzinfo=UTC)), FakeStates(), FakeBus()
    for url in feeds:
        Registry(states).add(Subscription(url), clock())
    ids = list(states.items)
    agent = "feedriver-bench/1 (+https://feeds.example/about)"
    outcomes: dict[str, int] = {}

    async def turn() -> None:
        tls = ssl.create_default_context(cafile=authorities)
        async with Client(user_agent=agent, allow_private=True, tls=tls) as client:
            for start in range(0, len(ids), batch):
                store = FakeStore()
                pipeline = BatchPoller(client, states, store, bus, clock, FakeParser())
                now = Now(floor_minute(clock()), clock())
                found = await pipeline.poll_batch(ids[start : start + batch], now)
                for report in found.reports:
                    outcomes[report.outcome] = outcomes.get(report.outcome, 0) + 1
                for forgotten in (states.calls.log, states.calls.about, bus.sent):
                    forgotten.clear()

    def poll() -> None:
        clock.advance(timedelta(days=2))
        asyncio.run(turn())

    result = turns(poll, len(ids))
    polled = sum(outcomes.values())
    if outcomes != {"published": len(ids), "not_modified": polled - len(ids)}:
        raise SystemExit(f"not what was to be measured: {outcomes}")
    return result


def by_requests(feeds: Sequence[str], size: Size) -> Figures:
    """As the tutorials have it."""
    import io

    import feedparser
    import requests

    kept: dict[str, dict[str, str]] = {}
    statuses: list[int] = []

    def poll_one(url: str) -> None:
        known = kept.get(url, {})
        headers = {"User-Agent": "bench/1 (+https://feeds.example/about)", **known}
        answer = requests.get(url, headers=headers, timeout=10)
        statuses.append(answer.status_code)
        if answer.status_code == requests.codes.ok:
            feedparser.parse(io.BytesIO(answer.content))
            kept[url] = {
                "If-None-Match": answer.headers["ETag"],
                "If-Modified-Since": answer.headers["Last-Modified"],
            }

    with ThreadPoolExecutor(THREADS) as pool:
        costs = least(size)(lambda: list(pool.map(poll_one, feeds)), len(feeds))
    return _all_unchanged(costs, statuses.count(requests.codes.not_modified), size)


def by_reader(feeds: Sequence[str], size: Size) -> Figures:
    """The library's own update, in as many threads."""
    import requests
    from reader import make_reader

    reader = make_reader(":memory:")
    statuses: list[int] = []
    send = requests.Session.send

    def noted(session: Any, *arguments: Any, **more: Any) -> Any:  # noqa: ANN401  # passed on
        response = send(session, *arguments, **more)
        statuses.append(response.status_code)
        return response

    requests.Session.send = noted  # reader tells nobody what was answered
    for url in feeds:
        reader.add_feed(url)
    costs = least(size)(lambda: reader.update_feeds(scheduled=False, workers=THREADS), len(feeds))
    return _all_unchanged(costs, sum(1 for status in statuses if status == 304), size)  # noqa: PLR2004  # Not Modified


def _all_unchanged(costs: Figures, seen: int, size: Size) -> Figures:
    if seen != size.rounds * size.feeds:
        raise SystemExit(f"{seen} polls were answered 304, not {size.rounds * size.feeds}")
    return costs


def memory(feeds: Sequence[str], authorities: str, batch: int) -> Figures:
    """Two turns of many feeds; megabytes at the peak, and before the first poll."""

    def twice(poll: Callable[[], None], _polls: int) -> Figures:
        begun = _peak()
        poll()
        whole = _peak()
        poll()
        return {"before": begun, "read whole": whole, "and 304": _peak()}

    return ours(feeds, authorities, batch, twice)


def _peak() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 if sys.platform != "darwin" else 1024 * 1024)


def contend(name: str, size: Size, port: int, authorities: str) -> Figures:
    """One contender, in this process."""
    socket.getaddrinfo = everything_here  # type: ignore[assignment]  # its own answers are the narrower type
    for name_of_file in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        os.environ.pop(name_of_file, None)
    certifi.where = lambda: authorities  # what requests trusts, read as often as it always reads it
    feeds = urls(port, size.many if name == "memory" else size.feeds)
    if name == "memory":
        return memory(feeds, authorities, size.batch)
    if name == "ours":
        return ours(feeds, authorities, size.batch, least(size))
    return {"requests": by_requests, "reader": by_reader}[name](feeds, size)


def _run(name: str, size: str, port: int, authorities: str) -> Figures:
    command = [sys.executable, __file__, "--contend", name, size, str(port), authorities]
    told: Figures = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)  # noqa: S603  # this file
    return told


def _tell(size: Size, costs: Figures, peak: Figures) -> None:
    print(
        f"{size.feeds} feeds, TLS, a fresh connection a poll, answered 304; CPU of the reader's process, least of"
        f" {size.rounds}"
    )
    print(f"{'':<24} {'ms a poll':>9} {'times ours':>10}")
    names = {"ours": "feedriver", "requests": "requests + feedparser", "reader": "reader"}
    for name, cost in costs.items():
        print(f"{names[name]:<24} {cost:>9.2f} {cost / costs['ours']:>10.1f}")
    print(f"{size.many:,} feeds in batches of {size.batch}: peak {peak['and 304']:.0f} MB ({peak})")


def main(size: str) -> int:
    """Print the table; 1 where a goal is missed."""
    server = [sys.executable, str(Path(__file__).with_name("publisher.py"))]
    there = [name for name, module in CONTENDERS.items() if size == "whole" or importlib.util.find_spec(module)]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen([*server, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as publisher,  # noqa: S603  # beside this file
    ):
        try:
            port, authorities = int(publisher.stdout.readline() if publisher.stdout else 0), f"{folder}/authorities.pem"
            costs = {name: _run(name, size, port, authorities)["milliseconds"] for name in there}
            peak = _run("memory", size, port, authorities)
        finally:
            publisher.communicate()
    _tell(SIZES[size], costs, peak)
    if size == "bound":
        print(
            f"bound: goals are not judged{'' if len(there) == len(CONTENDERS) else '; not installed, left out: reader'}"
        )
        return 0
    goals = {
        f"under {GOAL_MILLISECONDS:g} ms a poll": costs["ours"] < GOAL_MILLISECONDS,
        f"at most 1/{GOAL_RATIO} of requests + feedparser": costs["requests"] >= GOAL_RATIO * costs["ours"],
        f"under {GOAL_MEGABYTES} MB": peak["and 304"] < GOAL_MEGABYTES,
    }
    for goal, met in goals.items():
        print(f"{'met' if met else 'MISSED':<8}{goal}")
    return 0 if all(goals.values()) else 1


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--bound", action="store_true", help="show that it runs")
    options.add_argument("--contend", nargs=4, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.contend:
        name, size, port, authorities = given.contend
        print(json.dumps(contend(name, SIZES[size], int(port), authorities)))
    else:
        sys.exit(main("bound" if given.bound else "whole"))
