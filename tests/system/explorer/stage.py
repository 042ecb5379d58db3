"""The world of `fakes`, with a witness in it, in which workers go on one call at a time.

Every call to a port, AWS's and the origin's, is a job that waits until it is let go: so any order of the calls of
several workers can be had, and anything can go wrong at each. There are no threads and there is no waiting: the same
plan gives the same run.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType
from unittest import mock

from fakes.bus import FakeBus
from fakes.calls import START, Calls, Crash
from fakes.leases import FakeLeases
from fakes.origin import FakeOrigin
from fakes.queue import FakeQueue
from fakes.secrets import FakeSecrets
from fakes.states import FakeStates
from fakes.store import FakeStore
from fakes.world import World

from explorer import faults
from explorer.faults import Call, Fault
from explorer.manners import Manners
from explorer.publisher import Archive, Paper
from explorer.witness import Witness
from explorer.worker import Receiver, Worker
from feedriver.decide import flood
from feedriver.decide.decision import next_turn
from feedriver.decide.wheel import floor_minute
from feedriver.errors import EdgeError, FetchCode, FetchError
from feedriver.fetch.body import EMPTY, MemoryDocument
from feedriver.http import Answer, Request
from feedriver.messaging import Announcement
from feedriver.poll.batches import Batch
from feedriver.poll.dispatch import dispatch
from feedriver.poll.edges import Edges
from feedriver.repair.reconcile import reconcile

REDELIVERED_AFTER = timedelta(minutes=6)  # the queue's visibility timeout, about
REDELIVERIES = 3
HIDDEN = timedelta(seconds=720)
RECEIPTS = 5
MINUTE = timedelta(minutes=1)
MOST_MINUTES = 200
FAILURES = {"time-out": FetchCode.TIMEOUT, "truncated": FetchCode.TRUNCATED}

HOURLY = 60  # minutes


class Watched(Calls):
    """Calls by number, each with what is planned to go wrong at it; the witness hears of what was done."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.made_so_far: list[Call] = []
        self.planned: dict[int, Fault] = {}
        self.struck = 0
        self._stage = stage

    @contextmanager
    def made(self, name: str, about: object = None) -> Iterator[str]:
        stage = self._stage
        self.made_so_far.append(Call(name, about if isinstance(about, int) else 1))
        fault = self.planned.pop(len(self.made_so_far), None) or stage.chance(self.made_so_far[-1])
        kind = fault.kind if fault else ""
        self.struck += bool(fault)
        if kind == faults.REFUSED:
            raise faults.AWS_ERROR
        if kind == faults.CRASH_BEFORE:
            stage.dies()
        if kind == faults.PARTLY:
            stage.bus.refuse_after(fault.taken)
        try:
            yield kind
        finally:
            stage.bus.accept()
        if name == "states.commit":
            stage.witness.committed(about)
        if name.startswith("store."):
            stage.witness.look()
        if kind == faults.LOST:
            raise faults.AWS_ERROR
        if kind == faults.CRASH_AFTER:
            stage.dies()


class Sent(list):
    """What the bus took, told to the witness at once."""

    def __init__(self, witness: Witness) -> None:
        super().__init__()
        self._witness = witness

    def append(self, announcement: Announcement) -> None:
        super().append(announcement)
        self._witness.sent(announcement)


@dataclass
class Schedule:
    """One run of the dispatcher."""

    dead: bool = False


class AtOnce(Executor):
    """Threads that do at once what they are given."""

    def submit(self, call, /, *args, **kwargs):
        done: Future[object] = Future()
        done.set_result(call(*args, **kwargs))
        return done


