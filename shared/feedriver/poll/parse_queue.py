"""The queue for the one parsing process: which document is read next. All others wait for what one takes of it.

    first    a document may take as much of a processor as ordinary ones of its size need (`decide.slowness`). Small
             ones go before large ones, and a host that has shown a slow one goes behind all others
    second   what took more, and feeds known for it: when nothing of the first is left and nothing is arriving. Here a
             document may take all that the parser lets it. A host has one of these a batch, the rest wait for a later

A document is read under a share of the batch's budget of bytes, which is held until its decision is committed.
Documents that wait to be read take up room on disk: while it is too much, nobody new is asked.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Executor
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import Self

from feedriver.decide import slowness
from feedriver.errors import OverQuantum
from feedriver.http import Answer
from feedriver.parse.result import Known, Parsed, Parser
from feedriver.poll.budget import Budget
from feedriver.urls import host_of

MOST_WAITING = 128 * 1024 * 1024  # bytes that may wait to be read, as they came over the wire, while others are asked
KEPT_A_SECOND = 20_000_000  # bytes that are at least written to S3 in a second, packed, where there are many
QUICK = 128 * 1024  # bytes: a document of so many is read in no time


class NotRead(TimeoutError):
    """A document's turn did not come. `slow` says that it has shown itself to be."""

    def __init__(self, *, slow: bool) -> None:
        super().__init__()
        self.slow = slow


@dataclass(eq=False, slots=True)
class _Ticket:
    second: bool
    host: str
    size: int
    number: int
    turn: asyncio.Future[None]
    called: bool = False


class ParseQueue:
    """Where the documents of one batch wait to be read by `parser`; to be entered with `with`.

    `budget` bytes of them are being read and kept at most, and `places` feeds ask for theirs at the same time.
    One feed at a time is `comparing` its document with what is known, in a thread: many would leave the loop little
    time. Documents are made ready in `threads`. The batch's time is over at `until`, by the event loop's clock; a
    document that is being read then is given up `grace` seconds later. Those that still wait are given up earlier, in
    time to be kept.
    """

    def __init__(
        self, parser: Parser, threads: Executor, *, budget: int, places: int, until: float, grace: float
    ) -> None:
        self._parser = parser
        self._threads = threads
        self._budget = Budget(budget)
        self.comparing = asyncio.Lock()
        self._places = asyncio.Semaphore(places)
        self._bounded = math.isfinite(until)
        self._until = until
        self._grace = grace
        self._waiting: list[_Ticket] = []
        self._numbers = count()
        self._taken = False
        self._expected: set[str] = set()
        self._placed: set[str] = set()
        self._outside = 0
        self._held = 0
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._closed = False
        self._slow: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        if self._bounded:
            self._timer = asyncio.get_running_loop().call_at(self._until, self._last_call)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._timer:
            self._timer.cancel()

    @contextmanager
    def expecting(self, feed_id: str) -> Iterator[None]:
        """A document of this feed may come: the second level waits until it has, or will not."""
        self._expected.add(feed_id)
        try:
            yield
        finally:
            self._expected.discard(feed_id)
            self._call()

    @asynccontextmanager
    async def place(self, feed_id: str) -> AsyncIterator[None]:
        """A place among those that ask; the wait for one ends when the batch's time is over.

        It is held until the feed's decision is committed, or its document has to wait longer than others do.
        """
        self._outside += 1
        try:
            await self._places.acquire()
            self._placed.add(feed_id)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._until if self._bounded else None):
                    await self._has_room.wait()
        except BaseException:
            self._leave(feed_id)
            raise
        finally:
            self._outside -= 1
        try:
            yield
        finally:
            self._leave(feed_id)

    def _leave(self, feed_id: str) -> None:
        if feed_id in self._placed:
            self._placed.remove(feed_id)
            self._places.release()

    @contextmanager
    def holding(self, size: int) -> Iterator[None]:
        """`size` bytes wait to be read, or are being read and kept."""
        self._hold(size)
        try:
            yield
        finally:
            self._hold(-size)

    async def read(self, feed_id: str, answer: Answer, known: Known, memory: AsyncExitStack, *, slow: bool) -> Parsed:
        """What stands in the document of `answer` to this feed; its share of the budget goes to `memory`.

        `slow` says that it, or its feed, has shown itself to be. Raises `ParseError` as the parser does, and `NotRead`.
        """
        self._expected.discard(feed_id)
        if slow or answer.body.size > QUICK:
            self._leave(feed_id)
        if not slow:
            try:
                return await self._read(answer, known, memory, slowness.quantum(answer.body.size))
            except OverQuantum:
                self._leave(feed_id)
        host = host_of(answer.url)
        if self._bounded and host in self._slow:
            raise NotRead(slow=True)
        self._slow.add(host)
        return await self._read(answer, known, memory, None)

    async def _read(self, answer: Answer, known: Known, memory: AsyncExitStack, quantum: float | None) -> Parsed:
        last = self._until + self._grace
        async with self._turn(answer, second=quantum is None), AsyncExitStack() as share:
            try:
                async with asyncio.timeout_at(last if self._bounded else None):
                    await share.enter_async_context(self._budget.share(answer.body.size))
                    content_type = answer.headers.get("content-type")
                    # The bytes have no name here: what holds this frame would hold them.
                    parsed = await self._parser.parse(
                        await self._whole(answer), answer.url, content_type, known, quantum
                    )
            except TimeoutError:
                raise NotRead(slow=quantum is None) from None
            memory.push_async_exit(share.pop_all())
            return parsed

    async def _whole(self, answer: Answer) -> bytes:
        if answer.body.size <= QUICK:
            return answer.body.read()
        return await asyncio.get_running_loop().run_in_executor(self._threads, answer.body.read)

    @asynccontextmanager
    async def _turn(self, answer: Answer, *, second: bool) -> AsyncIterator[None]:
        if self._closed:
            raise NotRead(slow=second)
        turn = asyncio.get_running_loop().create_future()
        ticket = _Ticket(second, host_of(answer.url), answer.body.size, next(self._numbers), turn)
        self._waiting.append(ticket)
        self._call()
        try:
            await turn
        except asyncio.CancelledError:
            if ticket.called:  # in the same moment
                self._free()
            elif ticket in self._waiting:
                self._waiting.remove(ticket)
            raise
        try:
            yield
        finally:
            self._free()

    def _free(self) -> None:
        self._taken = False
        self._call()

    def _call(self) -> None:
        if self._taken or not self._waiting:
            return
        ticket = min(self._waiting, key=self._rank)
        kept_out = 0 if self._has_room.is_set() else self._outside
        if ticket.second and len(self._expected) > kept_out:
            return
        self._taken = ticket.called = True
        self._waiting.remove(ticket)
        if not ticket.turn.done():
            ticket.turn.set_result(None)

    def _rank(self, ticket: _Ticket) -> tuple[bool, bool, int, int]:
        return ticket.second, ticket.host in self._slow, ticket.size, ticket.number

    def _hold(self, size: int) -> None:
        self._held += size
        (self._has_room.clear if self._held > MOST_WAITING else self._has_room.set)()
        self._call()

    def _last_call(self) -> None:
        time_to_keep = min(self._held / KEPT_A_SECOND, self._grace)
        self._timer = asyncio.get_running_loop().call_at(self._until + self._grace - time_to_keep, self._close)

    def _close(self) -> None:
        """Let nobody begin any more."""
        self._closed = True
        waiting, self._waiting = self._waiting, []
        for ticket in waiting:
            if not ticket.turn.done():
                ticket.turn.set_exception(NotRead(slow=ticket.second))
