"""Lists of feeds in OPML, the format in which readers hand their subscriptions to one another.

Spec: OPML 1.0 and 2.0 (http://opml.org/spec2.opml). A feed is an `outline` with an `xmlUrl`; the outlines around it
are its folders. Pure: bytes in, values out, and back.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import groupby
from xml.etree import ElementTree as ET  # only to write; documents are read with defusedxml

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from feedriver.errors import InputError
from feedriver.terminal import referenced
from feedriver.urls import canonical

MAX_BYTES = 10_000_000  # about 50,000 feeds
MAX_FOLDER = 500  # characters of a folder's path from which folders deeper down add no more
FOLDER_SEPARATOR = "/"  # between nested folders, as in OPML 2.0's own `category`

DECLARED_ENCODING = re.compile(rb"""^<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
# Expat reads single-byte encodings and Unicode by itself; these it refuses.
MULTIBYTE = {"shift_jis", "cp932", "euc_jp", "iso2022_jp", "gb2312", "gbk", "gb18030", "big5", "euc_kr", "cp949"}
# Expat and ElementTree write a namespace's name before that of each element: a long one costs its length that often.
LONG_NAMESPACE = re.compile(rb"""xmlns[^=<>"']{0,100}=\s{0,100}["'][^"'<>]{2000}""")
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2, Char


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list.

    `url` is as the list has it, and may be no usable address. `category` is the path of the feed's folders, joined by
    "/", or the outline's own `category` where it is in none.
    """

    url: str
    title: str | None = None
    html_url: str | None = None
    category: str | None = None


def read(document: bytes, name: str) -> tuple[Outline, ...]:
    """The feeds of an OPML document in its own order, each address once (the first one counts).

    `name` is what the list is called in messages: a file's name or a URL. Raises `InputError` where the document is
    longer than `MAX_BYTES`, is no well-formed XML, declares entities, is no OPML, or has no feed in it.
    """
    name = " ".join(name.split())
    root = _root(document, name)
    found: dict[str, Outline] = {}
    for outline in _outlines(root):
        found.setdefault(canonical(outline.url) or outline.url, outline)
    if not found:
        raise InputError(f"{name}: there is no feed in this OPML; a feed is an outline with an xmlUrl")
    return tuple(found.values())


def write(outlines: Iterable[Outline], title: str, now: datetime) -> bytes:
    """An OPML 2.0 document in UTF-8 with one folder a category; the same feeds in any order give the same bytes.

    `now` (aware) becomes `dateCreated`. Characters that XML cannot hold are left out; those that control a
    terminal are character references.
    """
    root = ET.Element("opml", version="2.0")
    head = ET.SubElement(root, "head")
    ET.SubElement(head, "title").text = _plain(title)
    ET.SubElement(head, "dateCreated").text = format_datetime(now.astimezone(UTC), usegmt=True)
    body = ET.SubElement(root, "body")
    for category, feeds in groupby(sorted(outlines, key=_rank), key=lambda outline: _plain(outline.category)):
        folder = ET.SubElement(body, "outline", text=category) if category else body
        for feed in feeds:
            attributes = {
                "type": "rss",
                "text": _plain(feed.title) or _plain(feed.url),
                "title": _plain(feed.title),
                "xmlUrl": _plain(feed.url),
                "htmlUrl": _plain(feed.html_url),
            }
            ET.SubElement(folder, "outline", {key: value for key, value in attributes.items() if value})
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return referenced(written.decode()).encode() + b"\n"


def _root(document: bytes, name: str) -> ET.Element:
    if len(document) > MAX_BYTES:
        raise InputError(f"{name}: larger than the {MAX_BYTES // 1_000_000} MB that a list of feeds may have; split it")
    text = document.lstrip()  # some exporters print a newline before the declaration, which XML forbids
    if not text:
        raise InputError(f"{name}: is empty; export the list of feeds again")
    if LONG_NAMESPACE.search(text.replace(b"\0", b"")):
        raise InputError(f"{name}: names a namespace of over 2,000 characters, which no OPML needs; take it out")
    skipped = document[: len(document) - len(text)].count(b"\n")
    try:
        root: ET.Element = fromstring(_decoded(text))
    except DefusedXmlException:
        raise InputError(f"{name}: declares XML entities, which no OPML needs and attacks are made of") from None
    except ParseError as error:
        line, _ = error.position
        reason = str(error).partition(":")[0]
        raise InputError(
            f"{name}: line {line + skipped} is no well-formed XML ({reason}); mend it, or export the list again"
        ) from None
    except (LookupError, ValueError):
        raise InputError(f"{name}: line 1 declares an encoding that the text is not in; save it as UTF-8") from None
    if root.tag.lower() != "opml":
        raise InputError(f"{name}: no OPML but <{_local(root.tag)[:40]}>; if it is a feed, give its URL instead")
    return root


def _decoded(document: bytes) -> bytes | str:
    declared = DECLARED_ENCODING.match(document)
    encoding = declared[1].decode("ascii") if declared else "utf-8"
    return document.decode(encoding) if codecs.lookup(encoding).name in MULTIBYTE else document


def _outlines(root: ET.Element) -> Iterator[Outline]:
    # A stack, not recursion: the document decides how deep folders are nested.
    waiting: list[tuple[ET.Element, str]] = [(root, "")]
    while waiting:
        element, folder = waiting.pop()
        inner = folder
        if _local(element.tag) == "outline":
            attributes = {key.lower(): _plain(value) for key, value in element.attrib.items()}
            url, text = attributes.get("xmlurl", ""), attributes.get("text", "")
            title = attributes.get("title") or (text if text != url else "")
            if url:
                yield Outline(
                    url=url,
                    title=title or None,
                    html_url=attributes.get("htmlurl") or None,
                    category=folder or attributes.get("category") or None,
                )
            elif title and len(folder) < MAX_FOLDER:
                inner = f"{folder}{FOLDER_SEPARATOR}{title}" if folder else title
        waiting.extend((child, inner) for child in reversed(element))


def _rank(outline: Outline) -> tuple[str, str, str, str, str]:
    title = _plain(outline.title)
    return _plain(outline.category), title.casefold(), title, _plain(outline.url), _plain(outline.html_url)


def _plain(text: str | None) -> str:
    return " ".join(NOT_IN_XML.sub("", text or "").split())


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].lower()
