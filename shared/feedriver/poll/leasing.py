"""The lease of one batch, from before its first request to after its last (`feedriver.ports.Leases`)."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from feedriver.decide import holds
from feedriver.errors import EdgeError
from feedriver.poll.batches import MOST_IN_A_BATCH, Batch
from feedriver.poll.context import LAST_FETCH, BatchContext
from feedriver.poll.edges import in_thread
from feedriver.ports import Clock, Leases
from feedriver.state import FeedState
from feedriver.table import Lease

LONGEST = 900.0  # seconds: of a batch whose time is not bounded
MARGIN = 60.0  # seconds: the end of a worker that has the time that Lambda gives it is long over then


@dataclass(frozen=True, slots=True)
class Leasing:
    """Takes leases and gives them back. Without `leases` nobody else is thought to poll."""

    leases: Leases | None
    clock: Clock
    threads: Executor

    async def begin(self, states: Sequence[FeedState], context: BatchContext, seconds: float) -> Lease | None:
        """The lease of the batch that `context` is of; None where nobody is to be asked, or may be.

        Its hosts are those of feeds that are to be asked. A person gives way to nobody, and others to the person.
        """
        time = self.clock()
        if self.leases is None or context.over:
            return None
        to_ask = [each for each in states if not (context.not_now(each, time) or holds.held(each, context.holds, time))]
        if not to_ask:
            return None
        names = {host for each in to_ask for host in holds.asked(each)}
        until = time + timedelta(seconds=min(seconds + LAST_FETCH, LONGEST) + MARGIN)
        batch = context.message or _by_hand(states, context)
        try:
            lease = await in_thread(self.threads, self.leases.take, batch.key, names, time, until)
        except EdgeError as error:
            context.unsafe = error
            return None
        if context.message is None:
            return Lease("taken")
        context.busy = lease.busy
        return lease

    async def end(self, states: Sequence[FeedState], context: BatchContext) -> None:
        """Free the hosts. A lease that cannot be given back runs out by itself."""
        batch = context.message or _by_hand(states, context)
        if self.leases:
            with suppress(EdgeError):
                await in_thread(self.threads, self.leases.finish, batch.key, self.clock())


def _by_hand(states: Sequence[FeedState], context: BatchContext) -> Batch:
    return Batch(minute=context.now.time, feeds=tuple(each.feed_id for each in states[:MOST_IN_A_BATCH]))
