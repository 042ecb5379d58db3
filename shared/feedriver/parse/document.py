"""One document: decide what it is, hand it to the reader of its kind, and build what was read."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from feedriver.errors import ParseCode, ParseError
from feedriver.models import Rejected
from feedriver.parse import tombstones
from feedriver.parse.encoding import decode
from feedriver.parse.result import Parsed, ParsedItem
from feedriver.parse.sniff import Kind, Sniffed, sniff
from feedriver.parse.source import Document


def parse(body: bytes, url: str, content_type: str | None = None) -> Parsed:
    """The feed and the items of `body`, which was got from `url`; relative addresses are resolved against `url`.

    `body` has no content encoding left. `content_type` is the header as received: its charset counts (RFC 7303 §3),
    its media type does not, since too many feeds are served as text/html or text/plain. Items that appear twice are
    given twice.

    Raises `ParseError`: EMPTY where nothing or only white space stands there; NOT_A_FEED where it is something else,
    with the feeds that an HTML page advertises as `hint`; TRUNCATED where it ends before its root element does;
    MALFORMED where it means to be a feed and nothing of it can be read.
    """
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
    parsed = _build(document, url, "; ".join(filter(None, (decoded.flaw, found.flaw, document.flaw))) or None)
    return replace(parsed, deleted=deleted) if deleted and found.kind is Kind.XML_FEED else parsed


def _refuse(text: str, url: str, found: Sniffed) -> NoReturn:
    hint: tuple[str, ...] = ()
    if found.kind is Kind.HTML:
        from feedriver.parse.page import advertised  # noqa: PLC0415 - the HTML parser is for HTML pages only

        hint = advertised(text, url)
    raise ParseError(url, ParseCode.NOT_A_FEED, found.name, hint)


def _read(text: str, url: str, found: Sniffed) -> Document:
    if found.kind is Kind.JSON:
        from feedriver.parse import jsonfeed  # noqa: PLC0415 - an XML document needs no JSON reader

        return jsonfeed.read(text, url)
    from feedriver.parse import xmlfeed  # noqa: PLC0415 - feedparser is for XML only, and dear to import

    return xmlfeed.read(text, url, found)


def _build(document: Document, url: str, flaw: str | None) -> Parsed:
    from feedriver.parse.entry import build  # noqa: PLC0415 - nh3 and selectolax are for documents that are feeds
    from feedriver.parse.feed import build_feed  # noqa: PLC0415 - as above

    feed = build_feed(document.feed, url)
    built = [build(index, item, feed.language) for index, item in enumerate(document.items)]
    return Parsed(
        feed=feed,
        items=tuple(each for each in built if isinstance(each, ParsedItem)),
        rejected=tuple(each for each in built if isinstance(each, Rejected)),
        flaw=flaw,
    )