class Stage(World):
    """A world with a witness. `chance` may let something go wrong at any call. To be closed.

    What is a flood is small in it, so that plans of few calls come to one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._bounds = ExitStack()
        self.bound(flood, "LEAST", 4)
        self.bound(flood, "TIMES", 1)
        self.loop = asyncio.new_event_loop()
        self.seconds = 0.0
        self.loop.time = lambda: self.seconds  # a batch's time passes when a test says so
        self.calls = Watched(self)
        self.origin = FakeOrigin(self.calls)
        self.states = FakeStates(self.calls)
        self.store = FakeStore(self.calls)
        self.bus = FakeBus(self.calls)
        self.secrets = FakeSecrets(self.calls)
        self.leases = FakeLeases(self.calls)
        self.queue = FakeQueue(self.calls)
        self.archive = Archive()
        self.witness = Witness(self.store, self.states, self.archive)
        self.bus.sent = Sent(self.witness)
        self.manners = Manners(self.witness)
        self.papers: dict[str, Paper] = {}
        self.at_work: Worker | None = None
        self.by_queue = False  # turns come by schedule and queue
        self.messages: list[tuple[datetime, int, str]] = []
        self.steady = True  # what befalls a feed is planned, and not its origin's own
        self.chance: Callable[[Call], Fault | None] = lambda _: None

    def bound(self, module: ModuleType, name: str, value: int) -> None:
        """Let a bound of ours be another until the stage is closed."""
        self._bounds.enter_context(mock.patch.object(module, name, value))

    def close(self) -> None:
        self._bounds.close()
        self.loop.close()

    def found(self, name: str, host: str | None = None) -> Paper:
        """A new feed, registered."""
        paper = Paper(name, self.origin, self.archive, host)
        feed_id = self.add(paper.url)
        self.papers[feed_id] = paper
        self.states.items[feed_id] = self.states.items[feed_id].replace(floor=HOURLY)  # so that days pass in few polls
        return paper

    def dies(self) -> None:
        """The worker that made this call is killed: none of its other calls is made."""
        self.at_work.dead = True
        raise Crash

    def ask(self, request: Request) -> Answer:
        """What the origin answers now."""
        self.manners.asked(request.url, self.clock())
        if self.by_queue:
            state = next(state for state in self.states.items.values() if state.url == request.url)
            self.manners.counted(request.url, self.clock(), timedelta(minutes=state.every))
        with self.calls.made("fetch", request.url) as kind:
            self.origin.requests.append(request)
            if kind in FAILURES:
                raise FetchError(request.url, FAILURES[kind], "as planned")
            if kind in {"304", "503"}:
                return Answer(int(kind), {}, request.url, EMPTY, 0, 5)
            answer = self.origin._answer(request)
            self.manners.answered(request.url, answer, self.clock())
            if kind == "cut":
                body = next(paper for paper in self.papers.values() if request.url in paper.addresses).cut()
                return Answer(200, {}, request.url, MemoryDocument(body), len(body), 5)
            return answer

    def poll_now(self, feeds: Sequence[str], minute: datetime, seconds: float = math.inf) -> Worker:
        """One worker with one batch, to its end."""
        workers: list[Worker] = []

        async def alone() -> None:
            workers.append(Worker(self, "A", feeds, minute, seconds))
            await self.through(workers, lambda ready: ready[0])

        struck = self.calls.struck
        self.loop.run_until_complete(alone())
        if workers[0].harmed > self.calls.struck - struck and self.steady:
            self.witness.breaks("another feed harmed", f"{workers[0].harmed} feeds of one batch")
        return workers[0]

    def release_now(self, feeds: Sequence[str]) -> None:
        """A person releases what these feeds hold."""

        async def alone() -> None:
            worker = Worker(self, "release", feeds, floor_minute(self.clock()), releases=True)
            await self.through([worker], lambda ready: ready[0])

        self.loop.run_until_complete(alone())

    async def through(self, workers: list[Worker], choose: Callable[[list[Worker]], Worker]) -> None:
        """Let the workers' calls go, always that of the one chosen, until all are done or dead. More may come."""
        while True:
            while any(worker.busy for worker in workers):  # noqa: ASYNC110  # each round lets their tasks go one step
                await asyncio.sleep(0)
            ready = [worker for worker in workers if worker.ready]
            if not ready:
                break
            choose(ready).go()
        for worker in workers:
            with suppress(Crash, EdgeError):
                await worker.task
        if any(worker.dead for worker in workers):
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)
        self.manners.over(known=not any(worker.dead or worker.left for worker in workers))
        self.witness.figures["polls"] += len(workers)
        self.witness.figures["conflicts"] += sum(worker.outcomes["conflict"] for worker in workers)

    def deliver(self, feeds: Sequence[str], minute: datetime, seconds: float = math.inf) -> None:
        """A batch from the queue: what is not finished of it comes again, as often as the queue allows."""
        for _ in range(1 + REDELIVERIES):
            feeds = self.poll_now(feeds, minute, seconds).left
            if not feeds:
                return
            seconds = math.inf
            self.clock.advance(REDELIVERED_AFTER)

    def turn(self) -> datetime | None:
        """Let time pass until the next turn of any feed; its minute."""
        states = [self.states.items[feed_id] for feed_id in self.papers]
        turns = [turn for state in states if (turn := next_turn(state, floor_minute(self.clock())))]
        if not turns:
            return None
        self.clock.time = max(self.clock(), min(turns) + timedelta(seconds=30))
        return min(turns)

    def poll_at_turn(self) -> None:
        """All feeds at the next turn of any: those whose turn it is not say so themselves."""
        if self.by_queue:
            self.dispatch_at_turn()
        elif minute := self.turn():
            self.deliver(tuple(self.papers), minute)

    def dispatch_at_turn(self) -> None:
        """The same by schedule and queue, each minute until all of it is done."""
        minute = self.turn()
        if minute is None:
            return
        if self.states.minute is None:
            self.states.minute = minute - MINUTE
        for _ in range(MOST_MINUTES):
            self._dispatch()
            self._receive()
            if not self.messages and (self.states.minute, self.states.tries) == (floor_minute(self.clock()), 0):
                return
            following = min((at for at, *_ in self.messages), default=self.clock() + MINUTE)
            self.clock.time = max(following, self.clock() + MINUTE)
        self.witness.breaks("died", f"the queue is not empty: {self.messages}")

    def _dispatch(self) -> None:
        self.at_work = Schedule()
        with suppress(Crash, EdgeError):
            dispatch(self.states, self.queue, self.clock(), 500)

    def _receive(self) -> None:
        """Each message that is to be received now, to its end."""
        while True:
            for delay, body in zip(self.queue.delays, self.queue.bodies, strict=True):
                self.messages.append((self.clock() + timedelta(seconds=delay), 0, body))
            self.queue.delays.clear()
            self.queue.bodies.clear()
            ready = [message for message in self.messages if message[0] <= self.clock()]
            if not ready:
                return
            _, receipts, body = ready[0]
            self.messages.remove(ready[0])
            if not self._received(Batch.model_validate_json(body), receipts + 1) and receipts + 1 < RECEIPTS:
                self.messages.append((self.clock() + HIDDEN, receipts + 1, body))

    def _received(self, batch: Batch, receipts: int) -> bool:
        workers: list[Receiver] = []

        async def alone() -> None:
            workers.append(Receiver(self, batch, receipts))
            self.at_work = workers[0]
            await self.through(workers, lambda ready: ready[0])

        self.loop.run_until_complete(alone())
        return workers[0].done

    def heal(self, polls: int = 2) -> None:
        """Nothing goes wrong any more: each feed is asked at its turns, when hosts that wanted rest have had it.

        Then what is held is released: all of it is to come out.
        """
        self.calls.planned.clear()
        self.chance = lambda _: None
        self.by_queue = False
        self.clock.time = max([self.clock(), *self.states.held.values()])
        for _ in range(polls):
            for feed_id in self.papers:
                if turn := next_turn(self.states.items[feed_id], floor_minute(self.clock())):
                    self.clock.time = max(self.clock(), turn + timedelta(seconds=30))
                    self.deliver((feed_id,), turn)
        self.release_now(tuple(self.papers))
        self.witness.figures["calls"] += len(self.calls.made_so_far)
        self.witness.close(self.papers)
        self._reconcile()

    def _reconcile(self) -> None:
        """In a world that is well all agrees, but for what died before it cleared up, and that is repaired."""
        edges = Edges(self.states, self.store, self.bus, AtOnce())
        done = reconcile(edges, self.clock, START - timedelta(days=3), repair=True)
        self.witness.figures["reconciled"] += done.entries
        for finding in done.findings:
            if not finding.repaired:
                self.witness.breaks("does not agree", f"{finding.kind}: {finding.key or finding.url}: {finding.detail}")
