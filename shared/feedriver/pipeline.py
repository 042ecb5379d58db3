"""One poll, from a feed's turn to its announcement.

    load ─ state of each feed of the batch, one read; secrets, one more, where a feed of it has any
      └─ for each feed, hundreds at once:
           announce what a crashed poll left            bus
           due?      not_due(state, minute)             pure
           fetch     conditional GET                    guarded client
           parse     bytes → feed, items                pure, in a thread
           decide    state + document + now → Decision  pure
           store     new entries, raw document          S3
           commit    validators + seen + outbox         DynamoDB, one write guarded by rev; none if nothing changed
           announce  one event an entry                 EventBridge
           clear     the outbox                         DynamoDB
      └─ log ─ one object a batch                       S3 polls/

A crash anywhere loses nothing: before the commit, the validators are the old ones and the next poll does it all again,
overwriting what it stored; after it, the outbox says what is still to be announced, under the same event ids.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar

from feedriver import keys
from feedriver.batches import Report
from feedriver.credentials import scrub
from feedriver.decide import decision as decide
from feedriver.decide import trust
from feedriver.decide.decision import Decision, Now
from feedriver.errors import CommitConflict, EdgeError, FeedriverError, FetchCode, FetchError, ParseError
from feedriver.events import entry_announcements, feed_announcement
from feedriver.models import FeedState
from feedriver.parse import parse
from feedriver.parse.result import Parsed
from feedriver.ports import Answer, Bus, Clock, Fetcher, Secret, Secrets, States, Store
from feedriver.urls import redact

T = TypeVar("T")
Unlocked = Secret | FeedriverError | None  # a feed's secret, or why there is none
Progress = Callable[[Report], None]  # told of each feed as soon as it is done
JSON_LINES = "application/x-ndjson"
AWS_CALLS_AT_ONCE = 16
NOT_THERE = "the credentials of this feed are not in the parameter store: add it again with them"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch.

    `unfinished` are feeds that an AWS failure stopped: their batch is to be redelivered. `logged` says whether the
    batch's log in `polls/` was written.
    """

    reports: tuple[Report, ...]
    unfinished: tuple[str, ...]
    logged: bool = True


