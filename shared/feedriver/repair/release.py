"""Release what was held of a flood (`feedriver.decide.flood`): a person's word, no poller's.

    for each held object of the feed, in the order of its revisions
      load      the state; what is in its outbox is announced first
      read      the object, where it still is there and was not released by another
      commit    the outbox names it, its entries are held no longer      DynamoDB, one write guarded by rev
      announce  store under entries/, one event an entry, discard under held/, clear the outbox

A crash in between is finished by the feed's next poll or by the sweep. The state says up to which revision the held
objects are released, so that none is released twice, whoever releases at the same time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from feedriver import keys
from feedriver.decide import flood
from feedriver.errors import CommitConflict
from feedriver.keys import HeldKey
from feedriver.models import Entry
from feedriver.poll.edges import Edges
from feedriver.poll.outbox import Outbox
from feedriver.ports import Clock, Store
from feedriver.repair.objects import entries_of
from feedriver.state import FeedState

TRIES = 20  # commits of one object that polls may overtake


@dataclass(slots=True)
class Released:
    """What was announced: objects and the entries in them. `unreadable` are keys that were passed over."""

    objects: int = 0
    entries: int = 0
    unreadable: list[str] = field(default_factory=list)


async def release(
    edges: Edges, clock: Clock, feed_id: str, on_object: Callable[[Released], None] | None = None
) -> Released:
    """Announce all that is held of a feed. Raises `EdgeError` where AWS fails: do it again, nothing is lost.

    An entry that was held, forgotten and held again is announced twice, with the same event id.
    """
    done, conflicts, outbox = Released(), 0, Outbox(edges)
    while state := (await edges.call(edges.states.load, [feed_id])).get(feed_id):
        if state.outbox:
            await outbox.announce(state)
            state = state.replace(outbox=())
        found = await edges.call(_next, edges.store, state, done)
        if found is None and not (state.flood and state.flood.held):
            break
        after = flood.released(state, *found, clock().date()) if found else flood.emptied(state)
        try:
            await edges.call(edges.states.commit, after)
        except CommitConflict:
            conflicts += 1
            if conflicts == TRIES:
                raise
            continue
        conflicts = 0
        if found:
            await outbox.announce(after)
            done.objects += 1
            done.entries += len(found[1])
            if on_object:
                on_object(done)
    return done


def _next(store: Store, state: FeedState, done: Released) -> tuple[int, tuple[Entry, ...]] | None:
    """The first held object that is not released: its revision and its entries."""
    behind = keys.held_key(state.feed_id, state.flood.released if state.flood else state.rev)
    for listed in store.listed(keys.held_prefix(state.feed_id), behind):
        if listed.key in done.unreadable:
            continue
        held = keys.parse(listed.key)
        if isinstance(held, HeldKey) and (entries := entries_of(store.get(listed.key))):
            return held.rev, entries
        done.unreadable.append(listed.key)
    return None
