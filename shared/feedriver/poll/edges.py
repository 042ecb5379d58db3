"""The edges that a poll and all repair write to, and the threads that AWS is called from.

AWS's clients block. So an event loop calls them by `in_thread`, or by `Edges.call`, and never by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

from feedriver.ports import Bus, States, Store

P = ParamSpec("P")
T = TypeVar("T")
AWS_CALLS_AT_ONCE = 16


def aws_threads() -> ThreadPoolExecutor:
    """Threads to call AWS from, and to find a document's items by their hashes."""
    return ThreadPoolExecutor(AWS_CALLS_AT_ONCE, "aws")


async def in_thread(threads: Executor, call: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """What a blocking call returns, or raises, when it is made in one of these threads."""
    return await asyncio.get_running_loop().run_in_executor(threads, partial(call, *arguments, **options))


@dataclass(frozen=True, slots=True)
class Edges:
    """The state table, the bucket and the bus. They are called in `threads`."""

    states: States
    store: Store
    bus: Bus
    threads: Executor

    async def call(self, call: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """What a blocking call of an edge returns, or raises: see `in_thread`."""
        return await in_thread(self.threads, call, *arguments, **options)
