"""A document as received, as it is kept under `raw/`."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Mapping

from feedriver.documents import Document

UNSTATED = "application/octet-stream"  # the Content-Type of a document that came without one
QUICK = 1  # gzip's level: documents are written often, and seldom read
LONGEST_TYPE = 1_000  # characters of a Content-Type
_UNSIGNED = re.compile(r"[^\x20-\x7e]")


def packed(document: Document) -> bytes:
    """A document as gzip: the same bytes for the same document. It is never whole in memory."""
    whole = io.BytesIO()
    with gzip.GzipFile(fileobj=whole, mode="wb", compresslevel=QUICK, mtime=0) as file:
        for piece in document.pieces():
            file.write(piece)
    return whole.getvalue()


def content_type(headers: Mapping[str, str]) -> str:
    """The Content-Type of an answer, as S3 takes one: S3 signs ASCII only, and all headers have 8 KB together."""
    return _UNSIGNED.sub("?", headers.get("content-type", ""))[:LONGEST_TYPE] or UNSTATED
