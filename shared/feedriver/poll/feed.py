"""One feed in one batch: what it shares with the others, when it may ask its host, and what befell it."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from feedriver.credentials import Secret, scrub
from feedriver.decide import conditional, outage, wheel
from feedriver.decide import decision as decide
from feedriver.decide import holds as hosts
from feedriver.decide.decision import Decision, Now
from feedriver.decide.outcome import Outcome
from feedriver.errors import (
    CalledOff,
    CommitConflict,
    EdgeError,
    FeedriverError,
    FetchCode,
    InvalidWriteError,
)
from feedriver.http import Answer
from feedriver.poll.batches import Batch, Report
from feedriver.poll.lag import Lag
from feedriver.ports import Clock, Fetcher
from feedriver.state import FeedState
from feedriver.urls import host_of, redact

Unlocked = Secret | FeedriverError | None  # a feed's secret, or why there is none
LAST_FETCH = 20.0  # seconds: what was begun in time is over so long after the batch's time, at the latest
MOST_REFUSED = 3  # feeds of a batch that AWS stopped: then it asks for no other
DEFERRED = Decision(Outcome.DEFERRED, "its turn at the host did not come in this batch's time; a later round asks")
ASKED = Decision(
    Outcome.WAITING, "it was asked in this turn, and what came could not be kept; its next turn asks again"
)


class Shared:
    """What the visits of one batch share.

    `now` is the turn's, `force` overrides feeds' own rhythm. `until` is when the batch's time is over, by the event
    loop's clock. `message` is the batch as the queue had it, None where a person polls. `holds` are the hosts that
    asked for rest, `answered` those that answered: both grow as they do. `busy` are those at which another worker is.
    `refused` counts the feeds that AWS stopped; `unsafe` says why none may be asked, where one may not.
    `unread` are the feeds whose hosts' answers are kept for a later round, with their revisions. `lag` is how late the
    event loop is meanwhile.
    """

    def __init__(
        self, now: Now, holds: Mapping[str, datetime], *, force: bool, until: float, message: Batch | None = None
    ) -> None:
        self.now = now
        self.force = force
        self.holds = dict(holds)
        self.until = until
        self.message = message
        self.answered: set[str] = set()
        self.busy: frozenset[str] = frozenset()
        self.refused = 0
        self.unsafe: EdgeError | None = None
        self.unread: dict[str, int] = {}
        self.lag = Lag()

    @property
    def over(self) -> bool:
        """Whether its time is over: nothing is begun any more."""
        return asyncio.get_running_loop().time() >= self.until

    @property
    def once(self) -> bool:
        """Whether no feed is to be asked a second time in this turn."""
        return self.message is None or self.message.tries > 0

    def check(self) -> None:
        """Raise `EdgeError` where nobody may be asked, since it could not be remembered."""
        if self.unsafe:
            raise EdgeError(f"{self.unsafe}; so nobody was asked")
        if self.refused >= MOST_REFUSED:
            raise EdgeError(f"AWS stopped {self.refused} feeds of this batch; so this one was not asked")

    def not_now(self, state: FeedState, time: datetime) -> Decision | None:
        """Why this feed is not to be asked at `time`; None where it is."""
        message = self.message
        if not_due := decide.not_due(state, self.now.minute, force=self.force):
            return not_due
        if message and state.feed_id in message.asked:
            return ASKED
        if message and not message.alone and (overtaken := decide.overtaken(state, self.now.minute, time)):
            return overtaken
        if host := next((host for host in hosts.asked(state) if host in self.busy), None):
            return Decision(Outcome.DEFERRED, f"another worker is at {host}; a later round asks")
        return None

    def first_written_down(self, state: FeedState) -> bool:
        """Whether it is to be written down before its request that it is asked: see `feedriver.decide.decision`."""
        message = self.message
        return bool(message and (message.again or message.alone or state.slot == wheel.NEW))

    def kept(self, state: FeedState) -> bool:
        """Whether what this feed's host said in this turn is kept, and nobody has read anything newer since."""
        return self.message is not None and self.message.unread.get(state.feed_id) == state.rev

    def leave(self, visit: Visit) -> None:
        """Note of a feed that is done what is still to be read of it."""
        if visit.kept:
            self.unread[visit.state.feed_id] = visit.state.rev

    def acquit(self, failed: Sequence[Visit]) -> None:
        """Blame none of the feeds that gave no answer where it was our own network, or the poller itself."""
        shut = [visit for visit in failed if visit.asked]
        asked = [(host_of(visit.state.url), visit.failure) for visit in shut]
        if outage.closed([*asked, *((host, None) for host in self.answered)]):
            count = len({host for host, _ in asked})
            why = f"none of the {count} hosts asked could be reached: check the connection; no feed is blamed"
            for visit in shut:
                visit.verdict = Decision(Outcome.NETWORK, why)
        elif outage.late(self.lag.longest, self.lag.heaviest):
            why = f"the poller was {self.lag.longest:.1f} s late itself: no feed is blamed for a time-out"
            for visit in shut:
                if visit.failure is FetchCode.TIMEOUT:
                    visit.verdict = Decision(Outcome.NETWORK, why)


