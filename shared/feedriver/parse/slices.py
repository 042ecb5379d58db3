"""A document cut into its items, so that those which are known already need not be read again.

The cut is made on the bytes, without a parser: what stands between `<item>` and `</item>` (or `<entry>` and `</entry>`)
is an item. Where there is doubt that a parser would see the same items, there is no cut: nested or unbalanced tags, a
comment or CDATA section that reaches from one piece into another, a document type with declarations of its own, an
encoding in which `<` may be part of another character. The last proof is the reader's (`feedriver.parse.document`):
as many items must have been read as were cut out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass

HASH_BYTES = 8  # a feed that makes two of its own items collide deceives its own readers only

_TAG = re.compile(rb"</?(?:item|entry)(?=[\s/>])")
_CLOSE = {b"<item": b"</item", b"<entry": b"</entry"}
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_ROOT = re.compile(rb"<[A-Za-z_][^<>]*>")
_CHANNEL = re.compile(rb"<channel(?:\s[^<>]*)?>")
_DATED = re.compile(rb"<(lastBuildDate|pubDate|updated|modified|dc:date)(?:\s[^<>]*)?>[^<>]*</\1\s*>")
_DECLARATIONS = re.compile(rb"<!DOCTYPE[^>]*\[")
_NOT_ASCII = re.compile(rb"charset=[\"']?(?:utf-?(?:7|16|32)|iso-2022|hz|cp037)", re.IGNORECASE)
_STATEFUL = re.compile(rb"encoding\s*=\s*[\"'](?:utf-?(?:7|16|32)|iso-2022|hz|cp037)", re.IGNORECASE)


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

    def without(self, known: Collection[bytes]) -> bytes:
        """The document without the items that are known."""
        pieces = [self.around[0]]
        for item, told, around in zip(self.items, self.hashes, self.around[1:], strict=True):
            pieces += (around,) if told in known else (item, around)
        return b"".join(pieces)


def cut(body: bytes, url: str, content_type: str | None = None) -> Slices | None:
    """The slices of `body`, an XML document got from `url`, or None where it cannot be cut safely. Linear in time."""
    spans = _spans(body)
    if not spans:
        return None
    at, around, items = 0, [], []
    for start, end in spans:
        around.append(body[at:start])
        items.append(body[start:end])
        at = end
    around.append(body[at:])
    head = _COMMENT.sub(b"", around[0])
    said = (content_type or "").encode("ascii", "replace")
    if b"\0" in head[:4] or _STATEFUL.search(head) or _NOT_ASCII.search(said) or _DECLARATIONS.search(head):
        return None
    if not _whole(body, around, items):
        return None
    setting = hashlib.sha256(b"\n".join((url.encode("utf-8", "replace"), said, _setting(head))))
    rest = _DATED.sub(b"", b"\n".join(filter(None, map(bytes.strip, around))))
    hashes = tuple(_hash(setting, item) for item in items)
    return Slices(tuple(around), tuple(items), hashes, _hash(setting, rest))


def _spans(body: bytes) -> list[tuple[int, int]]:
    """Where the items begin and end; empty where their tags do not follow each other as they should."""
    tags = list(_TAG.finditer(body))
    if not tags or len(tags) % 2 or (opening := tags[0][0]) not in _CLOSE:
        return []
    closing, spans = _CLOSE[opening], []
    for first, last in zip(tags[::2], tags[1::2], strict=True):
        end = body.find(b">", last.end())
        if first[0] != opening or last[0] != closing or end < 0 or body[last.end() : end].strip():
            return []
        spans.append((first.start(), end + 1))
    return spans


def _whole(body: bytes, around: list[bytes], items: list[bytes]) -> bool:
    """Whether no comment and no CDATA section reaches from one piece into another."""
    if b"<!" not in body:
        return True
    marks = [pair for pair in ((b"<![CDATA[", b"]]>"), (b"<!--", b"-->")) if pair[0] in body]
    pieces = [*items, *(piece for piece in around if not piece.isspace())] if marks else []
    return all(piece.rfind(begin) <= piece.rfind(end) for piece in pieces for begin, end in marks)


def _setting(head: bytes) -> bytes:
    # Up to the end of the root's start tag, and RSS's channel tag: their attributes reach the items too.
    root = _ROOT.search(head)
    channel = _CHANNEL.search(head)
    return head[: root.end() if root else 0] + (channel[0] if channel else b"")


def _hash(setting: hashlib._Hash, piece: bytes) -> bytes:
    told = setting.copy()
    told.update(piece)
    return told.digest()[:HASH_BYTES]
