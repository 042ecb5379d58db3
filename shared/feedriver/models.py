"""The records of feeds and entries, which S3 holds and events carry.

Every record is frozen and closed. Times are UTC-aware. Text is Unicode without lone surrogates. Addresses are absolute
http(s) URLs. What is empty or broken in a document is None.
A new optional field may be added to a record within one `schema_version`; nothing is removed or changes its meaning.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from feedriver.fields import Address, AddressOrNone, Html, OneOrNone, OwnAddress, Plain, Record, Several, Text, Utc

__all__ = [
    "SCHEMA_VERSION",
    "Category",
    "Comments",
    "Enclosure",
    "Entry",
    "Feed",
    "FeedLinks",
    "Identified",
    "Image",
    "Item",
    "Mark",
    "Origin",
    "Person",
    "Place",
    "Podcast",
    "Rejected",
    "Reply",
    "Resource",
    "Source",
    "Wishes",
]

SCHEMA_VERSION: Literal[1] = 1

# What a consumer should know of an entry before showing or counting it.
Mark = Annotated[
    Literal["bidi", "title_cut", "body_cut", "future", "volatile", "flood"],
    Field(
        description='A warning. "bidi": the title or an author\'s name holds characters that turn the direction of'
        " writing (U+202A-202E, U+2066-2069); it says nothing of other fields, nor of U+200E, U+200F and U+061C."
        ' "title_cut": the title had more than 2,000 characters. "body_cut": `html`, `text` or `summary` was longer'
        " than is kept (1 MB, 1 MB and 250 KB of JSON); the document in `raw/` has all of it."
        ' "future": a date lay after the poll and became `first_seen`. "volatile": it changes so often that not each of'
        ' its versions is announced. "flood": it came with so many others that it was held until a person released it.'
    ),
]


class Person(Record):
    """An author (RFC 4287 §3.2; RSS `author`, `dc:creator`, `itunes:author`)."""

    name: Plain | None = None
    email: Plain | None = None
    url: AddressOrNone = None


class Image(Record):
    """A picture of an entry. `source` says where it was found; `width` and `height` are in pixels, where stated.

    "media" is `media:content`, "thumbnail" is `media:thumbnail`, "itunes" is `itunes:image`, "jsonfeed" is JSON Feed's
    `image` or `banner_image`, "enclosure" is an attached file, "html" is a picture in the text.
    """

    url: Address
    source: Literal["media", "enclosure", "itunes", "jsonfeed", "thumbnail", "html"]
    width: int | None = None
    height: int | None = None


class Enclosure(Record):
    """An attached file (RSS 2.0 `enclosure`, Atom `link rel=enclosure`, JSON Feed `attachments`).

    `length` is in bytes, as the publisher states it; None where it is not stated or is no number.
    """

    url: Address
    type: Plain | None = None
    length: int | None = None


class Category(Record):
    """A tag, with the scheme it is from and its label for people, where stated (RFC 4287 §4.2.2)."""

    term: Plain
    scheme: Plain | None = None
    label: Plain | None = None


class Wishes(Record):
    """How often the publisher asks to be polled.

    `ttl` in minutes (RSS 2.0 `ttl`); `period` in minutes (`sy:updatePeriod` / `sy:updateFrequency`);
    `skip_hours` 0-23 in UTC; `skip_days` in English.
    """

    ttl: int | None = None
    period: int | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[Plain, ...] = ()


class FeedLinks(Record):
    """The feed's other addresses, and the documents with more of it.

    `self_url` is the address that it gives itself; `hubs` are its WebSub hubs (W3C WebSub §4); `next` is the next page
    (RFC 5005 §3, JSON Feed `next_url`); `prev_archive` is the archive before this document, and `current` the feed's
    newest document where this one is an archive (RFC 5005 §4).
    """

    self_url: AddressOrNone = None
    hubs: Several[Address] = ()
    next: AddressOrNone = None
    prev_archive: AddressOrNone = None
    current: AddressOrNone = None


class Comments(Record):
    """The comments on an entry.

    `url` is their page (RSS 2.0 `comments`), `feed` their feed (`wfw:commentRss`, RFC 4685 §4 `link rel=replies`),
    `count` their number when the document was written (`slash:comments`, RFC 4685 §5 `thr:total`, `thr:count`).
    """

    url: AddressOrNone = None
    feed: AddressOrNone = None
    count: int | None = None


class Reply(Record):
    """The entry that this one replies to (RFC 4685 §3 `thr:in-reply-to`): its `id`, and the `url` of its page."""

    id: Plain | None = None
    url: AddressOrNone = None


class Origin(Record):
    """The feed that an entry was first in (RSS 2.0 `source`, RFC 4287 §4.2.11 `source`).

    `url` is that feed's address, `link` the site it belongs to, `id` its atom:id as written.
    """

    title: Plain | None = None
    url: AddressOrNone = None
    link: AddressOrNone = None
    id: Plain | None = None


class Place(Record):
    """The location of an entry (GeoRSS `point`, W3C Basic Geo `lat`, `long`): WGS 84 degrees, south and west negative.

    `name` is GeoRSS's `featurename`. Either coordinates or a name are there; the coordinates both or neither.
    """

    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    name: Plain | None = None


class Resource(Record):
    """A file that goes with an episode, and its media type, where stated."""

    url: Address
    type: Plain | None = None


class Podcast(Record):
    """An entry as an episode of a podcast (the namespaces `itunes` and `podcast`).

    `duration` is in seconds. `season` and `episode` are whole numbers; `episode_type` is full, trailer or bonus.
    `explicit` is None where nothing is said.
    """

    duration: int | None = None
    season: int | None = None
    episode: int | None = None
    episode_type: Literal["full", "trailer", "bonus"] | None = None
    explicit: bool | None = None
    transcripts: Several[Resource] = ()
    chapters: OneOrNone[Resource] = None


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
    them makes a new revision. `marks` are warnings (`Mark`).
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
    """One version of one entry: a line in S3, and the main part of an event.

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
