"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1, jsonfeed.org/version/1.1).

The reader is strict with JSON (RFC 8259) and lenient with the feed: a field of the wrong type counts as missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from feedriver.errors import ParseCode, ParseError
from feedriver.models import Category
from feedriver.parse.limits import TERM, short
from feedriver.parse.source import Attachment, Author, Document, Markup, SourceFeed, SourceItem, SourceLinks

_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/(1(?:\.\d)?)/?")
_HEAD = 65_536  # characters in which a broken document must have said that it is a JSON Feed
# The escape of a surrogate (RFC 8259 §7), with its other half where it has one. The backslashes before it are pairs.
_ESCAPED = re.compile(
    r"(?<!\\)((?:\\\\)*)\\u(?:[dD][89abAB][0-9a-fA-F]{2}(\\u[dD][c-fC-F][0-9a-fA-F]{2})?|[dD][c-fC-F][0-9a-fA-F]{2})"
)
_LONGEST_NUMBER = 300  # digits; a longer one is an attack on whoever computes with it
_CATEGORIES = 100

Object = dict[str, Any]  # JSON: any member may be anything


class Number(str):
    """A number as it was written: 1.10 is another id than 1.1, and no number of ours is computed with."""

    __slots__ = ()


def read(text: str, url: str) -> Document:
    """The JSON Feed in `text`.

    Raises `ParseError`: NOT_A_FEED for other JSON; TRUNCATED for a JSON Feed that ends too early; MALFORMED for one
    that is not JSON, or is nested so deeply or has numbers so long that it can only be an attack.
    """
    text = text.strip("\ufeff \t\r\n\x00")
    feed = _object(_load(text, url))
    version = _VERSION.fullmatch(_text(feed, "version"))
    if version is None:
        raise ParseError(url, ParseCode.NOT_A_FEED, "JSON that is no JSON Feed")
    head = _feed(feed, url, "1.0" if version[1] == "1" else version[1])
    return Document(
        feed=head,
        items=tuple(_isolated(item, url) for item in _list(feed, "items")),
    )


def _load(text: str, url: str) -> object:
    try:
        return json.loads(_whole(text), parse_constant=_refuse, parse_int=_number, parse_float=_number)
    except RecursionError:
        raise ParseError(url, ParseCode.MALFORMED, "JSON nested too deeply") from None
    except ValueError as failure:
        if "jsonfeed.org/version/" not in text[:_HEAD].replace("\\/", "/"):
            raise ParseError(url, ParseCode.NOT_A_FEED, "text that begins like JSON and is none") from None
        if not text.endswith("}"):
            raise ParseError(url, ParseCode.TRUNCATED, "the JSON ends before its object does") from None
        raise ParseError(url, ParseCode.MALFORMED, f"not JSON: {failure}") from None


def _whole(json_text: str) -> str:
    """The JSON with U+FFFD for each escape of a lone surrogate, in every string of it.

    Emoji that were cut in half give them (`substring` of JavaScript counts UTF-16). UTF-8 cannot encode them.
    """
    if r"\ud" not in json_text and r"\uD" not in json_text:
        return json_text
    return _ESCAPED.sub(lambda found: found[0] if found[2] else rf"{found[1]}\ufffd", json_text)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON (RFC 8259 §6)")


def _number(digits: str) -> Number:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError(f"a number of {len(digits)} digits")
    return Number(digits)


def _feed(feed: Object, url: str, version: str) -> SourceFeed:
    return SourceFeed(
        format=f"jsonfeed{version}",
        base=url,
        title=_plain(feed, "title", url),
        link=_text(feed, "home_page_url"),
        description=_plain(feed, "description", url),
        language=_text(feed, "language") or None,
        icons=tuple(icon for key in ("icon", "favicon") if (icon := _text(feed, key))),
        authors=_authors(feed),
        links=SourceLinks(
            self_url=_text(feed, "feed_url"),
            hubs=tuple(_text(_object(hub), "url") for hub in _list(feed, "hubs")),
            next=_text(feed, "next_url"),
        ),
    )


def _isolated(item: object, url: str) -> SourceItem | Exception:
    if not isinstance(item, dict):
        return TypeError("an item that is no object")
    try:
        return _item(item, url)
    except Exception as failure:  # noqa: BLE001 - one bad entry never costs the feed (P22); what it is, entry.py tells
        return failure


def _item(item: Object, url: str) -> SourceItem:
    content = _text(item, "content_html")
    contents = [Markup(content, "html", url)] if content.strip() else []
    if plain := _plain(item, "content_text", url):
        contents.append(plain)
    return SourceItem(
        base=url,
        title=_plain(item, "title", url),
        link=_text(item, "url") or _text(item, "external_url"),
        guid=_scalar(item, "id").strip(),
        permalink=True,
        authors=_authors(item),
        published=_text(item, "date_published"),
        updated=_text(item, "date_modified"),
        summary=_plain(item, "summary", url),
        contents=tuple(contents),
        language=_text(item, "language") or None,
        attachments=tuple(_attachments(item)),
        categories=tuple(
            Category(term=term)
            for tag in _list(item, "tags")[:_CATEGORIES]
            if isinstance(tag, str) and not isinstance(tag, Number) and (term := short(tag, TERM))
        ),
    )


def _authors(of: Object) -> tuple[Author, ...]:
    # 1.1 has `authors`; 1.0 has `author`, and many write both.
    authors = [_object(author) for author in _list(of, "authors")] or [_object(of.get("author"))]
    return tuple(Author(name=_text(author, "name"), url=_text(author, "url")) for author in authors)


def _attachments(item: Object) -> Iterable[Attachment]:
    for file in map(_object, _list(item, "attachments")):
        length = _scalar(file, "size_in_bytes")
        yield Attachment("enclosure", _text(file, "url"), _text(file, "mime_type"), length)
    for key in ("image", "banner_image"):
        if url := _text(item, key):
            yield Attachment("jsonfeed", url)


def _plain(of: Object, key: str, base: str) -> Markup | None:
    value = _text(of, key)
    return Markup(value, "text", base) if value.strip() else None


def _text(of: Object, key: str) -> str:
    value = of.get(key)
    return value if isinstance(value, str) and not isinstance(value, Number) else ""


def _scalar(of: Object, key: str) -> str:
    # Text, or a number taken for text: the specification asks readers to do so with ids.
    value = of.get(key)
    return str(value) if isinstance(value, str) else ""


def _list(of: Object, key: str) -> list[object]:
    value = of.get(key)
    return value if isinstance(value, list) else []


def _object(value: object) -> Object:
    return value if isinstance(value, dict) else {}
