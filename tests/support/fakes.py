"""A world to poll in, all in memory: one fake for each port, and one log of what was done to them, in order.

They refuse what AWS refuses, count what it charges (`calls.account`), and take the time that they are told to take
(`calls.seconds`, none by itself). Any call can be told to fail or to crash, before or after it took effect:

    world.at("states.commit", FAILED)                  AWS refuses the next commit
    world.at("bus.announce", Crash(), after=True)      the process dies when the events are out
    world.at_call(7, Crash())                          … before the seventh call, whichever that is
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import IO
from urllib.parse import unquote

from account import Account

from feedriver import urls
from feedriver.aws.store import in_metadata
from feedriver.credentials import Secret
from feedriver.decide.decision import Now, next_turn
from feedriver.decide.wheel import floor_minute
from feedriver.errors import CommitConflict, EdgeError, FetchCode, FetchError, NoObjectError, PassedOver
from feedriver.fetch.body import EMPTY, MemoryDocument, reopen
from feedriver.http import Answer, Request
from feedriver.keys import ListedObject, StoredObject
from feedriver.messaging import Announcement
from feedriver.parse import NOTHING_KNOWN, Known, Parsed, Parser, parse
from feedriver.poll.batch import BatchPoller, Progress
from feedriver.poll.batches import Batch
from feedriver.poll.edges import aws_threads
from feedriver.poll.result import BatchResult
from feedriver.poll.unread import Unread
from feedriver.registry import Registry, Subscription, canonical_address
from feedriver.state import FeedState
from feedriver.table import Cursor, Job, Lease, Placed, Standing, Stretch

START = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)
FAILED = EdgeError("fake Call: InternalServerError")
THREADS = aws_threads()  # the same for all tests: they are idle in between


class Crash(BaseException):
    """The process dies here: nothing may catch it."""


@dataclass
class Fault:
    """What is to happen at a call: the next one of this name, or the one of this number (from 1)."""

    error: BaseException
    name: str | None = None
    number: int | None = None
    after: bool = False


@dataclass
class Calls:
    """Every call to any port, by name and in order, with what it was about; and the faults still to come."""

    log: list[str] = field(default_factory=list)
    about: list[tuple[str, object]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    account: Account = field(default_factory=Account)
    clock: Clock | None = None
    seconds: float = 0.0  # that each call takes of the clock's time
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def made(self, name: str, about: object = None) -> Iterator[None]:
        """Log the call, and raise what was asked for, before or after its effect."""
        with self._lock:
            self.log.append(name)
            self.about.append((name, about))
            number = len(self.log)
            due = [fault for fault in self.faults if fault.name == name or fault.number == number]
            for fault in due:
                self.faults.remove(fault)
            self.account.called(name)
            if self.clock:
                self.clock.advance(timedelta(seconds=self.seconds))
        for fault in due:
            if not fault.after:
                raise fault.error
        yield
        for fault in due:
            if fault.after:
                raise fault.error


@dataclass
class Clock:
    """A settable clock."""

    time: datetime = START

    def __call__(self) -> datetime:
        return self.time

    def advance(self, by: timedelta) -> None:
        self.time += by


@dataclass(frozen=True)
class Document:
    """What a host says at a URL. It answers 304 to validators that it gave, unless it is `stubborn`."""

    body: bytes = b""
    etag: str | None = None
    last_modified: str | None = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    stubborn: bool = False

    def current(self, request: Request, url: str) -> bool:
        """Whether the client has it already: If-None-Match alone counts where it is sent (RFC 9110 §13.2.2)."""
        known = request.validators
        if known is None or known.url != url or self.status != 200 or self.stubborn:
            return False
        if known.etag:
            return known.etag == self.etag
        return bool(known.last_modified) and known.last_modified == self.last_modified


@dataclass
class FakeOrigin:
    """All hosts of the world, a `Fetcher`: documents, errors, redirects (`moved`: for good) by URL; and `requests`."""

    calls: Calls = field(default_factory=Calls)
    documents: dict[str, Document] = field(default_factory=dict)
    errors: dict[str, FetchCode] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def serve(self, url: str, body: bytes = b"", **said: object) -> Document:
        """Say this at `url` from now on: `etag`, `last_modified`, `status`, `headers` (a dict), `stubborn`."""
        self.errors.pop(url, None)
        headers = tuple(dict(said.pop("headers", {})).items())
        self.documents[url] = Document(body, headers=headers, **said)
        return self.documents[url]

    def fail(self, url: str, code: FetchCode = FetchCode.TIMEOUT) -> None:
        """Give no usable answer at `url` from now on."""
        self.errors[url] = code

    async def fetch(self, request: Request) -> Answer:
        if request.gate:
            await request.gate(urls.host_of(request.url))
        with self.calls.made("fetch", request.url):
            self.requests.append(request)
            await asyncio.sleep(0)
            return self._answer(request)

    def _answer(self, request: Request) -> Answer:
        if request.url in self.errors:
            raise FetchError(request.url, self.errors[request.url], "it was told to fail")
        moved_to = self.moved.get(request.url)
        url = moved_to or self.redirects.get(request.url, request.url)
        document = self.documents.get(url, Document(status=404))
        headers = dict(document.headers)
        if document.etag:
            headers["etag"] = document.etag
        if document.last_modified:
            headers["last-modified"] = document.last_modified
        if document.current(request, url):
            return Answer(304, headers, url, EMPTY, 0, 5, moved_to)
        body = document.body if document.status == 200 else b""
        return Answer(document.status, headers, url, MemoryDocument(body), len(body), 5, moved_to)


class FakeStates:
    """`States` in memory. Slots are found by an index that each write moves, as the table's is."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.items: dict[str, FeedState] = {}
        self.broken: set[str] = set()  # feeds whose items cannot be read
        self.index: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self.minute: datetime | None = None
        self.tries = 0
        self.new_after = ""
        self.held: dict[str, datetime] = {}
        self.stops: dict[Job, str | None] = {}

    def _replace(self, feed_id: str, state: FeedState | None) -> None:
        self.calls.account.written(self.items.get(feed_id), state)
        old = self.items.pop(feed_id, None)
        if old:
            del self.index[old.slot][feed_id]
        if state:
            self.items[feed_id] = state
            self.index[state.slot][feed_id] = None

    def load(self, feed_ids: Sequence[str], passed: list[PassedOver] | None = None) -> dict[str, FeedState]:
        with self.calls.made("states.load", tuple(feed_ids)):
            self.calls.account.read(self.items.get(feed_id) for feed_id in dict.fromkeys(feed_ids))
            known = [self.items[feed_id] for feed_id in dict.fromkeys(feed_ids) if feed_id in self.items]
            return {state.feed_id: state for state in self._readable(known, passed)}

    def _readable(self, states: Iterable[FeedState], passed: list[PassedOver] | None) -> list[FeedState]:
        found = list(states)
        if passed is not None:
            passed += [PassedOver(each.feed_id, None, "broken") for each in found if each.feed_id in self.broken]
        return [each for each in found if each.feed_id not in self.broken]

    def commit(self, state: FeedState) -> None:
        with self.calls.made("states.commit", state):
            standing = self.items.get(state.feed_id)
            if standing is None or standing.rev != state.rev - 1:
                raise CommitConflict(f"feed {state.feed_id}: revision {state.rev} was not the next one")
            self._replace(state.feed_id, state)

    def clear_outbox(self, feed_id: str, rev: int) -> None:
        with self.calls.made("states.clear_outbox", (feed_id, rev)):
            standing = self.items.get(feed_id)
            if standing and standing.rev == rev:
                self._replace(feed_id, standing.model_copy(update={"outbox": ()}))

    def register(self, state: FeedState) -> bool:
        with self.calls.made("states.register", state):
            if state.feed_id in self.items:
                return False
            self._replace(state.feed_id, state)
            return True

    def remove(self, feed_id: str) -> bool:
        with self.calls.made("states.remove", feed_id):
            known = feed_id in self.items
            self._replace(feed_id, None)
            return known

    def every(self, passed: list[PassedOver] | None = None) -> Iterator[FeedState]:
        with self.calls.made("states.every"):
            self.calls.account.scanned(self.items.values())
            yield from self._readable(self.items.values(), passed)

    def stretch(self, after: str | None, most: int, *, unannounced: bool = False) -> Stretch:
        with self.calls.made("states.stretch", after):
            ids = [feed_id for feed_id in sorted(self.items) if feed_id > (after or "")]
            found = [self.items[feed_id] for feed_id in ids[:most]]
            self.calls.account.scanned(found)
            passed: list[PassedOver] = []
            wanted = self._readable([each for each in found if each.outbox or not unannounced], passed)
            return Stretch(tuple(wanted), ids[most - 1] if len(ids) >= most else None, tuple(passed))

    def stopped(self, job: Job) -> str | None:
        with self.calls.made("states.stopped", job):
            return self.stops.get(job)

    def stop(self, job: Job, place: str | None) -> None:
        with self.calls.made("states.stop", (job, place)):
            self.stops[job] = place

    def in_slots(self, slots: Iterable[str]) -> Iterator[Placed]:
        with self.calls.made("states.in_slots"):
            for slot in slots:
                yield from [Placed(each, urls.host_of(self.items[each].url)) for each in self.index.get(slot, ())]

    def behind(self, slot: str, feed_id: str, most: int) -> list[Placed]:
        with self.calls.made("states.behind"):
            ids = sorted(each for each in self.index.get(slot, ()) if each > feed_id)
            return [Placed(each, urls.host_of(self.items[each].url)) for each in ids[:most]]

    def holds(self) -> dict[str, datetime]:
        with self.calls.made("states.holds"):
            return dict(self.held)

    def hold(self, host: str, until: datetime, now: datetime) -> None:
        with self.calls.made("states.hold", (host, until)):
            until = datetime.fromtimestamp(math.ceil(until.timestamp()), UTC)
            if host not in self.held or self.held[host] < until:
                self.held[host] = until
                self.held = {each: end for each, end in self.held.items() if end > now}

    def cursor(self) -> Cursor:
        with self.calls.made("states.cursor"):
            return Cursor(self.minute, self.tries, self.new_after)

    def advance(self, before: Cursor, after: Cursor) -> bool:
        with self.calls.made("states.advance", after):
            if (self.minute, self.tries) != before[:2]:
                return (self.minute, self.tries, self.new_after) == after
            self.minute, self.tries, self.new_after = after
            return True


