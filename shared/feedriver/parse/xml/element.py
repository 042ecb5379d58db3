"""Reading the values of an element, as feedparser gives it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from feedriver.parse.limits import CHARACTER_REFERENCE
from feedriver.parse.source import Author, Markup
from feedriver.parse.xml.placeholders import WithPlaceholders
from feedriver.parse.xml.workarounds import AT, NO_LINK

_HTML_TYPES = {"text/html", "application/xhtml+xml"}
_MARKUP = re.compile(r"</\w+>|<br ?/?>|&#?\w+;")  # makes a text HTML: an end tag, a break or a reference
_RELATION = "http://www.iana.org/assignments/relation/"  # may stand before a registered name (RFC 4287 §4.2.7.2)

Element = Mapping[str, Any]  # its keys depend on the document


class ElementReader(NamedTuple):
    """Reads the values of a document's elements. `url` is the document's address.

    `loose` says that the document was not well-formed: character references may be left undecoded. `placeholders` has
    the texts that feedparser did not see.
    """

    url: str
    loose: bool
    placeholders: WithPlaceholders

    def plain(self, value: object) -> str:
        """`value` as the publisher wrote it, or "" where it is no text."""
        text = self.placeholders.restored(value).strip().replace(AT, "@") if isinstance(value, str) else ""
        return html.unescape(text) if self.loose and "&" in text else text

    def decoded_twice(self, value: object) -> str:
        """`value`, decoded once more where it was escaped twice, as many publishers write categories."""
        return CHARACTER_REFERENCE.sub(lambda reference: html.unescape(reference[0]), self.plain(value))

    def first(self, element: Element, *keys: str) -> str:
        """The first of these values that is not empty, or ""."""
        return next((found for key in keys if (found := self.plain(element.get(key)))), "")

    def markup(self, detail: object) -> Markup | None:
        """The text of an element, from the details that feedparser keeps of it; None where there are none."""
        if isinstance(detail, Markup):
            return detail
        if not isinstance(detail, Mapping) or not isinstance(value := detail.get("value"), str) or not value.strip():
            return None
        value = self.placeholders.restored(value).replace(AT, "@").replace(NO_LINK, "")
        kind = str(detail.get("type") or "text/html").partition(";")[0].strip()
        base = str(detail.get("base") or "") or self.url
        if kind == "application/xhtml+xml":
            return Markup(value.replace("</br>", ""), "html", base)  # HTML would read the end tag as another break
        if kind in _HTML_TYPES:
            return Markup(value, "html", base)
        return Markup(value, "text", base) if kind.startswith("text/") else None

    def text(self, element: Element, key: str) -> Markup | None:
        """The text of an element of which feedparser keeps no details; None where it is empty."""
        value = self.plain(element.get(key))
        kind: Literal["html", "text"] = "html" if _MARKUP.search(value) else "text"
        return Markup(value, kind, self.url) if value else None

    def link(self, element: Element) -> str:
        """The address of the page of a feed, an item or a source, or ""."""
        return self.plain(element.get("link")) or next(iter(self.related(element, "alternate")), "")

    def related(self, element: Element, relation: str) -> tuple[str, ...]:
        """The addresses of the links with this relation; links without one are left out."""
        targets = (link.get("href") for link in listed(element, "links") if relation_of(link) == relation)
        return tuple(target for each in targets if (target := self.plain(each)))

    def authors(self, element: Element) -> tuple[Author, ...]:
        """The authors that the element itself names."""
        return tuple(
            Author(*(self.plain(author.get(key)) for key in ("name", "email", "href")))
            for author in listed(element, "authors")
        )


def listed(element: Element, key: str) -> list[Element]:
    """The elements that feedparser keeps under `key`, if it keeps a list."""
    found = element.get(key)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def relation_of(link: Element) -> str:
    """The relation of a link, in lower case and by its short name."""
    return str(link.get("rel") or "").strip().lower().removeprefix(_RELATION)
