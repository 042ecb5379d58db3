"""A body: kept as it came while it arrives, decoded when all of it is there, and packed from then on.

A decoder's window has up to 16 MB, and what it gives up to `cap`: a hundred answers at once have no room for either.
So nothing is decoded before the connection is over, and few bodies are at a time (`feedriver.fetch.client`). That first
reading checks the coding, counts and hashes. A small body is kept as its bytes; of any other only what came over the
wire is kept, beyond `IN_MEMORY` bytes of it in the temp folder, and each `read` decodes it again.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from tempfile import SpooledTemporaryFile
from typing import IO, NoReturn

from feedriver.documents import Document
from feedriver.errors import EdgeError, FetchCode, FetchError
from feedriver.fetch.decoding import HEAD, STEP, WRONG, Coding, decoded, one_coding, recognised

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SMALL = 128 * 1024  # decoded bytes that are kept as they are
IN_MEMORY = 64 * 1024  # bytes as they came over the wire that are kept in memory
PACKING: dict[int, int] = {zstd.CompressionParameter.compression_level: 1}  # 300 MB a second, to a quarter


@dataclass(frozen=True)
class Small:
    """A `Document` that is in memory."""

    whole: bytes

    @property
    def size(self) -> int:
        """See `Document.size`."""
        return len(self.whole)

    @property
    def held(self) -> int:
        """See `Document.held`."""
        return len(self.whole)

    @cached_property
    def sha256(self) -> str:
        """See `Document.sha256`."""
        return hashlib.sha256(self.whole).hexdigest()

    def read(self) -> bytes:
        """See `Document.read`."""
        return self.whole

    def pieces(self) -> Iterator[bytes]:
        """See `Document.pieces`."""
        yield self.whole

    def save(self, file: IO[bytes]) -> None:
        """See `Document.save`."""
        _save(self, file)

    def close(self) -> None:
        """See `Document.close`."""


NOTHING = Small(b"")


@dataclass(frozen=True)
class Packed:
    """A `Document` that lies coded in `file`, from `start` on."""

    size: int
    sha256: str
    held: int
    coding: Coding
    start: int = 0
    file: IO[bytes] = field(kw_only=True, repr=False, compare=False)

    def read(self) -> bytes:
        """See `Document.read`."""
        whole = io.BytesIO()  # gives what it holds without a copy
        for piece in self.pieces():
            whole.write(piece)
        return whole.getvalue()

    def pieces(self) -> Iterator[bytes]:
        """See `Document.pieces`."""
        self.file.seek(self.start)
        yield from decoded(self.file, self.coding)

    def save(self, file: IO[bytes]) -> None:
        """See `Document.save`."""
        if self.coding is Coding.PLAIN:
            _save(self, file)
            return
        _title(self, self.coding, file)
        self.file.seek(self.start)
        while piece := self.file.read(STEP):
            file.write(piece)

    def close(self) -> None:
        """See `Document.close`."""
        self.file.close()


class Body:
    """A body being read: give it what arrives, and take the document at the end.

    `coding` is the Content-Encoding header, "" where there was none; `cap` bounds the bytes received and, apart from
    them, the bytes decoded. `received` counts the former. Its methods raise `FetchError` about the feed `url`:
    TOO_LARGE, BAD_ENCODING or TRUNCATED; `EdgeError` where the temp folder has no room.
    """

    def __init__(self, url: str, coding: str, cap: int) -> None:
        self._url = url
        self._cap = cap
        self._named = one_coding(url, coding)
        self._wire: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # the document's, which closes it
        self.received = 0

    @property
    def quick(self) -> bool:
        """Whether `document` is done in no time."""
        return not self.received or (not self._named and self.received <= SMALL)

    def take(self, data: bytes) -> None:
        """The next bytes, as they came over the wire."""
        self.received += len(data)
        if self.received > self._cap:
            self._too_large()
        try:
            self._wire.write(data)
        except OSError as error:
            raise EdgeError(f"the temp folder takes no more of an answer: {error.strerror}") from None

    def document(self) -> Document:
        """The document, once all of its body was taken: reads all of it."""
        try:
            document = self._read(self._coding())
        except BaseException:
            self.close()
            raise
        if isinstance(document, Small):
            self.close()
        return document

    def close(self) -> None:
        """Let go of what was taken."""
        self._wire.close()

    def _read(self, coding: Coding) -> Document:
        size, digest, few = 0, hashlib.sha256(), io.BytesIO()
        self._wire.seek(0)
        try:
            for piece in decoded(self._wire, coding):
                size += len(piece)
                if size > self._cap:
                    self._too_large()
                digest.update(piece)
                if size <= SMALL:
                    few.write(piece)
        except WRONG:
            detail = f"the answer says it is {self._named} coded and is not, or is damaged"
            raise FetchError(self._url, FetchCode.BAD_ENCODING, detail) from None
        except EOFError:
            detail = f"the answer ends in the middle of its {self._named} data; try again"
            raise FetchError(self._url, FetchCode.TRUNCATED, detail) from None
        if size <= SMALL:
            return Small(few.getvalue())
        return Packed(size, digest.hexdigest(), self.received, coding, file=self._wire)

    def _coding(self) -> Coding:
        self._wire.seek(0)
        coding = recognised(self._named, self._wire.read(HEAD)) if self.received else Coding.PLAIN
        if coding is None:
            detail = f"the answer is coded as {self._named!r}, which was not asked for"
            raise FetchError(self._url, FetchCode.BAD_ENCODING, detail)
        return coding

    def _too_large(self) -> NoReturn:
        raise too_large(self._url, self._cap)


def too_large(url: str, cap: int) -> FetchError:
    """The error for a body that is over `cap` bytes."""
    return FetchError(url, FetchCode.TOO_LARGE, f"the answer is larger than {cap:,} bytes, the most that is read")


def reopen(file: IO[bytes]) -> Document:
    """The document that `Document.save` wrote at the place where `file` stands; `EdgeError` where it is none.

    The document's `close` closes the file.
    """
    try:
        title = json.loads(file.readline())
        start = file.tell()
        held = file.seek(0, io.SEEK_END) - start
        return Packed(title["size"], title["sha256"], held, Coding(title["coding"]), start, file=file)
    except (ValueError, KeyError, TypeError):
        raise EdgeError("what was kept of an answer cannot be read") from None


def _save(document: Document, file: IO[bytes]) -> None:
    _title(document, Coding.ZSTD, file)
    packer = zstd.ZstdCompressor(options=PACKING)
    for piece in document.pieces():
        file.write(packer.compress(piece))
    file.write(packer.flush())


def _title(document: Document, coding: Coding, file: IO[bytes]) -> None:
    title = {"size": document.size, "sha256": document.sha256, "coding": coding.value}
    file.write(json.dumps(title).encode() + b"\n")