class FakeLeases:
    """`Leases` in memory: `held` by batch, until when and at which hosts; None for one that is done."""

    KNOWN_FOR = timedelta(minutes=20)

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.held: dict[str, tuple[datetime, frozenset[str] | None]] = {}

    def take(self, batch: str, hosts: Collection[str], now: datetime, until: datetime) -> Lease:
        with self.calls.made("leases.take", batch):
            self._forget(now)
            if standing := self._standing(batch, now):
                return Lease(standing)
            busy = frozenset(hosts) & {host for until, at in self.held.values() for host in at or () if until >= now}
            self.held[batch] = until, frozenset(hosts) - busy
            return Lease("taken", busy)

    def standing(self, batch: str, now: datetime) -> Standing | None:
        with self.calls.made("leases.standing", batch):
            return self._standing(batch, now)

    def _standing(self, batch: str, now: datetime) -> Standing | None:
        if batch not in self.held:
            return None
        until, hosts = self.held[batch]
        if hosts is None:
            return "done"
        return "at_work" if until >= now else "left"

    def _forget(self, now: datetime) -> None:
        known = self.KNOWN_FOR
        self.held = {
            each: (until, hosts)
            for each, (until, hosts) in self.held.items()
            if until >= (now if hosts is None else now - known)
        }

    def finish(self, batch: str, now: datetime) -> None:
        with self.calls.made("leases.finish", batch):
            self.held[batch] = now + self.KNOWN_FOR, None