@dataclass(slots=True)
class Visit:
    """One poll under way. `asked` says whether a request was made, `failure` why no answer came.

    `kept` says that what its host said in this turn lies in S3 (`unread`), `slow` that its document takes
    long to read. `now` is the time that decisions count from, `hold` what the host said for all its feeds, where nobody
    knew of it, `held` until when the feed's host is not to be asked, `refused` whether AWS took what was to be written
    for invalid: then the verdict is the feed's failure, still to be kept. `milliseconds` and `received` (bytes) are the
    answer's. The answer itself is not kept: a batch may bring gigabytes.
    """

    state: FeedState
    now: Now
    secret: Unlocked = None
    verdict: Decision = DEFERRED
    asked: bool = False
    milliseconds: int = 0
    received: int = 0
    failure: FetchCode | None = None
    held: datetime | None = None
    refused: bool = False
    hold: tuple[str, datetime] | None = None
    kept: bool = False
    slow: bool = False

    @contextmanager
    def befalls(self) -> Iterator[None]:
        """What befalls this feed inside becomes its verdict."""
        try:
            yield
        except CommitConflict:
            why = "another worker committed this feed first; its next turn goes on from there"
            self.verdict = Decision(Outcome.CONFLICT, why)
        except InvalidWriteError as error:
            self.refused = True
            self.verdict = decide.failed(self.state, Outcome.UNWRITABLE, f"AWS takes no such write: {error}", self.now)
        except EdgeError as error:
            self.verdict = Decision(Outcome.AWS, f"{error}; nothing is lost, the batch is tried again")
        except Exception as error:  # noqa: BLE001  # a defect of ours costs one feed its turn, and leaves its outbox
            self.verdict = Decision(
                Outcome.INTERNAL_ERROR, f"{self.hushed(repr(error))}; the feed's next turn tries again"
            )

    def hushed(self, text: str) -> str:
        """`text` without the feed's secret."""
        return scrub(text, self.secret) if isinstance(self.secret, Secret) else text

    def wait(self, host: str, until: datetime) -> None:
        """Leave the feed for now: `host` asked for rest. It costs no write, and the feed's turn comes again."""
        self.held = until
        self.verdict = Decision(
            Outcome.WAITING, f"{host} asked for rest until {until:%Y-%m-%d %H:%M} UTC, for all its feeds"
        )

    def fail(self, verdict: Decision, code: FetchCode) -> None:
        """No answer came: `verdict` is what it comes to, if the feed is to blame."""
        self.verdict, self.failure, self.asked = verdict, code, not isinstance(self.secret, FeedriverError)

    def hear(self, answer: Answer, shared: Shared) -> tuple[str, datetime] | None:
        """Note an answer, and what it says for its whole host: the hold, where it is one that nobody knew of yet."""
        self.asked, self.milliseconds, self.received = True, answer.milliseconds, answer.received
        shared.answered.add(host_of(self.state.url))
        hold = None if self.secret else hosts.hold(answer, self.now.time)  # a private feed's account is counted alone
        if hold is None or hold[1] <= shared.holds.get(hold[0], self.now.time):
            return None
        shared.holds[hold[0]] = hold[1]
        return hold

    async def ask(self, fetcher: Fetcher, shared: Shared, clock: Clock, first: Callable[[], Awaitable[None]]) -> Answer:
        """What the feed's host answers, or `FetchError`. `first` is done when its turn has come, before its request.

        Raises `CalledOff` where the host asked for rest before the turn came, `TimeoutError` where the turn did not
        come in the batch's time, `EdgeError` where it could not be remembered.
        """
        if isinstance(self.secret, FeedriverError):
            raise self.secret
        secret = self.secret
        bounded = math.isfinite(shared.until)
        async with asyncio.timeout_at(shared.until if bounded else None) as limit:

            async def gate(host: str) -> None:
                if shared.over and not self.asked:
                    raise TimeoutError
                if host in shared.holds and clock() < shared.holds[host]:
                    raise CalledOff(host)
                if bounded:
                    limit.reschedule(shared.until + LAST_FETCH)
                if not self.asked:
                    shared.check()
                    await first()
                self.asked = True

            return await fetcher.fetch(replace(conditional.request(self.state, self.now.time, secret), gate=gate))

    @property
    def report(self) -> Report:
        """Its line in the log."""
        verdict = self.verdict
        after = verdict.state or self.state
        following = decide.next_turn(after, self.now.minute)
        if self.held and following and following < self.held:
            following = decide.next_turn(after, self.held - wheel.MINUTE)
        return Report(
            feed_id=after.feed_id,
            url=redact(after.url),
            asked=self.asked,
            outcome=verdict.outcome,
            status=verdict.status,
            new=verdict.new,
            updated=verdict.updated,
            held=len(verdict.held),
            rejected=len(verdict.rejected),
            next=following,
            why=verdict.why,
            milliseconds=self.milliseconds,
            bytes=self.received,
        )


def fair(states: Sequence[FeedState]) -> list[FeedState]:
    """The first feed of each host before the second of any, so that one with many does not take all the places."""
    before: Counter[str] = Counter()
    ranked = []
    for state in states:
        host = host_of(state.url)
        ranked.append((before[host], state))
        before[host] += 1
    return [state for _, state in sorted(ranked, key=lambda each: each[0])]
