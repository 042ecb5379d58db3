"""RSS, RDF, Atom and CDF, read by feedparser."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

import feedparser

from feedriver.errors import ParseCode, ParseError
from feedriver.models import Category
from feedriver.parse import doctype, precautions
from feedriver.parse.characters import TERM, short
from feedriver.parse.lifting import Lifted, lift
from feedriver.parse.precautions import AT, NO_LINK
from feedriver.parse.sniff import Sniffed
from feedriver.parse.source import Attachment, Author, Document, Markup, SourceFeed, SourceItem, SourceWishes

_HTML_TYPES = {"text/html", "application/xhtml+xml"}
_HOUR = re.compile(r"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE)
_DAY = re.compile(r"<day>\s*(\w{6,9})\s*</day>", re.IGNORECASE)
_BASE = re.compile(r"\bbase\s*=")
_CATEGORIES = 100  # a feed that names more for one entry is mistaken

Element = Mapping[str, Any]  # what feedparser made of an element: its keys depend on the document


class _Read(NamedTuple):
    """How a document was read: `loose` where it was not well-formed, and references may be left undecoded."""

    url: str
    loose: bool
    lifted: Lifted

    def plain(self, value: object) -> str:
        text = self.lifted.restored(value).strip().replace(AT, "@") if isinstance(value, str) else ""
        return html.unescape(text) if self.loose and "&" in text else text


def read(text: str, url: str, found: Sniffed) -> Document:
    """The document that `sniff` found in `text`.

    Raises `ParseError`: TRUNCATED where it is not well-formed and its root element is not closed; MALFORMED where
    nothing can be read of it.
    """
    text = doctype.resolved(text[found.start :])
    lifted = lift(text)
    prepared = precautions.prepare(lifted.text)
    result = _feedparser(prepared.text, url)
    broken = _reason(result) if result["bozo"] else None
    if broken and (lifted.texts or precautions.with_ampersands(text) != text):
        # Its tolerant parser reads tags in the texts too, as browsers do: it is to see them.
        lifted = Lifted(text)
        prepared = precautions.prepare(precautions.with_ampersands(text))
        result = _feedparser(prepared.text, url)
    if result["bozo"] and _cut_off(prepared.text, found.root):
        raise ParseError(url, ParseCode.TRUNCATED, f"the document ends before its root element <{found.root}> does")
    if result["bozo"] and not (result["entries"] or result["feed"]):
        raise ParseError(url, ParseCode.MALFORMED, _reason(result))
    how = _Read(url, bool(result["bozo"]), lifted)
    flaws = [flaw for flaw in (prepared.flaw, broken) if flaw]
    return Document(
        feed=_feed(result["feed"], how, found.name, prepared.text),
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


def _isolated(entry: Element, how: _Read) -> SourceItem | Exception:
    try:
        return _item(dict(entry), how)
    except Exception as failure:  # noqa: BLE001 - one bad entry never costs the feed (P22); what it is, entry.py tells
        return failure


def _item(entry: Element, how: _Read) -> SourceItem:
    guid = how.plain(entry.get(precautions.GUID) or entry.get("id"))
    summaries = (entry.get("summary_detail"), *(_text(entry, key, how) for key in _SUMMARIES))
    summary = next((found for each in summaries if (found := _markup(each, how))), None)
    contents = [found for each in _listed(entry, "content") if (found := _markup(each, how))]
    # feedparser copies content to a summary that is not there; the copy has no detail, and is not looked at here.
    return SourceItem(
        base=_base(entry, how),
        title=_markup(entry.get("title_detail"), how) or _text(entry, "title", how),
        link=_link(entry, how),
        guid=guid.removeprefix(NO_LINK).strip(),
        permalink=not guid.startswith(NO_LINK),
        authors=_authors(entry, how),
        published=_first(how, entry, "published", precautions.DATE, "created"),
        updated=_first(how, entry, "updated"),
        summary=summary,
        contents=tuple(contents),
        language=_language(entry),
        attachments=tuple(_attachments(entry, how)),
        categories=tuple(_categories(entry, how)),
    )


_SUMMARIES = (precautions.ABSTRACT, precautions.BLURB, precautions.CAPTION, precautions.BYLINE)


def _feed(feed: Element, how: _Read, form: str, text: str) -> SourceFeed:
    feed = dict(feed)
    image, artwork = feed.get("image"), feed.get(precautions.ARTWORK)
    icons = (
        image.get("href") if isinstance(image, Mapping) else None,
        feed.get("icon"),
        feed.get("logo"),
        artwork.get("href") or artwork.get("url") if isinstance(artwork, Mapping) else None,
    )
    descriptions = (
        feed.get("subtitle_detail"),
        feed.get("summary_detail"),
        *(_text(feed, key, how) for key in _SUMMARIES),
    )
    return SourceFeed(
        format=form,
        base=_base(feed, how),
        title=_markup(feed.get("title_detail"), how),
        link=_link(feed, how),
        description=next((found for each in descriptions if (found := _markup(each, how))), None),
        language=how.plain(feed.get("language")) or None,
        icons=tuple(icon for each in icons if (icon := how.plain(each))),
        authors=_authors(feed, how),
        dates=tuple(date for key in ("updated", precautions.DATE, "published") if (date := how.plain(feed.get(key)))),
        wishes=SourceWishes(
            ttl=how.plain(feed.get("ttl")),
            update_period=how.plain(feed.get("sy_updateperiod")),
            update_frequency=how.plain(feed.get("sy_updatefrequency")),
            skip_hours=_within(text, "skiphours", _HOUR),
            skip_days=_within(text, "skipdays", _DAY),
        ),
    )


def _within(text: str, element: str, value: re.Pattern[str]) -> tuple[str, ...]:
    # feedparser keeps the last of them only.
    start = re.search(rf"<{element}\s*>", text, re.IGNORECASE)
    if start is None:
        return ()
    end = re.compile(rf"</{element}", re.IGNORECASE).search(text, start.end(), start.end() + 2_000)
    return tuple(value.findall(text, start.end(), end.start())) if end else ()


def _markup(detail: object, how: _Read) -> Markup | None:
    if isinstance(detail, Markup):
        return detail
    if not isinstance(detail, Mapping) or not isinstance(value := detail.get("value"), str) or not value.strip():
        return None
    value = how.lifted.restored(value).replace(AT, "@").replace(NO_LINK, "")
    kind = str(detail.get("type") or "text/html").partition(";")[0].strip()
    base = str(detail.get("base") or "") or how.url
    if kind == "application/xhtml+xml":
        return Markup(value.replace("</br>", ""), "html", base)  # HTML would read the end tag as one more line break
    if kind in _HTML_TYPES:
        return Markup(value, "html", base)
    return Markup(value, "text", base) if kind.startswith("text/") else None


def _text(element: Element, key: str, how: _Read) -> Markup | None:
    value = how.plain(element.get(key))
    kind: Literal["html", "text"] = "html" if re.search(r"</\w+>|<br ?/?>|&#?\w+;", value) else "text"
    return Markup(value, kind, how.url) if value else None


def _link(element: Element, how: _Read) -> str:
    if link := how.plain(element.get("link")):
        return link
    alternates = (link.get("href") for link in _listed(element, "links") if link.get("rel") == "alternate")
    return next((found for each in alternates if (found := how.plain(each))), "")


def _base(element: Element, how: _Read) -> str:
    details = (element.get("title_detail"), element.get("summary_detail"), *_listed(element, "content"))
    return next((str(each["base"]) for each in details if isinstance(each, Mapping) and each.get("base")), how.url)


def _language(entry: Element) -> str | None:
    details = (*_listed(entry, "content"), entry.get("summary_detail"), entry.get("title_detail"))
    languages = (each.get("language") for each in details if isinstance(each, Mapping))
    return next((str(language) for language in (entry.get("language"), *languages) if language), None)


def _authors(element: Element, how: _Read) -> tuple[Author, ...]:
    return tuple(
        Author(*(how.plain(author.get(key)) for key in ("name", "email", "href")))
        for author in _listed(element, "authors")
    )


def _attachments(entry: Element, how: _Read) -> Iterable[Attachment]:
    for link in _listed(entry, "links"):
        if link.get("rel") == "enclosure":
            yield _attachment("enclosure", link, how)
    for medium in _listed(entry, "media_content"):
        yield _attachment("media", medium, how)
    for thumbnail in _listed(entry, "media_thumbnail"):
        yield _attachment("thumbnail", thumbnail, how)
    if isinstance(artwork := entry.get(precautions.ARTWORK), Mapping):
        yield _attachment("itunes", artwork, how)


def _attachment(role: Literal["enclosure", "media", "thumbnail", "itunes"], of: Element, how: _Read) -> Attachment:
    url = how.plain(of.get("href") or of.get("url"))
    length = of.get("length") or of.get("filesize")
    rest = (of.get("type"), length, *(of.get(key) for key in ("width", "height", "medium")))
    return Attachment(role, url, *map(how.plain, rest))


def _categories(entry: Element, how: _Read) -> Iterable[Category]:
    for tag in _listed(entry, "tags")[:_CATEGORIES]:
        scheme, label = (short(how.plain(tag.get(key)), TERM) for key in ("scheme", "label"))
        if term := short(how.plain(tag.get("term")), TERM) or label:
            yield Category(term=term, scheme=scheme, label=label)


def _listed(element: Element, key: str) -> list[Element]:
    found = element.get(key)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _first(how: _Read, element: Element, *keys: str) -> str:
    return next((found for key in keys if (found := how.plain(element.get(key)))), "")
