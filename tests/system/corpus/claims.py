"""What other projects expect of their own documents, as claims about the fields that we keep.

A claim never holds the text itself: it is compared by digest, so that what is checked in copies nobody's words.
"""

from __future__ import annotations

import ast
import calendar
import hashlib
import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urljoin

from corpus.words import words

BASE = "https://feeds.example/dir/feed"
SERVED = "http://127.0.0.1:8097/dir/feed"  # where feedparser's suite expects its documents


class Claim(NamedTuple):
    """That `field` at `place` (numbers of the entry and of the part, where it has them) has one of these forms."""

    document: str
    field: str
    place: tuple[int, ...]
    forms: frozenset[str]
    shown: str = ""


class Claims(NamedTuple):
    """The claims of one suite, and how often it speaks of something that we do not keep, by its name for it."""

    within: list[Claim]
    beyond: Counter[str]


def digest(value: str) -> str:
    """A form of a value, as it is compared and checked in."""
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[:6]


_HOST = re.compile(r"^https?://[^/?#]*", re.IGNORECASE)


def forms(kind: str, value: object, base: str = BASE) -> frozenset[str]:
    """The digests of the forms that count as `value`: "" stands for a value that is not there.

    `text` counts as it stands and as the markup that it may be, by its words; an address also made absolute, with its
    host in lower case; a time as its second since 1970; everything else as it stands.
    """
    if not value:
        return frozenset({digest("")})
    text = str(value).strip()
    if kind == "text":
        found = {" ".join(text.split()), " ".join(words(text)), " ".join(words(html.unescape(text)))}
    elif kind == "url":
        found = {text, urljoin(base, "".join(text.split()))}
        found |= {_HOST.sub(lambda host: host[0].lower(), each) for each in found}
    elif kind == "moment":
        found = {str(_second(value))}
    else:
        found = {" ".join(text.split()), text.lower()}
    return frozenset(map(digest, found))


def _second(value: object) -> int:
    if isinstance(value, (tuple, list)):
        return calendar.timegm((*value[:6], 0, 0, 0))
    if isinstance(value, str):
        return int(datetime.fromisoformat(value).timestamp())
    return int(value) if isinstance(value, (int, float)) else 0


# feedparser's names for fields (the older ones among them are aliases of its own) and ours, each with its kind.
_AUTHOR = {"name": "author.name", "email": "author.email", "href": "author.url", "url": "author.url"}
FEED = {
    "title": "title", "link": "link", "description": "description", "subtitle": "description",
    "tagline": "description", "language": "language", "image.href": "icon", "image.url": "icon", "icon": "icon",
    "logo": "icon", "updated_parsed": "updated", "date_parsed": "updated", "modified_parsed": "updated",
    "author": "author", **{f"author_detail.{key}": ours for key, ours in _AUTHOR.items()},
    **{f"authors.{key}": ours for key, ours in _AUTHOR.items()},
}  # fmt: skip
ENTRY = {
    "title": "title", "link": "link", "id": "guid", "guid": "guid", "description": "summary", "summary": "summary",
    "content.value": "content", "published": "published_raw", "issued": "published_raw",
    "published_parsed": "published", "issued_parsed": "published", "created_parsed": "published",
    "updated_parsed": "updated", "date_parsed": "updated", "modified_parsed": "updated", "author": "author",
    **{f"author_detail.{key}": ours for key, ours in _AUTHOR.items()},
    **{f"authors.{key}": ours for key, ours in _AUTHOR.items()},
    "tags.term": "category.term", "tags.scheme": "category.scheme", "tags.label": "category.label",
    "category": "category.term", "enclosures.href": "enclosure.url", "enclosures.url": "enclosure.url",
    "enclosures.type": "enclosure.type", "enclosures.length": "enclosure.length", "image.href": "image",
    "media_thumbnail.url": "image", "content.language": "language",
}  # fmt: skip
KINDS = {
    "title": "text", "description": "text", "summary": "text", "content": "text", "category.term": "text",
    "category.label": "text", "author.name": "text", "link": "url", "icon": "url", "image": "url",
    "enclosure.url": "url", "author.url": "url", "updated": "moment", "published": "moment",
}  # fmt: skip
ROOTS = {"feed": "feed", "channel": "feed", "entries": "entries", "items": "entries"}

