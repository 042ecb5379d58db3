"""RSS, RDF, Atom and CDF, read by feedparser."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import feedparser
import feedparser.api

from feedriver.errors import ParseCode, ParseError
from feedriver.models import Category
from feedriver.parse.limits import TERM, short
from feedriver.parse.sniff import Sniffed
from feedriver.parse.source import Attachment, Author, Document, SourceFeed, SourceItem, SourceWishes
from feedriver.parse.xml import entities, extensions, workarounds
from feedriver.parse.xml.element import Element, Reading, listed, relation_of
from feedriver.parse.xml.placeholders import Lifted, lift
from feedriver.parse.xml.workarounds import NO_LINK

feedparser.api.PREFERRED_XML_PARSERS.clear()  # expat at once: it would look for a driver of libxml2 at each document

_HOUR = re.compile(r"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE)
_DAY = re.compile(r"<day>\s*(\w{6,9})\s*</day>", re.IGNORECASE)
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
    lifted = lift(text)
    prepared = workarounds.prepare(lifted.text)
    result = _feedparser(prepared.text, url)
    broken = _reason(result) if result["bozo"] else None
    if broken and (lifted.texts or workarounds.with_ampersands(text) != text):
        # Its tolerant parser reads tags in the texts too, as browsers do: it is to see them.
        lifted = Lifted(text)
        prepared = workarounds.prepare(workarounds.with_ampersands(text))
        result = _feedparser(prepared.text, url)
    if result["bozo"] and _cut_off(prepared.text, found.root):
        raise ParseError(url, ParseCode.TRUNCATED, f"the document ends before its root element <{found.root}> does")
    if result["bozo"] and not (result["entries"] or result["feed"]):
        raise ParseError(url, ParseCode.MALFORMED, _reason(result))
    how = Reading(url, bool(result["bozo"]), lifted)
    flaws = [flaw for flaw in (prepared.flaw, broken) if flaw]
    feed = _feed(result["feed"], how, found.name, prepared.text)
    return Document(
        feed=feed,
        items=tuple(_isolated(entry, how) for entry in result["entries"]),
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


def _isolated(entry: Element, how: Reading) -> SourceItem | Exception:
    try:
        return _item(dict(entry), how)
    except Exception as failure:  # noqa: BLE001 - one bad entry never costs the feed (P22); what it is, entry.py tells
        return failure


def _item(entry: Element, how: Reading) -> SourceItem:
    guid = how.plain(entry.get(workarounds.GUID) or entry.get("id"))
    summaries = (entry.get("summary_detail"), *(how.text(entry, key) for key in _SUMMARIES))
    summary = next((found for each in summaries if (found := how.markup(each))), None)
    contents = [found for each in listed(entry, "content") if (found := how.markup(each))]
    # feedparser copies content to a summary that is not there; the copy has no detail, and is not looked at here.
    return SourceItem(
        base=_base(entry, how),
        title=how.markup(entry.get("title_detail")) or how.text(entry, "title"),
        link=how.link(entry),
        guid=guid.removeprefix(NO_LINK).strip(),
        permalink=not guid.startswith(NO_LINK),
        authors=how.authors(entry),
        published=how.first(entry, "published", workarounds.DATE, "created"),
        updated=how.first(entry, "updated"),
        summary=summary,
        contents=tuple(contents),
        language=_language(entry),
        attachments=tuple(_attachments(entry, how)),
        categories=tuple(_categories(entry, how)),
        origin_authors=_source_authors(entry, how),
        comments=extensions.comments(entry, how),
        reply=extensions.reply(entry, how),
        origin=extensions.origin(entry, how),
        place=extensions.place(entry, how),
        podcast=extensions.podcast(entry, how),
    )


_SUMMARIES = (workarounds.ABSTRACT, workarounds.BLURB, workarounds.CAPTION, workarounds.BYLINE)


def _feed(feed: Element, how: Reading, form: str, text: str) -> SourceFeed:
    feed = dict(feed)
    icons = [_picture(feed.get(key)) for key in ("image", "icon", "logo", workarounds.ARTWORK)]
    if form in _RDF and (beside := _beside(text)):
        icons.insert(0, beside)
    descriptions = (
        feed.get("subtitle_detail"),
        feed.get("summary_detail"),
        *(how.text(feed, key) for key in _SUMMARIES),
    )
    return SourceFeed(
        format=form,
        base=_base(feed, how),
        title=how.markup(feed.get("title_detail")),
        link=_home(feed, how, form),
        description=next((found for each in descriptions if (found := how.markup(each))), None),
        language=how.plain(feed.get("language")) or None,
        icons=tuple(icon for each in icons if (icon := how.plain(each))),
        authors=how.authors(feed),
        dates=tuple(date for key in ("updated", workarounds.DATE, "published") if (date := how.plain(feed.get(key)))),
        wishes=SourceWishes(
            ttl=how.plain(feed.get("ttl")),
            update_period=how.plain(feed.get("sy_updateperiod")),
            update_frequency=how.plain(feed.get("sy_updatefrequency")),
            skip_hours=_within(text, "skiphours", _HOUR),
            skip_days=_within(text, "skipdays", _DAY),
        ),
        id=how.plain(feed.get(workarounds.GUID)),
        links=extensions.links(feed, how),
    )


def _beside(text: str) -> str | None:
    image = _IMAGE.search(text)
    end = text.find("</image", image.end()) if image else -1
    url = _IMAGE_URL.search(text, image.end(), end) if image and end > 0 else None
    return html.unescape(url[1]) if url else None


def _within(text: str, element: str, value: re.Pattern[str]) -> tuple[str, ...]:
    # feedparser keeps the last of them only.
    start = re.search(rf"<{element}\s*>", text, re.IGNORECASE)
    if start is None:
        return ()
    end = re.compile(rf"</{element}", re.IGNORECASE).search(text, start.end(), start.end() + 2_000)
    return tuple(value.findall(text, start.end(), end.start())) if end else ()


def _base(element: Element, how: Reading) -> str:
    details = (element.get("title_detail"), element.get("summary_detail"), *listed(element, "content"))
    return next((str(each["base"]) for each in details if isinstance(each, Mapping) and each.get("base")), how.url)


def _picture(element: object) -> object:
    return element.get("href") or element.get("url") if isinstance(element, Mapping) else element


def _home(feed: Element, how: Reading, form: str) -> str:
    # A channel of CDF may hold channels, whose addresses come after its own.
    links = how.related(feed, "alternate") if form == "cdf" else ()
    return links[0] if links else how.link(feed)


def _source_authors(entry: Element, how: Reading) -> tuple[Author, ...]:
    source = entry.get("source")
    return how.authors(source) if isinstance(source, Mapping) else ()


def _language(entry: Element) -> str | None:
    details = (*listed(entry, "content"), entry.get("summary_detail"), entry.get("title_detail"))
    languages = (each.get("language") for each in details if isinstance(each, Mapping))
    return next((str(language) for language in (entry.get("language"), *languages) if language), None)


def _attachments(entry: Element, how: Reading) -> Iterable[Attachment]:
    for link in listed(entry, "links"):
        if relation_of(link) == "enclosure":
            yield _attachment("enclosure", link, how)
    for medium in listed(entry, "media_content"):
        yield _attachment("media", medium, how)
    for thumbnail in listed(entry, "media_thumbnail"):
        yield _attachment("thumbnail", thumbnail, how)
    if isinstance(artwork := entry.get(workarounds.ARTWORK), Mapping):
        yield _attachment("itunes", artwork, how)


def _attachment(role: Literal["enclosure", "media", "thumbnail", "itunes"], of: Element, how: Reading) -> Attachment:
    url = how.plain(of.get("href") or of.get("url"))
    length = of.get("length") or of.get("filesize")
    rest = (of.get("type"), length, *(of.get(key) for key in ("width", "height", "medium")))
    return Attachment(role, url, *map(how.plain, rest))


def _categories(entry: Element, how: Reading) -> Iterable[Category]:
    for tag in listed(entry, "tags")[:_CATEGORIES]:
        term, label = (short(how.twice(tag.get(key)), TERM) for key in ("term", "label"))
        scheme = short(how.plain(tag.get("scheme")), TERM)
        if term := term or label:
            yield Category(term=term, scheme=scheme, label=label)
