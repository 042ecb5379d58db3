"""What a decision writes: stage, commit, store, announce, clear.

    stage     new entries; the raw document       S3 staging/, raw/
    commit    validators, seen-set and outbox     DynamoDB, one write guarded by the revision
    store     the entries where they belong       S3 entries/, held/
    announce  one event an entry                  EventBridge
    clear     the outbox                          DynamoDB

`feedriver.poll.outbox` does the last three, likewise for what a crashed poll left.
"""

from __future__ import annotations

from dataclasses import dataclass

from feedriver.decide.decision import Decision
from feedriver.http import Answer
from feedriver.poll import raw
from feedriver.poll.edges import Edges
from feedriver.poll.outbox import JSON_LINES, Outbox


@dataclass(frozen=True, slots=True)
class Committer:
    """What writes decisions down by these edges. Each step raises `EdgeError` where it failed."""

    edges: Edges

    async def commit(self, decision: Decision, answer: Answer | None) -> None:
        """Stage, commit, store, announce, clear: in this order, and none of it where nothing changed.

        `answer` has the document that the decision is on, where it is to be kept. Raises `CommitConflict` where another
        worker was first, and `InvalidWriteError` where AWS takes no such write.
        """
        state, edges = decision.state, self.edges
        if state is None:
            return
        for staged, lines in decision.staged.items():
            await edges.call(edges.store.put, staged, lines, JSON_LINES)
        if decision.raw_key and answer:
            body = await edges.call(raw.packed, answer.body)
            content_type = raw.content_type(answer.headers)
            await edges.call(edges.store.put, decision.raw_key, body, content_type, "gzip", answer.url)
        await edges.call(edges.states.commit, state)
        if state.outbox:
            await Outbox(edges).announce(state, decision.staged)