class FakeSecrets:
    """`Secrets` in memory."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.kept: dict[str, Secret] = {}

    def load(
        self, feed_ids: Sequence[str], failed: dict[str, EdgeError] | None = None, changed: Collection[str] = ()
    ) -> dict[str, Secret]:
        try:
            with self.calls.made("secrets.load", tuple(feed_ids)):
                return {feed_id: self.kept[feed_id] for feed_id in feed_ids if feed_id in self.kept}
        except EdgeError as error:
            if failed is None:
                raise
            failed |= dict.fromkeys(feed_ids, error)
            return {}

    def keep(self, feed_id: str, secret: Secret) -> None:
        with self.calls.made("secrets.keep", feed_id):
            self.kept[feed_id] = secret

    def forget(self, feed_id: str) -> None:
        with self.calls.made("secrets.forget", feed_id):
            self.kept.pop(feed_id, None)


class FakeStore:
    """`Store` in memory: `objects` by key, and how each was labelled."""

    bucket = "the-bucket"

    def __init__(self, calls: Calls | None = None, clock: Clock | None = None) -> None:
        self.calls = calls or Calls()
        self.objects: dict[str, bytes] = {}
        self.labels: dict[str, tuple[str, str | None]] = {}
        self.urls: dict[str, str | None] = {}
        self.written: dict[str, datetime] = {}
        self.clock = clock

    def put(
        self, key: str, body: bytes, content_type: str, content_encoding: str | None = None, url: str | None = None
    ) -> None:
        with self.calls.made(f"store.put {key.partition('/')[0]}", key):
            self.calls.account.put(key, content_type)
            self.objects[key] = body
            self.labels[key] = (content_type, content_encoding)
            self.urls[key] = unquote(in_metadata(url or "")) or None
            self.written[key] = self.clock() if self.clock else START

    def put_file(self, key: str, file: IO[bytes]) -> None:
        self.put(key, file.read(), "application/octet-stream")

    def get_file(self, key: str, file: IO[bytes]) -> None:
        file.write(self.get(key))

    def get(self, key: str) -> bytes:
        with self.calls.made("store.get", key):
            if key not in self.objects:
                raise NoObjectError("fake GetObject: NoSuchKey")
            return self.objects[key]

    def read(self, key: str) -> StoredObject:
        return StoredObject(self.get(key), self.labels[key][0], self.urls[key])

    def listed(self, prefix: str, after: str = "") -> Iterator[ListedObject]:
        with self.calls.made("store.listed", prefix):
            found = [ListedObject(key, self.written[key]) for key in self.under(prefix) if key > after]
            self.calls.account.listed(len(found))
            yield from found

    def discard(self, keys: Sequence[str]) -> None:
        with self.calls.made("store.discard", tuple(keys)):
            for key in keys:
                self.objects.pop(key, None)

    def under(self, prefix: str) -> list[str]:
        """The keys that begin with `prefix`, sorted."""
        return sorted(key for key in self.objects if key.startswith(prefix))


class FakeParser:
    """Parses where it is asked to; or gives what it was told to give instead."""

    def __init__(self) -> None:
        self.parse_with: Callable[..., Parsed] = parse

    async def parse(
        self,
        body: bytes,
        url: str,
        content_type: str | None,
        known: Known = NOTHING_KNOWN,
        quantum: float | None = None,
    ) -> Parsed:
        return self.parse_with(body, url, content_type, known)


class FakeBus:
    """`Bus` that keeps what was sent; `refuse_after(n)` takes n events more and then refuses, until `accept()`."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.sent: list[Announcement] = []
        self._room: int | None = None

    def refuse_after(self, taken: int = 0) -> None:
        self._room = taken

    def accept(self) -> None:
        self._room = None

    def announce(self, announcements: Sequence[Announcement]) -> None:
        with self.calls.made("bus.announce", len(announcements)):
            self.calls.account.announced(announcements)
            for announcement in announcements:
                if self._room == 0:
                    raise EdgeError("fake PutEvents: some entries were not taken")
                self.sent.append(announcement)
                self._room = self._room and self._room - 1


