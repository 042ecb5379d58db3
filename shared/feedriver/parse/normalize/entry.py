"""One entry: from the item as its publisher wrote it to an `Item`, with the source fields beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from feedriver import urls
from feedriver.fields import encodable
from feedriver.models import Feed, Item, Mark, Person, Rejected
from feedriver.parse import dates
from feedriver.parse.bounds import bounded
from feedriver.parse.limits import RAW_DATE, TITLE, comparable, short
from feedriver.parse.normalize import media, related
from feedriver.parse.normalize.feed import language
from feedriver.parse.normalize.people import people
from feedriver.parse.normalize.podcast import podcast
from feedriver.parse.normalize.text import Body, body_of, text_of, title_of
from feedriver.parse.result import ParsedItem, SourceFields
from feedriver.parse.source import Markup, SourceItem

_INHERITING = ("atom", "jsonfeed")  # formats whose entries inherit the feed's authors
# Embeddings, overrides and isolates (Unicode UAX #9 §2): in a list of titles they reorder what stands beside them.
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")


class _Chosen(NamedTuple):
    body: Body
    body_from: Literal["content", "summary"] | None


def build(index: int, source: SourceItem | Exception, feed: Feed) -> ParsedItem | Rejected:
    """The entry, or why there is none: "empty" where the item says nothing, "unreadable" where reading it failed.

    Titles have at most 2,000 characters, names and categories 300, guids 4,096, raw dates 300, bodies 1 MB
    (`feedriver.parse.bounds`): what is longer is cut, not refused.
    """
    if isinstance(source, MemoryError):
        raise source  # the document's fault, not this item's
    if isinstance(source, Exception):
        return _unreadable(index, source)
    try:
        item = bounded(_item(source, feed))
    except MemoryError:
        raise
    except Exception as failure:  # noqa: BLE001 - one bad entry never costs the feed (P22): it is counted, with its why
        return _unreadable(index, failure)
    if not (item.guid or item.link or item.title or item.text or item.enclosures):
        return Rejected(index=index, reason="empty", detail="no guid, link, title, text or enclosure")
    written = _link(source, urls.absolute)
    return ParsedItem(
        index=index,
        item=item,
        source=_source_fields(source),
        link_as_written=None if written in {None, item.link} else encodable(written),
    )


def _unreadable(index: int, failure: Exception) -> Rejected:
    return Rejected(index=index, reason="unreadable", detail=type(failure).__name__)


def _item(source: SourceItem, feed: Feed) -> Item:
    chosen = _body(source)
    images = media.images(source.attachments, chosen.body.image, source.base)
    published, updated = dates.parse(source.published), dates.parse(source.updated)
    inferred = published is None and not source.published and updated is not None
    title = title_of(source.title)
    authors = people(source.authors, source.base) or people(source.origin_authors, source.base) or _inherited(feed)
    return Item(
        title=title,
        link=_link(source, urls.resolve),
        guid=related.identifier(source.guid),
        authors=authors,
        published=updated if inferred else published,
        published_raw=short(source.published or source.updated, RAW_DATE),
        published_inferred=inferred,
        updated=updated,
        summary=_summary(source, chosen),
        text=chosen.body.text,
        html=chosen.body.html or None,
        body_from=chosen.body_from,
        language=language(source.language) or feed.language,
        image=images[0] if images else None,
        images=images,
        enclosures=media.enclosures(source.attachments, source.base),
        categories=tuple(dict.fromkeys(source.categories)),
        comments=related.comments(source.comments, source.base),
        in_reply_to=related.reply(source.reply, source.base),
        origin=related.origin(source.origin, source.base),
        place=related.place(source.place),
        podcast=podcast(source.podcast, source.base),
        marks=_marks(title, authors),
    )


def _marks(title: str | None, authors: Iterable[Person]) -> tuple[Mark, ...]:
    """The marks of an entry with this title, as it is kept, and these authors: "bidi" and "title_cut"."""
    found: list[Mark] = []
    if any(_DIRECTION.search(shown) for shown in (title, *(author.name for author in authors)) if shown):
        found.append("bidi")
    if title and len(title) == TITLE and title.endswith("…"):
        found.append("title_cut")
    return tuple(found)


def _inherited(feed: Feed) -> tuple[Person, ...]:
    # RFC 4287 §4.2.1 and JSON Feed 1.1; a channel's editor is not the author of its items.
    return feed.authors if feed.format.startswith(_INHERITING) else ()


def _body(source: SourceItem) -> _Chosen:
    # Of several contents the marked-up ones first, then the longest: the choice does not depend on their order alone.
    ranked = sorted(source.contents, key=lambda content: (content.kind != "html", -len(content.value)))
    for content in ranked:
        if (body := body_of(content)).text:
            return _Chosen(body, "content")
    if source.summary and (body := body_of(source.summary)).text:
        return _Chosen(body, "summary")
    # A body without text may still be a picture, and is worth keeping as such.
    wordless = (body_of(markup) for markup in (*ranked, source.summary) if markup)
    return _Chosen(next((body for body in wordless if body.image), Body("", "", None)), None)


def _summary(source: SourceItem, chosen: _Chosen) -> str | None:
    if source.summary is None:
        return None
    return (chosen.body.text if chosen.body_from == "summary" else text_of(source.summary)) or None


def _link(source: SourceItem, resolve: Callable[[str, str], str | None]) -> str | None:
    if link := resolve(source.base, source.link):
        return link
    address = source.permalink and source.guid.lower().startswith(("http://", "https://"))
    return resolve(source.base, source.guid) if address else None


def _source_fields(source: SourceItem) -> SourceFields:
    return SourceFields(
        title=_fields(source.title),
        link=_address(source, source.link),
        authors=_joined(f"{each.name} {each.email} {_address(source, each.url)}" for each in source.authors),
        published=comparable(source.published),
        summary=_fields(source.summary),
        content=_fields(*source.contents),
        media=_joined(_address(source, file.url) for file in source.attachments),
        categories=_joined(category.term for category in source.categories),
    )


def _address(source: SourceItem, written: str) -> str:
    # Absolute, since feedparser makes addresses so in some documents and leaves them as they are in others.
    return comparable(urls.absolute(source.base, written) or written)


def _fields(*markups: Markup | None) -> str:
    return _joined(markup.value for markup in markups if markup)


def _joined(values: Iterable[str]) -> str:
    return "\n".join(filter(None, map(comparable, values)))
