"""The body of an answer: kept as received while it arrives, and decoded once all of it is there.

A decoder's window takes up to 16 MB, and its output up to `cap` bytes: there is no memory for a hundred of them. So
nothing is decoded before the connection is closed, and few bodies are decoded at a time (`feedriver.fetch.client`).
The first decoding checks the coding, counts the bytes and hashes them. A small body is then kept decoded. Of any other
body the received bytes are kept, beyond `IN_MEMORY` bytes in the temp folder, and each `read` decodes them again.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from tempfile import SpooledTemporaryFile
from typing import IO, NoReturn

from feedriver.documents import Document
from feedriver.errors import EdgeError, FetchCode, FetchError
from feedriver.fetch import zstd
from feedriver.fetch.decoding import (
    DECODING_ERRORS,
    SNIFFED,
    STEP,
    Coding,
    declared_coding,
    decoded,
    detected_coding,
)

SMALL = 128 * 1024  # decoded bytes that are kept as they are
IN_MEMORY = 64 * 1024  # received bytes that are kept in memory
ZSTD_OPTIONS: dict[int, int] = {zstd.CompressionParameter.compression_level: 1}  # 300 MB a second, to a quarter


@dataclass(frozen=True)
class MemoryDocument:
    """A `Document` that is in memory, decoded."""

    content: bytes

    @property
    def size(self) -> int:
        """See `Document.size`."""
        return len(self.content)

    @property
    def footprint(self) -> int:
        """See `Document.footprint`."""
        return len(self.content)

    @cached_property
    def sha256(self) -> str:
        """See `Document.sha256`."""
        return hashlib.sha256(self.content).hexdigest()

    def read(self) -> bytes:
        """See `Document.read`."""
        return self.content

    def pieces(self) -> Iterator[bytes]:
        """See `Document.pieces`."""
        yield self.content

    def save(self, file: IO[bytes]) -> None:
        """See `Document.save`."""
        _save(self, file)

    def close(self) -> None:
        """See `Document.close`."""


EMPTY = MemoryDocument(b"")


@dataclass(frozen=True)
class FileDocument:
    """A `Document` that is in `file`, still coded, from the offset `start` on."""

    size: int
    sha256: str
    footprint: int
    coding: Coding
    start: int = 0
    file: IO[bytes] = field(kw_only=True, repr=False, compare=False)

    def read(self) -> bytes:
        """See `Document.read`."""
        content = io.BytesIO()  # its `getvalue` makes no copy
        for piece in self.pieces():
            content.write(piece)
        return content.getvalue()

    def pieces(self) -> Iterator[bytes]:
        """See `Document.pieces`."""
        self.file.seek(self.start)
        yield from decoded(self.file, self.coding)

    def save(self, file: IO[bytes]) -> None:
        """See `Document.save`."""
        if self.coding is Coding.PLAIN:
            _save(self, file)
            return
        _write_header(self, self.coding, file)
        self.file.seek(self.start)
        while piece := self.file.read(STEP):
            file.write(piece)

    def close(self) -> None:
        """See `Document.close`."""
        self.file.close()


class Body:
    """A body that arrives: `write` the bytes received, then get the `document`.

    `coding` is the Content-Encoding header, "" where there was none. `cap` bounds the bytes received and, separately,
    the bytes decoded. `received` counts the bytes received. Methods raise `FetchError` about the feed `url` (TOO_LARGE,
    BAD_ENCODING or TRUNCATED), and `EdgeError` where the temp folder is full.
    """

    def __init__(self, url: str, coding: str, cap: int) -> None:
        self._url = url
        self._cap = cap
        self._declared = declared_coding(url, coding)
        self._wire: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # the document's, which closes it
        self.received = 0

    @property
    def is_quick(self) -> bool:
        """Whether `document` takes so little time that no thread is needed for it."""
        return not self.received or (not self._declared and self.received <= SMALL)

    def write(self, data: bytes) -> None:
        """Keep the next bytes, as received."""
        self.received += len(data)
        if self.received > self._cap:
            self._too_large()
        try:
            self._wire.write(data)
        except OSError as error:
            raise EdgeError(f"the temp folder takes no more of an answer: {error.strerror}") from None

    def document(self) -> Document:
        """Decode the body, once all of it was written. What was kept is then the document's to close."""
        try:
            document = self._read(self._coding())
        except BaseException:
            self.close()
            raise
        if isinstance(document, MemoryDocument):
            self.close()
        return document

    def close(self) -> None:
        """Delete what was kept."""
        self._wire.close()

    def _read(self, coding: Coding) -> Document:
        size, digest, small = 0, hashlib.sha256(), io.BytesIO()
        self._wire.seek(0)
        try:
            for piece in decoded(self._wire, coding):
                size += len(piece)
                if size > self._cap:
                    self._too_large()
                digest.update(piece)
                if size <= SMALL:
                    small.write(piece)
        except DECODING_ERRORS:
            detail = f"the answer says it is {self._declared} coded and is not, or is damaged"
            raise FetchError(self._url, FetchCode.BAD_ENCODING, detail) from None
        except EOFError:
            detail = f"the answer ends in the middle of its {self._declared} data; try again"
            raise FetchError(self._url, FetchCode.TRUNCATED, detail) from None
        if size <= SMALL:
            return MemoryDocument(small.getvalue())
        return FileDocument(size, digest.hexdigest(), self.received, coding, file=self._wire)

    def _coding(self) -> Coding:
        self._wire.seek(0)
        coding = detected_coding(self._declared, self._wire.read(SNIFFED)) if self.received else Coding.PLAIN
        if coding is None:
            detail = f"the answer is coded as {self._declared!r}, which was not asked for"
            raise FetchError(self._url, FetchCode.BAD_ENCODING, detail)
        return coding

    def _too_large(self) -> NoReturn:
        raise too_large(self._url, self._cap)


def too_large(url: str, cap: int) -> FetchError:
    """The error for a body that is over `cap` bytes."""
    return FetchError(url, FetchCode.TOO_LARGE, f"the answer is larger than {cap:,} bytes, the most that is read")


def reopen(file: IO[bytes]) -> Document:
    """The document that `Document.save` wrote at the current position of `file`.

    Its `close` closes the file. Raises `EdgeError` where there is no document.
    """
    try:
        header = json.loads(file.readline())
        start = file.tell()
        footprint = file.seek(0, io.SEEK_END) - start
        return FileDocument(header["size"], header["sha256"], footprint, Coding(header["coding"]), start, file=file)
    except (ValueError, KeyError, TypeError):
        raise EdgeError("what was kept of an answer cannot be read") from None


def _save(document: Document, file: IO[bytes]) -> None:
    _write_header(document, Coding.ZSTD, file)
    compressor = zstd.ZstdCompressor(options=ZSTD_OPTIONS)
    for piece in document.pieces():
        file.write(compressor.compress(piece))
    file.write(compressor.flush())


def _write_header(document: Document, coding: Coding, file: IO[bytes]) -> None:
    header = {"size": document.size, "sha256": document.sha256, "coding": coding.value}
    file.write(json.dumps(header).encode() + b"\n")
