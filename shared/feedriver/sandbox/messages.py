"""The messages between the poller and its parsing process: pydantic's JSON, each message after its length.

They are JSON because replies come from a process that read hostile input: JSON holds values, never code. The reply to a
task is the document without its items; the items follow in messages of their own, so that neither side holds the whole
document as JSON. An item that cannot be written as JSON is returned as rejected: the others are not lost.
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

_LENGTH = 8  # bytes of a message's length, big-endian


@dataclass(frozen=True, slots=True)
class Task:
    """Parse the body that follows in a message of its own, in at most `seconds` of CPU time.

    Items that are `known` are left out.
    """

    url: str
    content_type: str | None
    seconds: float
    known: Known = NOTHING_KNOWN


@dataclass(frozen=True, slots=True)
class Failure:
    """A `ParseError`, in parts."""

    url: str
    code: ParseCode
    detail: str
    hint: tuple[str, ...] = ()
    kind: Literal["failure"] = "failure"

    @property
    def error(self) -> ParseError:
        """The error itself."""
        return ParseError(self.url, self.code, self.detail, self.hint)


@dataclass(frozen=True, slots=True)
class Defect:
    """Another exception, which parsing should not have raised; `detail` is its repr."""

    detail: str
    kind: Literal["defect"] = "defect"


@dataclass(frozen=True, slots=True)
class Head:
    """A document that was read: `parsed` without its items. `items` of them follow, `ITEMS_AT_ONCE` in a message."""

    parsed: Parsed
    items: int


class Items(NamedTuple):
    """Some items of a document, and the rejections of those among them that could not be written."""

    items: tuple[ParsedItem, ...]
    rejected: tuple[Rejected, ...] = ()


Reply = Head | Failure | Defect
ITEMS_AT_ONCE = 50
NO_MEMORY = 12  # the exit status of a process that had no memory left for its reply (ENOMEM)
OUT_OF_MEMORY = "it takes more memory than a document may"
_HASHES = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
TASK: TypeAdapter[tuple[Task]] = TypeAdapter(tuple[Task], config=_HASHES)
REPLY: TypeAdapter[Reply] = TypeAdapter(Reply, config=_HASHES)
ITEMS: TypeAdapter[Items] = TypeAdapter(Items, config=_HASHES)


def replies(outcome: Parsed | Failure | Defect) -> Iterator[bytes]:
    """The messages of an outcome; one of a `Defect` where the document's head cannot be written."""
    items = outcome.items if isinstance(outcome, Parsed) else ()
    reply = Head(replace(outcome, items=()), len(items)) if isinstance(outcome, Parsed) else outcome
    try:
        head = REPLY.dump_json(reply, exclude_defaults=isinstance(reply, Head))
    except PydanticSerializationError as error:
        yield REPLY.dump_json(Defect(repr(error)))
        return
    yield head
    for at in range(0, len(items), ITEMS_AT_ONCE):
        yield _items_message(items[at : at + ITEMS_AT_ONCE])


def _items_message(items: Sequence[ParsedItem]) -> bytes:
    """A message of these items. Where one cannot be written, each is tried alone."""
    try:
        return ITEMS.dump_json(Items(tuple(items)), exclude_defaults=True)
    except PydanticSerializationError:
        rejected = tuple(filter(None, map(_rejected, items)))
        bad = {each.index for each in rejected}
        written = tuple(each for each in items if each.index not in bad)
        return ITEMS.dump_json(Items(written, rejected), exclude_defaults=True)


def _rejected(item: ParsedItem) -> Rejected | None:
    try:
        ITEMS.dump_json(Items((item,)))
    except PydanticSerializationError as error:
        return Rejected(index=item.index, reason="unreadable", detail=type(error).__name__)
    return None


def read_outcome(read: Callable[[int], bytes]) -> Parsed | Failure | Defect:
    """The outcome for a document, from the messages that `read` returns: `read(n)` gives the next n bytes.

    Raises `EOFError` where they end early, and pydantic's `ValidationError` where they are none of ours.
    """
    reply = REPLY.validate_json(receive(read))
    if not isinstance(reply, Head):
        return reply
    items: list[ParsedItem] = []
    rejected = list(reply.parsed.rejected)
    missing = reply.items
    while missing:
        some = ITEMS.validate_json(receive(read))
        items += some.items
        rejected += some.rejected
        missing -= len(some.items) + len(some.rejected)
    rejected.sort(key=attrgetter("index"))
    return replace(reply.parsed, items=tuple(items), rejected=tuple(rejected))


def send(pipe: IO[bytes], message: bytes) -> None:
    """Write one message; raises `OSError` where nobody reads any more."""
    pipe.write(len(message).to_bytes(_LENGTH, "big"))
    pipe.write(message)
    pipe.flush()


def receive(read: Callable[[int], bytes]) -> bytes:
    """The next message that `read` returns; raises `EOFError` where there is none, or only part of one."""
    return _exactly(read, int.from_bytes(_exactly(read, _LENGTH), "big"))


def _exactly(read: Callable[[int], bytes], count: int) -> bytes:
    found = read(count)
    if len(found) < count:
        raise EOFError
    return found
