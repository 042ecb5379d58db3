"""Undoing the content coding (RFC 9110 §8.4.1) of a body as it arrives: bounded, and never silent about a cut.

The coded bytes and the decoded bytes are both held to one cap while reading, so that a bomb is given up when it has
filled the cap, whatever it would have grown to. A stream that does not come to its own end is TRUNCATED, even where
the transfer looked whole. Two rules bend to what servers do: a body that is labelled as coded and is plain text all the
same is taken as it is (its label is wrong, nothing else), and bytes after a complete gzip, deflate or zstd stream are
ignored, as browsers do.
"""

from __future__ import annotations

import re
import sys
import zlib
from typing import NoReturn, Protocol

import brotli  # type: ignore[import-untyped] # it ships no types

from feedriver.errors import FetchCode, FetchError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = "gzip, br, zstd"  # the same in every request: a cache keyed on it must not see two readers
ALIASES = {"x-gzip": "gzip"}  # RFC 9110 §8.4.1.3
# How the plain text of a feed or of a page begins. No coded stream begins so: gzip and zstd have their magic numbers,
# and brotli or deflate would have to spell four such bytes or more by chance.
PLAIN = re.compile(
    rb"(?:\xef\xbb\xbf)?[ \t\r\n]*(?:<(?:\?xml|!doctype|!--|rss\b|feed|rdf:|html)|\{[ \t\r\n]*\"[a-z_]{3})",
    re.IGNORECASE,
)
HEAD = 64  # bytes to see before judging whether a body is plain
STEP = 1 << 18  # bytes decoded at a time, between two looks at the cap
GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
ZSTD_OPTIONS: dict[int, int] = {
    zstd.DecompressionParameter.window_log_max: 23
}  # 8 MiB: all that RFC 9659 §3 lets a server use
GZIP, ZLIB, RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
WRONG = (zlib.error, zstd.ZstdError, brotli.error)


class Stream(Protocol):
    """One coded stream being decoded."""

    whole: bool  # it came to its own end

    def decode(self, data: bytes, out: bytearray, cap: int) -> None:
        """Add what `data` decodes to; stop within two `STEP`s after `out` has grown over `cap`."""


class Plain:
    """No coding at all: whole whenever the transfer was."""

    whole = True

    def decode(self, data: bytes, out: bytearray, cap: int) -> None:
        """See `Stream`."""
        out += data[: cap + 1 - len(out)]


class Deflated:
    """gzip, of one member or several (RFC 1952 §2.2), or deflate, with the zlib wrapper (RFC 1950) or without."""

    def __init__(self, wrapper: int) -> None:
        self._wrapper = wrapper
        self._inner = zlib.decompressobj(wrapper)
        self.whole = False

    def decode(self, data: bytes, out: bytearray, cap: int) -> None:
        """See `Stream`."""
        while len(out) <= cap:
            if self._inner.eof:
                if self._wrapper != GZIP or not _begins(GZIP_MAGIC, data):
                    return
                self._inner = zlib.decompressobj(GZIP)
            piece = self._inner.decompress(data, STEP)
            out += piece
            self.whole = self._inner.eof
            data = self._inner.unused_data if self.whole else self._inner.unconsumed_tail
            if not data and len(piece) < STEP:
                return


class Zstandard:
    """zstd, of one frame or several (RFC 8878 §3.1)."""

    def __init__(self) -> None:
        self._inner = zstd.ZstdDecompressor(options=ZSTD_OPTIONS)
        self.whole = False

    def decode(self, data: bytes, out: bytearray, cap: int) -> None:
        """See `Stream`."""
        while len(out) <= cap:
            if self._inner.eof:
                if not _begins(ZSTD_MAGIC, data):
                    return
                self._inner = zstd.ZstdDecompressor(options=ZSTD_OPTIONS)
            out += self._inner.decompress(data, STEP)
            self.whole = self._inner.eof
            data = self._inner.unused_data if self.whole else b""
            if not data and (self.whole or self._inner.needs_input):
                return


