"""What parsing gives: the feed, its items beside the source fields they were read from, and what was rejected."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from feedriver.models import Feed, Item, Rejected


class SourceFields(NamedTuple):
    """An item as the publisher wrote it, field by field, before any cleaning of ours.

    Change is judged on these (`decide/fingerprint.py`), so that a better sanitizer announces nothing. White space is
    collapsed and Unicode is NFC: a reindented or re-encoded document has the same fields. A field of several values
    joins them by newlines. `updated` is left out on purpose: a new time stamp alone is no new version.
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

    `slice` is the hash of its source (`feedriver.parse.slices`), empty where the document could not be cut. `spelled`
    is the item's link as its publisher spelled it, made absolute, where that is not `item.link`: what an entry is known
    by is made of it, so that our way of writing addresses makes no entry another one.
    """

    index: int
    item: Item
    source: SourceFields
    slice: bytes = b""
    spelled: str | None = None

    @property
    def link(self) -> str | None:
        """The link that its keys are made of."""
        return self.spelled or self.item.link


@dataclass(frozen=True, slots=True)
class Known:
    """What need not be read again, by its source: `items` are hashes of items (`feedriver.parse.slices`).

    `head` is the hash of what stood around those of the last document, `heading` what was read there
    (`feedriver.parse.heading`).
    """

    items: frozenset[bytes] = frozenset()
    head: bytes = b""
    heading: bytes = b""


NOTHING_KNOWN = Known()


@dataclass(frozen=True, slots=True)
class Kept:
    """An item that was not read, since its source is known to the byte: `slice` is its hash."""

    index: int
    slice: bytes


class Tombstone(NamedTuple):
    """An entry that its publisher says is deleted (RFC 6721): its guid, and when, where that can be read."""

    ref: str
    when: datetime | None


@dataclass(frozen=True, slots=True)
class Parsed:
    """One document, read. `flaw` says what was wrong with it where it could be read all the same.

    `head` is the hash of all that stands around the items, empty where the document could not be cut. Where it was
    known, `feed` is what had been kept of it. `seconds` of a processor were needed, where that was measured.
    """

    feed: Feed
    items: tuple[ParsedItem, ...]
    rejected: tuple[Rejected, ...] = ()
    flaw: str | None = None
    kept: tuple[Kept, ...] = ()
    head: bytes = b""
    deleted: tuple[Tombstone, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    def is_all(self, known: Known) -> bool:
        """Whether nothing of the document was to be read: each item was `known`, and what stands around them."""
        return bool(self.head) and self.head == known.head and len(self.kept) > 0 and not (self.items or self.rejected)


class Parser(Protocol):
    """What reads documents for the poller, within bounds on time and memory."""

    async def parse(
        self,
        body: bytes,
        url: str,
        content_type: str | None,
        known: Known = NOTHING_KNOWN,
        quantum: float | None = None,
    ) -> Parsed:
        """As `feedriver.parse.parse`; `ParseError` too where the document would have passed the bounds.

        `OverQuantum` where it takes more than `quantum` seconds of a processor, if it is given: then it may be tried
        again without.
        """
