"""A document as received, as it is kept under `raw/`."""

from __future__ import annotations

import gzip
import io

from feedriver.documents import Document


def packed(document: Document) -> bytes:
    """A document as gzip: the same bytes for the same document. It is never whole in memory."""
    whole = io.BytesIO()
    with gzip.GzipFile(fileobj=whole, mode="wb", compresslevel=6, mtime=0) as file:
        for piece in document.pieces():
            file.write(piece)
    return whole.getvalue()
