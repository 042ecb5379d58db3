"""A document cut into its items, so that those which are known already need not be read again.

The cut is made on the bytes, without a parser: what stands between `<item>` and `</item>` (or `<entry>` and `</entry>`)
is an item, comments and CDATA sections left aside. Where there is doubt that a parser would see the same items, there
is no cut: nested or unbalanced tags, a comment or CDATA section without an end, a document type with declarations of
its own, an encoding in which `<` may be part of another character. The last proof is the reader's
(`feedriver.parse.document`): as many items must have been read as were cut out.

The poller cuts too, outside the process that can be killed. So each pattern here takes time in proportion to what it
reads (tests/system/hostile/test_linear_time.py). What stands around the items is bounded, and so is their number.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass

HASH_BYTES = 8  # a feed that makes two of its own items collide deceives its own readers only

_PLACE = re.compile(rb"<(?:(/?)(item|entry)(?=[\s/>])|!(--|\[CDATA\[))")
_ENDS = {b"--": b"-->", b"[CDATA[": b"]]>"}
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_ROOT = re.compile(rb"<[A-Za-z_][^<>]*>")
_CHANNEL = re.compile(rb"<channel(?:\s[^<>]*)?>")
_DATED = re.compile(rb"<(lastBuildDate|pubDate|updated|modified|dc:date)(?:\s[^<>]*)?>[^<>]*</\1\s*>")
# Possessive: a name that gave letters back would be read on from each of them.
_TAG = rb"<(?P<slash>/?)(?P<name>[A-Za-z_][^\s<>/]*+)[^<>]*?(?P<empty>/?)>"
_MARKUP = re.compile(rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<[!?][^<>]*>|" + _TAG, re.DOTALL)
_DEEPEST = 8  # elements around an item; feeds have two
_DOCTYPE = b"<!DOCTYPE"
_UNSAFE = rb"=\s*[\"']?(?:utf-?(?:7|16|32)|iso-2022|hz|cp037)"
_CHARSET = re.compile(rb"charset" + _UNSAFE, re.IGNORECASE)
_ENCODING = re.compile(rb"encoding" + _UNSAFE, re.IGNORECASE)
_DECLARATION = 256  # bytes in which an XML declaration must stand
MOST_AROUND = 256 * 1024  # bytes before, between and after the items; feeds have 0.2 to 40 KB there
MOST_ITEMS = 1_000  # a window holds no more (`feedriver.decide.window`), so that cutting on would tell nothing


@dataclass(frozen=True, slots=True)
class Slices:
    """A document in pieces: `around[0]`, `items[0]`, `around[1]`, …, `items[-1]`, `around[-1]`.

    `hashes` tell the items: equal hashes, equal items in an equal setting (the document's address and declared
    encoding, its root element's namespaces, base and language). `head` tells all that is around the items, but for the
    document's own dates.
    """

    around: tuple[bytes, ...]
    items: tuple[bytes, ...]
    hashes: tuple[bytes, ...]
    head: bytes

    def bare(self, known: Collection[bytes]) -> bytes | None:
        """The document without the items that are known and without its head: with the tags that stay open there alone.

        Their attributes and namespaces reach the items; nothing else of a head does. None where that cannot be told:
        something stands between the items, tags do not match, or items stand deep within.
        """
        if any(map(bytes.strip, self.around[1:-1])):
            return None
        head = self.around[0]
        opened: list[re.Match[bytes]] = []
        for tag in _MARKUP.finditer(head):
            if tag["slash"]:
                if not opened or opened.pop()["name"] != tag["name"]:
                    return None
            elif tag["name"] and not tag["empty"]:
                opened.append(tag)
        if not 0 < len(opened) <= _DEEPEST:
            return None
        items = (item for item, told in zip(self.items, self.hashes, strict=True) if told not in known)
        closing = (b"</%s>" % tag["name"] for tag in reversed(opened))
        return b"".join((head[: opened[0].start()], *(tag[0] for tag in opened), *items, *closing))

    def without(self, known: Collection[bytes]) -> bytes:
        """The document without the items that are known."""
        pieces = [self.around[0]]
        for item, told, around in zip(self.items, self.hashes, self.around[1:], strict=True):
            pieces += (around,) if told in known else (item, around)
        return b"".join(pieces)


def cut(body: bytes, url: str, content_type: str | None = None) -> Slices | None:
    """The slices of `body`, an XML document got from `url`, or None where it cannot be cut safely.

    Linear in time. Nor is a document cut with over `MOST_AROUND` bytes around its items, or over `MOST_ITEMS` items.
    """
    spans = _spans(body)
    if not spans or len(body) - sum(end - start for start, end in spans) > MOST_AROUND:
        return None
    at, around, items = 0, [], []
    for start, end in spans:
        around.append(body[at:start])
        items.append(body[start:end])
        at = end
    around.append(body[at:])
    head = _COMMENT.sub(b"", around[0])
    said = (content_type or "").encode("ascii", "replace")
    if b"\0" in head[:4] or _ENCODING.search(head[:_DECLARATION]) or _CHARSET.search(said) or _declares(head):
        return None
    setting = hashlib.sha256(b"\n".join((url.encode("utf-8", "replace"), said, _setting(head))))
    rest = _DATED.sub(b"", b"\n".join(filter(None, map(bytes.strip, around))))
    hashes = tuple(_hash(setting, item) for item in items)
    return Slices(tuple(around), tuple(items), hashes, _hash(setting, rest))


def _spans(body: bytes) -> list[tuple[int, int]]:
    """Where the items begin and end; empty where their tags do not follow each other as they should."""
    spans: list[tuple[int, int]] = []
    at, opened, name = 0, -1, b""
    while place := _PLACE.search(body, at):
        at = place.end()
        slash, found, hidden = place.groups()
        if hidden:
            at = body.find(_ENDS[hidden], at) + len(b"-->")
            if at < len(b"-->"):
                return []
        elif slash:
            end = body.find(b">", at)
            if opened < 0 or found != name or end < 0 or body[at:end].strip():
                return []
            spans.append((opened, end + 1))
            opened = -1
        elif opened >= 0 or found != (name or found) or len(spans) == MOST_ITEMS:
            return []
        else:
            opened, name = place.start(), found
    return spans if opened < 0 else []


def _declares(head: bytes) -> bool:
    """Whether a document type may have declarations of its own: a "[" between it and the root element."""
    begins = head.find(_DOCTYPE)
    if begins < 0:
        return False
    root = _ROOT.search(head, begins)
    return head.find(b"[", begins, root.start() if root else len(head)) >= 0 or head.count(_DOCTYPE) > 1


def _setting(head: bytes) -> bytes:
    # Up to the end of the root's start tag, and RSS's channel tag: their attributes reach the items too.
    root = _ROOT.search(head)
    channel = _CHANNEL.search(head)
    return head[: root.end() if root else 0] + (channel[0] if channel else b"")


def _hash(setting: hashlib._Hash, piece: bytes) -> bytes:
    told = setting.copy()
    told.update(piece)
    return told.digest()[:HASH_BYTES]
