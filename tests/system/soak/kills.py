"""Real kills: the polling process dies by SIGKILL, again and again, while its feeds go on: `make soak`.

The real poller polls a publisher on loopback and writes to the embedded AWS, in which the project's own template is
deployed. Each process is killed after a random number of moments: a moment is an AWS call sent or answered; for one
kill in four also a request met or answered by the publisher, so that it falls into fetching and parsing as well. In one
round in four two processes poll the same feeds at once, and both are killed. In the end one process is left to poll
until all is quiet, and the books of the publisher are compared with what a subscriber's queue received and with what
lies in the bucket.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import random
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from soak.origin import Origin, Version
from soak.poller import poll_until_killed

from feedriver.events import EntryPublished, EntryUpdated, parse_event
from feedriver.local.folder import local_deployment
from feedriver.local.mirror import drain_events
from feedriver.models import Entry
from feedriver.poll.batches import Batch
from feedriver.registry import Registry, Subscription
from feedriver.settings import PollSettings
from feedriver.wiring.clients import utc_now
from feedriver.wiring.deployment import Deployment
from feedriver.wiring.poll import poller

FEEDS = 6
MOST_MOMENTS = 100  # at AWS: about a batch and a half
MOST_EARLY = 30  # moments at AWS or the publisher: of these are a batch's first
FETCHING = {b"asked", b"answered"}
SHARE = 1 / 4  # of kills while feeds are fetched and parsed, of rounds of two processes at once
PATIENCE = 60.0  # seconds without a moment: then a process hangs
ROUNDS_TO_QUIET = 10
MODULES = (
    "feedriver.poll.batch",
    "feedriver.local.emulator",
    "feedriver.aws.state",
    "feedriver.fetch.client",
    "soak.poller",
)
STATES = ("an outbox", "staged entries", "nothing")


@dataclass
class Account:
    """What came of it."""

    kills: int = 0
    together: int = 0  # rounds of two processes at once
    moments: Counter[str] = field(default_factory=Counter)  # what the killed process was last heard of
    left: Counter[str] = field(default_factory=Counter)  # what a kill left behind
    asked: int = 0
    not_modified: int = 0
    broken: int = 0
    published: int = 0
    owed: int = 0
    announced: int = 0
    received: int = 0
    lost: set[Version] = field(default_factory=set)
    new_twice: int = 0
    troubles: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def repeats(self) -> int:
        """Events that had come before, to the letter."""
        return self.received - self.announced

    def told(self) -> str:
        """For people, and for ARCHITECTURE.md."""
        left = ", ".join(f"{what} {self.left[what]}" for what in STATES)
        moments = ", ".join(f"{what} {count}" for what, count in self.moments.most_common())
        lines = [
            f"{self.kills} kills ({self.together} rounds of two processes at once) in {self.seconds:.0f} s",
            f"left behind by a kill: {left}",
            f"last heard of: {moments}",
            f"the publisher was asked {self.asked} times, said 304 {self.not_modified} times, broke off {self.broken}",
            f"versions published {self.published}, owed {self.owed}, announced {self.announced}",
            f"lost {len(self.lost)}, announced as new twice {self.new_twice}, repeats to the letter {self.repeats}",
        ]
        return "\n".join([*lines, *(f"TROUBLE {trouble}" for trouble in self.troubles)])


@dataclass
class Soak:
    """The river, the publisher, and whoever polls."""

    river: Deployment
    origin: Origin
    feeds: tuple[str, ...]
    word: tuple[Connection, Connection]
    dice: random.Random
    account: Account

    @property
    def settings(self) -> PollSettings:
        """The poller's, in the deployed stack."""
        stack = self.river.stack
        return PollSettings(
            state_table=stack["StateTable"],
            entries_bucket=stack["EntriesBucket"],
            event_bus=stack["EventBus"],
            allow_private=True,
        )

    def kill(self, kills: int) -> None:
        """Start and kill so many processes."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(MODULES))
        endpoint = self.river.clients("s3").meta.endpoint_url
        while self.account.kills < kills and not self.account.troubles:
            fellows = min(1 + (self.dice.random() < SHARE), kills - self.account.kills)
            self.account.together += fellows > 1
            arguments = (endpoint, self.settings, self.feeds, self.word[1])
            polling = [context.Process(target=poll_until_killed, args=arguments) for _ in range(fellows)]
            staged = self._staged()
            for process in polling:
                process.start()
            for process in polling:
                self._kill_in_time(process)
            self._look(staged)

    def _kill_in_time(self, process: BaseProcess) -> None:
        heard, early = b"started", self.dice.random() < SHARE
        left = self.dice.randrange(1, MOST_EARLY if early else MOST_MOMENTS)
        while left:
            ready = wait([self.word[0], process.sentinel], PATIENCE)
            if self.word[0] not in ready:
                self.account.troubles.append(
                    "a poller ended by itself" if ready else f"a poller hangs after {heard.decode()}"
                )
                break
            heard = self.word[0].recv_bytes()
            left -= early or heard not in FETCHING
        process.kill()
        process.join()
        self.account.kills += 1
        self.account.moments[heard.decode()] += 1
        if process.exitcode != -signal.SIGKILL:
            self.account.troubles.append(f"a poller ended with {process.exitcode}")
        process.close()

    def _look(self, staged: set[str]) -> None:
        """What the kill left behind."""
        while self.word[0].poll():
            self.word[0].recv_bytes()
        if any(state.outbox for state in self.river.states.load(self.feeds).values()):
            self.account.left["an outbox"] += 1
        elif self._staged() - staged:
            self.account.left["staged entries"] += 1
        else:
            self.account.left["nothing"] += 1

    def _staged(self) -> set[str]:
        return {key for key in self._keys() if key.startswith("staging/")}

    def _keys(self) -> set[str]:
        pages = self.river.clients("s3").get_paginator("list_objects_v2").paginate(Bucket=self.settings.entries_bucket)
        return {item["Key"] for page in pages for item in page.get("Contents", [])}

    def calm(self) -> None:
        """Poll in peace until the publisher has nothing more to say and no outbox is left."""
        self.origin.restless = False
        polling = poller(self.settings, clients=self.river.clients)
        for _ in range(ROUNDS_TO_QUIET):
            outcome = polling.poll(Batch(minute=utc_now(), feeds=self.feeds), force=True)
            states = self.river.states.load(self.feeds).values()
            if outcome.outcomes == {"not_modified": len(self.feeds)} and not any(state.outbox for state in states):
                return
        self.account.troubles.append(f"no quiet after {ROUNDS_TO_QUIET} rounds: {outcome.outcomes}")

    def settle(self, folder: Path) -> None:
        """Compare the publisher's books with the subscriber's and with the bucket."""
        account, origin = self.account, self.origin
        account.asked, account.not_modified, account.broken = origin.asked, origin.not_modified, origin.broken
        account.published, account.owed = len(origin.published), len(origin.owed)
        details: defaultdict[str, set[str]] = defaultdict(set)
        announced: dict[str, EntryPublished | EntryUpdated] = {}
        for envelope in drain_events(self.river, folder / "events.jsonl"):
            event = parse_event(envelope)
            if isinstance(event, EntryPublished | EntryUpdated):
                account.received += 1
                event_id = event.detail.metadata.event_id
                details[event_id].add(json.dumps(json.loads(envelope)["detail"]))
                announced[event_id] = event
        account.announced = len(announced)
        if any(len(told) > 1 for told in details.values()):
            account.troubles.append("a repeat differs from what it repeats")
        self._compare(announced)
        self._read_back(announced)

    def _compare(self, announced: dict[str, EntryPublished | EntryUpdated]) -> None:
        account, origin = self.account, self.origin
        entries = [event.detail.data.entry for event in announced.values()]
        versions = {_version(entry) for entry in entries}
        account.lost = origin.owed - versions
        if account.lost:
            account.troubles.append(f"lost: {sorted(account.lost)[:5]}")
        if versions - origin.published:
            account.troubles.append("a version was announced that nobody published")
        if not origin.standing.items() <= origin.owed:
            account.troubles.append("what stands was not committed")
        new = Counter(
            event.detail.data.entry.guid for event in announced.values() if event.detail_type == "Entry Published"
        )
        account.new_twice = sum(count - 1 for count in new.values())
        if account.new_twice:
            account.troubles.append("announced as new twice")
        if len({(entry.guid, entry.revision) for entry in entries}) < len(entries):
            account.troubles.append("one revision of an entry has two events")
        highest = {entry.guid: entry for entry in sorted(entries, key=lambda entry: entry.revision)}
        if any(
            _version(highest[guid]) != (guid, version) for guid, version in origin.standing.items() if guid in highest
        ):
            account.troubles.append("the highest revision is not what stands")

    def _read_back(self, announced: dict[str, EntryPublished | EntryUpdated]) -> None:
        """Each event's object by its range, and of `entries/` what was announced and nothing else."""
        s3, bucket, pointers = self.river.clients("s3"), self.settings.entries_bucket, defaultdict(dict)
        for event in announced.values():
            data = event.detail.data
            pointers[data.object.key][data.object.offset] = data
        stored = {key for key in self._keys() if key.startswith("entries/")}
        if stored != pointers.keys():
            odd = f"{len(stored - pointers.keys())} more, {len(pointers.keys() - stored)} fewer"
            self.account.troubles.append(f"entries/ does not hold what was announced: {odd}")
        for key in stored & pointers.keys():
            lines = s3.get_object(Bucket=bucket, Key=key)["Body"].read().splitlines()
            if len(lines) != len(pointers[key]):
                self.account.troubles.append(f"{key} has lines that were not announced")
            for data in pointers[key].values():
                told = data.object
                ranged = f"bytes={told.offset}-{told.offset + told.length - 1}"
                line = s3.get_object(Bucket=bucket, Key=key, Range=ranged)["Body"].read()
                if hashlib.sha256(line).hexdigest() != told.sha256 or Entry.model_validate_json(line) != data.entry:
                    self.account.troubles.append(f"{key} does not hold at {told.offset} what was announced")


def _version(entry: Entry) -> Version:
    return entry.guid or "", int(entry.text.removeprefix("version "))


def soak(folder: Path, kills: int, seed: int) -> Account:
    """So many kills, and the account of them."""
    begun, account = time.monotonic(), Account()
    reader, writer = multiprocessing.Pipe(duplex=False)
    origin = Origin(seed, FEEDS, writer.send_bytes)
    with reader, writer, local_deployment(folder) as river, origin.open() as urls:
        now = utc_now()
        for url in urls:
            Registry(river.states).add(Subscription(url), now)
        feeds = tuple(state.feed_id for state in river.states.every())
        round_by_round = Soak(river, origin, feeds, (reader, writer), random.Random(seed), account)
        round_by_round.kill(kills)
        round_by_round.calm()
        round_by_round.settle(folder)
    account.seconds = time.monotonic() - begun
    return account


def main(kills: int, seed: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        account = soak(Path(folder), kills, seed)
    print(f"seed {seed}", account.told(), sep="\n")  # noqa: T201  # for people
    return 1 if account.troubles else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 200, int(sys.argv[2]) if sys.argv[2:] else 1))
