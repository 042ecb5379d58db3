"""The sweep: outboxes that stayed full, whose feeds' own next polls have not announced them, are announced.

    from where the last sweep stopped, a stretch of the state table at a time, until the table or the time ends:
      which feeds have a full outbox        one scan request, 1 MB of the table
      those left for ten minutes: load      strongly consistent
                                  announce  as a poll does (feedriver.poll.outbox)
    remember where it stopped

A poll that crashed after its commit is redelivered by SQS within minutes, and announces first what it left. The sweep
is for what nobody asks for again: a batch that ended as a dead letter, a feed whose turn comes once a day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from feedriver.errors import EdgeError, PassedOver
from feedriver.poll.edges import Edges
from feedriver.poll.outbox import Outbox
from feedriver.ports import Clock
from feedriver.repair.isolation import isolated
from feedriver.state import FeedState
from feedriver.table import Stretch

LEFT = timedelta(minutes=10)  # from when on nobody is at work on an outbox: a poll has two minutes
STRETCH = 10_000  # items; a stretch ends at 1 MB before that
MOST_STRETCHES = 2_000  # of one sweep: 256,000 read units, 3 cents; some 250,000 feeds
AT_ONCE = 16  # outboxes


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found. `oldest` is the age of the oldest outbox in seconds, 0 where none was left.

    `finished` says that it came to the end of the table; else the next one goes on from there. `failed` are outboxes
    that stay full; those that AWS is not the reason of are `passed_over`, and so are items that cannot be read.
    """

    left: int = 0
    announced: int = 0
    failed: int = 0
    oldest: int = 0
    finished: bool = False
    passed_over: tuple[PassedOver, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """What is counted, by the name of its metric."""
        passed = len(self.passed_over)
        return {"LeftOvers": self.left, "Repaired": self.announced, "NotRepaired": self.failed, "PassedOver": passed}


def age(state: FeedState, now: datetime) -> timedelta:
    """For how long the outbox has been full; nothing where it is not, or where the clock was set back."""
    since = min((pending.at for pending in state.outbox), default=now)
    return max(now - since, timedelta())


async def announce_outbox(edges: Edges, feed_id: str, passed: list[PassedOver]) -> bool:
    """Announce what the outbox of a feed holds by now, if the feed is still there; False where that failed.

    Where it was not AWS that refused, the feed is added to `passed`: it will fail again.
    """
    before = len(passed)
    try:
        with isolated(passed, feed_id):
            for state in (await edges.call(edges.states.load, [feed_id], passed)).values():
                if state.outbox:
                    await Outbox(edges).announce(state)
    except EdgeError:
        return False
    return len(passed) == before


async def sweep(
    edges: Edges,
    clock: Clock,
    *,
    in_time: Callable[[], bool] = lambda: True,
    stretch: int = STRETCH,
    most: int = MOST_STRETCHES,
) -> Swept:
    """Announce the outboxes that have been full for ten minutes, from where the last sweep stopped.

    Nothing is begun where `in_time` says no, nor after `most` stretches of up to `stretch` items. An outbox that cannot
    be announced is counted, and the next sweep tries again; `EdgeError` where the table cannot be read.
    """
    states = edges.states
    after, done = await edges.call(states.stopped, "sweep"), Swept()
    for _ in range(most):
        found = await edges.call(states.stretch, after, stretch, unannounced=True)
        now = clock()
        done = await _swept(edges, found, now, done)
        after = found.last
        if after is None or not in_time():
            break
    await edges.call(states.stop, "sweep", after)
    return replace(done, finished=after is None)


async def _swept(edges: Edges, found: Stretch, now: datetime, before: Swept) -> Swept:
    left = [state for state in found.states if age(state, now) >= LEFT]
    at_once, passed = asyncio.Semaphore(AT_ONCE), list(found.passed_over)

    async def one(state: FeedState) -> bool:
        async with at_once:
            return await announce_outbox(edges, state.feed_id, passed)

    repaired = sum(await asyncio.gather(*map(one, left)))
    ages = [int(age(state, now).total_seconds()) for state in left]
    return Swept(
        left=before.left + len(left),
        announced=before.announced + repaired,
        failed=before.failed + len(left) - repaired,
        oldest=max([before.oldest, *ages]),
        passed_over=(*before.passed_over, *passed),
    )
