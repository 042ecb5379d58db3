"""What an answer comes to: read as little of it as tells, and decide."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import TypeVar

from feedriver.decide import decision as decide
from feedriver.decide import document, status, window
from feedriver.decide.decision import Decision
from feedriver.decide.outcome import Outcome
from feedriver.errors import ParseError
from feedriver.http import Answer
from feedriver.parse import Known, nothing_new
from feedriver.parse.document import MOST_AT_ONCE
from feedriver.poll.desk import Desk, NotRead
from feedriver.poll.feed import Visit

T = TypeVar("T")
UNREAD = Decision(Outcome.DEFERRED, "there was no time left in this batch to read its document; a later round does")


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges answers. Documents are read at `desk`; what takes long is done in `threads`."""

    desk: Desk
    threads: Executor

    async def verdict(self, visit: Visit, answer: Answer, held: AsyncExitStack) -> Decision:
        """Parse and decide: nothing is written yet. What goes wrong is told without the secret.

        What takes up memory until it is kept goes to `held`.
        """
        state, now = visit.state, visit.now
        try:
            return status.without_document(state, answer, now) or await self._read(visit, answer, held)
        except ParseError as error:
            detail = f"{error.detail}; it names the feed {error.hint[0]}" if error.hint else error.detail
            return decide.failed(state, error.code, visit.hushed(detail), now, status=answer.status)
        except Exception as error:  # noqa: BLE001  # a defect of ours: it may cost this feed a turn, never the batch
            return decide.failed(state, Outcome.INTERNAL_ERROR, visit.hushed(repr(error)), now, status=answer.status)

    async def _read(self, visit: Visit, answer: Answer, held: AsyncExitStack) -> Decision:
        state, known = visit.state, window.unpack(visit.state).known
        if await self._nothing_new(answer, known):
            return status.no_new_items(state, answer, visit.now)
        try:
            parsed = await self.desk.read(state.feed_id, answer, known, held, slow=visit.slow or state.slow > 0)
        except NotRead as late:
            visit.slow = late.slow
            return UNREAD
        if parsed.is_all(known):
            return status.no_new_items(state, answer, visit.now)
        # Deciding on a large document takes long too: the loop belongs to all feeds.
        decided = await self._in_thread(document.decide, state, answer, parsed, visit.now)
        return replace(decided, entries=())

    async def _nothing_new(self, answer: Answer, known: Known) -> bool:
        if not known.items or answer.body.size > MOST_AT_ONCE:
            return False
        async with self.desk.looking:
            return await self._in_thread(_all_known, answer, known)

    async def _in_thread(self, call: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.threads, call, *arguments)


def _all_known(answer: Answer, known: Known) -> bool:
    return nothing_new(answer.body.read(), answer.url, answer.headers.get("content-type"), known)
