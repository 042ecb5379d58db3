"""`Parser` that parses, or gives what it was told to give."""

from __future__ import annotations

from collections.abc import Callable

from feedriver.parse import NOTHING_KNOWN, Known, Parsed, parse


class FakeParser:
    """Parses where it is asked to; or gives what it was told to give instead."""

    def __init__(self) -> None:
        self.parse_with: Callable[..., Parsed] = parse

    async def parse(
        self,
        body: bytes,
        url: str,
        content_type: str | None,
        known: Known = NOTHING_KNOWN,
        quantum: float | None = None,
    ) -> Parsed:
        return self.parse_with(body, url, content_type, known)
