"""What stands in an answer, as the middle is given it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Protocol


class Document(Protocol):
    """A body without its content coding. A large one lies packed in a file: each `read` makes its bytes anew."""

    @property
    def size(self) -> int:
        """How many bytes `read` gives."""

    @property
    def sha256(self) -> str:
        """Of these bytes, in hexadecimal."""

    @property
    def held(self) -> int:
        """How many bytes it takes up, in memory or in the temp folder."""

    def read(self) -> bytes:
        """All of it."""

    def pieces(self) -> Iterator[bytes]:
        """All of it, piece by piece: for who need not have it whole. One reader at a time."""

    def save(self, file: IO[bytes]) -> None:
        """Write it, packed, so that the fetcher's `reopen` finds it."""

    def close(self) -> None:
        """Give back what it takes up. It cannot be read any more."""
