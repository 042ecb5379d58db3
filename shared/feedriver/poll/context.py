"""What the polls of one batch share: its time, the hosts that asked for rest, and whether anybody may be asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from feedriver.credentials import Secret, scrub
from feedriver.decide import decision as decide
from feedriver.decide import holds as hosts
from feedriver.decide import wheel
from feedriver.decide.decision import Decision, Now
from feedriver.decide.freshness import BALANCED
from feedriver.decide.outcome import Outcome
from feedriver.errors import EdgeError, FeedriverError
from feedriver.poll.batches import Batch
from feedriver.poll.lag import Lag
from feedriver.state import FeedState
from feedriver.urls import host_of

Unlocked = Secret | FeedriverError | None  # a feed's secret, or why there is none
LAST_FETCH = 20.0  # seconds: what was begun in time is over so long after the batch's time, at the latest
MOST_REFUSED = 3  # feeds of a batch that AWS stopped: then it asks for no other
ASKED = Decision(
    Outcome.WAITING, "it was asked in this turn, and what came could not be kept; its next turn asks again"
)


class BatchContext:
    """What the polls of one batch share.

    `now` is the turn's, `force` overrides feeds' own rhythm. `until` is when the batch's time is over, by the event
    loop's clock. `spacing` says how often feeds are looked at (`feedriver.decide.freshness`), `keeps_documents` whether
    documents are kept as received. `message` is the batch as the queue had it, None where a person polls. `holds` are
    the hosts that asked for rest, `answered` those that answered: both grow as they do. `busy` are those at which
    another worker is.
    `refused` counts the feeds that AWS stopped; `unsafe` says why none may be asked, where one may not.
    `unread` are the feeds whose hosts' answers are kept for a later round, with their revisions. `lag` is how late the
    event loop is meanwhile.
    """

    def __init__(
        self,
        now: Now,
        holds: Mapping[str, datetime],
        *,
        force: bool,
        until: float,
        message: Batch | None = None,
        spacing: float = BALANCED,
        keeps_documents: bool = True,
    ) -> None:
        self.now = now
        self.force = force
        self.holds = dict(holds)
        self.until = until
        self.message = message
        self.spacing = spacing
        self.keeps_documents = keeps_documents
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

    def has_unread(self, state: FeedState) -> bool:
        """Whether this feed's answer of this turn is kept, and nobody has read anything newer since."""
        return self.message is not None and self.message.unread.get(state.feed_id) == state.rev


def interleave_hosts(states: Sequence[FeedState]) -> list[FeedState]:
    """The first feed of each host before the second of any, so that one with many does not take all the places."""
    before: Counter[str] = Counter()
    ranked = []
    for state in states:
        host = host_of(state.url)
        ranked.append((before[host], state))
        before[host] += 1
    return [state for _, state in sorted(ranked, key=lambda each: each[0])]


def redacted(text: str, secret: Unlocked) -> str:
    """`text` without the feed's secret."""
    return scrub(text, secret) if isinstance(secret, Secret) else text