@dataclass(frozen=True, slots=True)
class Threads:
    """Parsing holds the interpreter: its one thread keeps the event loop, and so every deadline, true."""

    parsing: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "parse"))
    calling: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AWS_CALLS_AT_ONCE, "aws"))


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The way of an entry. Its edges are given; it makes none."""

    fetcher: Fetcher
    states: States
    store: Store
    bus: Bus
    clock: Clock
    feeds_at_once: int = 100
    on_report: Progress | None = None
    threads: Threads = field(default_factory=Threads)
    secrets: Secrets | None = None

    async def poll_batch(self, feed_ids: Sequence[str], now: Now, *, force: bool = False) -> Outcome:
        """Poll these feeds, each for itself: what befalls one does not touch another. Unknown ids are passed over."""
        states = await self._aws(self.states.load, feed_ids)
        secrets = await self._secrets(states.values())
        at_once = asyncio.Semaphore(self.feeds_at_once)

        async def guarded(state: FeedState) -> Report:
            async with at_once:
                report = await self._poll(state, secrets.get(state.feed_id), now, force=force)
            if self.on_report:
                self.on_report(report)
            return report

        wanted = [states[feed_id] for feed_id in dict.fromkeys(feed_ids) if feed_id in states]
        reports = await asyncio.gather(*map(guarded, wanted))
        unfinished = tuple(each.feed_id for each in reports if each.outcome == "aws")
        return Outcome(tuple(reports), unfinished, logged=not reports or await self._log(reports, feed_ids, now))

    async def _log(self, reports: Sequence[Report], feed_ids: Sequence[str], now: Now) -> bool:
        """A log that could not be written is no reason to bother publishers again: the batch stays done."""
        lines = "".join(report.model_dump_json() + "\n" for report in reports).encode()
        try:
            await self._aws(self.store.put, keys.polls_key(now.minute, feed_ids), lines, JSON_LINES)
        except EdgeError:
            return False
        return True

    async def _secrets(self, states: Iterable[FeedState]) -> dict[str, Unlocked]:
        """The secrets of those that have one, or why there is none: that stops these feeds, and no others."""
        private = {state.feed_id: state for state in states if state.secret}
        try:
            found = await self._aws(self.secrets.load, list(private)) if private and self.secrets else {}
        except EdgeError as error:
            return dict.fromkeys(private, error)
        return {
            feed_id: found.get(feed_id) or FetchError(state.url, FetchCode.NO_SECRET, NOT_THERE)
            for feed_id, state in private.items()
        }

    async def _poll(self, state: FeedState, secret: Unlocked, now: Now, *, force: bool) -> Report:
        answer: Answer | None = None
        asked = False
        try:
            if state.outbox:
                await self._announce(state, b"")
                state = state.model_copy(update={"outbox": ()})
            verdict = decide.not_due(state, now.minute, force=force)
            if verdict is None:
                now, asked = Now(now.minute, self.clock()), not isinstance(secret, FeedriverError)
                verdict, answer = await self._judge(state, secret, now)
                await self._keep(verdict, answer)
        except CommitConflict:
            verdict = Decision("conflict", "another worker committed this feed first; its next turn goes on from there")
        except EdgeError as error:
            verdict = Decision("aws", f"{error}; nothing is lost, the batch is tried again")
        except Exception as error:  # noqa: BLE001  # a defect of ours, as in _judge; what is in the outbox stays there
            verdict = Decision("internal_error", f"{_hushed(repr(error), secret)}; the feed's next turn tries again")
        return self._report(verdict, state, answer, now, asked=asked)

    async def _judge(self, state: FeedState, secret: Unlocked, now: Now) -> tuple[Decision, Answer | None]:
        """Fetch, parse, decide: nothing is written yet. What goes wrong is told without the secret."""
        try:
            answer = await self.fetcher.fetch(trust.request(state, now.time, _usable(secret)))
        except FetchError as error:
            return decide.failed(state, error.code, _hushed(error.detail, secret), now), None
        try:
            if answer.status == HTTPStatus.NOT_MODIFIED or decide.same_body(state, answer):
                return decide.unchanged(state, answer, now), answer
            if answer.status != HTTPStatus.OK:
                return decide.refused(state, answer, now), answer
            return decide.read(state, answer, await self._parse(answer), now), answer
        except ParseError as error:
            detail = f"{error.detail}; it names the feed {error.hint[0]}" if error.hint else error.detail
            return decide.failed(state, error.code, _hushed(detail, secret), now, status=answer.status), answer
        except Exception as error:  # noqa: BLE001  # a defect of ours: it may cost this feed a turn, never the batch
            return decide.failed(
                state, "internal_error", _hushed(repr(error), secret), now, status=answer.status
            ), answer

    async def _keep(self, verdict: Decision, answer: Answer | None) -> None:
        """Store, commit, announce, clear: in this order, and none of it where nothing changed."""
        state = verdict.state
        if state is None:
            return
        lines = "".join(entry.model_dump_json() + "\n" for entry in verdict.entries).encode()
        if verdict.entries_key:
            await self._aws(self.store.put, verdict.entries_key, lines, JSON_LINES)
        if verdict.raw_key and answer:
            content_type = answer.headers.get("content-type", "application/octet-stream")
            await self._aws(self.store.put, verdict.raw_key, gzip.compress(answer.body, mtime=0), content_type, "gzip")
        await self._aws(self.states.commit, state)
        if verdict.abandoned:
            await self._aws(self.store.discard, verdict.abandoned)
        if state.outbox:
            await self._announce(state, lines)

    async def _announce(self, state: FeedState, lines: bytes) -> None:
        """Send all that the outbox names, then clear it. `lines` are the entries just stored, if any."""
        for pending in state.outbox:
            if pending.key:
                stored = lines or await self._aws(self.store.get, pending.key)
                events = entry_announcements(stored, self.store.bucket, pending.key, pending.at)
            else:
                events = [feed_announcement(state, pending)]
            await self._aws(self.bus.announce, events)
        await self._aws(self.states.clear_outbox, state.feed_id, state.rev)

    async def _parse(self, answer: Answer) -> Parsed:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self.threads.parsing, parse, answer.body, answer.url, answer.headers.get("content-type")
        )

    async def _aws(self, call: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.threads.calling, call, *arguments)

    @staticmethod
    def _report(verdict: Decision, state: FeedState, answer: Answer | None, now: Now, *, asked: bool) -> Report:
        return Report(
            feed_id=state.feed_id,
            url=redact(state.url),
            asked=asked,
            outcome=verdict.outcome,
            status=verdict.status,
            new=verdict.new,
            updated=verdict.updated,
            rejected=len(verdict.rejected),
            next=decide.next_turn(verdict.state or state, now.minute),
            why=verdict.why,
            milliseconds=answer.milliseconds if answer else 0,
            bytes=answer.received if answer else 0,
        )


def _usable(secret: Unlocked) -> Secret | None:
    if isinstance(secret, FeedriverError):
        raise secret
    return secret


def _hushed(text: str, secret: Unlocked) -> str:
    return scrub(text, secret) if isinstance(secret, Secret) else text
