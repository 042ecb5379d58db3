"""One poll, from a feed's turn to its announcement.

    load ─ state of each feed of the batch, one read; which hosts asked for rest, another;
      │      secrets, one more, where a feed of it has any
    lease  one write: this batch is on its way, at these hosts    DynamoDB; refused, nobody is asked
      └─ for each feed, hundreds at once, until the batch's time is over (then it is deferred):
           announce what a crashed poll left            bus
           due?      not_due(state, minute)             pure
           held?     its host asked for rest            pure
           claim     new, or perhaps asked already      DynamoDB, one write, when its turn at the host has come
           fetch     conditional GET                    guarded client; from S3, what the last round could not read
           hold      a host that asks for rest          DynamoDB, one write
           parse     bytes → feed, items not yet known  pure, in a process that can be killed; nothing, if all are
           decide    state + document + now → Decision  pure
           stage     new entries; the raw document      S3 staging/, raw/
           commit    validators + seen + outbox         DynamoDB, one write guarded by rev; none if nothing changed
           store     the entries where they belong      S3 entries/
           announce  one event an entry                 EventBridge
           clear     the outbox                         DynamoDB
           put aside what was fetched and not read      S3 unread/, for the next round
      └─ where no answer came: once all are fetched, decide and commit, unless our own network was closed
      └─ release ─ the hosts are free                   DynamoDB, one write
      └─ log ─ one object a batch                       S3 polls/

A crash anywhere loses nothing: before the commit, the validators are the old ones and the next poll does it all again;
after it, the outbox says what is still to be stored and announced, under the same key and event ids. What is staged and
never committed expires, so `entries/` holds what was committed and nothing else, whoever polls a feed at the same time.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import AsyncExitStack, ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from feedriver import keys
from feedriver.decide import decision as decide
from feedriver.decide import holds, wheel
from feedriver.decide.decision import Decision, Now
from feedriver.decide.outcome import Outcome
from feedriver.errors import CalledOff, EdgeError, FetchCode, FetchError, PassedOver
from feedriver.http import Answer
from feedriver.parse.result import Parser
from feedriver.poll import raw
from feedriver.poll.batches import Batch, Report, unreadable
from feedriver.poll.budget import documents
from feedriver.poll.desk import Desk
from feedriver.poll.edges import Edges, aws_threads
from feedriver.poll.feed import LAST_FETCH, Shared, Unlocked, Visit, fair
from feedriver.poll.judge import UNREAD, Judge
from feedriver.poll.leasing import Leasing
from feedriver.poll.outbox import JSON_LINES, Outbox
from feedriver.poll.result import BatchResult
from feedriver.poll.unread import Unread
from feedriver.ports import Bus, Clock, Fetcher, Leases, Secrets, States, Store
from feedriver.state import FeedState

T = TypeVar("T")
Progress = Callable[[Report], None]  # told of each feed as soon as it is done
NOT_THERE = "the credentials of this feed are not in the parameter store: add it again with them"
LOST = "there was no time left in this batch to read its document, nor could it be kept"


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
    unread: Unread | None = None
    memory: int = 288_000_000  # bytes, for the states of a batch and its documents

    async def poll_batch(
        self,
        feed_ids: Sequence[str],
        now: Now,
        *,
        force: bool = False,
        seconds: float = math.inf,
        message: Batch | None = None,
    ) -> BatchResult:
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
            return BatchResult.of(unread)
        shared = Shared(now, await self._in_thread(self.states.holds), force=force, until=until, message=message)
        secrets = await self._secrets(wanted)
        leasing = Leasing(self.leases, self.clock, self.threads)
        lease = await leasing.begin(wanted, shared, seconds)
        if lease and lease.standing != "taken":
            return BatchResult((), (), copy=lease.standing)
        room = documents(self.memory - sum(len(state.seen) for state in wanted))
        desk = Desk(self.parser, self.threads, budget=room, places=self.feeds_at_once, until=until, grace=LAST_FETCH)
        reports: dict[str, Report] = {}
        sent_anyhow: set[str] = set()

        def done(visit: Visit) -> None:
            report = reports[visit.state.feed_id] = visit.report
            if message and visit.state.slot == wheel.NEW and not (visit.asked or visit.kept):
                sent_anyhow.add(visit.state.feed_id)
            shared.leave(visit)
            if self.on_report:
                self.on_report(report)

        async def poll(state: FeedState) -> Visit | None:
            visit = Visit(state, shared.now, secrets.get(state.feed_id), kept=shared.kept(state))
            await self._poll(visit, shared, desk)
            if visit.failure or visit.refused:
                return visit
            done(visit)
            return None

        async def blame(visit: Visit) -> None:
            with visit.befalls():
                shared.check()
                await self._keep(visit.verdict, None)
            shared.refused += visit.verdict.outcome == Outcome.AWS
            done(visit)

        with desk, shared.lag.measured():
            failed = [visit for visit in await asyncio.gather(*map(poll, fair(wanted))) if visit]
        shared.acquit(failed)
        await asyncio.gather(*map(blame, failed))
        if lease:
            await leasing.end(wanted, shared)
        told = [*(reports[state.feed_id] for state in wanted), *unread]
        logged = await self._log(told, feed_ids, now)
        return BatchResult.of(told, sent_anyhow, shared.unread, logged=logged, once=shared.once, lag=shared.lag.longest)

    async def quarantine(self, feed_ids: Sequence[str], now: Now) -> BatchResult:
        """Write down that workers died of these feeds, and announce it. Nobody is asked."""
        states = await self._in_thread(self.states.load, feed_ids)
        told = []
        for state in states.values():
            visit = Visit(state, now, verdict=decide.killed(state, now))
            with visit.befalls():
                await self._keep(visit.verdict, None)
            told.append(visit.report)
        return BatchResult.of(told, logged=await self._log(told, feed_ids, now))

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
        failed: dict[str, EdgeError] = {}
        changed = {feed_id for feed_id, state in private.items() if state.slot == wheel.NEW}
        known = self.secrets if private else None
        found = await self._in_thread(known.load, list(private), failed, changed) if known else {}
        return {
            feed_id: failed.get(feed_id) or found.get(feed_id) or FetchError(state.url, FetchCode.NO_SECRET, NOT_THERE)
            for feed_id, state in private.items()
        }

    async def _poll(self, visit: Visit, shared: Shared, desk: Desk) -> None:
        """All of a feed's poll but this: where no answer came, the verdict is not kept yet."""
        feed_id = visit.state.feed_id
        with desk.expecting(feed_id), visit.befalls(), ExitStack() as answered:
            async with desk.place(feed_id):
                answer = None if shared.over else await self._answer(visit, shared)
                if answer:
                    answered.enter_context(closing(answer.body))
                    answered.enter_context(desk.holding(answer.body.footprint))
                    await self._settle(visit, answer, desk, keys.unread_key(feed_id, shared.now.minute))
        shared.refused += visit.verdict.outcome == Outcome.AWS

    async def _answer(self, visit: Visit, shared: Shared) -> Answer | None:
        """Announce what was left; what the feed's host says, or None where there is nothing to be read."""
        if visit.state.outbox:
            await self._outbox.announce(visit.state)
            visit.state = visit.state.replace(outbox=())
        time = self.clock()
        if visit.kept and (answer := await self._taken_up(visit, shared)):
            visit.now = Now(shared.now.minute, time)
            return answer
        if verdict := shared.not_now(visit.state, time):
            visit.verdict = verdict
        elif host := holds.held(visit.state, shared.holds, time):
            visit.wait(host, shared.holds[host])
        else:
            shared.check()
            visit.now = Now(shared.now.minute, time)
            return await self._fetched(visit, shared)
        return None

    async def _fetched(self, visit: Visit, shared: Shared) -> Answer | None:
        try:
            answer = await visit.ask(self.fetcher, shared, self.clock, partial(self._claim, visit, shared))
        except TimeoutError:
            return None
        except CalledOff as called_off:
            visit.wait(str(called_off), shared.holds[str(called_off)])
            return None
        except FetchError as error:
            visit.fail(decide.failed(visit.state, error.code, visit.hushed(error.detail), visit.now), error.code)
            return None
        visit.hold = visit.hear(answer, shared)  # before anything is awaited: the host's next turn is about to begin
        return answer

    async def _taken_up(self, visit: Visit, shared: Shared) -> Answer | None:
        """What its host said in an earlier round; None where it is not to be had any more."""
        visit.kept = False
        if self.unread is None:
            return None
        with suppress(EdgeError):
            key = keys.unread_key(visit.state.feed_id, shared.now.minute)
            answer, visit.slow = await self._in_thread(self.unread.take, key)
            visit.kept = True
            return answer
        return None

    async def _settle(self, visit: Visit, answer: Answer, desk: Desk, aside: str) -> None:
        """Judge, hold, keep. What takes up memory until it is kept is given back then."""
        async with AsyncExitStack() as held:
            visit.verdict = await Judge(desk, self.threads).verdict(visit, answer, held)
            try:
                if visit.hold:
                    await self._in_thread(self.states.hold, *visit.hold, visit.now.time)
            except EdgeError:
                # So that the feed at least does not ask again when the batch is redelivered.
                await self._keep(visit.verdict, answer)
                raise
            await self._keep(visit.verdict, answer)
        await self._put_aside(visit, answer, aside)

    async def _put_aside(self, visit: Visit, answer: Answer, key: str) -> None:
        """Keep an answer that was not read for a later round; discard it when it was."""
        if visit.verdict is UNREAD and not visit.kept:
            visit.verdict = replace(UNREAD, why=LOST)
            if self.unread:
                with suppress(EdgeError):
                    await self._in_thread(partial(self.unread.keep, key, answer, slow=visit.slow))
                    visit.kept, visit.verdict = True, UNREAD
        elif visit.verdict is not UNREAD and visit.kept:
            with suppress(EdgeError):  # it expires
                await self._in_thread(self.store.discard, [key])
            visit.kept = False

    async def _claim(self, visit: Visit, shared: Shared) -> None:
        """Write down that this feed is asked, where what comes of it might never be: then its turn counts from now."""
        if not shared.first_written_down(visit.state):
            return
        time = self.clock()
        visit.now = Now(wheel.floor_minute(time), time)
        state = decide.before_request(visit.state, visit.now)
        await self._in_thread(self.states.commit, state)
        visit.state = state

    @property
    def _outbox(self) -> Outbox:
        return Outbox(Edges(self.states, self.store, self.bus, self.threads))

    async def _keep(self, verdict: Decision, answer: Answer | None) -> None:
        """Stage, commit, store, announce, clear: in this order, and none of it where nothing changed."""
        state = verdict.state
        if state is None:
            return
        for staged, lines in verdict.staged.items():
            await self._in_thread(self.store.put, staged, lines, JSON_LINES)
        if verdict.raw_key and answer:
            body = await self._in_thread(raw.packed, answer.body)
            await self._in_thread(self.store.put, verdict.raw_key, body, keys.label(answer.headers), "gzip", answer.url)
        await self._in_thread(self.states.commit, state)
        if state.outbox:
            await self._outbox.announce(state, verdict.staged)

    async def _in_thread(self, call: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.threads, call, *arguments)
