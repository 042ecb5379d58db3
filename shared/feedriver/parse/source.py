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

    role: Literal["enclosure", "media", "thumbnail", "itunes"]
    url: str
    type: str = ""
    length: str = ""
    width: str = ""
    height: str = ""
    medium: str = ""


@dataclass(frozen=True, slots=True)
class SourceItem:
    """An item. `permalink` is True where the guid may be followed as a link (RSS 2.0 `isPermaLink`)."""

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


@dataclass(frozen=True, slots=True)
class SourceWishes:
    """How often the publisher asks to be visited, as written."""

    ttl: str = ""
    update_period: str = ""
    update_frequency: str = ""
    skip_hours: tuple[str, ...] = ()
    skip_days: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceFeed:
    """The feed itself. `icons` are in order of preference, `dates` likewise."""

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


@dataclass(frozen=True, slots=True)
class Document:
    """A feed and its items. An item that could not be read at all stands as the exception that it raised."""

    feed: SourceFeed
    items: tuple[SourceItem | Exception, ...]
    flaw: str | None = None
