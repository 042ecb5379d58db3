"""The outbox: what a feed's state names as committed and not yet announced. Whoever finds it full may empty it.

    store     the entries where they belong     S3 entries/, held/
    announce  one event an entry                EventBridge; none of those that are held
    discard   what lay there held, and is released with this   S3 held/
    clear     the outbox                        DynamoDB, if the state still is at this revision
    discard   what was staged                   S3 staging/

Each step may be done again, by the same worker or by another at the same time: the same bytes go under the same key,
and a repeated event is the same to the letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from feedriver import keys
from feedriver.errors import EdgeError
from feedriver.poll.announcements import entry_announcements, feed_announcement
from feedriver.poll.edges import Edges
from feedriver.state import FeedState

JSON_LINES = "application/x-ndjson"
NOTHING: Mapping[str, bytes] = MappingProxyType({})
EVENTS_AT_ONCE = 100  # so many are in memory; and other feeds have their turn while they are sent


@dataclass(frozen=True, slots=True)
class Outbox:
    """What empties outboxes by these edges."""

    edges: Edges

    async def announce(self, state: FeedState, fresh: Mapping[str, bytes] = NOTHING) -> None:
        """Store and send all that the outbox of `state` names, then clear it.

        `fresh` are entries that were committed just now, by where they were staged; others are read from there. Raises
        `EdgeError` where a step failed: the outbox is as it was, and what was sent is sent again.
        """
        edges = self.edges
        for pending in state.outbox:
            if pending.key:
                stored = await self._stored(pending.key, pending.staged, fresh.get(pending.staged or "", b""))
                if keys.is_held(pending.key):
                    continue
                events = entry_announcements(stored, edges.store.bucket, pending.key, pending.at)
            else:
                events = iter([feed_announcement(state, pending)])
            while few := list(islice(events, EVENTS_AT_ONCE)):
                await edges.call(edges.bus.announce, few)
        staged = [pending.staged for pending in state.outbox if pending.staged]
        # Held entries do not expire: what still lay there when the outbox is clear would be released once more.
        if released := [key for key in staged if keys.is_held(key)]:
            await edges.call(edges.store.discard, released)
        await edges.call(edges.states.clear_outbox, state.feed_id, state.rev)
        if staged := [key for key in staged if not keys.is_held(key)]:
            with suppress(EdgeError):  # what is left there expires
                await edges.call(edges.store.discard, staged)

    async def _stored(self, key: str, staged: str | None, lines: bytes) -> bytes:
        edges = self.edges
        if not lines:
            try:
                lines = await edges.call(edges.store.get, staged or key)
            except EdgeError:
                # Another worker may have announced them meanwhile, and cleared away what was staged.
                return await edges.call(edges.store.get, key)
        await edges.call(edges.store.put, key, lines, JSON_LINES)
        return lines
