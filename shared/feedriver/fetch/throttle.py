"""The throttle of requests: how many are in flight, in all and to one host, and the time between two starts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

from feedriver.http import Gate


@dataclass(slots=True)
class _Host:
    """One host that is asked or waited for. `users` are the requests that hold `in_flight` or wait for it.

    Requests start one by one: `starting` is held from the wait for the spacing until the request may start.
    """

    in_flight: asyncio.Semaphore
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class HostThrottle:
    """At most `at_once` requests in flight, at most `per_host` of them to one host, `spacing` seconds between starts.

    A request that waits for a busy host does not count among the `at_once`: a thousand feeds on one host do not hold up
    the rest of the batch. The last start at each host is kept as long as this object, which serves one batch. `clock`
    gives seconds; `sleep` waits for some.
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
        self._hosts: dict[str, _Host] = {}
        self._next_start: dict[str, float] = {}  # by host, in seconds of `clock`

    @asynccontextmanager
    async def request(self, host: str, gate: Gate | None = None) -> AsyncIterator[None]:
        """Wait until a request to `host` may start. The request is in flight for as long as the context is open.

        `gate` is called last, when nothing else is waited for. Where it raises, the request counts as not started, and
        the next one need not wait for the spacing.
        """
        waited_for = self._hosts.setdefault(host, _Host(asyncio.Semaphore(self._per_host)))
        waited_for.users += 1
        try:
            async with waited_for.in_flight, AsyncExitStack() as started:
                async with waited_for.starting:
                    await self._space(host)
                    await started.enter_async_context(self._all)
                    if gate:
                        await gate(host)
                    if self._spacing:
                        self._next_start[host] = self._clock() + self._spacing
                yield
        finally:
            waited_for.users -= 1
            if not waited_for.users:
                del self._hosts[host]

    async def _space(self, host: str) -> None:
        """Wait until the spacing is over; a sleep that ends early is continued."""
        while (wait := self._next_start.get(host, 0.0) - self._clock()) > 0:
            await self._sleep(wait)
