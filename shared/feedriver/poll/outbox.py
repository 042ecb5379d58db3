"""The outbox: what a feed's state names as committed and not yet told. Whoever finds it full may empty it.

    store     the entries where they belong     S3 entries/, held/
    announce  one event an entry                EventBridge; none of those that are held
    discard   what lay there held, and is released with this   S3 held/
    clear     the outbox                        DynamoDB, if the state still is at this revision
    discard   what was staged                   S3 staging/

Each step may be done again, by the same worker or by another at the same time: the same bytes go under the same key,
and a repeated event is the same to the letter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import TypeVar

from feedriver import keys
from feedriver.errors import EdgeError
from feedriver.poll.announcements import entry_announcements, feed_announcement
from feedriver.ports import Bus, States, Store
from feedriver.state import FeedState, Pending

T = TypeVar("T")
JSON_LINES = "application/x-ndjson"
NOTHING: Mapping[str, bytes] = MappingProxyType({})
AWS_CALLS_AT_ONCE = 16
EVENTS_AT_ONCE = 100  # so many are in memory; and other feeds have their turn while they are sent


def aws_threads() -> ThreadPoolExecutor:
    """Threads to call AWS from, and to tell a document's items by their hashes."""
    return ThreadPoolExecutor(AWS_CALLS_AT_ONCE, "aws")


@dataclass(frozen=True, slots=True)
class Outbox:
    """What empties outboxes. AWS is called in `threads`."""

    states: States
    store: Store
    bus: Bus
    threads: Executor

    async def announce(self, state: FeedState, fresh: Mapping[str, bytes] = NOTHING) -> None:
        """Store and send all that the outbox of `state` names, then clear it.

        `fresh` are entries that were committed just now, by where they were staged; others are read from there. Raises
        `EdgeError` where a step failed: the outbox is as it was, and what was sent is sent again.
        """
        for pending in state.outbox:
            if pending.key:
                stored = await self._stored(pending, fresh.get(pending.staged or "", b""))
                if keys.is_held(pending.key):
                    continue
                events = entry_announcements(stored, self.store.bucket, pending.key, pending.at)
            else:
                events = iter([feed_announcement(state, pending)])
            while few := list(islice(events, EVENTS_AT_ONCE)):
                await self._in_thread(self.bus.announce, few)
        staged = [pending.staged for pending in state.outbox if pending.staged]
        # Held entries do not expire: what still lay there when the outbox is clear would be released once more.
        if released := [key for key in staged if keys.is_held(key)]:
            await self._in_thread(self.store.discard, released)
        await self._in_thread(self.states.clear_outbox, state.feed_id, state.rev)
        if staged := [key for key in staged if not keys.is_held(key)]:
            with suppress(EdgeError):  # what is left there expires
                await self._in_thread(self.store.discard, staged)

    async def _stored(self, pending: Pending, lines: bytes) -> bytes:
        if not lines:
            try:
                lines = await self._in_thread(self.store.get, pending.staged or pending.key)
            except EdgeError:
                # Another worker may have announced them meanwhile, and cleared away what was staged.
                return await self._in_thread(self.store.get, pending.key)
        await self._in_thread(self.store.put, pending.key, lines, JSON_LINES)
        return lines

    async def _in_thread(self, call: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.threads, call, *arguments)
