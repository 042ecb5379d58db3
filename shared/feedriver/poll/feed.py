"""The poll of one feed in one batch: announce what was left, ask, decide, commit; and what stopped it on its way.

`FeedPoll.run` follows the picture in `feedriver.poll.batch`.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from feedriver import keys
from feedriver.decide import conditional, holds, wheel
from feedriver.decide import decision as decide
from feedriver.decide.decision import Decision, Now
from feedriver.decide.outcome import Outcome
from feedriver.errors import (
    CalledOff,
    CommitConflict,
    EdgeError,
    FeedriverError,
    FetchCode,
    FetchError,
    InvalidWriteError,
)
from feedriver.http import Answer
from feedriver.poll.answer import AnswerDecider
from feedriver.poll.batches import Report
from feedriver.poll.commit import Committer
from feedriver.poll.context import LAST_FETCH, BatchContext, Unlocked, redacted
from feedriver.poll.edges import Edges
from feedriver.poll.outbox import Outbox
from feedriver.poll.parse_queue import NotRead, ParseQueue
from feedriver.poll.unread import Unread
from feedriver.ports import Clock, Fetcher
from feedriver.state import FeedState
from feedriver.urls import host_of, redact

DEFERRED = Decision(Outcome.DEFERRED, "its turn at the host did not come in this batch's time; a later round asks")
UNREAD = Decision(Outcome.DEFERRED, "there was no time left in this batch to read its document; a later round does")
LOST = Decision(Outcome.DEFERRED, "there was no time left in this batch to read its document, nor could it be kept")


@dataclass(frozen=True, slots=True)
class PollEdges:
    """What the polls of a batch call: publishers, AWS, the clock. `unread` keeps answers for a later round."""

    fetcher: Fetcher
    aws: Edges
    clock: Clock
    unread: Unread | None = None


@dataclass(slots=True)
class FeedPoll:
    """One poll under way. `asked` says whether a request was made, `failure` why no answer came.

    `now` is the time that decisions count from. `kept` says that the answer of this turn lies in S3
    (`feedriver.poll.unread`), `slow` that its document takes long to read. `held` is until when the feed's host is not
    to be asked. `refused` says that AWS took what was to be written for invalid: then the decision is the feed's
    failure, still to be committed. `milliseconds` and `received` (bytes) are the answer's. The answer itself is not
    kept: a batch may bring gigabytes.
    """

    state: FeedState
    context: BatchContext
    edges: PollEdges
    now: Now
    secret: Unlocked = None
    decision: Decision = DEFERRED
    asked: bool = False
    milliseconds: int = 0
    received: int = 0
    failure: FetchCode | None = None
    held: datetime | None = None
    refused: bool = False
    kept: bool = False
    slow: bool = False

    async def run(self, queue: ParseQueue) -> None:
        """All of the feed's poll but this: where it is `unsettled`, the decision is not committed yet."""
        feed_id = self.state.feed_id
        with queue.expecting(feed_id), self.failures_as_outcome(), ExitStack() as answered:
            async with queue.place(feed_id):
                answer, hold = (None, None) if self.context.over else await self._answer()
                if answer:
                    answered.enter_context(closing(answer.body))
                    answered.enter_context(queue.holding(answer.body.footprint))
                    await self._settle(answer, hold, queue)
        self.context.refused += self.decision.outcome == Outcome.AWS

    @property
    def unsettled(self) -> bool:
        """Whether no answer came, or AWS refused what it comes to: the feed's failure, which is still to be committed.

        Where no answer came, the whole batch tells whether the feed is to blame (`excuse_if_offline` in
        `feedriver.poll.batch`).
        """
        return bool(self.failure or self.refused)

    async def commit_failure(self) -> None:
        """Commit what no answer came to."""
        with self.failures_as_outcome():
            self.context.check()
            await Committer(self.edges.aws).commit(self.decision, None)
        self.context.refused += self.decision.outcome == Outcome.AWS

    @contextmanager
    def failures_as_outcome(self) -> Iterator[None]:
        """What is raised inside becomes this poll's decision."""
        try:
            yield
        except CommitConflict:
            why = "another worker committed this feed first; its next turn goes on from there"
            self.decision = Decision(Outcome.CONFLICT, why)
        except InvalidWriteError as error:
            self.refused = True
            self.decision = decide.failed(self.state, Outcome.UNWRITABLE, f"AWS takes no such write: {error}", self.now)
        except EdgeError as error:
            self.decision = Decision(Outcome.AWS, f"{error}; nothing is lost, the batch is tried again")
        except Exception as error:  # noqa: BLE001  # a defect of ours costs one feed its turn, and leaves its outbox
            why = f"{redacted(repr(error), self.secret)}; the feed's next turn tries again"
            self.decision = Decision(Outcome.INTERNAL_ERROR, why)

    async def _answer(self) -> tuple[Answer | None, holds.Hold | None]:
        """Announce what was left; what the feed's host says, or None where there is nothing to be read."""
        if self.state.outbox:
            await Outbox(self.edges.aws).announce(self.state)
            self.state = self.state.replace(outbox=())
        context, time = self.context, self.edges.clock()
        if self.kept and (answer := await self._taken_up()):
            self.now = Now(context.now.minute, time)
            return answer, None
        if not_now := context.not_now(self.state, time):
            self.decision = not_now
        elif host := holds.held(self.state, context.holds, time):
            self._wait(host)
        else:
            context.check()
            self.now = Now(context.now.minute, time)
            return await self._fetched()
        return None, None

    async def _taken_up(self) -> Answer | None:
        """What its host said in an earlier round; None where it is not to be had any more."""
        self.kept = False
        if self.edges.unread is None:
            return None
        with suppress(EdgeError):
            answer, self.slow = await self.edges.aws.call(self.edges.unread.take, self._unread_key)
            self.kept = True
            return answer
        return None

    async def _fetched(self) -> tuple[Answer | None, holds.Hold | None]:
        try:
            answer = await self._fetch()
        except TimeoutError:
            return None, None
        except CalledOff as called_off:
            self._wait(str(called_off))
            return None, None
        except FetchError as error:
            detail = redacted(error.detail, self.secret)
            self.decision, self.failure = decide.failed(self.state, error.code, detail, self.now), error.code
            self.asked = not isinstance(self.secret, FeedriverError)
            return None, None
        return answer, self._record(answer)  # before anything is awaited: the host's next turn is about to begin

    async def _fetch(self) -> Answer:
        """What the feed's host answers, or `FetchError`.

        Raises `CalledOff` where the host asked for rest before the turn at it came, `TimeoutError` where the turn did
        not come in the batch's time, `EdgeError` where it could not be remembered.
        """
        if isinstance(self.secret, FeedriverError):
            raise self.secret
        context, secret = self.context, self.secret
        bounded = math.isfinite(context.until)
        async with asyncio.timeout_at(context.until if bounded else None) as limit:

            async def gate(host: str) -> None:
                if context.over and not self.asked:
                    raise TimeoutError
                if host in context.holds and self.edges.clock() < context.holds[host]:
                    raise CalledOff(host)
                if bounded:
                    limit.reschedule(context.until + LAST_FETCH)
                if not self.asked:
                    context.check()
                    await self._claim()
                self.asked = True

            request = conditional.request(self.state, self.now.time, secret)
            return await self.edges.fetcher.fetch(replace(request, gate=gate))

    async def _claim(self) -> None:
        """Write down that this feed is asked, where what comes of it might never be: then its turn counts from now."""
        if not self.context.first_written_down(self.state):
            return
        time = self.edges.clock()
        self.now = Now(wheel.floor_minute(time), time)
        state = decide.before_request(self.state, self.now)
        await self.edges.aws.call(self.edges.aws.states.commit, state)
        self.state = state

    def _wait(self, host: str) -> None:
        """Leave the feed for now: `host` asked for rest. It costs no write, and the feed's turn comes again."""
        self.held = until = self.context.holds[host]
        why = f"{host} asked for rest until {until:%Y-%m-%d %H:%M} UTC, for all its feeds"
        self.decision = Decision(Outcome.WAITING, why)

    def _record(self, answer: Answer) -> holds.Hold | None:
        """Note an answer; the hold that it asks for its whole host, where it is one that nobody knew of yet."""
        self.asked, self.milliseconds, self.received = True, answer.milliseconds, answer.received
        self.context.answered.add(host_of(self.state.url))
        hold = None if self.secret else holds.hold(answer, self.now.time)  # a private feed's account is counted alone
        if hold is None or hold.until <= self.context.holds.get(hold.host, self.now.time):
            return None
        self.context.holds[hold.host] = hold.until
        return hold

    async def _settle(self, answer: Answer, hold: holds.Hold | None, queue: ParseQueue) -> None:
        """Decide, hold, commit. What takes up memory until it is committed is given back then."""
        aws, committer = self.edges.aws, Committer(self.edges.aws)
        kept = answer if self.context.keeps_documents else None
        async with AsyncExitStack() as memory:
            decider = AnswerDecider(queue, aws.threads, self.context.spacing)
            try:
                self.decision = await decider.decide(self.state, answer, self.now, self.secret, memory, slow=self.slow)
            except NotRead as late:
                self.decision, self.slow = UNREAD, late.slow
            try:
                if hold:
                    await aws.call(aws.states.hold, hold.host, hold.until, self.now.time)
            except EdgeError:
                # So that the feed at least does not ask again when the batch is redelivered.
                await committer.commit(self.decision, kept)
                raise
            await committer.commit(self.decision, kept)
        await self._put_aside(answer)

    async def _put_aside(self, answer: Answer) -> None:
        """Keep an answer that was not read for a later round; discard it when it was."""
        aws, unread = self.edges.aws, self.edges.unread
        if self.decision is UNREAD and not self.kept:
            self.decision = LOST
            if unread:
                with suppress(EdgeError):
                    await aws.call(unread.keep, self._unread_key, answer, slow=self.slow)
                    self.kept, self.decision = True, UNREAD
        elif self.decision is not UNREAD and self.kept:
            with suppress(EdgeError):  # it expires
                await aws.call(aws.store.discard, [self._unread_key])
            self.kept = False

    @property
    def _unread_key(self) -> str:
        return keys.unread_key(self.state.feed_id, self.context.now.minute)

    @property
    def report(self) -> Report:
        """Its line in the log."""
        decision = self.decision
        after = decision.state or self.state
        following = decide.next_turn(after, self.now.minute)
        if self.held and following and following < self.held:
            following = decide.next_turn(after, self.held - wheel.MINUTE)
        return Report(
            feed_id=after.feed_id,
            url=redact(after.url),
            asked=self.asked,
            outcome=decision.outcome,
            status=decision.status,
            new=decision.new,
            updated=decision.updated,
            held=len(decision.held),
            rejected=len(decision.rejected),
            next=following,
            why=decision.why,
            milliseconds=self.milliseconds,
            bytes=self.received,
        )
