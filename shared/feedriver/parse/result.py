"""The result of parsing: the feed, its items with the source fields they were read from, and the rejected items."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from feedriver.models import Feed, Item, Rejected


class SourceFields(NamedTuple):
    """An item as the publisher wrote it, field by field, before any cleaning of ours.

    Changes are detected on these fields (`decide/fingerprint.py`), so that a better sanitizer announces nothing. White
    space is collapsed and Unicode is NFC: a reindented or re-encoded document has the same fields. Several values of a
    field are joined by newlines. `updated` is left out on purpose: a new time stamp alone is no new version.
    """

    title: str
    link: str
    authors: str
    published: str
    summary: str
    content: str
    media: str
    categories: str


@dataclass(frozen=True, slots=True)
class ParsedItem:
    """One item of a document; `index` counts from 0 in document order.

    `slice` is the hash of its source (`feedriver.parse.slices`), empty where the document could not be cut.
    `link_as_written` is the item's link as its publisher wrote it, made absolute, where that is not `item.link`. The
    entry's keys are made of it, so that a change of how we encode addresses gives no entry a new id.
    """

    index: int
    item: Item
    source: SourceFields
    slice: bytes = b""
    link_as_written: str | None = None

    @property
    def link(self) -> str | None:
        """The link that the entry's keys are made of."""
        return self.link_as_written or self.item.link


@dataclass(frozen=True, slots=True)
class Known:
    """What need not be read again: `items` are hashes of items (`feedriver.parse.slices`).

    `head` is the hash of what stood around the items of the last document, `heading` what was read there
    (`feedriver.parse.heading`).
    """

    items: frozenset[bytes] = frozenset()
    head: bytes = b""
    heading: bytes = b""


NOTHING_KNOWN = Known()


@dataclass(frozen=True, slots=True)
class KnownItem:
    """An item that was not read, since its source is known byte for byte: `slice` is its hash."""

    index: int
    slice: bytes


class Tombstone(NamedTuple):
    """An entry that its publisher says is deleted (RFC 6721): its guid, and the time, where it can be read."""

    ref: str
    when: datetime | None


@dataclass(frozen=True, slots=True)
class Parsed:
    """One document, read. `flaw` says what was wrong with it, where it could be read nevertheless.

    `kept` are the items that were known. `head` is the hash of what stands around the items, empty where the document
    could not be cut; where it was known, `feed` is what the heading had kept. `digest` is the document's
    (`feedriver.parse.digest`), where it was made. `seconds` is the CPU time that it took, 0 where it was not measured.
    """

    feed: Feed
    items: tuple[ParsedItem, ...]
    rejected: tuple[Rejected, ...] = ()
    flaw: str | None = None
    kept: tuple[KnownItem, ...] = ()
    head: bytes = b""
    deleted: tuple[Tombstone, ...] = ()
    digest: str | None = None
    seconds: float = field(default=0.0, compare=False)

    def is_all(self, known: Known) -> bool:
        """Whether nothing of the document had to be read: each item was `known`, and what stands around them."""
        return bool(self.head) and self.head == known.head and len(self.kept) > 0 and not (self.items or self.rejected)


class Parser(Protocol):
    """The parser of the poller: it reads documents within bounds on time and memory."""

    async def parse(
        self,
        body: bytes,
        url: str,
        content_type: str | None,
        known: Known = NOTHING_KNOWN,
        quantum: float | None = None,
    ) -> Parsed:
        """As `feedriver.parse.parse`. Raises `ParseError` also where the document passes the bounds.

        With a `quantum`, raises `OverQuantum` where it takes more than so many seconds of CPU time. It may then be
        parsed again without one.
        """
