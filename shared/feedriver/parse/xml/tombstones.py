"""Tombstones: the entries that an Atom feed says are deleted (RFC 6721 §3). feedparser does not know them.

They are read from the text itself in one pass. Comments, CDATA sections and whole entries are skipped: what stands
there is no part of the feed. The prefix may be any that the document binds to the namespace, or none.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

from feedriver.parse import dates
from feedriver.parse.limits import GUID, clean
from feedriver.parse.result import Tombstone

NAMESPACE = "http://purl.org/atompub/tombstones/1.0"
MOST = 1_000  # tombstones of one document that are read
_BOUND = re.compile(rf"""\sxmlns(?::([\w.-]{{1,40}}))?\s{{0,9}}=\s{{0,9}}["']{re.escape(NAMESPACE)}["']""")
_PLACES = re.compile(
    r"(?P<skip><!--|<!\[CDATA\[)"
    r"|<(?P<slash>/?)(?:(?P<prefix>[\w.-]{1,40}):)?(?P<name>entry|deleted-entry)(?=[\s/>])"
)
_ENDS = {"<!--": "-->", "<![CDATA[": "]]>"}
_EMPTY = re.compile(r"\s*/>")
_ATTRIBUTE = re.compile(r"""\s+([\w.:-]{1,200})\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""")


class Found(NamedTuple):
    """The tombstones of a document, in its order, and the document without them."""

    tombstones: tuple[Tombstone, ...]
    text: str


def read(text: str) -> Found:
    """The tombstones of `text`, an XML document; at most `MOST`. It never raises.

    feedparser would take a link or an author in a tombstone for the feed's own: it gets the text without them.
    """
    if NAMESPACE not in text:
        return Found((), text)
    prefixes = {match[1] for match in _BOUND.finditer(text)}
    found: list[Tombstone] = []
    rest: list[str] = []
    done = 0
    for start, end, prefix, attributes in _deleted_entries(text):
        ref = clean(attributes.get("ref", "")).strip()[:GUID]
        if prefix in prefixes and ref:
            found.append(Tombstone(ref, dates.parse(attributes.get("when", ""))))
            rest.append(text[done:start])
            done = end
        if len(found) == MOST:
            break
    return Found(tuple(found), "".join((*rest, text[done:])))


def _deleted_entries(text: str) -> Iterator[tuple[int, int, str | None, dict[str, str]]]:
    """Where each `deleted-entry` outside of an entry begins and ends, its prefix and its attributes."""
    place, within = 0, False
    while match := _PLACES.search(text, place):
        place = match.end()
        if match["skip"]:
            place = text.find(_ENDS[match["skip"]], place) + len("-->")
            if place < len("-->"):
                return
        elif match["name"] == "entry":
            within = not match["slash"] and not text.startswith("/", place)
        elif not within and not match["slash"]:
            attributes, place = _attributes(text, place)
            if not (empty := _EMPTY.match(text, place)):
                # A document that does not close what it opens has other readers, which look for no tombstones in it.
                place = text.find(f"</{match[0][1:]}", place)
                if place < 0:
                    return
            closed = empty.end() if empty else text.find(">", place) + 1
            place = max(closed, place + 1)
            yield match.start(), place, match["prefix"], attributes


def _attributes(text: str, place: int) -> tuple[dict[str, str], int]:
    """The attributes that stand at `place`, decoded, and where they end."""
    attributes: dict[str, str] = {}
    while match := _ATTRIBUTE.match(text, place):
        attributes[match[1]] = html.unescape(match[2] if match[2] is not None else match[3])
        place = match.end()
    return attributes, place
