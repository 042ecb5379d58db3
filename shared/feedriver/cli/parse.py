"""`feedriver parse`: what feedriver reads in one document, without network, AWS or state."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from feedriver import urls
from feedriver.cli import output
from feedriver.decide import wheel
from feedriver.decide.decision import Now
from feedriver.decide.document import decide
from feedriver.errors import InputError, ParseCode, ParseError
from feedriver.fetch.body import MemoryDocument
from feedriver.http import Answer
from feedriver.parse import parse
from feedriver.settings import MAX_DOCUMENT
from feedriver.state import FeedState


def parse_command(
    source: Annotated[str, typer.Argument(help="A file, or - for standard input.")],
    url: Annotated[str, typer.Option(help="Where the document is from: the base of its relative links.")] = "",
    content_type: Annotated[str | None, typer.Option(help="As the server stated it.")] = None,
) -> None:
    """Print {"feed", "entries", "rejected"} as JSON: each entry as it would be stored on first sight."""
    address = url or (Path(source).resolve().as_uri() if source != "-" else "file:///dev/stdin")
    body = _read(source)
    if len(body) > MAX_DOCUMENT:
        raise ParseError(address, ParseCode.TOO_LARGE, f"more than {MAX_DOCUMENT:,} bytes")
    parsed = parse(body, address, content_type)
    time = datetime.now(UTC)
    state = FeedState(feed_id=urls.feed_id(address), url=address, added=time, slot=wheel.NEW, every=wheel.LONGEST)
    answer = Answer(status=200, headers={}, url=address, body=MemoryDocument(body), received=len(body), milliseconds=0)
    decision = decide(state, answer, parsed, Now(wheel.floor_minute(time), time))
    result = {
        "feed": parsed.feed.model_dump(mode="json"),
        "entries": [entry.model_dump(mode="json") for entry in decision.entries],
        "rejected": [rejected.model_dump(mode="json") for rejected in decision.rejected],
    }
    output.as_json(result, indent=2)


def _read(source: str) -> bytes:
    if source == "-":
        return sys.stdin.buffer.read(MAX_DOCUMENT + 1)
    try:
        with Path(source).open("rb") as file:
            return file.read(MAX_DOCUMENT + 1)
    except OSError as error:
        raise InputError(f"{source}: {error.strerror}: name a file, or - for standard input") from None
