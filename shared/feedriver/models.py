"""What feedriver knows of a feed and of an entry: the records that S3 holds and that events carry.

Every record is frozen and closed. Times are UTC-aware. Text is Unicode without lone surrogates.
A new optional field may be added to a record within one `schema_version`; nothing is removed or changes its meaning.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from feedriver.episodes import Failing, Flood, Moving, Silence
from feedriver.values import (
    AddressOrNone,
    Category,
    Comments,
    Enclosure,
    FeedLinks,
    Html,
    Image,
    Kept,
    Mark,
    OneOrNone,
    Origin,
    OwnAddress,
    Person,
    Place,
    Plain,
    Podcast,
    Record,
    Reply,
    Resource,
    Several,
    Text,
    Utc,
    Wishes,
)

__all__ = [
    "SCHEMA_VERSION",
    "Category",
    "Comments",
    "Enclosure",
    "Entry",
    "Failing",
    "Feed",
    "FeedLinks",
    "FeedState",
    "Flood",
    "Html",
    "Identified",
    "Image",
    "Item",
    "Kept",
    "Mark",
    "Moving",
    "Origin",
    "Pending",
    "Person",
    "Place",
    "Plain",
    "Podcast",
    "Record",
    "Rejected",
    "Reply",
    "Resource",
    "Silence",
    "Source",
    "Text",
    "Utc",
    "Validators",
    "Wishes",
]

SCHEMA_VERSION: Literal[1] = 1


class Feed(Record):
    """What a document says of the feed itself. `url` is the address it was got from; `icon` its picture, if any.

    `id` is the atom:id as written; other formats have none.
    """

    url: OwnAddress
    id: Plain | None = None
    title: Plain | None = None
    link: AddressOrNone = None
    description: Plain | None = None
    language: Plain | None = None
    icon: AddressOrNone = None
    authors: tuple[Person, ...] = ()
    updated: Utc | None = None
    format: Text
    wishes: Wishes = Wishes()
    links: FeedLinks = FeedLinks()


class Source(Record):
    """The feed that an entry came from, as each entry carries it."""

    id: Text
    url: OwnAddress
    title: Plain | None = None
    link: AddressOrNone = None
    icon: AddressOrNone = None


class Identified(Record):
    """Which entry this is, and which version of it."""

    schema_version: Literal[1] = SCHEMA_VERSION
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    revision: Annotated[int, Field(ge=1)]
    identified_by: Literal["guid", "link", "content"]
    changed: tuple[Text, ...] = ()
    content_hash: Text
    feed: Source
    first_seen: Utc
    seen: Utc


class Item(Record):
    """What a document says of one entry, read and cleaned.

    `html` is sanitized and has absolute URLs; `text` is the same as plain paragraphs, one a line; `body_from` says
    whether both come from the full content or from the summary. `summary` is the summary as plain paragraphs, None
    where there is none and where `text` says the same: take `summary` or else `text`. `image` is the lead image, first
    of `images`. `published` is None where no date could be read; `published_raw` is what stood there;
    `published_inferred` is True where the entry states no publication date and its `updated` was taken. An Atom or JSON
    Feed entry without authors has those of its source or feed (RFC 4287 §4.2.1).

    `comments`, `in_reply_to`, `origin`, `place` and `podcast` are None where the document says nothing of them; none of
    them makes a new revision. `marks` are warnings (`feedriver.values.Mark`).
    """

    title: Plain | None = None
    link: AddressOrNone = None
    guid: Plain | None = None
    authors: tuple[Person, ...] = ()
    published: Utc | None = None
    published_raw: Plain | None = None
    published_inferred: bool = False
    updated: Utc | None = None
    summary: Plain | None = None
    text: Plain = ""
    html: Html | None = None
    body_from: Literal["content", "summary"] | None = None
    language: Plain | None = None
    image: OneOrNone[Image] = None
    images: Several[Image] = ()
    enclosures: Several[Enclosure] = ()
    categories: tuple[Category, ...] = ()
    comments: Comments | None = None
    in_reply_to: Reply | None = None
    origin: Origin | None = None
    place: Place | None = None
    podcast: Podcast | None = None
    marks: tuple[Mark, ...] = ()


class Entry(Item, Identified):
    """One version of one entry: a line in S3, and the heart of an event.

    `id` is the entry's for ever; `revision` counts its versions from 1; (`id`, `revision`) is unique.
    `identified_by` is the rung of the ladder that gave the id. `changed` names the fields that differ from the
    revision before, and "deleted" where the entry comes back after its tombstone; it is empty for the first.
    `content_hash` is over the source's own fields, not over our cleaning. `first_seen` is when revision 1 was found,
    `seen` when this one was.
    """


class Rejected(Record):
    """An item of a document that did not become an entry, and why. `index` counts from 0 in document order."""

    index: int
    reason: Literal["empty", "duplicate", "unreadable", "too_many"]
    detail: Text


class Validators(Kept):
    """What makes the next request conditional: opaque, byte for byte as received, and good for `url` alone.

    `body_sha256` tells an unchanged body apart where the server sends 200 all the same. `got` is when a 200 last gave
    them; `doubted` when a request went without them for doubt, in vain; `refused` when the host choked on them
    (`feedriver.decide.conditional`).
    """

    url: OwnAddress
    etag: Text | None = None
    last_modified: Text | None = None
    body_sha256: Text | None = None
    got: Utc | None = None
    doubted: Utc | None = None
    refused: Utc | None = None


class Pending(Kept):
    """One thing committed and not yet told: an object of entries, or one event on the feed or a deleted entry.

    `key` is where the object belongs, `staged` where it lies until then. Entries that belong under `held/` are stored
    there and not announced. `at` is when they were found, so that a repeat of the announcement is the same to the
    letter.
    """

    at: Utc
    key: Text | None = None
    staged: Text | None = None
    event: Text | None = None
    about: dict[Text, Text | int | None] = Field(default_factory=dict)


class FeedState(Kept):
    """All that is kept of one feed between polls: one item, replaced by one conditional write.

    `rev` counts the writes and guards each of them. `slot` places the feed on the dispatcher's wheel
    (`feedriver.decide.wheel`), `every` is its interval in minutes, `at_least` the minutes that must pass between two
    requests (None: as `every`). Its own rhythm asks for nothing before `not_before`; the publisher has forbidden it
    before `held_until` (Retry-After), whoever asks, and wants no visits in `skip_hours` and on `skip_days` (as in
    `Wishes`). `seen` is packed by `feedriver.decide.seen`, `window` by `feedriver.decide.window`, `heading` by
    `feedriver.parse.heading`: what stood around the window's items. `url` holds no credentials: `secret` says that the
    feed has some, kept apart (`feedriver.ports.Secrets`). `identity` is what the feed called itself last (its Atom id).
    `new_only` asks that what the first document holds be marked as seen and not announced. `quarantined` is since when
    the feed is polled alone, because workers died of it. `bare` are keys of entries that have no room in `seen`, packed
    by `feedriver.decide.crowd`. `slow` counts how many of its documents in a row took long to read
    (`feedriver.decide.slowness`).
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
