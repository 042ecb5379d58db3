"""One feed in one batch: what it shares with the others, when it may ask its host, and what befell it."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from feedriver.batches import Report
from feedriver.credentials import scrub
from feedriver.decide import decision as decide
from feedriver.decide import hosts, network, trust, wheel
from feedriver.decide.decision import Decision, Now
from feedriver.errors import CalledOff, CommitConflict, EdgeError, FeedriverError, FetchCode
from feedriver.models import FeedState
from feedriver.ports import Answer, Clock, Fetcher, Secret
from feedriver.urls import host_of, redact

Unlocked = Secret | FeedriverError | None  # a feed's secret, or why there is none
LAST_FETCH = 20.0  # seconds: what was begun in time is over so long after the batch's time, at the latest
DEFERRED = Decision("deferred", "its turn at the host did not come in this batch's time; a later round asks")


class Shared:
    """What the visits of one batch share.

    `now` is the turn's, `force` overrides feeds' own rhythm. `until` is when the batch's time is over, by the event
    loop's clock. `holds` are the hosts that asked for rest, `answered` those that answered: both grow as they do.
    """

    def __init__(self, now: Now, holds: Mapping[str, datetime], *, force: bool, until: float) -> None:
        self.now = now
        self.force = force
        self.holds = dict(holds)
        self.until = until
        self.answered: set[str] = set()

    @property
    def over(self) -> bool:
        """Whether its time is over: nothing is begun any more."""
        return asyncio.get_running_loop().time() >= self.until

    def acquit(self, failed: Sequence[Visit]) -> None:
        """Blame none of the feeds that gave no answer where it was our own network that let nobody ask."""
        shut = [visit for visit in failed if visit.asked]
        asked = [(host_of(visit.state.url), visit.failure) for visit in shut]
        if network.closed([*asked, *((host, None) for host in self.answered)]):
            count = len({host for host, _ in asked})
            why = f"none of the {count} hosts asked could be reached: check the connection; no feed is blamed"
            for visit in shut:
                visit.verdict = Decision("network", why)


@dataclass(slots=True)
class Visit:
    """One poll under way. `asked` says whether a request was made, `failure` why no answer came.

    `now` is the time that decisions count from, `held` until when the feed's host is not to be asked; `milliseconds`
    and `received` (bytes) are the answer's. The answer itself is not kept: a batch may bring gigabytes.
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

    @contextmanager
    def befalls(self) -> Iterator[None]:
        """What befalls this feed inside becomes its verdict."""
        try:
            yield
        except CommitConflict:
            why = "another worker committed this feed first; its next turn goes on from there"
            self.verdict = Decision("conflict", why)
        except EdgeError as error:
            self.verdict = Decision("aws", f"{error}; nothing is lost, the batch is tried again")
        except Exception as error:  # noqa: BLE001  # a defect of ours costs one feed its turn, and leaves its outbox
            self.verdict = Decision("internal_error", f"{self.hushed(repr(error))}; the feed's next turn tries again")

    def hushed(self, text: str) -> str:
        """`text` without the feed's secret."""
        return scrub(text, self.secret) if isinstance(self.secret, Secret) else text

    def wait(self, host: str, until: datetime) -> None:
        """Leave the feed for now: `host` asked for rest. It costs no write, and the feed's turn comes again."""
        self.held = until
        self.verdict = Decision("waiting", f"{host} asked for rest until {until:%Y-%m-%d %H:%M} UTC, for all its feeds")

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

    async def ask(self, fetcher: Fetcher, shared: Shared, clock: Clock) -> Answer:
        """What the feed's host answers, or `FetchError`.

        Raises `CalledOff` where the host asked for rest before the turn came, `TimeoutError` where the turn did not
        come in the batch's time.
        """
        if isinstance(self.secret, FeedriverError):
            raise self.secret
        secret = self.secret
        bounded = math.isfinite(shared.until)
        async with asyncio.timeout_at(shared.until if bounded else None) as limit:

            def gate(host: str) -> None:
                if shared.over and not self.asked:
                    raise TimeoutError
                if host in shared.holds and clock() < shared.holds[host]:
                    raise CalledOff(host)
                self.asked = True
                if bounded:
                    limit.reschedule(shared.until + LAST_FETCH)

            return await fetcher.fetch(replace(trust.request(self.state, self.now.time, secret), gate=gate))

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
