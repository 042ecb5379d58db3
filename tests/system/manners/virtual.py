"""AWS as a poller meets it, in virtual time: a schedule, a queue with its visibility and receipts, twenty workers.

The dispatcher, the deliveries, the pipeline, the turns at hosts and the sweep are the project's own; what they call are
the fakes, each call of which may go wrong. Time passes where all wait: hours take a second.
"""

from __future__ import annotations

import asyncio
import selectors
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from fakes.bus import FakeBus
from fakes.calls import Calls, Crash
from fakes.leases import FakeLeases
from fakes.secrets import FakeSecrets
from fakes.states import FakeStates
from fakes.store import FakeStore
from fakes.world import THREADS

from feedriver.decide.decision import Now
from feedriver.errors import EdgeError
from feedriver.fetch.body import EMPTY, MemoryDocument
from feedriver.fetch.throttle import HostThrottle
from feedriver.http import Answer, Request
from feedriver.parse import NOTHING_KNOWN, parse
from feedriver.poll.batch import BatchPoller
from feedriver.poll.batches import Batch
from feedriver.poll.delivery import Delivery
from feedriver.poll.dispatch import dispatch
from feedriver.poll.edges import Edges
from feedriver.poll.redelivery import Redelivery
from feedriver.repair.sweep import sweep
from feedriver.urls import host_of

BEGIN = datetime(2026, 5, 4, 6, 0, 0, tzinfo=UTC)
HIDDEN = (
    720.0  # seconds that a message is hidden once it was received (tests/system/stack/test_template.py has these five)
)
RECEIPTS = 5
WORKERS = 20
TIMEOUT = 120.0  # seconds of the function
MARGIN = 30.0  # of the poll function
AWS_ERROR = EdgeError("virtual Call: refused")
_parsed = lru_cache(maxsize=4096)(parse)  # pure: what was parsed once need not be again


class _Selector(selectors.DefaultSelector):
    """Waits for nothing: what would be waited is added to the time."""

    now = 0.0

    def select(self, timeout: float | None = None):
        found = super().select(0)
        if not found and timeout is None:
            raise RuntimeError("all wait for each other")
        if not found:
            self.now += timeout
        return found


class Loop(asyncio.SelectorEventLoop):
    """Time passes only where nothing else is to be done."""

    def __init__(self) -> None:
        super().__init__(_Selector())
        self.set_exception_handler(lambda *_: None)  # tasks of a dead worker end unheard

    def time(self) -> float:
        return self._selector.now

    def run_in_executor(self, executor, call, *arguments):
        """Threads do at once what they are given."""
        done = self.create_future()
        try:
            done.set_result(call(*arguments))
        except BaseException as error:  # noqa: BLE001  # raised where the result is awaited
            done.set_exception(error)
        return done


@dataclass(eq=False)
class Worker:
    """One run of the poll function."""

    dead: bool = False


AT_WORK: ContextVar[Worker | None] = ContextVar("AT_WORK", default=None)


