"""One poller with one batch, whose calls are made one at a time."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from fakes.calls import Crash

from feedriver.decide.decision import Now
from feedriver.errors import EdgeError
from feedriver.http import Answer, Request
from feedriver.parse import NOTHING_KNOWN, Parsed, parse
from feedriver.poll import batch as pipeline
from feedriver.poll.batches import Batch
from feedriver.poll.delivery import Delivery
from feedriver.poll.edges import Edges
from feedriver.poll.redelivery import Redelivery
from feedriver.poll.result import BatchResult
from feedriver.repair.release import release
from feedriver.repair.sweep import sweep
from feedriver.urls import host_of

if TYPE_CHECKING:
    from explorer.stage import Stage

BATCH = 90.0  # seconds that a message has
UNHARMED = frozenset({"published", "held", "unchanged", "not_modified", "waiting", "conflict", "gone", "deferred"})
_parsed = lru_cache(maxsize=4096)(parse)  # pure: what was parsed once need not be again


class OneByOne(Executor):
    """Threads of one worker: calls that others may see wait here until they are let go, other work is done at once."""

    def __init__(self) -> None:
        self.waiting: list[tuple[asyncio.Future[object], Callable[[], object]]] = []

    def submit(self, call, /, *args, **kwargs):
        # The loop would wrap a future of threads in one of its own, and takes this as it is.
        done = asyncio.get_running_loop().create_future()
        if hasattr(getattr(call, "func", call), "__self__"):  # a method of a fake, or of the stage; it may be partial
            self.waiting.append((done, lambda: call(*args, **kwargs)))
        else:
            done.set_result(call(*args, **kwargs))
        return done


class Parses:
    """A parser that remembers."""

    async def parse(self, body: bytes, url: str, content_type: str | None, known=NOTHING_KNOWN, quantum=None) -> Parsed:
        return _parsed(body, url, content_type, known)


class Worker:
    """One poller with one batch, under way; without feeds, the sweep of what others left (`feedriver.repair.sweep`).

    With `releases`, a person who releases what these feeds hold (`feedriver.repair.release`).
    """

    def __init__(  # each argument has its own type
        self,
        stage: Stage,
        name: str,
        feeds: Sequence[str],
        minute: datetime,
        seconds: float = math.inf,
        *,
        releases: bool = False,
    ) -> None:
        self.name = name
        self.feeds = feeds
        self.threads = OneByOne()
        self.dead = False
        self._stage = stage
        if releases or not feeds:
            self.task = asyncio.ensure_future(self._release() if releases else self._sweep())
            return
        poller = pipeline.BatchPoller(
            self, stage.states, stage.store, stage.bus, stage.clock, Parses(), threads=self.threads
        )
        self.task = asyncio.ensure_future(poller.poll_batch(feeds, Now(minute, stage.clock()), seconds=seconds))

    async def _release(self) -> BatchResult:
        stage = self._stage
        edges = Edges(stage.states, stage.store, stage.bus, self.threads)
        for feed_id in self.feeds:
            done = await release(edges, stage.clock, feed_id)
            stage.witness.figures["released"] += done.entries
        return BatchResult((), ())

    async def _sweep(self) -> BatchResult:
        stage = self._stage
        swept = await sweep(Edges(stage.states, stage.store, stage.bus, self.threads), stage.clock)
        stage.witness.figures["swept"] += swept.announced
        return BatchResult((), ())

    @property
    def ready(self) -> bool:
        """Whether a call of its waits to be let go."""
        return bool(self.threads.waiting)

    @property
    def busy(self) -> bool:
        """Whether it will come to its next call, or its end, by itself."""
        return not (self.ready or self.dead or self.task.done())

    def go(self) -> None:
        """Make the call that waits."""
        done, call = self.threads.waiting.pop(0)
        if done.cancelled():  # its time was over before a thread was free for it
            return
        self._stage.at_work = self
        try:
            done.set_result(call())
        except BaseException as error:  # noqa: BLE001  # a crash is to reach the worker like any other error
            done.set_exception(error)
        if self.dead:
            self.threads.waiting.clear()

    async def fetch(self, request: Request) -> Answer:
        """The `Fetcher` that this worker is given."""
        if request.gate:
            await request.gate(host_of(request.url))
        ask = self._stage.ask
        return await asyncio.get_running_loop().run_in_executor(self.threads, ask, request)

    @property
    def outcomes(self) -> Counter[str]:
        """How many feeds of its batch had which outcome; none where it died, or was given no states."""
        with suppress(Crash, EdgeError):
            return self.task.result().outcomes
        return Counter()

    @property
    def harmed(self) -> int:
        """How many feeds of its batch something befell."""
        return sum(count for outcome, count in self.outcomes.items() if outcome not in UNHARMED)

    @property
    def left(self) -> tuple[str, ...]:
        """The feeds of its batch that are to come again."""
        try:
            outcome: BatchResult = self.task.result()
        except (Crash, EdgeError):
            return tuple(self.feeds)
        return (*outcome.unfinished, *outcome.deferred)


class Receiver(Worker):
    """The poll function with one message of the queue: with leases, and what it cannot finish is sent again."""

    def __init__(self, stage: Stage, batch: Batch, receipts: int) -> None:
        self.name = "the function"
        self.feeds = batch.feeds
        self.threads = OneByOne()
        self.dead = False
        self._stage = stage
        edges = (self, stage.states, stage.store, stage.bus, stage.clock, Parses())
        self._pipeline = pipeline.BatchPoller(*edges, threads=self.threads, leases=stage.leases)
        delivery = Delivery(self._poll, self._quarantine, Redelivery(stage.queue), stage.leases, stage.clock)
        self.task = asyncio.ensure_future(delivery.receive(batch, receipts, BATCH))

    async def _poll(self, batch: Batch, *, seconds: float) -> BatchResult:
        now = Now(batch.minute, self._stage.clock())
        return await self._pipeline.poll_batch(batch.feeds, now, seconds=seconds, message=batch)

    async def _quarantine(self, batch: Batch) -> BatchResult:
        return await self._pipeline.quarantine(batch.feeds, Now(batch.minute, self._stage.clock()))

    @property
    def done(self) -> bool:
        """Whether its message is; where it died it is not."""
        with suppress(Crash, EdgeError):
            return self.task.result().done
        return False

    @property
    def outcomes(self) -> Counter[str]:
        """See `Worker.outcomes`."""
        with suppress(Crash, EdgeError):
            return self.task.result().result.outcomes
        return Counter()

    @property
    def left(self) -> tuple[str, ...]:
        """What is left is on the queue."""
        return () if self.done else tuple(self.feeds)
