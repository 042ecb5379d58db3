"""Autodiscovery: the feeds that an HTML page advertises, where it came in the place of a feed."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from feedriver import urls

FEED_TYPES = {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}
_HINTS = 10
_HEAD = 262_144  # characters in which a page must name its feeds


def advertised(html: str, url: str) -> tuple[str, ...]:
    """The feeds that `html` links to (`<link rel=alternate type=…>`, RSS Advisory Board's autodiscovery).

    They are absolute, in the page's order, each once, ten at most.
    """
    tree = LexborHTMLParser(html[:_HEAD])
    base = tree.css_first("base[href]")
    against = (urls.resolve(url, base.attributes.get("href")) if base else None) or url
    found: dict[str, None] = {}
    for link in tree.css("link[href]"):
        attributes = link.attributes
        alternate = "alternate" in (attributes.get("rel") or "").lower().split()
        media_type = (attributes.get("type") or "").partition(";")[0].strip().lower()
        if alternate and media_type in FEED_TYPES and (address := urls.resolve(against, attributes.get("href"))):
            found[address] = None
    return tuple(found)[:_HINTS]
