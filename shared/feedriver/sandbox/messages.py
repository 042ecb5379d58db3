"""What the poller and its parsing process say to each other: pydantic's JSON, each message behind its length.

JSON, since what comes back was made by a process that read hostile input: it can name values, never code. A document
comes back without its items first, which follow in messages of their own: so neither side holds it as JSON whole. An
item that cannot be written as JSON comes back as rejected, since it is to cost the feed nothing but itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import IO, Literal, NamedTuple

from pydantic import ConfigDict, TypeAdapter
from pydantic_core import PydanticSerializationError

from feedriver.errors import ParseCode, ParseError
from feedriver.models import Rejected
from feedriver.parse.result import NOTHING_KNOWN, Known, Parsed, ParsedItem

_LENGTH = 8  # bytes that say how long the message behind them is, big-endian


@dataclass(frozen=True, slots=True)
class Task:
    """Parse the body that follows in a message of its own. `seconds` of a processor are what it may take.

    What is `known` is to be left out.
    """

    url: str
    content_type: str | None
    seconds: float
    known: Known = NOTHING_KNOWN


@dataclass(frozen=True, slots=True)
class Refusal:
    """A `ParseError`, in parts."""

    url: str
    code: ParseCode
    detail: str
    hint: tuple[str, ...] = ()
    kind: Literal["refusal"] = "refusal"

    @property
    def error(self) -> ParseError:
        """The error itself."""
        return ParseError(self.url, self.code, self.detail, self.hint)


@dataclass(frozen=True, slots=True)
class Defect:
    """An exception that parsing should not have let out."""

    detail: str
    kind: Literal["defect"] = "defect"


@dataclass(frozen=True, slots=True)
class Read:
    """A document that was read, `parsed` without its items; `items` of them follow, `ITEMS_AT_ONCE` a message."""

    parsed: Parsed
    items: int


class Part(NamedTuple):
    """Some items of a document, and those between them that could not be written."""

    items: tuple[ParsedItem, ...]
    rejected: tuple[Rejected, ...] = ()


Reply = Read | Refusal | Defect
ITEMS_AT_ONCE = 50
NO_MEMORY = 12  # the exit status of a process that had none left to answer with (ENOMEM)
OUT_OF_MEMORY = "it takes more memory than a document may"
_HASHES = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
TASK: TypeAdapter[tuple[Task]] = TypeAdapter(tuple[Task], config=_HASHES)
REPLY: TypeAdapter[Reply] = TypeAdapter(Reply, config=_HASHES)
PART: TypeAdapter[Part] = TypeAdapter(Part, config=_HASHES)


def replies(outcome: Parsed | Refusal | Defect) -> Iterator[bytes]:
    """The messages that tell what came of a document; a `Defect` where its head cannot be written."""
    items = outcome.items if isinstance(outcome, Parsed) else ()
    reply = Read(replace(outcome, items=()), len(items)) if isinstance(outcome, Parsed) else outcome
    try:
        told = REPLY.dump_json(reply, exclude_defaults=isinstance(reply, Read))
    except PydanticSerializationError as error:
        yield REPLY.dump_json(Defect(repr(error)))
        return
    yield told
    for at in range(0, len(items), ITEMS_AT_ONCE):
        yield _part(items[at : at + ITEMS_AT_ONCE])


def _part(items: Sequence[ParsedItem]) -> bytes:
    """A message of these items. Where one cannot be written, each is tried alone."""
    try:
        return PART.dump_json(Part(tuple(items)), exclude_defaults=True)
    except PydanticSerializationError:
        rejected = tuple(filter(None, map(_refusal, items)))
        bad = {each.index for each in rejected}
        written = tuple(each for each in items if each.index not in bad)
        return PART.dump_json(Part(written, rejected), exclude_defaults=True)


def _refusal(item: ParsedItem) -> Rejected | None:
    try:
        PART.dump_json(Part((item,)))
    except PydanticSerializationError as error:
        return Rejected(index=item.index, reason="unreadable", detail=type(error).__name__)
    return None


def told(read: Callable[[int], bytes]) -> Parsed | Refusal | Defect:
    """What came of a document, of the messages in what `read` reads.

    Raises `EOFError` where they end early, pydantic's `ValidationError` where they are none of ours.
    """
    reply = REPLY.validate_json(receive(read))
    if not isinstance(reply, Read):
        return reply
    items: list[ParsedItem] = []
    rejected = list(reply.parsed.rejected)
    missing = reply.items
    while missing:
        part = PART.validate_json(receive(read))
        items += part.items
        rejected += part.rejected
        missing -= len(part.items) + len(part.rejected)
    rejected.sort(key=attrgetter("index"))
    return replace(reply.parsed, items=tuple(items), rejected=tuple(rejected))


def send(pipe: IO[bytes], message: bytes) -> None:
    """Write one message; `OSError` where nobody reads any more."""
    pipe.write(len(message).to_bytes(_LENGTH, "big"))
    pipe.write(message)
    pipe.flush()


def receive(read: Callable[[int], bytes]) -> bytes:
    """The next message of what `read` reads; `EOFError` where there is none, or only part of one."""
    return _exactly(read, int.from_bytes(_exactly(read, _LENGTH), "big"))


def _exactly(read: Callable[[int], bytes], count: int) -> bytes:
    found = read(count)
    if len(found) < count:
        raise EOFError
    return found
