"""One poll, from a feed's turn to its announcement.

    load ─ state of each feed of the batch, one read; which hosts asked for rest, another;
      │      secrets, one more, where a feed of it has any
    lease  one write: this batch is on its way, at these hosts    DynamoDB; refused, nobody is asked
      └─ for each feed, hundreds at once, until the batch's time is over (then it is deferred):
           announce what a crashed poll left            bus
           due?      not_due(state, minute)             pure
           held?     its host asked for rest            pure
           claim     new, or perhaps asked already      DynamoDB, one write, when its turn at the host has come
           fetch     conditional GET                    guarded client
           hold      a host that asks for rest          DynamoDB, one write
           parse     bytes → feed, items not yet known  pure, in a process that can be killed; nothing, if all are
           decide    state + document + now → Decision  pure
           stage     new entries; the raw document      S3 staging/, raw/
           commit    validators + seen + outbox         DynamoDB, one write guarded by rev; none if nothing changed
           store     the entries where they belong      S3 entries/
           announce  one event an entry                 EventBridge
           clear     the outbox                         DynamoDB
      └─ where no answer came: once all are fetched, decide and commit, unless our own network was closed
      └─ release ─ the hosts are free                   DynamoDB, one write
      └─ log ─ one object a batch                       S3 polls/

A crash anywhere loses nothing: before the commit, the validators are the old ones and the next poll does it all again;
after it, the outbox says what is still to be stored and announced, under the same key and event ids. What is staged and
never committed expires, so `entries/` holds what was committed and nothing else, whoever polls a feed at the same time.
"""

from __future__ import annotations

import asyncio
import gzip
import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import TypeVar

from feedriver import keys
from feedriver.batches import Batch, Report, unreadable
from feedriver.decide import decision as decide
from feedriver.decide import hosts, reading, wheel, window
from feedriver.decide.decision import Decision, Now
from feedriver.errors import CalledOff, EdgeError, FetchCode, FetchError, ParseError
from feedriver.leases import Leases
from feedriver.leasing import Leasing
from feedriver.models import FeedState
from feedriver.outbox import JSON_LINES, Outbox
from feedriver.outcome import Outcome
from feedriver.parse import Known, nothing_new
from feedriver.parse.document import MOST_AT_ONCE
from feedriver.parse.result import Parsed, Parser
from feedriver.ports import Answer, Bus, Clock, Fetcher, PassedOver, Secrets, States, Store
from feedriver.visit import LAST_FETCH, Shared, Unlocked, Visit, fair

T = TypeVar("T")
Progress = Callable[[Report], None]  # told of each feed as soon as it is done
AWS_CALLS_AT_ONCE = 16
NOT_THERE = "the credentials of this feed are not in the parameter store: add it again with them"
UNREAD = Decision("deferred", "there was no time left in this batch to read its document; a later round asks")


