"""A document: the body of an answer, as the middle gets it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Protocol


class Document(Protocol):
    """A body without its content coding. A large one is in a file, still coded: each `read` decodes it again."""

    @property
    def size(self) -> int:
        """The number of bytes that `read` returns."""

    @property
    def sha256(self) -> str:
        """The hash of these bytes, in hexadecimal."""

    @property
    def footprint(self) -> int:
        """The number of bytes that it occupies, in memory or in the temp folder."""

    def read(self) -> bytes:
        """All of its bytes."""

    def pieces(self) -> Iterator[bytes]:
        """All of its bytes in pieces, for a reader that need not have them at once. One reader at a time."""

    def save(self, file: IO[bytes]) -> None:
        """Write it, compressed, so that `feedriver.fetch.body.reopen` can read it."""

    def close(self) -> None:
        """Free what it occupies. It cannot be read any more."""