class FakeQueue:
    """`Queue` that keeps what was sent."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.bodies: list[str] = []
        self.delays: list[int] = []

    def send(self, bodies: Sequence[str], delay: int = 0) -> None:
        with self.calls.made("queue.send", len(bodies)):
            self.calls.account.sent(bodies, delay)
            self.bodies += bodies
            self.delays += [delay] * len(bodies)


class World:
    """All fakes around one pipeline, sharing one log of calls and one clock."""

    def __init__(self) -> None:
        self.calls = Calls()
        self.clock = self.calls.clock = Clock()
        self.origin = FakeOrigin(self.calls)
        self.states = FakeStates(self.calls)
        self.leases = FakeLeases(self.calls)
        self.store = FakeStore(self.calls, self.clock)
        self.bus = FakeBus(self.calls)
        self.queue = FakeQueue(self.calls)
        self.secrets = FakeSecrets(self.calls)
        self.parser: Parser = FakeParser()
        self.rounds = 0

    @property
    def log(self) -> list[str]:
        """The names of the calls so far, in order."""
        return self.calls.log

    def at(self, name: str, error: BaseException, *, after: bool = False) -> None:
        """Raise `error` at the next call of this name."""
        self.calls.faults.append(Fault(error, name=name, after=after))

    def at_call(self, number: int, error: BaseException, *, after: bool = False) -> None:
        """Raise `error` at the call that will be this one of the log, counted from 1."""
        self.calls.faults.append(Fault(error, number=number, after=after))

    def add(self, url: str) -> str:
        """Register a feed; its id."""
        Registry(self.states, self.secrets).add(Subscription(url), self.clock())
        return urls.feed_id(canonical_address(url))

    def state(self, feed_id: str) -> FeedState:
        """What is kept of a feed now."""
        return self.states.items[feed_id]

    def poll(
        self,
        *feed_ids: str,
        force: bool = False,
        on_report: Progress | None = None,
        seconds: float = math.inf,
        feeds_at_once: int = 100,
        message: Batch | None = None,
        unread: Mapping[str, int] | None = None,
    ) -> BatchResult:
        """One batch, in the clock's minute. `log` then holds this batch's calls alone.

        By hand and with no leases, or as the `message` of the queue that is given, with them. What is `unread` comes in
        a message of another round.
        """
        if unread and not message:
            self.rounds += 1
            minute = floor_minute(self.clock())
            message = Batch(minute=minute, feeds=feed_ids, round=self.rounds, unread=dict(unread))
        self.calls.log.clear()
        self.calls.about.clear()
        pipeline = BatchPoller(
            self.origin,
            self.states,
            self.store,
            self.bus,
            self.clock,
            self.parser,
            feeds_at_once,
            on_report,
            THREADS,
            self.secrets,
            self.leases if message else None,
            Unread(self.store, reopen),
        )
        now = Now(message.minute if message else floor_minute(self.clock()), self.clock())
        wanted = message.feeds if message else feed_ids
        return asyncio.run(pipeline.poll_batch(wanted, now, force=force, seconds=seconds, message=message))

    def later(self, **by: float) -> None:
        """Let time pass: `minutes=`, `hours=`, `days=`."""
        self.clock.advance(timedelta(**by))

    def until_its_turn(self, feed_id: str) -> None:
        """Let time pass until this feed's turn comes next; its poll is then one like any other."""
        turn = next_turn(self.state(feed_id), floor_minute(self.clock()))
        assert turn is not None
        self.clock.time = turn + timedelta(seconds=30)

    def calm(self) -> None:
        """No more faults."""
        self.calls.faults.clear()
        self.bus.accept()


def rss(*items: str, head: str = "<title>The Paper</title>") -> bytes:
    """An RSS document of these items."""
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{head}{body}</channel></rss>'.encode()


def story(name: str, text: str = "All of it.") -> str:
    """An item whose guid, link and title come from `name`."""
    return (
        f"<guid isPermaLink='false'>id-{name}</guid><title>Story {name}</title>"
        f"<link>https://paper.example/{name}</link><description>{text}</description>"
    )


def sha256_of(data: bytes) -> str:
    """As pointers have it."""
    return hashlib.sha256(data).hexdigest()