class Struck(Calls):
    """Calls of which `strike(name)` says what goes wrong: "refused", "lost", "half", "dies", or nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.strike: Callable[[str], str | None] = lambda name: None
        self.bus: FakeBus | None = None

    @contextmanager
    def made(self, name: str, about: object = None) -> Iterator[None]:
        worker = AT_WORK.get()
        if worker and worker.dead:
            raise Crash
        kind = self.strike(name)
        if kind == "dies" and worker:
            worker.dead = True
            raise Crash
        if kind == "refused":
            raise AWS_ERROR
        if kind == "half" and name == "bus.announce":
            self.bus.refuse_after(about // 2)
        try:
            yield
        finally:
            self.bus.accept()
        if kind in {"lost", "half"}:
            raise AWS_ERROR


@dataclass(eq=False)
class Message:
    """One message of the queue, to be received from `at` on, in seconds."""

    body: str
    at: float
    receipts: int = 0


class Queue:
    """A `feedriver.ports.Queue`; each message comes `copies` times more than it was sent."""

    def __init__(self, calls: Calls, time: Callable[[], float]) -> None:
        self.calls, self.time, self.copies = calls, time, 0
        self.messages: list[Message] = []
        self.dead: list[Message] = []
        self.sent = 0
        self.halved = False  # it takes a half of what is sent, and says so
        self.news = asyncio.Event()

    def send(self, bodies: Sequence[str], delay: int = 0) -> None:
        taken = bodies[: (len(bodies) + 1) // 2] if self.halved else bodies
        with self.calls.made("queue.send", len(bodies)):
            self._take(taken, delay)
        if self.halved:
            raise AWS_ERROR

    def _take(self, bodies: Sequence[str], delay: int) -> None:
        self.sent += len(bodies)
        for body in bodies:
            at = self.time() + delay
            self.messages += [Message(body, at + 5.0 * number) for number in range(1 + self.copies)]
        self.news.set()


class Press:
    """All publishers: what they say, and what they see: each request with the interval that its feed had then."""

    def __init__(self, time: Callable[[], float], every: Callable[[str], int]) -> None:
        self.time, self.every = time, every
        self.papers: dict[str, Paper] = {}
        self.slow: defaultdict[str, float] = defaultdict(lambda: 2.5)
        self.asks: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
        self.at_once: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()

    async def answer(self, request: Request) -> Answer:
        worker, host = AT_WORK.get(), host_of(request.url)
        if worker and worker.dead:
            raise Crash
        self.asks[request.url].append((self.time(), self.every(request.url)))
        self.at_once[host] += 1
        self.most_at_once[host] = max(self.most_at_once[host], self.at_once[host])
        try:
            await asyncio.sleep(self.slow[host])
        finally:
            self.at_once[host] -= 1
        return self.papers[request.url].answer(request, self.time())


@dataclass
class Paper:
    """One feed: an entry every `gap` minutes until `last` (seconds). With dates it is looked at each quarter."""

    url: str
    gap: int
    last: float
    dated: bool = True
    window: int = 40

    def printed(self, time: float) -> int:
        return 3 + int(min(time, self.last) // 60) // self.gap

    def answer(self, request: Request, time: float) -> Answer:
        edition = self.printed(time)
        headers = {"etag": f'"{edition}"', "content-type": "application/rss+xml"}
        if request.validators and request.validators.etag == headers["etag"]:
            return Answer(304, headers, self.url, EMPTY, 0, 5)
        body = self._body(edition)
        return Answer(200, headers, self.url, MemoryDocument(body), len(body), 5)

    def title(self, number: int) -> str:
        return f"{self.url} {number}"

    def _body(self, edition: int) -> bytes:
        items = []
        for number in range(edition, max(edition - self.window, 0), -1):
            at = BEGIN + timedelta(minutes=(number - 3) * self.gap)
            date = f"<pubDate>{at:%a, %d %b %Y %H:%M:%S} GMT</pubDate>" if self.dated else ""
            items.append(f"<item><guid>{self.url}/{number}</guid><title>{self.title(number)}</title>{date}</item>")
        return f'<rss version="2.0"><channel><title>T</title>{"".join(items)}</channel></rss>'.encode()


class Visitor:
    """The `Fetcher` of one worker: the client's own throttle, at the virtual press. `poison` kills who reads it."""

    def __init__(self, press: Press, time: Callable[[], float]) -> None:
        self.press = press
        self.throttle = HostThrottle(at_once=100, per_host=2, spacing=1.0, clock=time, sleep=asyncio.sleep)

    async def fetch(self, request: Request) -> Answer:
        async with self.throttle.request(host_of(request.url), request.gate):
            return await self.press.answer(request)


class Reader:
    """A parser that remembers, and dies of what is poison."""

    def __init__(self) -> None:
        self.poison: set[str] = set()

    async def parse(self, body, url, content_type, known=NOTHING_KNOWN, quantum=None):
        worker = AT_WORK.get()
        if url in self.poison and worker:
            worker.dead = True
            raise Crash
        return _parsed(body, url, content_type, known)