def aws_threads() -> ThreadPoolExecutor:
    """Threads to call AWS from, and to tell a document's items by their hashes."""
    return ThreadPoolExecutor(AWS_CALLS_AT_ONCE, "aws")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The way of an entry. Its edges are given; it makes none."""

    fetcher: Fetcher
    states: States
    store: Store
    bus: Bus
    clock: Clock
    parser: Parser
    feeds_at_once: int = 100
    on_report: Progress | None = None
    threads: Executor = field(default_factory=aws_threads)
    secrets: Secrets | None = None
    leases: Leases | None = None

    async def poll_batch(
        self,
        feed_ids: Sequence[str],
        now: Now,
        *,
        force: bool = False,
        seconds: float = math.inf,
        message: Batch | None = None,
    ) -> Outcome:
        """Poll these feeds, each for itself: what befalls one does not touch another. Unknown ids are passed over.

        No feed is asked when `seconds` have passed, and none at all where it is 0 or less. `message` is the batch as it
        came off the queue; without one a person polls, who gives way to nobody and asks again what was broken off.
        """
        until = asyncio.get_running_loop().time() + seconds
        passed: list[PassedOver] = []
        states = await self._in_thread(self.states.load, feed_ids, passed)
        unread = [unreadable(each) for each in passed]
        wanted = [states[feed_id] for feed_id in dict.fromkeys(feed_ids) if feed_id in states]
        if not wanted:
            return Outcome.of(unread)
        holds = await self._in_thread(self.states.holds)
        shared = Shared(now, holds, force=force, until=until, message=message)
        secrets = await self._secrets(wanted)
        leasing = Leasing(self.leases, self.clock, self.threads)
        lease = await leasing.begin(wanted, shared, seconds)
        if lease and lease.standing != "taken":
            return Outcome((), (), copy=lease.standing)
        at_once = asyncio.Semaphore(self.feeds_at_once)
        reports: dict[str, Report] = {}
        sent_anyhow: set[str] = set()

        def done(visit: Visit) -> None:
            report = reports[visit.state.feed_id] = visit.report
            if message and visit.state.slot == wheel.NEW and not visit.asked:
                sent_anyhow.add(visit.state.feed_id)
            if self.on_report:
                self.on_report(report)

        async def poll(state: FeedState) -> Visit | None:
            async with at_once:
                visit = await self._poll(state, secrets.get(state.feed_id), shared)
            if visit.failure or visit.refused:
                return visit
            done(visit)
            return None

        async def blame(visit: Visit) -> None:
            with visit.befalls():
                shared.check()
                await self._keep(visit.verdict, None)
            shared.refused += visit.verdict.outcome == "aws"
            done(visit)

        failed = [visit for visit in await asyncio.gather(*map(poll, fair(wanted))) if visit]
        shared.acquit(failed)
        await asyncio.gather(*map(blame, failed))
        if lease:
            await leasing.end(wanted, shared)
        told = [*(reports[state.feed_id] for state in wanted), *unread]
        logged = await self._log(told, feed_ids, now)
        return Outcome.of(told, sent_anyhow, logged=logged, once=message is None or message.tries > 0)

    async def quarantine(self, feed_ids: Sequence[str], now: Now) -> Outcome:
        """Write down that workers died of these feeds, and announce it. Nobody is asked."""
        states = await self._in_thread(self.states.load, feed_ids)
        told = []
        for state in states.values():
            visit = Visit(state, now, verdict=decide.killed(state, now))
            with visit.befalls():
                await self._keep(visit.verdict, None)
            told.append(visit.report)
        return Outcome.of(told, logged=await self._log(told, feed_ids, now))

    async def _log(self, reports: Sequence[Report], feed_ids: Sequence[str], now: Now) -> bool:
        """A log that could not be written is no reason to bother publishers again: the batch stays done."""
        lines = "".join(report.model_dump_json() + "\n" for report in reports).encode()
        try:
            await self._in_thread(self.store.put, keys.polls_key(now.minute, feed_ids), lines, JSON_LINES)
        except EdgeError:
            return False
        return True

    async def _secrets(self, states: Iterable[FeedState]) -> dict[str, Unlocked]:
        """The secrets of those that have one, or why there is none: that stops these feeds, and no others."""
        private = {state.feed_id: state for state in states if state.secret}
        try:
            found = await self._in_thread(self.secrets.load, list(private)) if private and self.secrets else {}
        except EdgeError as error:
            return dict.fromkeys(private, error)
        return {
            feed_id: found.get(feed_id) or FetchError(state.url, FetchCode.NO_SECRET, NOT_THERE)
            for feed_id, state in private.items()
        }

    async def _poll(self, state: FeedState, secret: Unlocked, shared: Shared) -> Visit:
        """All of a feed's poll but this: where no answer came, the verdict is not kept yet."""
        visit = Visit(state, shared.now, secret)
        if shared.over:
            return visit
        with visit.befalls():
            if state.outbox:
                await self._outbox.announce(state)
                visit.state = state.model_copy(update={"outbox": ()})
            time = self.clock()
            if verdict := shared.not_now(visit.state, time):
                visit.verdict = verdict
            elif host := hosts.held(visit.state, shared.holds, time):
                visit.wait(host, shared.holds[host])
            else:
                shared.check()
                visit.now = Now(shared.now.minute, time)
                await self._visit(visit, shared)
        shared.refused += visit.verdict.outcome == "aws"
        return visit

    async def _visit(self, visit: Visit, shared: Shared) -> None:
        """Fetch, hold, judge, keep."""
        try:
            answer = await visit.ask(self.fetcher, shared, self.clock, partial(self._claim, visit, shared))
        except TimeoutError:
            return
        except CalledOff as called_off:
            visit.wait(str(called_off), shared.holds[str(called_off)])
            return
        except FetchError as error:
            detail = visit.hushed(error.detail)
            visit.fail(decide.failed(visit.state, error.code, detail, visit.now), error.code)
            return
        with closing(answer.body):
            await self._settle(visit, answer, shared)

    async def _settle(self, visit: Visit, answer: Answer, shared: Shared) -> None:
        """What is to be done with an answer."""
        hold = visit.hear(answer, shared)  # before anything is awaited: the host's next turn is about to begin
        visit.verdict = await self._judge(visit, answer, shared)
        try:
            if hold:
                await self._in_thread(self.states.hold, *hold, visit.now.time)
        except EdgeError:
            # So that the feed at least does not ask again when the batch is redelivered.
            await self._keep(visit.verdict, answer)
            raise
        await self._keep(visit.verdict, answer)

    async def _claim(self, visit: Visit, shared: Shared) -> None:
        """Write down that this feed is asked, where what comes of it might never be: then its turn counts from now."""
        if not shared.first_written_down(visit.state):
            return
        time = self.clock()
        visit.now = Now(wheel.floor_minute(time), time)
        state = decide.beforehand(visit.state, visit.now)
        await self._in_thread(self.states.commit, state)
        visit.state = state

    async def _judge(self, visit: Visit, answer: Answer, shared: Shared) -> Decision:
        """Parse and decide: nothing is written yet. What goes wrong is told without the secret."""
        state, now = visit.state, visit.now
        try:
            if answer.status == HTTPStatus.NOT_MODIFIED or decide.same_body(state, answer):
                return decide.unchanged(state, answer, now)
            if answer.status != HTTPStatus.OK:
                return decide.refused(state, answer, now)
            return await self._read(visit, answer, shared)
        except ParseError as error:
            detail = f"{error.detail}; it names the feed {error.hint[0]}" if error.hint else error.detail
            return decide.failed(state, error.code, visit.hushed(detail), now, status=answer.status)
        except Exception as error:  # noqa: BLE001  # a defect of ours: it may cost this feed a turn, never the batch
            return decide.failed(state, "internal_error", visit.hushed(repr(error)), now, status=answer.status)

    async def _read(self, visit: Visit, answer: Answer, shared: Shared) -> Decision:
        """What takes long with a large document is done in threads: the loop belongs to all feeds."""
        known = window.of(visit.state).known
        small = answer.body.size <= MOST_AT_ONCE
        async with shared.looking:
            if small and await self._in_thread(lambda: nothing_new(*_document(answer), known)):
                return decide.unchanged(visit.state, answer, visit.now, same=False)
        try:
            parsed = await self._parse(answer, known, shared)
        except TimeoutError:
            return UNREAD
        return await self._in_thread(reading.read, visit.state, answer, parsed, visit.now)

    @property
    def _outbox(self) -> Outbox:
        return Outbox(self.states, self.store, self.bus, self.threads)

    async def _keep(self, verdict: Decision, answer: Answer | None) -> None:
        """Stage, commit, store, announce, clear: in this order, and none of it where nothing changed."""
        state = verdict.state
        if state is None:
            return
        for staged, lines in verdict.staged.items():
            await self._in_thread(self.store.put, staged, lines, JSON_LINES)
        if verdict.raw_key and answer:
            raw = await self._in_thread(lambda: gzip.compress(answer.body.read(), mtime=0))
            await self._in_thread(self.store.put, verdict.raw_key, raw, keys.label(answer.headers), "gzip", answer.url)
        await self._in_thread(self.states.commit, state)
        if state.outbox:
            await self._outbox.announce(state, verdict.staged)

    async def _parse(self, answer: Answer, known: Known, shared: Shared) -> Parsed:
        """What stands in it, or `TimeoutError` where documents before it took the batch's time."""
        document = await self._in_thread(_document, answer)
        last = shared.until + LAST_FETCH
        async with asyncio.timeout_at(last if math.isfinite(last) else None):
            return await self.parser.parse(*document, known)

    async def _in_thread(self, call: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.threads, call, *arguments)


def _document(answer: Answer) -> tuple[bytes, str, str | None]:
    return answer.body.read(), answer.url, answer.headers.get("content-type")
