"""What would steer a terminal, and the gate that lets none of it through.

Names, titles, addresses and files come from strangers. A terminal obeys control characters (ECMA-48: those that begin
with ESC and the C1 set alike), and reorders what bidirectional formatting characters enclose (UAX #9). Tag characters
are invisible and are copied along. To a person who reads a screen none of them is data.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TextIO

# Controls, separators of lines that Python's own print would not make, and surrogates: an argument that is no UTF-8
# has them, and in some locales Python writes them as the bytes that they stand for.
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
# Marks, embeddings, overrides and isolates of direction, deprecated formatting (Unicode 16, section 23.3), tags.
_INVISIBLE = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\U000e0000-\U000e007f"
STEERING = re.compile(f"[{_CONTROLS}{_INVISIBLE}]")
_BREAKING = re.compile(f"[\t\n{_CONTROLS}]")
_HIDDEN = re.compile(f"[{_INVISIBLE}]")


def escaped(text: str) -> str:
    r"""`text` with each steering character as JSON would escape it (`\u009b`); line feeds and tabs stay.

    Within JSON this is the same data (RFC 8259 §7).
    """
    return STEERING.sub(_as_json, text)


def _as_json(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def referenced(xml: str) -> str:
    """`xml`, whose markup is ASCII, with each steering character as a character reference: the same document."""
    return STEERING.sub(lambda found: f"&#{ord(found[0])};", xml)


def plain(text: str) -> str:
    """`text` on one line, without what steers: for a cell of a table or a line of its own."""
    return " ".join(_BREAKING.sub(" ", _HIDDEN.sub("", text)).split())


class Gate(io.TextIOBase):
    """A text stream in the place of stdout or stderr: what steers a terminal is written escaped.

    It has no `buffer`, no `fileno` and is no terminal, so that whoever writes through it finds no way around it.
    """

    def __init__(self, stream: TextIO) -> None:
        self.behind = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed has a variable
        """That of the stream behind it."""
        return self.behind.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]  # as above
        """As above."""
        return self.behind.errors

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str, /) -> int:
        """Write `text`, escaped; gives how many characters of it were written: all."""
        self.behind.write(escaped(text))
        return len(text)

    def flush(self) -> None:
        """Flush the stream behind it."""
        self.behind.flush()

    def close(self) -> None:
        """Leave the stream behind it open: it is not ours."""


@contextmanager
def guarded() -> Iterator[None]:
    """Nothing that is printed within steers a terminal, whoever prints it: on stdout, on stderr, of any library."""
    with redirect_stdout(Gate(sys.stdout)), redirect_stderr(Gate(sys.stderr)):
        yield


def behind(stream: TextIO) -> TextIO:
    """The stream itself, for those who see to it on their own that nothing foreign steers (`cli.output`)."""
    return stream.behind if isinstance(stream, Gate) else stream
