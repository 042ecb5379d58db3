"""DNS: resolving host names, in threads of our own."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class SystemResolver(AbstractResolver):
    """The system's resolver, called in a thread for each lookup.

    `getaddrinfo` cannot be interrupted: an abandoned lookup keeps its thread until the system's resolver gives up too.
    So there may be as many `threads` as fetches in flight, and names that do not resolve do not delay others. A thread
    starts only when it is needed. They are not the event loop's threads, whose shutdown would wait for them.
    """

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of `host`, in the system's order of preference (RFC 6724). Raises `socket.gaierror`."""
        # As bytes: a str would go through Python's IDNA codec, which raises its own errors on odd names.
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads,
            socket.getaddrinfo,
            host.encode("ascii"),
            port,
            family,
            socket.SOCK_STREAM,
            0,
            socket.AI_ADDRCONFIG,
        )
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=protocol, flags=NUMERIC)
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """Take no more lookups. Nobody waits for those under way; they end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)
