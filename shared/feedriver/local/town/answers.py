"""How a page is answered over HTTP. Pure: a page, the Gazette's edition and the request's headers give an answer."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from typing import Literal, NamedTuple

Coding = Literal["gzip", "deflate"]


class Document(NamedTuple):
    """What stands at an address, and since when."""

    body: bytes
    modified: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """One address of the town.

    `document` gives what stands there while the Gazette is at that edition. `quarter` is the folder of the OPML list;
    a page that is not `listed` is only found by a redirect. `etag` and `dated` say which validators it has, `coding`
    how its body is encoded for a client that accepts it, `location` where it redirects to, and `slow` that its keeper
    thinks before he speaks.
    """

    path: str
    title: str
    quarter: str
    content_type: str
    document: Callable[[int], Document]
    status: HTTPStatus = HTTPStatus.OK
    listed: bool = True
    etag: bool = True
    dated: bool = True
    coding: Coding | None = None
    location: str | None = None
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, but for the header fields that every response has."""

    status: HTTPStatus
    headers: dict[str, str]
    body: bytes


def answer(page: Page, edition: int, asked: Mapping[str, str]) -> Answer:
    """What the page answers to a GET whose header fields are `asked`, their names in lower case."""
    document = page.document(edition)
    if page.status is not HTTPStatus.OK:
        moved = {"Location": page.location} if page.location else {}
        return Answer(page.status, {"Content-Type": page.content_type, **moved}, document.body)
    coding = page.coding if page.coding and accepts(asked.get("accept-encoding", ""), page.coding) else None
    body = _encoded(document.body, coding)
    kept = {}
    if page.etag:
        kept["ETag"] = _etag(document.body, coding)
    if page.dated:
        kept["Last-Modified"] = format_datetime(document.modified, usegmt=True)
    if page.coding:
        kept["Vary"] = "Accept-Encoding"
    if is_current(asked, kept.get("ETag"), document.modified if page.dated else None):
        return Answer(HTTPStatus.NOT_MODIFIED, kept, b"")
    if coding:
        kept["Content-Encoding"] = coding
    return Answer(HTTPStatus.OK, {"Content-Type": page.content_type, **kept}, body)


def is_current(asked: Mapping[str, str], etag: str | None, modified: datetime | None) -> bool:
    """Whether the client's copy still holds, in the order of RFC 9110 §13.2.2.

    Where there is an If-None-Match, If-Modified-Since counts for nothing, not even for a page without an ETag.
    """
    tags = asked.get("if-none-match")
    if tags is not None:
        # Weak comparison (§8.8.3.2), which is what If-None-Match calls for. The town's own tags hold no comma.
        held = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return etag is not None and (etag in held or held == {"*"})
    since = asked.get("if-modified-since")
    if since is None or modified is None:
        return False
    try:
        moment = parsedate_to_datetime(since)
    except ValueError:
        return False  # §13.1.3: a date that is none is ignored
    return modified <= (moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def accepts(accept_encoding: str, coding: Coding) -> bool:
    """Whether an Accept-Encoding field allows a content coding (RFC 9110 §12.5.3)."""
    weights = {}
    for choice in accept_encoding.split(","):
        name, *parameters = (part.strip().lower() for part in choice.split(";"))
        weights[name] = not any(part.removeprefix("q=").rstrip("0") in {"", "0."} for part in parameters)
    return weights.get(coding, weights.get("*", False))


@lru_cache(maxsize=64)
def _encoded(body: bytes, coding: Coding | None) -> bytes:
    if coding == "gzip":
        return gzip.compress(body, mtime=0)  # a time in the body would make it another body in every run
    return zlib.compress(body) if coding == "deflate" else body


@lru_cache(maxsize=64)
def _etag(body: bytes, coding: Coding | None) -> str:
    # A strong tag is of the bytes as sent (RFC 9110 §8.8.3.3), so each coding has one of its own.
    return f'"{sha256(body).hexdigest()[:32]}{f"-{coding}" if coding else ""}"'
