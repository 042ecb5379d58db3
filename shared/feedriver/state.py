"""The state of a feed between polls: its item in the state table."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self, TypedDict, Unpack

from pydantic import Field

from feedriver.fields import AddressOrNone, OwnAddress, StoredRecord, Text, Utc
from feedriver.models import SCHEMA_VERSION

Freshness = Literal["economy", "thrifty", "balanced", "eager"]  # from few requests to many


class Moving(StoredRecord):
    """A permanent redirect that is being watched: its target, how many good answers in a row, and since when."""

    to: OwnAddress
    count: Annotated[int, Field(ge=1)]
    since: Utc


class Failing(StoredRecord):
    """An episode of failure: the number of failed polls in a row, the time of the first, and the last error."""

    count: Annotated[int, Field(ge=1)]
    since: Utc
    code: Text
    detail: Text
    announced: bool = False


class Silence(StoredRecord):
    """How long a feed may be silent: its last new entry was found at `since`; from `after` on, silence is unusual."""

    since: Utc
    after: Utc
    announced: bool = False


class Flood(StoredRecord):
    """The usual number of new entries of a feed, and what is held of a flood (`feedriver.decide.flood`).

    `found` are the new entries of the (UTC) day of turns `day`, announced or held. `largest` is the most entries of one
    document, `usual` a number of new ones a day. `held` entries wait to be released: those that the feed's revisions up
    to `released` held are. `since` is when the episode of holding began, `last` the last day of it. `part` says that
    what comes on this day may belong to the first import. `left_out` counts the items that the last document had beyond
    what can be remembered.
    """

    day: date
    found: int = 0
    largest: int = 0
    usual: int = 0
    held: int = 0
    released: int = 0
    since: Utc | None = None
    last: date | None = None
    part: bool = False
    left_out: int = 0


class Validators(StoredRecord):
    """What makes the next request conditional: opaque, byte for byte as received, and good for `url` alone.

    `body_sha256` tells an unchanged body apart where the server sends 200 all the same, `digest` another body in which
    nothing is new (`feedriver.parse.digest`); it is kept for documents without a window. `got` is when a 200 last gave
    them; `doubted` when a request went without them for doubt, in vain; `refused` when the host choked on them
    (`feedriver.decide.conditional`).
    """

    url: OwnAddress
    etag: Text | None = None
    last_modified: Text | None = None
    body_sha256: Text | None = None
    digest: Text | None = None
    got: Utc | None = None
    doubted: Utc | None = None
    refused: Utc | None = None


class Pending(StoredRecord):
    """One item of an outbox: committed entries in an object, or an event on the feed or on a deleted entry.

    `key` is the key of the object, `staged` its key until it is stored there. Entries with a key under `held/` are
    stored and not announced. `at` is when they were found: a repeat of the announcement is the same byte for byte.
    """

    at: Utc
    key: Text | None = None
    staged: Text | None = None
    event: Text | None = None
    about: dict[Text, Text | int | None] = Field(default_factory=dict)


class StateChanges(TypedDict, total=False):
    """The fields of a `FeedState` for `replace`, each with its type: a misspelt one does not type-check."""

    feed_id: Text
    url: OwnAddress
    rev: int
    added: Utc
    slot: Text
    every: int
    at_least: int | None
    not_before: Utc | None
    held_until: Utc | None
    skip_hours: tuple[int, ...]
    skip_days: tuple[Text, ...]
    title: Text | None
    link: AddressOrNone
    icon: AddressOrNone
    validators: Validators | None
    seen: bytes
    window: bytes
    heading: bytes
    bare: bytes
    outbox: tuple[Pending, ...]
    failing: Failing | None
    moving: Moving | None
    gone: Utc | None
    secret: bool
    identity: Text | None
    new_only: bool
    silence: Silence | None
    quarantined: Utc | None
    flood: Flood | None
    slow: int
    rhythm: bytes
    timetable: Text
    wanted: int | None
    asked: int | None
    asked_by: Text | None
    freshness: Text | None
    floor: int | None


class FeedState(StoredRecord):
    """The state of one feed between polls: one item, replaced by one conditional write.

    `rev` counts the writes and guards each of them. `slot` places the feed on the dispatcher's wheel
    (`feedriver.decide.wheel`). `every` is its interval in minutes. `at_least` is the minutes between two requests
    (None: as `every`). By its own rhythm the feed is not polled before `not_before`. The publisher forbids any request
    before `held_until` (Retry-After), and wants none in `skip_hours` and on `skip_days` (as in `Wishes`). `seen` is
    packed by `feedriver.decide.seen`, `window` by `feedriver.decide.window`, and `heading`, what stood around the
    window's items, by `feedriver.parse.heading`. `url` holds no credentials; `secret` says that the feed has some,
    which are kept apart (`feedriver.ports.Secrets`). `identity` is the last Atom id of the feed. With `new_only`, the
    entries of the first document are marked as seen and not announced. `quarantined` is the time since which the feed
    is polled alone, because workers died of it. `bare` are keys of entries that have no room in `seen`, packed by
    `feedriver.decide.overflow`. `slow` is the number of its documents in a row that took long to read
    (`feedriver.decide.slowness`). `rhythm` is packed by `feedriver.decide.rhythm`: what was learned of when the feed
    publishes. `wanted` is the interval in minutes that follows from it, at the mean of a week, and `timetable` says
    which turns are left out in quiet hours (`feedriver.decide.timetable`). `asked` is the longest interval that its
    publisher asks for, in minutes, and `asked_by` where it does. `freshness` and `floor` (minutes) are as a person set
    them for this feed alone.
    """

    schema_version: int = SCHEMA_VERSION
    feed_id: Text
    url: OwnAddress
    rev: int = 0
    added: Utc
    slot: Text
    every: int
    at_least: int | None = None
    not_before: Utc | None = None
    held_until: Utc | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[Text, ...] = ()
    title: Text | None = None
    link: AddressOrNone = None
    icon: AddressOrNone = None
    validators: Validators | None = None
    seen: bytes = b""
    window: bytes = b""
    heading: bytes = b""
    bare: bytes = b""
    outbox: tuple[Pending, ...] = ()
    failing: Failing | None = None
    moving: Moving | None = None
    gone: Utc | None = None
    secret: bool = False
    identity: Text | None = None
    new_only: bool = False
    silence: Silence | None = None
    quarantined: Utc | None = None
    flood: Flood | None = None
    slow: int = 0
    rhythm: bytes = b""
    timetable: Text = ""
    wanted: int | None = None
    asked: int | None = None
    asked_by: Text | None = None
    freshness: Text | None = None
    floor: int | None = None

    def replace(self, **changes: Unpack[StateChanges]) -> Self:  # type: ignore[override]  # narrower, so that mypy knows the fields
        """A copy with these fields changed."""
        return super().replace(**changes)
