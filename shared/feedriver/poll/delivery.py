"""What becomes of a message of the queue, from its receipt until it is done.

    it never began        it is polled
    it is at work         a copy: queues deliver twice at times. It is given back
    it was done           a copy, and so it is done
    it was left           received again, it began and nobody said that it was done: its worker died
      of many feeds       each of them is sent alone
      of one, alone       two workers died of this feed: it is put in quarantine, and nobody asks it

So a feed is blamed for a death only where there was one: a worker that lives and is let write nothing takes its message
for done. What AWS or our own network stopped, and what there was no time for, is sent again (`redelivery`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from feedriver.errors import EdgeError
from feedriver.poll.batches import Batch
from feedriver.poll.redelivery import Redelivery
from feedriver.poll.result import BatchResult
from feedriver.ports import Clock, Leases

Note = Literal["polled", "a copy", "taken apart", "quarantined", "not read", "not put back"]


class Poll(Protocol):
    """Polls a batch that has so many seconds."""

    def __call__(self, batch: Batch, *, seconds: float) -> Awaitable[BatchResult]:
        """What became of it."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a message: a `note` for the log. Where it is not `done`, the queue is to deliver it again."""

    done: bool
    note: Note
    result: BatchResult = field(default_factory=lambda: BatchResult((), ()))


@dataclass(frozen=True, slots=True)
class Delivery:
    """How messages are received. `quarantine` writes down that workers died of the feeds of a batch."""

    poll: Poll
    quarantine: Callable[[Batch], Awaitable[BatchResult]]
    again: Redelivery
    leases: Leases
    clock: Clock

    async def receive(self, batch: Batch, received: int, seconds: float) -> Delivered:
        """Do what is to be done with a message that was `received` so often, this time included, in so many seconds.

        Raises `EdgeError` where nothing was done, and the queue takes no word of it either: it is to come again.
        """
        standing = self.leases.standing(batch.key, self.clock()) if received > 1 else None
        if standing == "left":
            return await self._after_a_death(batch)
        if standing:
            return Delivered(standing == "done", "a copy")
        try:
            result = await self.poll(batch, seconds=seconds)
        except EdgeError:
            self.again.settle(batch, batch.feeds)
            return Delivered(done=True, note="not read")
        if result.copy:
            return Delivered(result.copy != "at_work", "a copy")
        try:
            self.again.settle(batch, result.unfinished, result.deferred, result.asked, result.unread)
        except EdgeError:
            return Delivered(done=True, note="not put back", result=result)
        return Delivered(done=True, note="polled", result=result)

    async def _after_a_death(self, batch: Batch) -> Delivered:
        if batch.alone:
            result = await self.quarantine(batch)
            return Delivered(not result.unfinished, "quarantined", result)
        self.again.isolate(batch)
        return Delivered(done=True, note="taken apart")
