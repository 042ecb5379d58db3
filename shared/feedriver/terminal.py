"""Characters that control a terminal, and a stream that escapes them.

Names, titles, addresses and files come from publishers and other people. A terminal obeys control characters (ECMA-48:
ESC sequences and the C1 set), and reorders text between bidirectional formatting characters (UAX #9). Tag characters
are invisible and are copied with the text. None of them is data for a person who reads a screen.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TextIO

# Controls, line separators that Python's own print does not make, and surrogates: an argument that is no UTF-8 has
# them, and in some locales Python writes them as the bytes that they stand for.
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
# Marks, embeddings, overrides and isolates of direction, deprecated formatting (Unicode 16, section 23.3), tags.
_INVISIBLE = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\U000e0000-\U000e007f"
CONTROLLING = re.compile(f"[{_CONTROLS}{_INVISIBLE}]")
_BREAKING = re.compile(f"[\t\n{_CONTROLS}]")
_HIDDEN = re.compile(f"[{_INVISIBLE}]")


def escaped(text: str) -> str:
    r"""`text` with each controlling character as JSON would escape it (`\u009b`); line feeds and tabs stay.

    Within JSON this is the same data (RFC 8259 §7).
    """
    return CONTROLLING.sub(_as_json, text)


def _as_json(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def referenced(xml: str) -> str:
    """`xml`, whose markup is ASCII, with each controlling character as a character reference: the same document."""
    return CONTROLLING.sub(lambda found: f"&#{ord(found[0])};", xml)


def plain(text: str) -> str:
    """`text` on one line, without controlling characters: for a cell of a table or a line of its own."""
    return " ".join(_BREAKING.sub(" ", _HIDDEN.sub("", text)).split())


class EscapingStream(io.TextIOBase):
    """A text stream in the place of stdout or stderr, which escapes characters that control a terminal.

    It has no `buffer` and no `fileno`, and is no terminal: nobody who writes to it can bypass it.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed has a variable
        """The encoding of the underlying stream."""
        return self.stream.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]  # as above
        """The error handler of the underlying stream."""
        return self.stream.errors

    def writable(self) -> bool:
        """Always True."""
        return True

    def write(self, text: str, /) -> int:
        """Write `text`, escaped; returns its number of characters."""
        self.stream.write(escaped(text))
        return len(text)

    def flush(self) -> None:
        """Flush the underlying stream."""
        self.stream.flush()

    def close(self) -> None:
        """Leave the underlying stream open: it belongs to somebody else."""


@contextmanager
def guarded() -> Iterator[None]:
    """Within this context, whatever is printed on stdout and stderr is escaped, whichever library prints it."""
    with redirect_stdout(EscapingStream(sys.stdout)), redirect_stderr(EscapingStream(sys.stderr)):
        yield


def unescaped(stream: TextIO) -> TextIO:
    """The stream behind an `EscapingStream`, for callers that escape on their own (`cli.output`)."""
    return stream.stream if isinstance(stream, EscapingStream) else stream