class Brotli:
    """br (RFC 7932)."""

    def __init__(self) -> None:
        self._inner = brotli.Decompressor()
        self.whole = False

    def decode(self, data: bytes, out: bytearray, cap: int) -> None:
        """See `Stream`."""
        while len(out) <= cap and not self.whole:
            piece = self._inner.process(data, output_buffer_limit=STEP)
            out += piece
            self.whole = self._inner.is_finished()
            data = b""
            if not piece:  # `can_accept_more_data` is no sign: it may be true while the end is still to be decoded
                return


class Body:
    """A body being read: give it what arrives, and take the decoded whole at the end.

    `coding` is the Content-Encoding header, "" where there was none; `cap` bounds the bytes received and, apart from
    them, the bytes decoded. `received` counts the former. Both methods raise `FetchError` about the feed `url`:
    TOO_LARGE, BAD_ENCODING or TRUNCATED.
    """

    def __init__(self, url: str, coding: str, cap: int) -> None:
        self._url = url
        self._cap = cap
        self._coding = _one_coding(url, coding)
        self._stream: Stream | None = None if self._coding else Plain()
        self._head = b""
        self._out = bytearray()
        self.received = 0

    def take(self, data: bytes) -> None:
        """The next bytes, as they came over the wire."""
        self.received += len(data)
        if self.received > self._cap:
            self._too_large()
        if self._stream is None:
            self._head += data
            if len(self._head) < HEAD:
                return
            self._stream, data = self._choose(), self._head
        self._decode(self._stream, data)

    def whole(self) -> bytes:
        """The decoded body, once all of it was taken."""
        if self._stream is None and self._head:
            self._stream = self._choose()
            self._decode(self._stream, self._head)
        if self._stream is not None and not self._stream.whole:
            raise FetchError(
                self._url, FetchCode.TRUNCATED, f"the answer ends in the middle of its {self._coding} data; try again"
            )
        return bytes(self._out)

    def _decode(self, stream: Stream, data: bytes) -> None:
        try:
            stream.decode(data, self._out, self._cap)
        except WRONG:
            raise FetchError(
                self._url,
                FetchCode.BAD_ENCODING,
                f"the answer says it is {self._coding} coded and is not, or is damaged",
            ) from None
        if len(self._out) > self._cap:
            self._too_large()

    def _choose(self) -> Stream:
        if PLAIN.match(self._head):
            return Plain()
        match self._coding:
            case "gzip":
                return Deflated(GZIP)
            case "deflate":
                return Deflated(ZLIB if _zlib_header(self._head) else RAW)
            case "br":
                return Brotli()
            case "zstd":
                return Zstandard()
        raise FetchError(
            self._url, FetchCode.BAD_ENCODING, f"the answer is coded as {self._coding!r}, which was not asked for"
        )

    def _too_large(self) -> NoReturn:
        raise too_large(self._url, self._cap)


def too_large(url: str, cap: int) -> FetchError:
    """The error for a body that is over `cap` bytes."""
    return FetchError(url, FetchCode.TOO_LARGE, f"the answer is larger than {cap:,} bytes, the most that is read")


def _one_coding(url: str, header: str) -> str:
    """The one coding that a Content-Encoding header names, in lower case; "" for none."""
    named = [coding.strip().lower() for coding in header.split(",")]
    codings = [ALIASES.get(coding, coding) for coding in named if coding not in ("", "identity")]
    if len(codings) > 1:
        raise FetchError(url, FetchCode.BAD_ENCODING, "the answer is coded more than once; one coding at most is read")
    return codings[0] if codings else ""


def _begins(magic: bytes, data: bytes) -> bool:
    """Whether another stream begins in `data`, of which a first few bytes may have arrived."""
    return bool(data) and data.startswith(magic[: len(data)])


def _zlib_header(head: bytes) -> bool:
    """Whether `head` begins with the zlib wrapper: method 8, and a check sum that 31 divides (RFC 1950 §2.2)."""
    return len(head) > 1 and head[0] & 0x0F == zlib.DEFLATED and int.from_bytes(head[:2], "big") % 31 == 0
