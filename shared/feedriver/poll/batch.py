"""The poll of a batch, from the turn of its feeds to the announcement of their entries.

    load ─ state of each feed of the batch, one read, which may lag; which hosts asked for rest, another;
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
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from feedriver import keys
from feedriver.decide import decision as decide
from feedriver.decide import outage, wheel
from feedriver.decide.decision import Decision, Now
from feedriver.decide.freshness import LEVELS
from feedriver.decide.outcome import Outcome
from feedriver.errors import EdgeError, FetchCode, FetchError, PassedOver
from feedriver.parse.result import Parser
from feedriver.poll.batches import Batch, Report, unreadable
from feedriver.poll.budget import documents
from feedriver.poll.commit import Committer
from feedriver.poll.context import LAST_FETCH, BatchContext, Unlocked, interleave_hosts
from feedriver.poll.edges import Edges, aws_threads, in_thread
from feedriver.poll.feed import FeedPoll, PollEdges
from feedriver.poll.leasing import Leasing
from feedriver.poll.outbox import JSON_LINES
from feedriver.poll.parse_queue import ParseQueue
from feedriver.poll.result import BatchResult
from feedriver.poll.unread import Unread
from feedriver.ports import Bus, Clock, Fetcher, Leases, Secrets, States, Store
from feedriver.state import FeedState, Freshness
from feedriver.urls import host_of

Progress = Callable[[Report], None]  # called with the report of each feed as soon as it is done
NOT_THERE = "the credentials of this feed are not in the parameter store: add it again with them"


@dataclass(frozen=True, slots=True)
class BatchPoller:
    """Polls batches of feeds. Its edges are given; it makes none."""

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
    freshness: Freshness = "balanced"
    keeps_documents: bool = True

    async def poll_batch(
        self,
        feed_ids: Sequence[str],
        now: Now,
        *,
        force: bool = False,
        seconds: float = math.inf,
        message: Batch | None = None,
    ) -> BatchResult:
        """Poll these feeds, each for itself: what happens to one does not touch another. Unknown ids are passed over.

        No feed is asked when `seconds` have passed, and none at all where it is 0 or less. `message` is the batch as it
        came off the queue; without one a person polls, who gives way to nobody and asks again what was broken off.
        """
        until = asyncio.get_running_loop().time() + seconds
        passed: list[PassedOver] = []
        states = await in_thread(self.threads, self.states.load, feed_ids, passed, latest=False)
        passed_over = [unreadable(each) for each in passed]
        wanted = [states[feed_id] for feed_id in dict.fromkeys(feed_ids) if feed_id in states]
        if not wanted:
            return BatchResult.from_reports(passed_over)
        holds = await in_thread(self.threads, self.states.holds)
        context = BatchContext(
            now,
            holds,
            force=force,
            until=until,
            message=message,
            spacing=LEVELS[self.freshness],
            keeps_documents=self.keeps_documents,
        )
        secrets = await self._secrets(wanted)
        leasing = Leasing(self.leases, self.clock, self.threads)
        lease = await leasing.begin(wanted, context, seconds)
        if lease and lease.standing != "taken":
            return BatchResult((), (), copy=lease.standing)
        found, sent_anyhow = await self._poll_feeds(wanted, secrets, context)
        if lease:
            await leasing.end(wanted, context)
        reports = [*(found[state.feed_id] for state in wanted), *passed_over]
        logged = await self._log(reports, feed_ids, now)
        return BatchResult.from_reports(
            reports, sent_anyhow, context.unread, logged=logged, once=context.once, lag=context.lag.longest
        )

    async def quarantine(self, feed_ids: Sequence[str], now: Now) -> BatchResult:
        """Write down that workers died of these feeds, and announce it. Nobody is asked."""
        states = await in_thread(self.threads, self.states.load, feed_ids)
        context, edges, reports = BatchContext(now, {}, force=False, until=math.inf), self._edges, []
        for state in states.values():
            feed_poll = FeedPoll(state, context, edges, now, decision=decide.killed(state, now))
            with feed_poll.failures_as_outcome():
                await Committer(edges.aws).commit(feed_poll.decision, None)
            reports.append(feed_poll.report)
        return BatchResult.from_reports(reports, logged=await self._log(reports, feed_ids, now))

    async def _poll_feeds(
        self, states: Sequence[FeedState], secrets: Mapping[str, Unlocked], context: BatchContext
    ) -> tuple[dict[str, Report], set[str]]:
        """The reports by feed id, and the new feeds that were not asked: the dispatcher sends those each minute."""
        edges = self._edges
        reports: dict[str, Report] = {}
        sent_anyhow: set[str] = set()

        def done(feed_poll: FeedPoll) -> None:
            state = feed_poll.state
            report = reports[state.feed_id] = feed_poll.report
            if context.message and state.slot == wheel.NEW and not (feed_poll.asked or feed_poll.kept):
                sent_anyhow.add(state.feed_id)
            if feed_poll.kept:
                context.unread[state.feed_id] = state.rev
            if self.on_report:
                self.on_report(report)

        async def poll(state: FeedState) -> FeedPoll | None:
            secret, kept = secrets.get(state.feed_id), context.has_unread(state)
            feed_poll = FeedPoll(state, context, edges, context.now, secret, kept=kept)
            await feed_poll.run(queue)
            if feed_poll.unsettled:
                return feed_poll
            done(feed_poll)
            return None  # what it decided on is not kept: a batch may bring gigabytes

        async def settle(feed_poll: FeedPoll) -> None:
            await feed_poll.commit_failure()
            done(feed_poll)

        room = documents(self.memory - sum(len(state.seen) for state in states))
        with (
            ParseQueue(
                self.parser,
                self.threads,
                budget=room,
                places=self.feeds_at_once,
                until=context.until,
                grace=LAST_FETCH,
            ) as queue,
            context.lag.measured(),
        ):
            unsettled = [each for each in await asyncio.gather(*map(poll, interleave_hosts(states))) if each]
        excuse_if_offline(unsettled, context)
        await asyncio.gather(*map(settle, unsettled))
        return reports, sent_anyhow

    async def _log(self, reports: Sequence[Report], feed_ids: Sequence[str], now: Now) -> bool:
        """A log that could not be written is no reason to bother publishers again: the batch stays done."""
        lines = "".join(report.model_dump_json() + "\n" for report in reports).encode()
        try:
            await in_thread(self.threads, self.store.put, keys.polls_key(now.minute, feed_ids), lines, JSON_LINES)
        except EdgeError:
            return False
        return True

    async def _secrets(self, states: Iterable[FeedState]) -> dict[str, Unlocked]:
        """The secrets of those that have one, or why there is none: that stops these feeds, and no others."""
        private = {state.feed_id: state for state in states if state.secret}
        failed: dict[str, EdgeError] = {}
        changed = {feed_id for feed_id, state in private.items() if state.slot == wheel.NEW}
        port = self.secrets if private else None
        found = await in_thread(self.threads, port.load, list(private), failed, changed) if port else {}
        return {
            feed_id: failed.get(feed_id) or found.get(feed_id) or FetchError(state.url, FetchCode.NO_SECRET, NOT_THERE)
            for feed_id, state in private.items()
        }

    @property
    def _edges(self) -> PollEdges:
        aws = Edges(self.states, self.store, self.bus, self.threads)
        return PollEdges(self.fetcher, aws, self.clock, self.unread)


def excuse_if_offline(unsettled: Sequence[FeedPoll], context: BatchContext) -> None:
    """Blame none of the feeds that gave no answer where it was our own network, or the poller itself."""
    shut = [each for each in unsettled if each.asked]
    asked = [(host_of(each.state.url), each.failure) for each in shut]
    if outage.closed([*asked, *((host, None) for host in context.answered)]):
        count = len({host for host, _ in asked})
        why = f"none of the {count} hosts asked could be reached: check the connection; no feed is blamed"
        for each in shut:
            each.decision = Decision(Outcome.NETWORK, why)
    elif outage.late(context.lag.longest, context.lag.heaviest):
        why = f"the poller was {context.lag.longest:.1f} s late itself: no feed is blamed for a time-out"
        for each in shut:
            if each.failure is FetchCode.TIMEOUT:
                each.decision = Decision(Outcome.NETWORK, why)
