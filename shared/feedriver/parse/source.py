"""A document as its publisher wrote it: what the readers of XML and JSON give, before any cleaning.

Everything here is untrusted text. Addresses are as written, or resolved against the base in force where they stood.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from feedriver.models import Category


class Markup(NamedTuple):
    """A text and how it is to be read; `base` is what its relative addresses are relative to."""

    value: str
    kind: Literal["html", "text"]
    base: str


class Author(NamedTuple):
    """An author: `name` may hold more than a name, as RSS has it (`a@b.example (Ann Author)`)."""

    name: str = ""
    email: str = ""
    url: str = ""


class Attachment(NamedTuple):
    """A file or picture that belongs to an item, and which element named it. `length`, in bytes, is as written."""

    role: Literal["enclosure", "media", "thumbnail", "itunes", "jsonfeed"]
    url: str
    type: str = ""
    length: str = ""
    width: str = ""
    height: str = ""
    medium: str = ""


class SourceComments(NamedTuple):
    """The comments on an item: their page, their feed, and their number, as written."""

    url: str = ""
    feed: str = ""
    total: str = ""


class SourceReply(NamedTuple):
    """The item that this one replies to."""

    id: str = ""
    url: str = ""


class SourceOrigin(NamedTuple):
    """The feed that an item was first in: its own address as `url`, its site as `link`."""

    title: Markup | None = None
    url: str = ""
    link: str = ""
    id: str = ""


class SourcePlace(NamedTuple):
    """The location of an item: degrees, as written, and a name."""

    latitude: str = ""
    longitude: str = ""
    name: str = ""


class SourcePodcast(NamedTuple):
    """An item as an episode of a podcast, as written. Files are pairs of address and media type."""

    duration: str = ""
    season: str = ""
    episode: str = ""
    episode_type: str = ""
    explicit: str = ""
    transcripts: tuple[tuple[str, str], ...] = ()
    chapters: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class SourceItem:
    """An item. `permalink` is True where the guid may be followed as a link (RSS 2.0 `isPermaLink`).

    `authors` are the item's own; `origin_authors` those of the feed that it was first in (RFC 4287 §4.2.1).
    """

    base: str
    title: Markup | None = None
    link: str = ""
    guid: str = ""
    permalink: bool = False
    authors: tuple[Author, ...] = ()
    published: str = ""
    updated: str = ""
    summary: Markup | None = None
    contents: tuple[Markup, ...] = ()
    language: str | None = None
    attachments: tuple[Attachment, ...] = ()
    categories: tuple[Category, ...] = ()
    origin_authors: tuple[Author, ...] = ()
    comments: SourceComments = field(default_factory=SourceComments)
    reply: SourceReply = field(default_factory=SourceReply)
    origin: SourceOrigin = field(default_factory=SourceOrigin)
    place: SourcePlace = field(default_factory=SourcePlace)
    podcast: SourcePodcast = field(default_factory=SourcePodcast)


@dataclass(frozen=True, slots=True)
class SourceWishes:
    """How often the publisher asks to be polled, as written."""

    ttl: str = ""
    update_period: str = ""
    update_frequency: str = ""
    skip_hours: tuple[str, ...] = ()
    skip_days: tuple[str, ...] = ()


class SourceLinks(NamedTuple):
    """The feed's own address, its hubs, and the documents with more of it (`feedriver.models.FeedLinks`)."""

    self_url: str = ""
    hubs: tuple[str, ...] = ()
    next: str = ""
    prev_archive: str = ""
    current: str = ""


@dataclass(frozen=True, slots=True)
class SourceFeed:
    """The feed itself. `icons` and `dates` are in order of preference."""

    format: str
    base: str
    title: Markup | None = None
    link: str = ""
    description: Markup | None = None
    language: str | None = None
    icons: tuple[str, ...] = ()
    authors: tuple[Author, ...] = ()
    dates: tuple[str, ...] = ()
    wishes: SourceWishes = field(default_factory=SourceWishes)
    id: str = ""
    links: SourceLinks = field(default_factory=SourceLinks)


@dataclass(frozen=True, slots=True)
class Document:
    """A feed and its items. An item that could not be read at all stands as the exception that it raised."""

    feed: SourceFeed
    items: tuple[SourceItem | Exception, ...]
    flaw: str | None = None
