"""Tombstones: what an Atom feed says was deleted (RFC 6721 §3). feedparser does not know them.

Read from the text itself in one pass. Comments, CDATA sections and whole entries are passed over: what stands there is
no part of the feed. The prefix may be any that the document binds to the namespace, or none.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from feedriver.parse import dates
from feedriver.parse.characters import GUID, clean
from feedriver.parse.result import Tombstone

NAMESPACE = "http://purl.org/atompub/tombstones/1.0"
MOST = 1_000  # tombstones of one document that are read
_BOUND = re.compile(rf"""\sxmlns(?::([\w.-]{{1,40}}))?\s{{0,9}}=\s{{0,9}}["']{re.escape(NAMESPACE)}["']""")
_PLACES = re.compile(
    r"(?P<skip><!--|<!\[CDATA\[)"
    r"|<(?P<slash>/?)(?:(?P<prefix>[\w.-]{1,40}):)?(?P<name>entry|deleted-entry)(?=[\s/>])"
)
_ENDS = {"<!--": "-->", "<![CDATA[": "]]>"}
_ATTRIBUTE = re.compile(r"""\s+([\w.:-]{1,200})\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""")


def read(text: str) -> tuple[Tombstone, ...]:
    """The tombstones of `text`, an XML document, in its order; at most `MOST`. It never raises."""
    if NAMESPACE not in text:
        return ()
    prefixes = {match[1] for match in _BOUND.finditer(text)}
    found: list[Tombstone] = []
    for prefix, place in _deleted(text):
        said = _attributes(text, place)
        ref = clean(said.get("ref", "")).strip()[:GUID]
        if prefix in prefixes and ref:
            found.append(Tombstone(ref, dates.read(said.get("when", ""))))
        if len(found) == MOST:
            break
    return tuple(found)


def _deleted(text: str) -> Iterator[tuple[str | None, int]]:
    """The prefix of each `deleted-entry` outside of an entry, and where its attributes begin."""
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
            yield match["prefix"], place


def _attributes(text: str, place: int) -> dict[str, str]:
    said: dict[str, str] = {}
    while match := _ATTRIBUTE.match(text, place):
        said[match[1]] = html.unescape(match[2] if match[2] is not None else match[3])
        place = match.end()
    return said
