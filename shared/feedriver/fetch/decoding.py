"""Decoding of a body: its content coding (gzip, br, zstd, deflate; RFC 9110 §8.4.1) is undone in bounded steps.

`feedriver.fetch.body` stops after the step that passes its size cap: that bounds a bomb. A stream that ends before its
own end is an error, even where the transfer was complete. Two rules follow what servers do. A body that is labelled as
coded and is plain text is read as plain text: only its label is wrong. Bytes after a complete gzip, deflate or zstd
stream are ignored, as browsers do.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import partial
from typing import IO, Protocol

import brotli  # type: ignore[import-untyped] # it ships no types

from feedriver.errors import FetchCode, FetchError
from feedriver.fetch import zstd

ACCEPTED = "gzip, br, zstd"  # the same in every request: a cache keyed on it must not see two readers
ALIASES = {"x-gzip": "gzip"}  # RFC 9110 §8.4.1.3
# How the plain text of a feed or of a page begins. No coded stream begins so: gzip and zstd have their magic numbers,
# and brotli or deflate would have to spell four such bytes or more by chance.
PLAIN = re.compile(
    rb"(?:\xef\xbb\xbf)?[ \t\r\n]*(?:<(?:\?xml|!doctype|!--|rss\b|feed|rdf:|html)|\{[ \t\r\n]*\"[a-z_]{3})",
    re.IGNORECASE,
)
SNIFFED = 64  # bytes of a body by which its coding is detected
STEP = 1 << 17  # bytes of output at a time
INPUT_STEP = 1 << 14  # coded bytes at a time
MAX_MEMBERS = 10_000  # streams behind each other in one body; bgzip has one for each 64 KB
GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
ZSTD_OPTIONS: dict[int, int] = {
    zstd.DecompressionParameter.window_log_max: 23
}  # 8 MiB: all that RFC 9659 §3 lets a server use
GZIP, ZLIB, RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
DECODING_ERRORS = (zlib.error, zstd.ZstdError, brotli.error)


class Stream(Protocol):
    """One coded stream being decoded."""

    complete: bool  # its own end was reached

    def decode(self, data: bytes) -> Iterator[bytes]:
        """What `data`, the next bytes of the stream, decodes to, about `STEP` bytes at a time."""


class Plain:
    """No coding: complete whenever the transfer was."""

    complete = True

    def decode(self, data: bytes) -> Iterator[bytes]:
        """See `Stream`."""
        yield data


class Deflated:
    """gzip, of one member or several (RFC 1952 §2.2), or deflate, with the zlib wrapper (RFC 1950) or without."""

    def __init__(self, wrapper: int) -> None:
        self._wrapper = wrapper
        self._inner = zlib.decompressobj(wrapper)
        self._members = Members()
        self.complete = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        """See `Stream`."""
        while True:
            if self._inner.eof:
                if self._wrapper != GZIP or not _begins(GZIP_MAGIC, data):
                    return
                self._members.count()
                self._inner = zlib.decompressobj(GZIP)
            piece = self._inner.decompress(data, STEP)
            self.complete = self._inner.eof
            data = self._inner.unused_data if self.complete else self._inner.unconsumed_tail
            yield piece
            if not data and len(piece) < STEP:
                return


class Zstandard:
    """zstd, of one frame or several (RFC 8878 §3.1)."""

    def __init__(self) -> None:
        self._inner = zstd.ZstdDecompressor(options=ZSTD_OPTIONS)
        self._members = Members()
        self.complete = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        """See `Stream`."""
        while True:
            if self._inner.eof:
                if not _begins(ZSTD_MAGIC, data):
                    return
                self._members.count()
                self._inner = zstd.ZstdDecompressor(options=ZSTD_OPTIONS)
            yield self._inner.decompress(data, STEP)
            self.complete = self._inner.eof
            data = self._inner.unused_data if self.complete else b""
            if not data and (self.complete or self._inner.needs_input):
                return


class Brotli:
    """br (RFC 7932)."""

    def __init__(self) -> None:
        self._inner = brotli.Decompressor()
        self.complete = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        """See `Stream`."""
        while not self.complete:
            piece = self._inner.process(data, output_buffer_limit=STEP)
            self.complete = self._inner.is_finished()
            data = b""
            if not piece:  # `can_accept_more_data` is no sign: it may be true while the end is still to be decoded
                return
            yield piece


class Members:
    """A bound on the members of a body: the rest of the input is copied for each."""

    def __init__(self) -> None:
        self._left = MAX_MEMBERS

    def count(self) -> None:
        """Count one more; raises `zlib.error` where there are too many."""
        self._left -= 1
        if not self._left:
            raise zlib.error("too many members")


class Coding(StrEnum):
    """The coding of a body, as it was detected."""

    PLAIN = "plain"
    GZIP = "gzip"
    ZLIB = "zlib"
    RAW = "raw"
    BROTLI = "br"
    ZSTD = "zstd"


STREAMS: dict[Coding, Callable[[], Stream]] = {
    Coding.PLAIN: Plain,
    Coding.GZIP: partial(Deflated, GZIP),
    Coding.ZLIB: partial(Deflated, ZLIB),
    Coding.RAW: partial(Deflated, RAW),
    Coding.BROTLI: Brotli,
    Coding.ZSTD: Zstandard,
}


def decoded(file: IO[bytes], coding: Coding) -> Iterator[bytes]:
    """The decoded rest of `file`, about `STEP` bytes at a time: two of them and the coding's window are in memory.

    Raises one of `DECODING_ERRORS` where it has another coding or is damaged, and `EOFError` where it ends too soon.
    """
    stream = STREAMS[coding]()
    while data := file.read(INPUT_STEP):
        yield from filter(None, stream.decode(data))
    if not stream.complete:
        raise EOFError


def declared_coding(url: str, header: str) -> str:
    """The one coding that a Content-Encoding header names, in lower case; "" for none.

    Raises `FetchError`, BAD_ENCODING, about the feed `url` where there is more than one.
    """
    named = [coding.strip().lower() for coding in header.split(",")]
    codings = [ALIASES.get(coding, coding) for coding in named if coding not in ("", "identity")]
    if len(codings) > 1:
        raise FetchError(url, FetchCode.BAD_ENCODING, "the answer is coded more than once; one coding at most is read")
    return codings[0] if codings else ""


def detected_coding(named: str, head: bytes) -> Coding | None:
    """The coding of a body that is labelled `named`; `head` is its first `SNIFFED` bytes. None: it is not supported."""
    if not named or PLAIN.match(head):
        return Coding.PLAIN
    if named == "deflate":
        return Coding.ZLIB if _zlib_header(head) else Coding.RAW
    return {"gzip": Coding.GZIP, "br": Coding.BROTLI, "zstd": Coding.ZSTD}.get(named)


def _begins(magic: bytes, data: bytes) -> bool:
    """Whether another stream begins in `data`, of which only the first few bytes may have arrived."""
    return bool(data) and data.startswith(magic[: len(data)])


def _zlib_header(head: bytes) -> bool:
    """Whether `head` begins with the zlib wrapper: method 8, and a check sum that 31 divides (RFC 1950 §2.2)."""
    return len(head) > 1 and head[0] & 0x0F == zlib.DEFLATED and int.from_bytes(head[:2], "big") % 31 == 0