@dataclass
class Day:
    """One stretch of virtual time. To be closed."""

    loop: Loop = field(default_factory=Loop)

    def __post_init__(self) -> None:
        time = self.loop.time
        self.calls = Struck()
        self.states, self.leases = FakeStates(self.calls), FakeLeases(self.calls)
        self.store, self.bus = FakeStore(self.calls, self.clock), FakeBus(self.calls)
        self.calls.bus = self.bus
        self.secrets = FakeSecrets(self.calls)
        self.queue = Queue(self.calls, time)
        self.ids: dict[str, str] = {}
        self.press = Press(time, lambda url: self.states.items[self.ids[url]].every)
        self.reader = Reader()
        self.failed: Counter[str] = Counter()
        self.workers = 0
        again = Redelivery(self.queue)
        self.delivery = Delivery(self._poll, self._quarantine, again, self.leases, self.clock)

    def clock(self) -> datetime:
        return BEGIN + timedelta(seconds=self.loop.time())

    def _pipeline(self) -> BatchPoller:
        visitor = Visitor(self.press, self.loop.time)
        edges = (visitor, self.states, self.store, self.bus, self.clock, self.reader)
        return BatchPoller(*edges, threads=THREADS, secrets=self.secrets, leases=self.leases)

    async def _poll(self, batch: Batch, *, seconds: float):
        now = Now(batch.minute, self.clock())
        return await self._pipeline().poll_batch(batch.feeds, now, seconds=seconds, message=batch)

    async def _quarantine(self, batch: Batch):
        return await self._pipeline().quarantine(batch.feeds, Now(batch.minute, self.clock()))

    def live(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.loop.run_until_complete(self._live(self.loop.time() + seconds))

    async def _live(self, end: float) -> None:
        delivering = asyncio.ensure_future(self._deliver())
        while (now := self.loop.time()) < end:
            if now % 60 < 1:
                self._minute()
            if now % 3600 < 1:
                with suppress(EdgeError):
                    await sweep(Edges(self.states, self.store, self.bus, THREADS), self.clock)
            await asyncio.sleep(60 - now % 60)
        delivering.cancel()
        with suppress(asyncio.CancelledError):
            await delivering

    def _minute(self) -> None:
        try:
            dispatch(self.states, self.queue, self.clock(), 500)
        except EdgeError:
            self.failed["dispatches"] += 1
        self.calls.log.clear()
        self.calls.about.clear()

    async def _deliver(self) -> None:
        """What is to be received is given to a worker, while there is one."""
        while True:
            now = self.loop.time()
            ready = [message for message in self.queue.messages if message.at <= now]
            for message in ready[: WORKERS - self.workers]:
                message.receipts += 1
                message.at = now + HIDDEN
                if message.receipts > RECEIPTS:
                    self.queue.messages.remove(message)
                    self.queue.dead.append(message)
                    continue
                self.workers += 1
                self.queue.tasks = asyncio.ensure_future(self._work(message))
            following = min((message.at for message in self.queue.messages if message.at > now), default=now + 60)
            self.queue.news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0 if ready[WORKERS:] else following - now):
                    await self.queue.news.wait()

    async def _work(self, message: Message) -> None:
        worker = Worker()
        AT_WORK.set(worker)
        try:
            async with asyncio.timeout(TIMEOUT):
                batch = Batch.model_validate_json(message.body)
                delivered = await self.delivery.receive(batch, message.receipts, TIMEOUT - MARGIN)
        except (Crash, TimeoutError):
            worker.dead = True
            self.failed["workers"] += 1
        except EdgeError:
            self.failed["not received"] += 1
        else:
            if delivered.done:
                self.queue.messages.remove(message)
        finally:
            self.workers -= 1
            self.queue.news.set()

    def close(self) -> None:
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()
