"""Workarounds: an XML document is changed before feedparser sees it, so that feedparser neither fails nor loses data.

Each workaround is for a measured fault of feedparser 6. Elements whose values it would resolve, overwrite or mix up get
names that it does not know: it keeps the values of those as they are, under the new name.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# The new names of elements. `guid` and `id` would be resolved against the feed's address, which is no part of an
# identity; `dc:date` would count as a change, not as a publication; a second description of an item would become its
# content, and one of the channel would alter the first item; `itunes:subtitle` would overwrite the channel's
# description, `itunes:image` its image, and `itunes:owner` the name of its author.
GUID, DATE, ABSTRACT, BLURB, CAPTION = "source_guid", "dc_when", "dc_abstract", "itunes_blurb", "media_caption"
BYLINE = "itunes_byline"
ARTWORK = "itunes_artwork"
# `itunes:explicit` would lose what it says; numbers with a name beside them would be lost; a position without a shape
# around it raises. Of several transcripts the last alone would be left: links it keeps all.
EXPLICIT, SEASON, EPISODE, POSITION = "itunes_candour", "podcast_series", "podcast_number", "gml_position"
TRANSCRIPT = "transcript"
_NAMES = {
    "id": GUID,
    "guid": GUID,
    "atom:id": GUID,
    "dc:date": "dc:when",
    "dc:description": "dc:abstract",
    "itunes:summary": "itunes:blurb",
    "itunes:subtitle": "itunes:byline",
    "itunes:image": "itunes:artwork",
    "itunes:owner": "itunes:holder",
    "itunes:explicit": "itunes:candour",
    "media:description": "media:caption",
    "podcast:season": "podcast:series",
    "podcast:episode": "podcast:number",
    "podcast:transcript": "link",
    "gml:pos": "gml:position",
    "gml:poslist": "gml:positions",
}
_RENAMED = re.compile(rf"<(/?)({'|'.join(_NAMES)})(?=[\s/>])([^<>]*)>", re.IGNORECASE)
_LINKED = re.compile(r"""\s(?:rel|href)\s*=\s*(?:"[^"]*"|'[^']*')""", re.IGNORECASE)
_NO_PERMALINK = re.compile(r"\bispermalink\s*+=\s*+[\"']?\s*+(?:false|no|0)\b", re.IGNORECASE)

# Private-use characters (Unicode 23.5), which documents have no reason to hold. AT replaces `@` in authors:
# feedparser's search for an e-mail address is quadratic and cuts off long top-level domains. NO_LINK stands in front
# of a guid that is no permalink, since only the text of an unknown element survives.
AT, NO_LINK = "\uf8f1", "\uf8f2"
_AUTHOR = re.compile(
    r"<((?:[\w.-]{1,40}:)?(?:author|creator|publisher|managingeditor|webmaster|owner))(?:\s[^<>]*)?(?<!/)>",
    re.IGNORECASE,
)
_LONGEST_AUTHOR = 2_000  # characters between the tags of an author, markup included
_AUTHOR_KEPT = 600
_MARKUP = re.compile(r"<!\[CDATA\[|\]\]>|<[^<>]*>?|&[^;\s]{0,10}$")
_LONGEST_RUN = 300  # characters that the search for an e-mail address would take together
_LONG_RUN = re.compile(rf"([\w.+-]{{{_LONGEST_RUN}}})[\w.+-]+")

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WHITE_SPACE = {0x9, 0xA, 0xD}
_LEGAL = (range(0x20, 0xD800), range(0xE000, 0xFFFE), range(0x10000, 0x110000))
_REFERENCE = re.compile(r"&#(?:[xX]([0-9A-Fa-f]+)|([0-9]+));?")
_LONGEST_REFERENCE = 7  # digits; more name no character
_BARE_AMPERSAND = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?!#?\w{1,40};)", re.DOTALL)
_MANY_OPEN_COMMENTS = 100
# A start tag long enough to be looked at, and the attributes that it may have: more cost the square of their number.
_LONG_TAG = re.compile(r"<([A-Za-z][\w:.-]*)\s[^<>]{2000,}?(/?)>")
_MANY_ATTRIBUTES = 100
_ATTRIBUTE = re.compile(r"""[\w:.-]\s*=\s*["']""")
# feedparser looks at all prefixes for each element: the square of their number, where each element declares one.
_MANY_PREFIXES = 100
_DECLARATION = re.compile(r"""\sxmlns:([\w.-]{1,100})\s{0,9}=\s{0,9}(?:"[^"<>]*"|'[^'<>]*')""")


