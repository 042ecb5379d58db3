"""What a poll costs that is answered 304, over TLS with a fresh connection: `make bench`.

    ours       the whole pipeline with the real client; AWS in memory
    requests   requests + feedparser in 20 threads, as people write it, conditional
    reader     the `reader` library's update of the same feeds, its database in memory

All in one run on this machine, the publishers in a process of their own, each contender in a fresh one. Figures are
CPU time of the contender's process, the least of several rounds; what carries over to another machine is the ratio.
Then 2,000 feeds in batches of 500, first read whole, then 304: the peak of our memory.
"""

from __future__ import annotations

import asyncio
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
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import certifi

FEEDS = 300
ROUNDS = 3
THREADS = 20
MANY, BATCH = 2_000, 500
GOAL_RATIO, GOAL_MILLISECONDS, GOAL_MEGABYTES = 8, 3.0, 256
NAMES = socket.getaddrinfo


def everything_here(host: str | bytes | None, port: str | int | None, *rest: int, **more: int) -> list[tuple]:
    """`getaddrinfo` for a web whose feeds are all on this machine."""
    name = host.decode() if isinstance(host, bytes) else host or ""
    return NAMES("127.0.0.1" if name.endswith(".feeds.example") else name, port, *rest, **more)


def urls(port: int, count: int) -> list[str]:
    """A host a feed."""
    return [f"https://site-{number}.feeds.example:{port}/feed" for number in range(count)]


def rounds(poll: Callable[[], None], polls: int) -> list[float]:
    """CPU milliseconds a poll, round by round; the first round, which reads it all, is not among them."""
    poll()
    costs = []
    for _ in range(ROUNDS):
        begun = _cpu()
        poll()
        costs.append(1000 * (_cpu() - begun) / polls)
    return costs


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def ours(
    feeds: Sequence[str], authorities: str, batch: int, turns: Callable[[Callable[[], None], int], object]
) -> object:
    """The pipeline as the poll function runs it, but for AWS."""
    from fakes import Clock, FakeBus, FakeParser, FakeStates, FakeStore

    from feedriver import registry
    from feedriver.decide.decision import Now
    from feedriver.decide.wheel import floor_minute
    from feedriver.fetch.client import Client
    from feedriver.pipeline import Pipeline

    clock, states, bus = Clock(datetime(2026, 11, 2, 10, tzinfo=UTC)), FakeStates(), FakeBus()
    for url in feeds:
        registry.register(states, url, clock())
    ids = list(states.items)
    agent = "feedriver-bench/1 (+https://feeds.example/about)"
    outcomes: dict[str, int] = {}

    async def turn() -> None:
        tls = ssl.create_default_context(cafile=authorities)
        async with Client(user_agent=agent, allow_private=True, tls=tls) as client:
            for start in range(0, len(ids), batch):
                store = FakeStore()
                pipeline = Pipeline(client, states, store, bus, clock, FakeParser())
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


def by_requests(feeds: Sequence[str]) -> list[float]:
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
        costs = rounds(lambda: [*pool.map(poll_one, feeds), None][-1], len(feeds))
    return _all_unchanged(costs, statuses.count(requests.codes.not_modified), len(feeds))


def by_reader(feeds: Sequence[str]) -> list[float]:
    """The library's own update, in as many threads."""
    import requests
    from reader import make_reader

    reader = make_reader(":memory:")
    statuses: list[int] = []
    send = requests.Session.send

    def noted(session: requests.Session, *arguments: Any, **more: Any) -> requests.Response:  # noqa: ANN401  # passed on
        response = send(session, *arguments, **more)
        statuses.append(response.status_code)
        return response

    requests.Session.send = noted  # type: ignore[method-assign]  # reader tells nobody what was answered
    for url in feeds:
        reader.add_feed(url)
    costs = rounds(lambda: reader.update_feeds(scheduled=False, workers=THREADS), len(feeds))
    return _all_unchanged(costs, sum(1 for status in statuses if status == 304), len(feeds))  # noqa: PLR2004  # Not Modified


def _all_unchanged(costs: list[float], seen: int, feeds: int) -> list[float]:
    if seen != ROUNDS * feeds:
        raise SystemExit(f"{seen} polls were answered 304, not {ROUNDS * feeds}")
    return costs


def memory(feeds: Sequence[str], authorities: str) -> dict[str, float]:
    """Two turns of many feeds; megabytes at the peak, and before the first poll."""

    def twice(poll: Callable[[], None], _polls: int) -> dict[str, float]:
        begun = _peak()
        poll()
        whole = _peak()
        poll()
        return {"before": begun, "read whole": whole, "and 304": _peak()}

    return ours(feeds, authorities, BATCH, twice)


def _peak() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 if sys.platform != "darwin" else 1024 * 1024)


def contend(name: str, port: int, authorities: str) -> None:
    """One contender, in this process; its figures as JSON."""
    socket.getaddrinfo = everything_here
    for name_of_file in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        os.environ.pop(name_of_file, None)
    certifi.where = lambda: authorities  # what requests trusts, read as often as it always reads it
    if name == "memory":
        print(json.dumps(memory(urls(port, MANY), authorities)))
        return
    feeds = urls(port, FEEDS)
    if name == "ours":
        print(json.dumps(ours(feeds, authorities, BATCH, rounds)))
    else:
        print(json.dumps({"requests": by_requests, "reader": by_reader}[name](feeds)))


def _run(name: str, port: int, authorities: str) -> object:
    command = [sys.executable, __file__, name, str(port), authorities]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)  # noqa: S603  # this file


def main() -> int:
    """Print the table; 1 where a goal is missed."""
    server = [sys.executable, str(Path(__file__).with_name("publisher.py"))]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen([*server, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as publisher,  # noqa: S603  # beside this file
    ):
        try:
            port, authorities = int(publisher.stdout.readline()), f"{folder}/authorities.pem"
            costs = {name: min(_run(name, port, authorities)) for name in ("ours", "requests", "reader")}
            peak = _run("memory", port, authorities)
        finally:
            publisher.communicate()
    print(
        f"{FEEDS} feeds, TLS, a fresh connection a poll, answered 304; CPU of the reader's process, least of {ROUNDS}"
    )
    print(f"{'':<24} {'ms a poll':>9} {'times ours':>10}")
    names = {"ours": "feedriver", "requests": "requests + feedparser", "reader": "reader"}
    for name, cost in costs.items():
        print(f"{names[name]:<24} {cost:>9.2f} {cost / costs['ours']:>10.1f}")
    print(f"{MANY:,} feeds in batches of {BATCH}: peak {peak['and 304']:.0f} MB ({peak})")
    goals = {
        f"under {GOAL_MILLISECONDS:g} ms a poll": costs["ours"] < GOAL_MILLISECONDS,
        f"at most 1/{GOAL_RATIO} of requests + feedparser": costs["requests"] >= GOAL_RATIO * costs["ours"],
        f"at most 1/{GOAL_RATIO} of reader": costs["reader"] >= GOAL_RATIO * costs["ours"],
        f"under {GOAL_MEGABYTES} MB": peak["and 304"] < GOAL_MEGABYTES,
    }
    for goal, met in goals.items():
        print(f"{'met' if met else 'MISSED':<8}{goal}")
    return 0 if all(goals.values()) else 1


if __name__ == "__main__":
    if sys.argv[1:]:
        contend(sys.argv[1], int(sys.argv[2]), sys.argv[3])
    else:
        sys.exit(main())
