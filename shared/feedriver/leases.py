"""A port like those of `feedriver.ports`: which batches are on their way, so that no two workers are at one host."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

Standing = Literal["at_work", "done", "left"]  # "left": it began, its time is over, and nobody said that it was done


class Lease(NamedTuple):
    """What was found when a batch was to begin.

    `standing` is "taken" where it may begin, else what a copy of it came to. `busy` are those of its hosts at which
    another worker is.
    """

    standing: Literal["taken"] | Standing
    busy: frozenset[str] = frozenset()


class Leases(Protocol):
    """Which batches are on their way now, and at which hosts. A batch is known by its `Batch.key`."""

    def take(self, batch: str, hosts: Collection[str], now: datetime, until: datetime) -> Lease:
        """Begin a batch that asks these hosts and is over by `until`, whatever happens. A batch begins once.

        One write: `EdgeError` says that the table takes none. The hosts that are busy are not held by this batch.
        """

    def standing(self, batch: str, now: datetime) -> Standing | None:
        """What is known of a batch; None where it never began, or long ago."""

    def finish(self, batch: str, now: datetime) -> None:
        """The batch is done, and its hosts are free. It is known as done for a while."""
