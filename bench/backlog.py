"""A million feeds after an hour's outage, and a million that were imported at once: how the dispatcher catches up.

    python bench/backlog.py [--bound]

The dispatcher is the real one, in a process of its own (`bench/dispatching.py`), with the real SDK; the table's index
and the queue are here, behind HTTP. What is sent in a minute is polled in it, by the poller's own rule of who may be
asked (`decide.decision`), every poll is answered 304, and each feed is looked at once an hour. After it has caught up
the hour that follows is gone through, too.

Ends with 1 where a dispatch takes more than `SECONDS` of its function's processor (the part of one that its memory
buys, on this machine's cores) or more than `MEGABYTES`, where a feed is asked twice within its interval, or where one
is left out. `--bound` is a hundredth of the feeds, to show that it runs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Self

from feedriver.decide import decision, wheel
from feedriver.decide.schedule import Pace
from feedriver.local.deploy import checkout, read_template
from feedriver.poll.batches import Batch
from feedriver.state import FeedState

FEEDS, BOUND = 1_000_000, 10_000
BUSY = 500  # of them, or a twentieth, are of one host
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OUTAGE = 60  # minutes
EVERY = 60  # minutes between two looks at a feed
MEMORY = read_template(checkout())["Resources"]["DispatchFunction"]["Properties"]["MemorySize"]  # MB
PROCESSOR = 1_769  # MB that buy one processor (AWS Lambda's guide)
SECONDS, MEGABYTES = 30.0, 200.0
PAGE = 2**20  # bytes of an answer to Query
LONGEST = 600  # minutes after which it is given up


@dataclass
class Account:
    """The index of the state table, the dispatcher's cursor, and the queue."""

    slots: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    hosts: dict[str, str] = field(default_factory=dict)
    cursor: dict[str, Any] | None = None
    queue: list[str] = field(default_factory=list)
    queries: int = 0

    def answer(self, call: str, asked: dict[str, Any]) -> dict[str, Any]:
        """What AWS would answer to this call."""
        if call == "Query":
            return self._query(asked)
        if call == "GetItem":
            return {"Item": self.cursor} if self.cursor else {}
        if call == "PutItem":
            self.cursor = asked["Item"]
            return {}
        self.queue += [entry["MessageBody"] for entry in asked["Entries"]]
        return {
            "Successful": [{"Id": each["Id"], "MessageId": "m", "MD5OfMessageBody": ""} for each in asked["Entries"]]
        }

    def _query(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.queries += 1
        values = asked["ExpressionAttributeValues"]
        slot, after = values[":slot"]["S"], values.get(":after", {"S": ""})["S"]
        begun = asked.get("ExclusiveStartKey", {"feed_id": {"S": after}})["feed_id"]["S"]
        ids, room, items = self.slots.get(slot, []), PAGE, []
        first = bisect_right(ids, begun)
        for feed_id in ids[first : first + asked.get("Limit", len(ids))]:
            room -= len("slotfeed_idhost" + slot + feed_id + self.hosts[feed_id])
            items.append({"slot": {"S": slot}, "feed_id": {"S": feed_id}, "host": {"S": self.hosts[feed_id]}})
            if room < 0:
                break
        more = first + len(items) < len(ids)
        last = {"LastEvaluatedKey": {"slot": {"S": slot}, "feed_id": items[-1]["feed_id"]}} if more and items else {}
        return {"Items": items, "Count": len(items), "ScannedCount": len(items), **last}


@contextmanager
def served(account: Account) -> Iterator[str]:
    """The account behind HTTP; its endpoint."""

    class Endpoint(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            call = self.headers["X-Amz-Target"].partition(".")[2]
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told = json.dumps(account.answer(call, asked)).encode()
            self.send_response(200)
            self.send_header("Content-Type", self.headers["Content-Type"])
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            """Nobody wants to read it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


class Dispatcher:
    """The measured process; to be entered with `with`."""

    def __init__(self, endpoint: str) -> None:
        command = [sys.executable, str(Path(__file__).parent / "dispatching.py"), endpoint, str(MEMORY / PROCESSOR)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def dispatch(self, minute: datetime) -> dict[str, Any]:
        """Have it dispatch this minute; what it says of that."""
        print(minute.isoformat(), file=self._process.stdin, flush=True)
        told: dict[str, Any] = json.loads(self._process.stdout.readline() if self._process.stdout else "")
        return told


@cache
def in_slot(slot: str, minute: datetime) -> FeedState:
    """What is written of the feeds of one slot that are asked in this minute, out of their turn."""
    feed_id = f"{int(slot.split(':')[1]):016x}"
    state = FeedState(feed_id=feed_id, url="https://a.example/", added=NOON, slot=slot, every=EVERY)
    return decision.next_revision(state, decision.Now(minute, minute), Pace(EVERY, EVERY))


class Pollers:
    """Who is asked of what is on the queue: each feed's last request, and before when it is not asked."""

    def __init__(self, account: Account) -> None:
        self.asked: dict[str, datetime] = {}
        self.twice = 0
        self._account = account
        self._late: dict[str, FeedState] = {}  # those that were written, because they were asked out of their turn
        self._new = set(account.slots[wheel.NEW])

    def poll(self, minute: datetime) -> None:
        """What was sent in this minute."""
        bodies, self._account.queue = self._account.queue, []
        for body in bodies:
            for feed_id in Batch.model_validate_json(body).feeds:
                self._ask(feed_id, minute)
        slots = self._account.slots
        slots[wheel.NEW] = [feed_id for feed_id in slots[wheel.NEW] if feed_id in self._new]

    def _ask(self, feed_id: str, minute: datetime) -> None:
        new, slot = feed_id in self._new, wheel.slot(feed_id, EVERY)
        if not new and (late := self._late.get(feed_id)) and decision.not_due(late, minute, force=False):
            return
        last = self.asked.get(feed_id)
        if last and minute - last < timedelta(minutes=EVERY):
            self.twice += 1
        self.asked[feed_id] = minute
        if new:
            self._new.discard(feed_id)
            insort(self._account.slots[slot], feed_id)
        if new or wheel.next_turn(slot, minute) != minute:
            self._late[feed_id] = in_slot(slot, minute)
        else:
            self._late.pop(feed_id, None)


def account(feeds: int, *, new: bool) -> Account:
    """So many feeds: each stands in its slot, or is new. Some are of one host."""
    found = Account()
    busy = min(BUSY, feeds // 20)
    for number in range(feeds):
        feed_id = hashlib.sha256(b"https://site-%d.example/feed" % number).hexdigest()[:16]
        found.hosts[feed_id] = "busy.example" if number < busy else f"site-{number}.example"
        found.slots[wheel.NEW if new else wheel.slot(feed_id, EVERY)].append(feed_id)
    for ids in found.slots.values():
        ids.sort()
    found.cursor = {"feed_id": {"S": "dispatch-cursor"}, "minute": {"S": NOON.isoformat()}}
    return found


def go_through(name: str, feeds: int, *, new: bool) -> bool:
    """Dispatch and poll until nothing is behind, and an hour more; whether all of it was right."""
    has = account(feeds, new=new)
    pollers, runs, caught_up = Pollers(has), list[dict[str, Any]](), 0
    minute = begun = NOON + wheel.MINUTE * (1 if new else OUTAGE)
    with served(has) as endpoint, Dispatcher(endpoint) as dispatcher:
        while not caught_up or minute <= begun + wheel.MINUTE * (caught_up + wheel.period(EVERY)):
            before = has.queries
            runs.append(dispatcher.dispatch(minute))
            runs[-1]["queries"] = has.queries - before
            pollers.poll(minute)
            if not caught_up and runs[-1]["upto"] == minute.isoformat() and not has.slots[wheel.NEW]:
                caught_up = len(runs)
            if len(runs) > LONGEST:
                break
            minute += wheel.MINUTE
    most = {figure: max(run[figure] for run in runs) for figure in ("feeds", "queries", "cpu", "megabytes")}
    seconds, left_out = most["cpu"] * PROCESSOR / MEMORY, feeds - len(pollers.asked)
    figures = [caught_up, most["feeds"], most["queries"], seconds, most["megabytes"], pollers.twice, left_out]
    print(f"{name:24}" + "".join(f"{figure:>13,.0f}" for figure in figures), flush=True)
    kept = seconds <= SECONDS and most["megabytes"] <= MEGABYTES
    return bool(caught_up) and kept and not pollers.twice and not left_out


def main(feeds: int) -> int:
    """Print a line for each; 1 where a bound is not kept."""
    share = f"{MEMORY / PROCESSOR:.2f} of a processor"
    print(f"{feeds:,} feeds, each looked at every {EVERY} minutes; a dispatcher of {MEMORY} MB has {share}")
    heads = ["minutes", "feeds a run", "queries", "seconds", "MB", "asked twice", "left out"]
    print(f"{'at most, of all runs':24}" + "".join(f"{head:>13.13}" for head in heads))
    right = [go_through(f"outage of {OUTAGE} minutes", feeds, new=False), go_through("import of all", feeds, new=True)]
    return 0 if all(right) else 1


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--bound", action="store_true", help="show that it runs")
    sys.exit(main(BOUND if options.parse_args().bound else FEEDS))
