"""Taking turns: how many requests are in flight, in all and to one host, and how soon after each other they start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

from feedriver.http import Gate


@dataclass(slots=True)
class _Door:
    """Where those who want to ask one host wait: so many may be inside, and they step in one by one."""

    places: asyncio.Semaphore
    step: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class Turns:
    """At most `at_once` requests in flight, at most `per_host` of them to one host, `spacing` seconds between starts.

    Who waits for a busy host takes no place among the `at_once`, so that a thousand feeds on one host do not hold up
    the rest of the batch. When each host was last asked is kept as long as this object: for one batch. `clock` gives
    seconds, `sleep` waits for some.
    """

    def __init__(
        self,
        *,
        at_once: int,
        per_host: int,
        spacing: float = 0.0,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._all = asyncio.Semaphore(at_once)
        self._per_host = per_host
        self._spacing = spacing
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _Door] = {}
        self._next: dict[str, float] = {}  # when a host may be asked again

    @asynccontextmanager
    async def at(self, host: str, gate: Gate | None = None) -> AsyncIterator[None]:
        """Wait for a turn at `host`, and hold it.

        `gate` is asked when the turn has come. Where it raises, the turn is given up: it counts as no start, and who
        is next need not wait for it.
        """
        door = self._hosts.setdefault(host, _Door(asyncio.Semaphore(self._per_host)))
        door.users += 1
        try:
            async with door.places, AsyncExitStack() as turn:
                async with door.step:
                    await self._space(host)
                    await turn.enter_async_context(self._all)
                    if gate:
                        await gate(host)
                    if self._spacing:
                        self._next[host] = self._clock() + self._spacing
                yield
        finally:
            door.users -= 1
            if not door.users:
                del self._hosts[host]

    async def _space(self, host: str) -> None:
        """Wait until `host` may be asked again; a sleep that ends early is gone on with."""
        while (wait := self._next.get(host, 0.0) - self._clock()) > 0:
            await self._sleep(wait)
