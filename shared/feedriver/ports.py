"""What the middle asks of the world. Each port has one adapter for production and one tested fake.

AWS ports are synchronous (boto3 is); the pipeline calls them from threads. Every AWS port raises
`feedriver.errors.EdgeError` where AWS refuses or fails after the SDK's own retries.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import IO, Protocol

from feedriver.credentials import Secret
from feedriver.errors import EdgeError, PassedOver
from feedriver.http import Answer, Request
from feedriver.keys import ListedObject, StoredObject
from feedriver.messaging import Announcement, Route
from feedriver.state import FeedState
from feedriver.table import Cursor, Job, Lease, Placed, Standing, Stretch

Clock = Callable[[], datetime]  # the time, in UTC


class Fetcher(Protocol):
    """The guarded HTTP client."""

    async def fetch(self, request: Request) -> Answer:
        """GET, or raise `FetchError`. An HTTP error status is an answer, not an error."""


class States(Protocol):
    """One item a feed.

    An item that this version of the code cannot read, because a newer one or a person wrote it, is left out of what is
    read, and named; nothing writes to it.
    """

    def load(
        self, feed_ids: Sequence[str], passed: list[PassedOver] | None = None, *, latest: bool = True
    ) -> dict[str, FeedState]:
        """The states of these feeds; unknown ids are left out.

        So are items that cannot be read: they are added to `passed`. Where the `latest` is not asked for, a state may
        lag behind what was written in the last second or so, and a read costs half. That is enough for whoever commits
        what comes of it, since a commit on an older state is refused.
        """

    def commit(self, state: FeedState) -> None:
        """Replace the item whose `rev` is one less than `state.rev`, or raise `CommitConflict`."""

    def clear_outbox(self, feed_id: str, rev: int) -> None:
        """Empty the outbox of the item if its `rev` still is `rev`; else do nothing (its next poll announces)."""

    def register(self, state: FeedState) -> bool:
        """Add a feed; False where it is there already."""

    def remove(self, feed_id: str) -> bool:
        """Take a feed out; False where it is not there."""

    def every(self, passed: list[PassedOver] | None = None) -> Iterator[FeedState]:
        """All feeds, in no order; items that cannot be read are left out and added to `passed`.

        Reads the whole table: for people and exports, not for the schedule.
        """

    def stretch(self, after: str | None, most: int, *, unannounced: bool = False) -> Stretch:
        """The feeds among up to `most` items of the table, from the one behind feed `after` on.

        In the table's own order, and as it was a moment ago. `after` need not be there any more. Those with a full
        outbox only, where `unannounced` is asked for.
        """

    def stopped(self, job: Job) -> str | None:
        """Where this job stopped the last time, as it wrote that; None before the first, and where it wrote None."""

    def stop(self, job: Job, place: str | None) -> None:
        """Keep where this job stopped."""

    def in_slots(self, slots: Iterable[str]) -> Iterator[Placed]:
        """The feeds in these slots of the wheel, in the order of the slots where these are few."""

    def behind(self, slot: str, feed_id: str, most: int) -> list[Placed]:
        """Up to so many feeds of one slot, in the order of their ids, from behind this id ("": from the first)."""

    def holds(self) -> dict[str, datetime]:
        """The hosts that asked for rest, each with the time until which it is not asked; some may be over."""

    def hold(self, host: str, until: datetime, now: datetime) -> None:
        """Let nobody ask this host before `until`; a hold that lasts longer stands. Drops those over at `now`."""

    def cursor(self) -> Cursor:
        """How far the dispatcher has come."""

    def advance(self, before: Cursor, after: Cursor) -> bool:
        """Move the cursor to `after` if it still stands at `before`; False where another dispatcher moved it."""


class Leases(Protocol):
    """Which batches are on their way now, and at which hosts. A batch is known by its `Batch.key`."""

    def take(self, batch: str, hosts: Collection[str], now: datetime, until: datetime) -> Lease:
        """Begin a batch that asks these hosts and is over by `until`, whatever happens. A batch begins once.

        One write: `EdgeError` where the table takes none. The hosts that are busy are not held by this batch.
        """

    def standing(self, batch: str, now: datetime) -> Standing | None:
        """What is known of a batch; None where it never began, or long ago."""

    def finish(self, batch: str, now: datetime) -> None:
        """The batch is done, and its hosts are free. It is known as done for a while."""


class Secrets(Protocol):
    """The credentials of private feeds, apart from everything else that is kept."""

    def load(
        self, feed_ids: Sequence[str], failed: dict[str, EdgeError] | None = None, changed: Collection[str] = ()
    ) -> dict[str, Secret]:
        """The secrets of these feeds; those that have none (or none that can be read) are left out.

        What was read lately may be given again, but for `changed`: a person may have given these another one.

        Where `failed` is given, the feeds whose secrets could not be read are in it, and the others are read all the
        same; without it that raises `EdgeError`.
        """

    def keep(self, feed_id: str, secret: Secret) -> None:
        """Keep a feed's secret in place of the one before; `InputError` where it is too long to be kept."""

    def forget(self, feed_id: str) -> None:
        """Delete a feed's secret, whether it is there or not."""


class Store(Protocol):
    """The bucket."""

    @property
    def bucket(self) -> str:
        """Its name, as events carry it."""

    def put(
        self, key: str, body: bytes, content_type: str, content_encoding: str | None = None, url: str | None = None
    ) -> None:
        """Write one object; the same key again overwrites. `url` is kept beside it: where it was got from."""

    def put_file(self, key: str, file: IO[bytes]) -> None:
        """Write one object of what is left of `file`, without having it in memory."""

    def get(self, key: str) -> bytes:
        """Read one object; `NoObjectError` where it is not there, or is refused."""

    def get_file(self, key: str, file: IO[bytes]) -> None:
        """Add one object to `file`, without having it in memory."""

    def read(self, key: str) -> StoredObject:
        """Read one object with what it was put with; `NoObjectError` likewise."""

    def listed(self, prefix: str, after: str = "") -> Iterator[ListedObject]:
        """The objects whose keys begin with `prefix`, in the order of their keys, a page at a time.

        Those behind key `after` only, which need not be there.
        """

    def discard(self, keys: Sequence[str]) -> None:
        """Delete up to 1,000 objects that may or may not be there."""


class Bus(Protocol):
    """The event bus."""

    def announce(self, announcements: Sequence[Announcement]) -> None:
        """Publish all of them, or raise `EdgeError` where any was not taken (others may have been)."""


class Queue(Protocol):
    """The queue of batches to poll."""

    def send(self, bodies: Sequence[str], delay: int = 0) -> None:
        """Send one message a body, to be received after `delay` seconds (0-900)."""


class DeadLetters(Protocol):
    """What could not be delivered, and where it was to go."""

    def routes(self) -> Sequence[Route]:
        """All of them, each once. Two may share a queue of dead letters."""

    def waiting(self, route: Route) -> int:
        """About how many dead letters there are."""

    def move(self, route: Route, most: int) -> int:
        """Send up to `most` of them on their way again and delete them as dead letters, one by one; how many."""
