"""What a new subscription brings: all that the first document holds, or only what comes after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from feedriver.state import FeedState

T = TypeVar("T")


def announced(state: FeedState, entries: Sequence[T]) -> tuple[list[T], str]:
    """Which of the new entries of a document are announced, and what is to be said of the others.

    Where the subscriber asked for new entries only, those of the first document that could be read are remembered as
    seen; from the second on there is no difference. An empty seen-set is told from one never packed: a first document
    without entries was the first.
    """
    if state.new_only and not state.seen:
        return [], f"{len(entries)} entries of the first document marked as seen, as asked"
    return list(entries), ""
