"""Taking turns: how many requests are in flight, in all and to one host."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """At most `at_once` requests in flight, and at most `per_host` of them to one host.

    Who waits for a busy host takes no place among the `at_once`, so that a thousand feeds on one host do not hold up
    the rest of the batch.
    """

    def __init__(self, *, at_once: int, per_host: int) -> None:
        self._all = asyncio.Semaphore(at_once)
        self._per_host = per_host
        self._hosts: dict[str, tuple[asyncio.Semaphore, int]] = {}

    @asynccontextmanager
    async def at(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn at `host`, and hold it."""
        places, users = self._hosts.get(host, (asyncio.Semaphore(self._per_host), 0))
        self._hosts[host] = (places, users + 1)
        try:
            async with places, self._all:
                yield
        finally:
            places, users = self._hosts.pop(host)
            if users > 1:
                self._hosts[host] = (places, users - 1)
