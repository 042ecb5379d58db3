"""The 400 KB of an item: DynamoDB bounds what is kept of a feed, counted in bytes of UTF-8. Pure.

Text of a publisher is bounded where it is kept (`title`, `LONGEST_NAME`), so that a full seen-set has room beside the
longest of everything. Where the item is too large all the same, the window and the heading go first: they only save
reading. The seen-set shrinks next: those entries are forgotten that have been absent from the feed's documents for
longest. So no write is refused for its size.
"""

from __future__ import annotations

from feedriver.decide import seen
from feedriver.state import FeedState
from feedriver.trimming import cut

MOST = 400 * 1024  # bytes of an item
BESIDE = 1_000  # bytes of it that are in no field: the attributes' names, the host, what a number counts for at most
LONGEST_TITLE = 1_000  # bytes of JSON
LONGEST_NAME = 1_200  # bytes of JSON, of what a feed calls itself
LONGEST_DETAIL = 600  # bytes of JSON, of what went wrong
LONGEST_VALIDATOR = 1_100  # bytes of JSON; what is longer would fill the item
_PACKED = ("seen", "bare", "window", "heading", "rhythm")


def title(text: str | None) -> str | None:
    """A feed's title, as far as its state keeps it."""
    return cut(text, LONGEST_TITLE) if text else None


def size(state: FeedState) -> int:
    """How many bytes the item of a state has at most, as DynamoDB counts them."""
    packed = sum(len(getattr(state, name)) for name in _PACKED)
    return len(state.model_dump_json(exclude={*_PACKED}).encode()) + packed + BESIDE


def fitted(state: FeedState) -> FeedState:
    """The state, without what its item has no room for."""
    if size(state) > MOST:
        state = state.replace(window=b"", heading=b"")
    if (over := size(state) - MOST) > 0:
        state = state.replace(seen=seen.shrunk(state.seen, len(state.seen) - over))
    return state
