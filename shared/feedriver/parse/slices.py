"""Slices: an XML document cut into its items, so that items that are known already need not be read again.

The cut is made on the bytes, without a parser. An item is what stands between `<item>` and `</item>`, or `<entry>` and
`</entry>`; comments and CDATA sections are skipped. Where a parser might see other items, there is no cut: nested or
unbalanced tags, a comment or CDATA section without an end, a document type with declarations of its own, an encoding in
which `<` may be part of another character. The reader checks the result once more (`feedriver.parse.document`): as many
items must have been read as were cut out.

The poller cuts documents too, outside the process that can be killed. So each pattern here takes linear time
(tests/system/hostile/test_linear_time.py), and the bytes around the items and the number of items are bounded.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass

HASH_BYTES = 8  # a feed that makes two of its own items collide harms its own readers only

_PLACE = re.compile(rb"<(?:(/?)(item|entry)(?=[\s/>])|!(--|\[CDATA\[))")
_ENDS = {b"--": b"-->", b"[CDATA[": b"]]>"}
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_ROOT = re.compile(rb"<[A-Za-z_][^<>]*>")
_CHANNEL = re.compile(rb"<channel(?:\s[^<>]*)?>")
DATED = re.compile(rb"<(lastBuildDate|pubDate|updated|modified|dc:date)(?:\s[^<>]*)?>[^<>]*</\1\s*>")
# Possessive: with backtracking, a long name would be read again from each of its letters.
_TAG = rb"<(?P<slash>/?)(?P<name>[A-Za-z_][^\s<>/]*+)[^<>]*?(?P<empty>/?)>"
_MARKUP = re.compile(rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<[!?][^<>]*>|" + _TAG, re.DOTALL)
_MAX_DEPTH = 8  # elements around an item; feeds have two
_DOCTYPE = b"<!DOCTYPE"
_UNSAFE = rb"=\s*[\"']?(?:utf-?(?:7|16|32)|iso-2022|hz|cp037)"
_CHARSET = re.compile(rb"charset" + _UNSAFE, re.IGNORECASE)
_ENCODING = re.compile(rb"encoding" + _UNSAFE, re.IGNORECASE)
_DECLARATION = 256  # bytes in which an XML declaration must stand
MOST_AROUND = 256 * 1024  # bytes before, between and after the items; feeds have 0.2 to 40 KB there
MOST_ITEMS = 1_000  # a window holds no more (`feedriver.decide.window`): cutting more would be in vain


@dataclass(frozen=True, slots=True)
class Slices:
    """A document in pieces: `around[0]`, `items[0]`, `around[1]`, …, `items[-1]`, `around[-1]`.

    `hashes` are the hashes of the items in their context: equal hashes mean equal items below the same URL, charset and
    start tags (namespaces, base, language). `head` is the hash of what stands around the items, without the document's
    own dates.
    """

    around: tuple[bytes, ...]
    items: tuple[bytes, ...]
    hashes: tuple[bytes, ...]
    head: bytes

    def without_head(self, known: Collection[bytes]) -> bytes | None:
        """The document without the `known` items and without its head, but for the tags that enclose the items.

        The attributes and namespaces of those tags reach the items; nothing else of a head does. None where it is not
        safe: there is something between the items, tags do not match, or the items are nested deeply.
        """
        if any(map(bytes.strip, self.around[1:-1])):
            return None
        head = self.around[0]
        open_tags: list[re.Match[bytes]] = []
        for tag in _MARKUP.finditer(head):
            if tag["slash"]:
                if not open_tags or open_tags.pop()["name"] != tag["name"]:
                    return None
            elif tag["name"] and not tag["empty"]:
                open_tags.append(tag)
        if not 0 < len(open_tags) <= _MAX_DEPTH:
            return None
        items = (item for item, digest in zip(self.items, self.hashes, strict=True) if digest not in known)
        closing = (b"</%s>" % tag["name"] for tag in reversed(open_tags))
        return b"".join((head[: open_tags[0].start()], *(tag[0] for tag in open_tags), *items, *closing))

    def without_items(self, known: Collection[bytes]) -> bytes:
        """The document without the `known` items."""
        pieces = [self.around[0]]
        for item, digest, around in zip(self.items, self.hashes, self.around[1:], strict=True):
            pieces += (around,) if digest in known else (item, around)
        return b"".join(pieces)


def cut(body: bytes, url: str, content_type: str | None = None) -> Slices | None:
    """The slices of `body`, an XML document got from `url`, or None where it cannot be cut safely.

    A document with over `MOST_AROUND` bytes around its items, or over `MOST_ITEMS` items, is not cut either. Takes
    linear time.
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
    header = (content_type or "").encode("ascii", "replace")
    if b"\0" in head[:4] or _ENCODING.search(head[:_DECLARATION]) or _CHARSET.search(header) or _has_declarations(head):
        return None
    context = hashlib.sha256(b"\n".join((url.encode("utf-8", "replace"), header, _context(head))))
    rest = DATED.sub(b"", b"\n".join(filter(None, map(bytes.strip, around))))
    hashes = tuple(_hash(context, item) for item in items)
    return Slices(tuple(around), tuple(items), hashes, _hash(context, rest))


def _spans(body: bytes) -> list[tuple[int, int]]:
    """The offsets of the items, from start to end; empty where their tags are nested or unbalanced."""
    spans: list[tuple[int, int]] = []
    at, start_at, name = 0, -1, b""
    while place := _PLACE.search(body, at):
        at = place.end()
        slash, found, hidden = place.groups()
        if hidden:
            at = body.find(_ENDS[hidden], at) + len(b"-->")
            if at < len(b"-->"):
                return []
        elif slash:
            end = body.find(b">", at)
            if start_at < 0 or found != name or end < 0 or body[at:end].strip():
                return []
            spans.append((start_at, end + 1))
            start_at = -1
        elif start_at >= 0 or found != (name or found) or len(spans) == MOST_ITEMS:
            return []
        else:
            start_at, name = place.start(), found
    return spans if start_at < 0 else []


def _has_declarations(head: bytes) -> bool:
    """Whether a document type may have declarations of its own: a "[" between it and the root element."""
    begins = head.find(_DOCTYPE)
    if begins < 0:
        return False
    root = _ROOT.search(head, begins)
    return head.find(b"[", begins, root.start() if root else len(head)) >= 0 or head.count(_DOCTYPE) > 1


def _context(head: bytes) -> bytes:
    # Up to the end of the root's start tag, and RSS's channel tag: their attributes reach the items too.
    root = _ROOT.search(head)
    channel = _CHANNEL.search(head)
    return head[: root.end() if root else 0] + (channel[0] if channel else b"")


def _hash(context: hashlib._Hash, piece: bytes) -> bytes:
    digest = context.copy()
    digest.update(piece)
    return digest.digest()[:HASH_BYTES]
