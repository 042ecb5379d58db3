"""One document: known items are left out, its kind is detected, its reader reads it, and records are built.

nothing_new   whether each item is known by its source, and the head too: then no parser is needed
parse         reads the items that are not known, and the head if it is not; where anything is odd, the whole document
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import NoReturn

from feedriver.errors import ParseCode, ParseError
from feedriver.models import Feed, Rejected
from feedriver.parse import heading
from feedriver.parse.encoding import decode
from feedriver.parse.result import NOTHING_KNOWN, Known, KnownItem, Parsed, ParsedItem
from feedriver.parse.slices import Slices, cut
from feedriver.parse.sniff import Kind, Sniffed, sniff
from feedriver.parse.source import Document
from feedriver.parse.xml import tombstones

MOST_AT_ONCE = 2_000_000  # bytes: 0.1 s of a processor at the worst; 99 feeds of 100 have less than 300 KB


def nothing_new(body: bytes, url: str, content_type: str | None, known: Known) -> bool:
    """Whether each item of `body` is known by its source, and what stands around them too: then nothing need be read.

    `known` comes from documents that were read before (`parse`). This runs in the event loop, outside the process that
    can be killed: so it is False for a body of over `MOST_AT_ONCE` bytes, which `parse` then checks in the same way.
    """
    slices = cut(body, url, content_type) if known.items and len(body) <= MOST_AT_ONCE else None
    return slices is not None and slices.head == known.head and known.items.issuperset(slices.hashes)


def parse(body: bytes, url: str, content_type: str | None = None, known: Known = NOTHING_KNOWN) -> Parsed:
    """The feed and the items of `body`, which was got from `url`; relative addresses are resolved against `url`.

    `body` has no content encoding left. `content_type` is the header as received: its charset counts (RFC 7303 §3). Its
    media type does not, since too many feeds are served as text/html or text/plain. An item that appears twice is
    returned twice. In a well-formed document, items whose source is `known` are not read but `kept`; the others are as
    if all were read. A head that is `known` is not read either: the feed is then what its heading kept.

    Raises `ParseError`: EMPTY where there is nothing but white space; NOT_A_FEED where it is something else, with the
    feeds that an HTML page advertises as `hint`; TRUNCATED where it ends before its root element does; MALFORMED where
    it is meant to be a feed and nothing of it can be read.
    """
    slices = cut(body, url, content_type)
    if slices and (part := _unknown_part(slices, known)):
        with suppress(ParseError):  # reading the whole document then says what is wrong
            if parsed := _with_known(_parse(part[0], url, content_type, part[1]), slices, known.items):
                return parsed
    whole = _parse(body, url, content_type)
    return (slices and _with_known(whole, slices, frozenset())) or whole


def _unknown_part(slices: Slices, known: Known) -> tuple[bytes, Feed | None] | None:
    """The part of a document that has to be read, and the feed where the head need not be; None: read all of it."""
    feed = heading.unpack(known.heading) if slices.head == known.head else None
    headless = slices.without_head(known.items) if feed else None
    if headless:
        return headless, feed
    return None if known.items.isdisjoint(slices.hashes) else (slices.without_items(known.items), None)


def _with_known(parsed: Parsed, slices: Slices, known: frozenset[bytes]) -> Parsed | None:
    """The items that were read, in their places among the known ones.

    None where the document has a flaw, or where the number of items read is not that of the slices.
    """
    wanted = [number for number, digest in enumerate(slices.hashes) if digest not in known]
    if parsed.flaw or len(parsed.items) + len(parsed.rejected) != len(wanted):
        return None
    return replace(
        parsed,
        items=tuple(replace(each, index=(at := wanted[each.index]), slice=slices.hashes[at]) for each in parsed.items),
        rejected=tuple(each.replace(index=wanted[each.index]) for each in parsed.rejected),
        kept=tuple(KnownItem(number, digest) for number, digest in enumerate(slices.hashes) if digest in known),
        head=slices.head,
    )


def _parse(body: bytes, url: str, content_type: str | None, feed: Feed | None = None) -> Parsed:
    # With a `feed`, what the document says of its feed is not read.
    decoded = decode(body, content_type)
    if not decoded.text.strip("\ufeff\x00 \t\r\n\f\v\u00a0\u200b"):
        raise ParseError(url, ParseCode.EMPTY, f"{len(body)} bytes, and nothing in them")
    deleted, text = tombstones.read(decoded.text)
    found = sniff(text)
    if found.kind is Kind.CUT_OFF:
        raise ParseError(url, ParseCode.TRUNCATED, "the document ends before its root element begins")
    if found.kind not in {Kind.XML_FEED, Kind.JSON}:
        _refuse(text, url, found)
    document = _read(text, url, found)
    flaw = "; ".join(filter(None, (decoded.flaw, found.flaw, document.flaw))) or None
    parsed = _build(document, feed or _feed(document, url), flaw)
    return replace(parsed, deleted=deleted) if deleted and found.kind is Kind.XML_FEED else parsed


def _refuse(text: str, url: str, found: Sniffed) -> NoReturn:
    hint: tuple[str, ...] = ()
    if found.kind is Kind.HTML:
        from feedriver.parse.autodiscovery import advertised  # noqa: PLC0415 - the HTML parser is for HTML pages only

        hint = advertised(text, url)
    raise ParseError(url, ParseCode.NOT_A_FEED, found.name, hint)


def _read(text: str, url: str, found: Sniffed) -> Document:
    if found.kind is Kind.JSON:
        from feedriver.parse import jsonfeed  # noqa: PLC0415 - an XML document needs no JSON reader

        return jsonfeed.read(text, url)
    from feedriver.parse.xml import reader  # noqa: PLC0415 - feedparser is for XML only, and dear to import

    return reader.read(text, url, found)


def _feed(document: Document, url: str) -> Feed:
    from feedriver.parse.normalize.feed import build_feed  # noqa: PLC0415 - nh3 and selectolax are for documents that are feeds

    return build_feed(document.feed, url)


def _build(document: Document, feed: Feed, flaw: str | None) -> Parsed:
    from feedriver.parse.normalize.entry import build  # noqa: PLC0415 - as above

    built = [build(index, item, feed) for index, item in enumerate(document.items)]
    return Parsed(
        feed=feed,
        items=tuple(each for each in built if isinstance(each, ParsedItem)),
        rejected=tuple(each for each in built if isinstance(each, Rejected)),
        flaw=flaw,
    )
