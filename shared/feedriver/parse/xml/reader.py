"""RSS, RDF, Atom and CDF, read by feedparser."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

import feedparser
import feedparser.api

from feedriver.errors import ParseCode, ParseError
from feedriver.models import Category
from feedriver.parse.limits import TERM, short
from feedriver.parse.sniff import Sniffed
from feedriver.parse.source import Attachment, Author, Document, SourceFeed, SourceItem, SourceWishes
from feedriver.parse.xml import entities, extensions, workarounds
from feedriver.parse.xml.element import Element, ElementReader, listed, relation_of
from feedriver.parse.xml.placeholders import WithPlaceholders, with_placeholders
from feedriver.parse.xml.workarounds import NO_LINK

feedparser.api.PREFERRED_XML_PARSERS.clear()  # expat at once: it would look for a driver of libxml2 at each document


class _Skips(NamedTuple):
    """The patterns of an element of several values: its tags, and a value with its own tags."""

    start: re.Pattern[str]
    end: re.Pattern[str]
    value: re.Pattern[str]


_SKIP_HOURS = _Skips(
    re.compile(r"<skiphours\s*>", re.IGNORECASE),
    re.compile(r"</skiphours", re.IGNORECASE),
    re.compile(r"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE),
)
_SKIP_DAYS = _Skips(
    re.compile(r"<skipdays\s*>", re.IGNORECASE),
    re.compile(r"</skipdays", re.IGNORECASE),
    re.compile(r"<day>\s*(\w{6,9})\s*</day>", re.IGNORECASE),
)
# RSS 0.90 and 1.0 have the channel's picture beside the channel, where feedparser does not look.
_IMAGE = re.compile(r"<image(?:\s[^<>]*)?(?<!/)>", re.IGNORECASE)
_IMAGE_URL = re.compile(r"<url\s*>([^<]{0,2000})", re.IGNORECASE)
_RDF = {"rss0.90", "rss1.0", "rdf"}
_BASE = re.compile(r"\bbase\s*=")
_CATEGORIES = 100  # a feed that names more for one entry is mistaken


def read(text: str, url: str, found: Sniffed) -> Document:
    """The document that `sniff` found in `text`.

    Raises `ParseError`: TRUNCATED where it is not well-formed and its root element is not closed; MALFORMED where
    nothing can be read of it.
    """
    text = entities.resolved(text[found.start :])
    shortened = with_placeholders(text)
    prepared = workarounds.prepare(shortened.text)
    result = _feedparser(prepared.text, url)
    broken = _reason(result) if result["bozo"] else None
    if broken and (shortened.texts or workarounds.with_ampersands(text) != text):
        # feedparser's tolerant parser reads tags in the texts too, as browsers do: it has to see them.
        shortened = WithPlaceholders(text)
        prepared = workarounds.prepare(workarounds.with_ampersands(text))
        result = _feedparser(prepared.text, url)
    if result["bozo"] and _cut_off(prepared.text, found.root):
        raise ParseError(url, ParseCode.TRUNCATED, f"the document ends before its root element <{found.root}> does")
    if result["bozo"] and not (result["entries"] or result["feed"]):
        raise ParseError(url, ParseCode.MALFORMED, _reason(result))
    values = ElementReader(url, bool(result["bozo"]), shortened)
    flaws = [flaw for flaw in (prepared.flaw, broken) if flaw]
    feed = _feed(result["feed"], values, found.name, prepared.text)
    return Document(
        feed=feed,
        items=tuple(_isolated(entry, values) for entry in result["entries"]),
        flaw="; ".join(flaws) or None,
    )


def _feedparser(text: str, url: str) -> Element:
    # Bytes in a file object, or feedparser takes them for the name of a file. Without an address an item's xml:base
    # would stay in force for the items after it; with one, feedparser resolves it anew at each element.
    # Its own cleaning lets scripts through and costs half of its time.
    headers = {"content-type": "application/xml; charset=utf-8"}
    if _BASE.search(text):
        headers["content-location"] = url
    try:
        result: Element = feedparser.parse(
            io.BytesIO(text.encode()),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except MemoryError:
        raise  # which is no flaw of the document
    except Exception as failure:  # feedparser has no exception of its own: hostile input raises whatever it meets
        raise ParseError(url, ParseCode.MALFORMED, f"feedparser raised {type(failure).__name__}") from failure
    return result


def _reason(result: Element) -> str:
    failure: Any = result.get("bozo_exception")
    message = failure.getMessage() if hasattr(failure, "getMessage") else str(failure)
    return f"not well-formed: {' '.join(message.split())[:200]}"


def _cut_off(text: str, root: str) -> bool:
    # An end tag that stands before the last item belongs to something that an item shows, not to the document.
    lower = text.lower()
    if lower.rfind("<![cdata[") > lower.rfind("]]>"):
        return True
    last_item = max(lower.rfind("<item"), lower.rfind("<entry"))
    return lower.find(f"</{root.lower()}", max(last_item, 0)) < 0


def _isolated(entry: Element, values: ElementReader) -> SourceItem | Exception:
    try:
        return _item(dict(entry), values)
    except Exception as failure:  # noqa: BLE001 - one bad entry never costs the feed (P22); what it is, entry.py tells
        return failure


def _item(entry: Element, values: ElementReader) -> SourceItem:
    guid = values.plain(entry.get(workarounds.GUID) or entry.get("id"))
    summaries = (entry.get("summary_detail"), *(values.text(entry, key) for key in _SUMMARIES))
    summary = next((found for each in summaries if (found := values.markup(each))), None)
    contents = [found for each in listed(entry, "content") if (found := values.markup(each))]
    # feedparser copies content to a summary that is not there; the copy has no detail, and is not looked at here.
    return SourceItem(
        base=_base(entry, values),
        title=values.markup(entry.get("title_detail")) or values.text(entry, "title"),
        link=values.link(entry),
        guid=guid.removeprefix(NO_LINK).strip(),
        permalink=not guid.startswith(NO_LINK),
        authors=values.authors(entry),
        published=values.first(entry, "published", workarounds.DATE, "created"),
        updated=values.first(entry, "updated"),
        summary=summary,
        contents=tuple(contents),
        language=_language(entry),
        attachments=tuple(_attachments(entry, values)),
        categories=tuple(_categories(entry, values)),
        origin_authors=_origin_authors(entry, values),
        comments=extensions.comments(entry, values),
        reply=extensions.reply(entry, values),
        origin=extensions.origin(entry, values),
        place=extensions.place(entry, values),
        podcast=extensions.podcast(entry, values),
    )


_SUMMARIES = (workarounds.ABSTRACT, workarounds.BLURB, workarounds.CAPTION, workarounds.BYLINE)


def _feed(feed: Element, values: ElementReader, form: str, text: str) -> SourceFeed:
    feed = dict(feed)
    icons = [_picture(feed.get(key)) for key in ("image", "icon", "logo", workarounds.ARTWORK)]
    if form in _RDF and (beside := _image_beside_channel(text)):
        icons.insert(0, beside)
    descriptions = (
        feed.get("subtitle_detail"),
        feed.get("summary_detail"),
        *(values.text(feed, key) for key in _SUMMARIES),
    )
    return SourceFeed(
        format=form,
        base=_base(feed, values),
        title=values.markup(feed.get("title_detail")),
        link=_site(feed, values, form),
        description=next((found for each in descriptions if (found := values.markup(each))), None),
        language=values.plain(feed.get("language")) or None,
        icons=tuple(icon for each in icons if (icon := values.plain(each))),
        authors=values.authors(feed),
        dates=tuple(
            date for key in ("updated", workarounds.DATE, "published") if (date := values.plain(feed.get(key)))
        ),
        wishes=SourceWishes(
            ttl=values.plain(feed.get("ttl")),
            update_period=values.plain(feed.get("sy_updateperiod")),
            update_frequency=values.plain(feed.get("sy_updatefrequency")),
            skip_hours=_skips(text, _SKIP_HOURS),
            skip_days=_skips(text, _SKIP_DAYS),
        ),
        id=values.plain(feed.get(workarounds.GUID)),
        links=extensions.links(feed, values),
    )


def _image_beside_channel(text: str) -> str | None:
    image = _IMAGE.search(text)
    end = text.find("</image", image.end()) if image else -1
    url = _IMAGE_URL.search(text, image.end(), end) if image and end > 0 else None
    return html.unescape(url[1]) if url else None


def _skips(text: str, patterns: _Skips) -> tuple[str, ...]:
    # feedparser keeps the last of the values only.
    start = patterns.start.search(text)
    if start is None:
        return ()
    end = patterns.end.search(text, start.end(), start.end() + 2_000)
    return tuple(patterns.value.findall(text, start.end(), end.start())) if end else ()


def _base(element: Element, values: ElementReader) -> str:
    details = (element.get("title_detail"), element.get("summary_detail"), *listed(element, "content"))
    return next((str(each["base"]) for each in details if isinstance(each, Mapping) and each.get("base")), values.url)


def _picture(element: object) -> object:
    return element.get("href") or element.get("url") if isinstance(element, Mapping) else element


def _site(feed: Element, values: ElementReader, form: str) -> str:
    # A channel of CDF may hold channels, whose addresses come after its own.
    links = values.related(feed, "alternate") if form == "cdf" else ()
    return links[0] if links else values.link(feed)


def _origin_authors(entry: Element, values: ElementReader) -> tuple[Author, ...]:
    source = entry.get("source")
    return values.authors(source) if isinstance(source, Mapping) else ()


def _language(entry: Element) -> str | None:
    details = (*listed(entry, "content"), entry.get("summary_detail"), entry.get("title_detail"))
    languages = (each.get("language") for each in details if isinstance(each, Mapping))
    return next((str(language) for language in (entry.get("language"), *languages) if language), None)


def _attachments(entry: Element, values: ElementReader) -> Iterable[Attachment]:
    for link in listed(entry, "links"):
        if relation_of(link) == "enclosure":
            yield _attachment("enclosure", link, values)
    for medium in listed(entry, "media_content"):
        yield _attachment("media", medium, values)
    for thumbnail in listed(entry, "media_thumbnail"):
        yield _attachment("thumbnail", thumbnail, values)
    if isinstance(artwork := entry.get(workarounds.ARTWORK), Mapping):
        yield _attachment("itunes", artwork, values)


def _attachment(
    role: Literal["enclosure", "media", "thumbnail", "itunes"], of: Element, values: ElementReader
) -> Attachment:
    url = values.plain(of.get("href") or of.get("url"))
    length = of.get("length") or of.get("filesize")
    rest = (of.get("type"), length, *(of.get(key) for key in ("width", "height", "medium")))
    return Attachment(role, url, *map(values.plain, rest))


def _categories(entry: Element, values: ElementReader) -> Iterable[Category]:
    for tag in listed(entry, "tags")[:_CATEGORIES]:
        term, label = (short(values.decoded_twice(tag.get(key)), TERM) for key in ("term", "label"))
        scheme = short(values.plain(tag.get("scheme")), TERM)
        if term := term or label:
            yield Category(term=term, scheme=scheme, label=label)
