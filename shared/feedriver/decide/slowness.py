"""How long a document may keep the parser from others, and how feeds are slowed down whose documents take longer.

A quantum is in CPU seconds, so that a busy machine makes no document slow. It is twice what ordinary documents need.
"""

from __future__ import annotations

from dataclasses import replace

from feedriver.decide.schedule import Pace
from feedriver.decide.wheel import interval_at_least
from feedriver.state import FeedState

QUANTUM = 0.5  # CPU seconds for any document
QUANTUM_A_MEGABYTE = 3.0  # and beyond that
MOST_SLOW = 10  # in a row: more are not counted


def quantum(size: int) -> float:
    """The CPU seconds that a document of `size` bytes may take before it has to wait for all others."""
    return QUANTUM + QUANTUM_A_MEGABYTE * size / 1_000_000


def after(state: FeedState, size: int, seconds: float) -> int:
    """How many documents of a feed in a row were slow, with this one, which took `seconds` of a processor."""
    return one_more(state) if seconds > quantum(size) else 0


def one_more(state: FeedState) -> int:
    """How many were with one more."""
    return min(state.slow + 1, MOST_SLOW)


def slowed(pace: Pace, slow: int) -> Pace:
    """The pace of a feed that else has `pace`: its interval doubles with each slow document after the first."""
    if slow <= 1:
        return pace
    every = interval_at_least(pace.every * 2 ** (slow - 1))
    return replace(pace, every=every, at_least=max(pace.at_least, every))
