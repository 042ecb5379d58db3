"""What feedparser made of an element, and how its values are read."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from feedriver.parse.source import Author, Markup
from feedriver.parse.xml.placeholders import Lifted
from feedriver.parse.xml.workarounds import AT, NO_LINK

_HTML_TYPES = {"text/html", "application/xhtml+xml"}
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_RELATION = "http://www.iana.org/assignments/relation/"  # may stand before a registered name (RFC 4287 §4.2.7.2)

Element = Mapping[str, Any]  # its keys depend on the document


class Reading(NamedTuple):
    """How a document was read: `loose` where it was not well-formed, and references may be left undecoded.

    `lifted` has the texts that feedparser did not see.
    """

    url: str
    loose: bool
    lifted: Lifted

    def plain(self, value: object) -> str:
        """`value` as the publisher wrote it, or "" where it is no text."""
        text = self.lifted.restored(value).strip().replace(AT, "@") if isinstance(value, str) else ""
        return html.unescape(text) if self.loose and "&" in text else text

    def twice(self, value: object) -> str:
        """`value`, where it is escaped once more than it should be: as many write tags."""
        return _REFERENCE.sub(lambda reference: html.unescape(reference[0]), self.plain(value))

    def first(self, element: Element, *keys: str) -> str:
        """The first of these values that is not empty, or ""."""
        return next((found for key in keys if (found := self.plain(element.get(key)))), "")

    def markup(self, detail: object) -> Markup | None:
        """The text of an element that feedparser keeps the details of."""
        if isinstance(detail, Markup):
            return detail
        if not isinstance(detail, Mapping) or not isinstance(value := detail.get("value"), str) or not value.strip():
            return None
        value = self.lifted.restored(value).replace(AT, "@").replace(NO_LINK, "")
        kind = str(detail.get("type") or "text/html").partition(";")[0].strip()
        base = str(detail.get("base") or "") or self.url
        if kind == "application/xhtml+xml":
            return Markup(value.replace("</br>", ""), "html", base)  # HTML would read the end tag as another break
        if kind in _HTML_TYPES:
            return Markup(value, "html", base)
        return Markup(value, "text", base) if kind.startswith("text/") else None

    def text(self, element: Element, key: str) -> Markup | None:
        """The text of an element that it keeps no details of."""
        value = self.plain(element.get(key))
        kind: Literal["html", "text"] = "html" if re.search(r"</\w+>|<br ?/?>|&#?\w+;", value) else "text"
        return Markup(value, kind, self.url) if value else None

    def link(self, element: Element) -> str:
        """The page of a feed, an item or a source."""
        return self.plain(element.get("link")) or next(iter(self.related(element, "alternate")), "")

    def related(self, element: Element, relation: str) -> tuple[str, ...]:
        """Where the links of this relation lead, those that lead nowhere left out."""
        targets = (link.get("href") for link in listed(element, "links") if relation_of(link) == relation)
        return tuple(target for each in targets if (target := self.plain(each)))

    def authors(self, element: Element) -> tuple[Author, ...]:
        """Who wrote it, as the element itself says."""
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