class Prepared(NamedTuple):
    """A document that feedparser can read. `flaw` says what had to be repaired, None for nothing."""

    text: str
    flaw: str | None


def prepare(text: str) -> Prepared:
    """`text`, an XML document, with all workarounds applied."""
    legal = _legal_references(_ILLEGAL.sub("", text))
    flaw = "characters that XML forbids" if legal != text else None
    renamed = _RENAMED.sub(_rename, legal)
    bare = _without_namespace_flood(_LONG_TAG.sub(_without_attributes, renamed))
    return Prepared(_without_comment_flood(_with_safe_authors(bare)), flaw)


def with_ampersands(text: str) -> str:
    """`text` with each ampersand that begins no reference escaped, but for CDATA sections.

    For documents that are not well-formed: feedparser's tolerant parser reads `R&D` as `R&D;`.
    """
    return _BARE_AMPERSAND.sub(lambda found: "&amp;" if found[0] == "&" else found[0], text)


def _without_attributes(tag: re.Match[str]) -> str:
    """The tag, without its attributes where it has more than a hundred."""
    return f"<{tag[1]}{tag[2]}>" if len(_ATTRIBUTE.findall(tag[0])) > _MANY_ATTRIBUTES else tag[0]


def _without_namespace_flood(text: str) -> str:
    # A document that uses further prefixes is then not well-formed, and is read as such.
    if text.count("xmlns:") <= _MANY_PREFIXES:
        return text
    prefixes: set[str] = set()

    def kept(declaration: re.Match[str]) -> str:
        if len(prefixes) < _MANY_PREFIXES:
            prefixes.add(declaration[1])
        return declaration[0] if declaration[1] in prefixes else ""

    return _DECLARATION.sub(kept, text)


def _rename(match: re.Match[str]) -> str:
    slash, name, rest = match[1], match[2].lower(), match[3]
    if name == "itunes:image":
        return f"<{slash}{_NAMES[name]}{rest}>"
    if name == "podcast:transcript":
        return f'<link rel="{TRANSCRIPT}" href="about:blank"{_LINKED.sub("", rest)}>' if not slash else "</link>"
    # An unknown element with attributes would lose its text: the attributes go.
    empty = "/" if rest.endswith("/") else ""
    mark = NO_LINK if name == "guid" and not empty and _NO_PERMALINK.search(rest) else ""
    return f"<{slash}{_NAMES[name]}{empty}>{mark}"


def _legal_references(text: str) -> str:
    # XML 1.0 §2.2; feedparser raises on some of these and loses the document.
    return _REFERENCE.sub(_legal_reference, text) if "&#" in text else text


def _legal_reference(match: re.Match[str]) -> str:
    digits = (match[1] or match[2]).lstrip("0")
    code = int(digits or "0", 16 if match[1] else 10) if len(digits) <= _LONGEST_REFERENCE else 0
    return match[0] if code in _WHITE_SPACE or any(code in block for block in _LEGAL) else "\ufffd"


def _with_safe_authors(text: str) -> str:
    pieces: list[str] = []
    done = 0
    while opened := _AUTHOR.search(text, done):
        start = opened.end()
        closed = _end_of(opened[1].lower()).search(text, start)
        end = closed.start() if closed else len(text)
        # Where the tag of an item comes before the end tag, this is no author element: it stands in some item's text.
        whole = closed is not None and closed[1] is not None
        pieces += (text[done:start], _safe_author(text[start:end]) if whole else text[start:end])
        done = end
    return "".join((*pieces, text[done:]))


def _end_of(name: str) -> re.Pattern[str]:
    return re.compile(rf"(</{re.escape(name)}\s*>)|</?(?:item|entry)\b", re.IGNORECASE)


def _safe_author(author: str) -> str:
    if len(author) > _LONGEST_AUTHOR:
        author = _MARKUP.sub("", author[:_LONGEST_AUTHOR])[:_AUTHOR_KEPT]
    return _LONG_RUN.sub(r"\1", author).replace("@", AT)


def _without_comment_flood(text: str) -> str:
    # Comments that are opened and never closed cost feedparser's tolerant parser the square of their number.
    closed = text.rfind("-->") + 1
    if text.count("<!--", closed) <= _MANY_OPEN_COMMENTS:
        return text
    return text[:closed] + text[closed:].replace("<!--", "")
