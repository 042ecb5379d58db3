"""RSS 2.0 (https://www.rssboard.org/rss-specification) for the two papers of the town that are set by machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape

NAMESPACES = {
    "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
    "xmlns:atom": "http://www.w3.org/2005/Atom",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One item: `paragraphs` are plain text, `published` is aware, `guid` is no permalink."""

    guid: str
    title: str
    link: str
    author: str
    published: datetime
    paragraphs: tuple[str, ...]
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """What stands above the items; `icon` is the URL of the channel's image."""

    title: str
    link: str
    description: str
    icon: str
    ttl: int


def document(channel: Channel, items: Iterable[Item]) -> bytes:
    """The whole feed in UTF-8, one element a line."""
    image = (
        _text("url", channel.icon),
        _text("title", channel.title),
        _text("link", channel.link),
    )
    lines = (
        _text("title", channel.title),
        _text("link", channel.link),
        _text("description", channel.description),
        _text("language", "en-GB"),
        _text("ttl", str(channel.ttl)),
        _element("image", *image),
        *(_item(item) for item in items),
    )
    root = _element("rss", _element("channel", *lines), version="2.0", **NAMESPACES)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'.encode()


def _item(item: Item) -> str:
    html = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in item.paragraphs)
    return _element(
        "item",
        _text("title", item.title),
        _text("link", item.link),
        _text("guid", item.guid, isPermaLink="false"),
        _text("dc:creator", item.author),
        _text("pubDate", format_datetime(item.published)),
        *(_text("category", category) for category in item.categories),
        _text("description", item.paragraphs[0]),
        _text("content:encoded", html),
    )


def _text(name: str, text: str, **attributes: str) -> str:
    return f"<{name}{_attributes(attributes)}>{escape(text, quote=False)}</{name}>"


def _element(name: str, *inner: str, **attributes: str) -> str:
    return "\n".join((f"<{name}{_attributes(attributes)}>", *inner, f"</{name}>"))


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
