"""The decision on an answer: read as little of it as tells, and decide."""

from __future__ import annotations

from concurrent.futures import Executor
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial

from feedriver.decide import decision as decide
from feedriver.decide import document, status, window
from feedriver.decide.decision import Decision, Now
from feedriver.decide.fingerprint import FINGERPRINT_VERSION
from feedriver.decide.outcome import Outcome
from feedriver.errors import ParseError
from feedriver.http import Answer
from feedriver.parse import Known, nothing_new
from feedriver.parse.digest import digest_of
from feedriver.parse.document import MOST_AT_ONCE
from feedriver.poll.context import Unlocked, redacted
from feedriver.poll.edges import in_thread
from feedriver.poll.parse_queue import NotRead, ParseQueue
from feedriver.state import FeedState


@dataclass(frozen=True, slots=True)
class AnswerDecider:
    """Decides on answers. Documents are read through `queue`; what takes long is done in `threads`.

    `spacing` says how often feeds are looked at (`feedriver.decide.freshness`).
    """

    queue: ParseQueue
    threads: Executor
    spacing: float

    async def decide(
        self, state: FeedState, answer: Answer, now: Now, secret: Unlocked, memory: AsyncExitStack, *, slow: bool
    ) -> Decision:
        """Parse and decide: nothing is written yet. What goes wrong is said without the secret.

        What takes up memory until it is kept goes to `memory`. `slow` says that the document has shown itself to be.
        Raises `NotRead` where the document's turn did not come in the batch's time.
        """
        try:
            if decision := status.without_document(state, answer, now, spacing=self.spacing):
                return decision
            return await self._read(state, answer, now, memory, slow=slow)
        except NotRead:
            raise
        except ParseError as error:
            detail = f"{error.detail}; it names the feed {error.hint[0]}" if error.hint else error.detail
            return decide.failed(state, error.code, redacted(detail, secret), now, status=answer.status)
        except Exception as error:  # noqa: BLE001  # a defect of ours: it may cost this feed a turn, never the batch
            detail = redacted(repr(error), secret)
            return decide.failed(state, Outcome.INTERNAL_ERROR, detail, now, status=answer.status)

    async def _read(
        self, state: FeedState, answer: Answer, now: Now, memory: AsyncExitStack, *, slow: bool
    ) -> Decision:
        known = window.unpack(state).known
        # Of a first document nothing can be told; whether it has a window is not known before it was read.
        digest = await self._digest(answer) if state.validators and not known.items else None
        if _is_known(state, answer, digest) or await self._nothing_new(answer, known):
            return status.no_new_items(state, answer, now, spacing=self.spacing)
        parsed = await self.queue.read(state.feed_id, answer, known, memory, slow=slow or state.slow > 0)
        if parsed.is_all(known):
            return status.no_new_items(state, answer, now, spacing=self.spacing)
        parsed = replace(parsed, digest=digest)
        # Deciding on a large document takes long too: the loop belongs to all feeds.
        deciding = partial(document.decide, state, answer, parsed, now, spacing=self.spacing)
        decision = await in_thread(self.threads, deciding)
        return replace(decision, entries=())

    async def _digest(self, answer: Answer) -> str | None:
        if answer.body.size > MOST_AT_ONCE:
            return None
        async with self.queue.comparing:
            return await in_thread(self.threads, _digest, answer)

    async def _nothing_new(self, answer: Answer, known: Known) -> bool:
        if not known.items or answer.body.size > MOST_AT_ONCE:
            return False
        async with self.queue.comparing:
            return await in_thread(self.threads, _all_known, answer, known)


def _is_known(state: FeedState, answer: Answer, digest: str | None) -> bool:
    """Whether this is the digest of the last document that was read, and came from where this one does."""
    known = state.validators
    return bool(digest and known and (known.url, known.digest) == (answer.url, digest))


def _digest(answer: Answer) -> str:
    content_type = answer.headers.get("content-type")
    return digest_of(answer.body.read(), answer.url, content_type, FINGERPRINT_VERSION)


def _all_known(answer: Answer, known: Known) -> bool:
    return nothing_new(answer.body.read(), answer.url, answer.headers.get("content-type"), known)
