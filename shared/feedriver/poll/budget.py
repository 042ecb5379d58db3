"""A budget of bytes: a share is waited for until it is free, first come, first served."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

COPIES = 12  # what a document takes in its size: bytes, items, their lines (python -m hostile.memory, in tests/)
LEAST_AT_ONCE = 4 * 1024 * 1024  # bytes of documents; one that is larger is read alone all the same


def documents(memory: int) -> int:
    """The bytes of documents that may be read, decided on and stored at the same time in so many bytes of memory."""
    return max(memory // COPIES, LEAST_AT_ONCE)


class Budget:
    """`total` bytes, for one event loop. Nobody holds a share and waits for another, so nobody waits for ever."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._left = total
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def taken(self) -> int:
        """How many bytes are in somebody's hands."""
        return self._total - self._left

    @asynccontextmanager
    async def share(self, size: int) -> AsyncIterator[None]:
        """Hold `size` bytes of it, or all of it where they are more: then nobody else holds any."""
        size = min(size, self._total)
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        self._serve()
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._give_back(size)
            turn.cancel()
            self._serve()
            raise
        try:
            yield
        finally:
            self._give_back(size)

    def _give_back(self, size: int) -> None:
        self._left += size
        self._serve()

    def _serve(self) -> None:
        while self._waiting:
            size, turn = self._waiting[0]
            if not turn.done():
                if size > self._left:
                    return
                self._left -= size
                turn.set_result(None)
            self._waiting.popleft()
