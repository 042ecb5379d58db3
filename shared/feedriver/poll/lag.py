"""How late the event loop runs: no feed is to blame for that.

A fetch has some ten turns of the loop and 15 seconds. Where the loop is busy with something else, or the whole process
stands still, these seconds pass without a chance for any host to answer (`feedriver.decide.outage`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

EVERY = 0.25  # seconds between two looks at the clock
WINDOW = 15.0  # seconds that a fetch may take


class Lag:
    """How late a loop is, in seconds: `longest` at one time, `heaviest` in all within any `WINDOW`."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self.longest = 0.0
        self.heaviest = 0.0
        self._clock = clock or monotonic
        self._late: deque[tuple[float, float]] = deque()

    def note(self, due: float, now: float) -> None:
        """What was due then is done now."""
        late = max(0.0, now - due)
        self._late.append((now, late))
        while self._late[0][0] < now - WINDOW:
            self._late.popleft()
        self.longest = max(self.longest, late)
        self.heaviest = max(self.heaviest, sum(each for _, each in self._late))

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure the running loop while inside."""
        loop = asyncio.get_running_loop()
        due = self._clock() + EVERY

        looking: asyncio.TimerHandle | None = None

        def look() -> None:
            nonlocal due, looking
            now = self._clock()
            self.note(due, now)
            due = now + EVERY
            looking = loop.call_later(EVERY, look)

        looking = loop.call_later(EVERY, look)
        try:
            yield
        finally:
            if looking:
                looking.cancel()
            self.note(due, self._clock())