_EXPECT = re.compile(rb"Expect:\s*(.*?)\s*-->", re.DOTALL)
_HEADER = re.compile(rb"^\s*Header:\s*([\w-]+):[ \t]*(.*?)\s*$", re.MULTILINE)


def headers(body: bytes) -> dict[str, str]:
    """The headers that a document of feedparser's suite asks to be served with, by their names in lower case."""
    found = _HEADER.findall(body.replace(b"\0", b""))
    return {name.decode().lower(): value.decode() for name, value in found}


def of_feedparser(documents: dict[str, bytes]) -> Claims:
    """The claims in the `Expect:` comments of feedparser's suite, which are read and never run."""
    within: list[Claim] = []
    beyond: Counter[str] = Counter()
    for document, body in documents.items():
        if not document.startswith("feedparser/"):
            continue
        found = _EXPECT.search(body.replace(b"\0", b""))
        if found is None:
            beyond["a document without an expectation"] += 1
            continue
        base = urljoin(SERVED, headers(body).get("content-location", ""))
        try:
            stated = ast.parse(found[1].decode("utf-8", "replace"), mode="eval").body
        except SyntaxError:
            beyond["an expectation that is no expression"] += 1
            continue
        for part in _conjuncts(stated):
            claims = list(_claims(document, part, base, beyond))
            within += claims
    return Claims(within, beyond)


def _conjuncts(stated: ast.expr) -> Iterator[ast.expr]:
    if isinstance(stated, ast.BoolOp) and isinstance(stated.op, ast.And):
        for value in stated.values:
            yield from _conjuncts(value)
    else:
        yield stated


def _claims(document: str, part: ast.expr, base: str, beyond: Counter[str]) -> Iterable[Claim]:
    if not (isinstance(part, ast.Compare) and len(part.ops) == 1 and isinstance(part.ops[0], (ast.Eq, ast.Is))):
        beyond[_shape(part)] += 1
        return
    try:
        value = ast.literal_eval(part.comparators[0])
    except ValueError:
        beyond["a comparison with what is no literal"] += 1
        return
    if ast.unparse(part.left) in {"len(entries)", "len(items)"}:
        yield Claim(document, "entries", (), frozenset({digest(str(value))}), repr(value))
        return
    path = _path(part.left)
    if path is None or path[0] not in ROOTS:
        beyond[_shape(part.left)] += 1
        return
    yield from _of_path(document, path, value, base, beyond)


def _of_path(
    document: str, path: tuple[str | int, ...], value: object, base: str, beyond: Counter[str]
) -> Iterable[Claim]:
    # A whole author, tag or list of them is as many claims as it has fields.
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _of_path(document, (*path, key), each, base, beyond)
        return
    if isinstance(value, list) and value:
        for index, each in enumerate(value):
            yield from _of_path(document, (*path, index), each, base, beyond)
        return
    root = ROOTS[str(path[0])]
    names = [str(name) for name in path[1:] if not isinstance(name, int)]
    if names[-1:] == ["value"] and names[0].endswith("_detail"):
        names = [names[0].removesuffix("_detail")]
    field = (FEED if root == "feed" else ENTRY).get(".".join(names))
    numbers = [name for name in path[1:] if isinstance(name, int)]
    if field is None or (root == "entries" and not numbers):
        beyond[f"{root}.{'.'.join(names)}"] += 1
        return
    place = (*numbers, 0, 0)[: 2 if root == "entries" else 1]
    yield Claim(document, f"{root}.{field}", place, forms(KINDS.get(field, ""), value, base), repr(value))


def _path(node: ast.expr) -> tuple[str | int, ...] | None:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        before = _path(node.value)
        return (*before, node.attr) if before else None
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        before = _path(node.value)
        return (*before, node.slice.value) if before else None
    return None


def _shape(node: ast.expr) -> str:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Compare):
        return f"{_shape(node.left)} {type(node.ops[0]).__name__}"
    path = _path(node)
    return str(path[0]) if path else ast.unparse(node)[:40]
