"""What the poller and its parsing process say to each other: pydantic's JSON, each message behind its length.

JSON, since what comes back was made by a process that read hostile input: it can name values, never code. A document
comes back without its items first, which follow in messages of their own: so neither side holds it as JSON whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import IO, Literal

from pydantic import ConfigDict, TypeAdapter

from feedriver.errors import ParseCode, ParseError
from feedriver.parse.result import NOTHING_KNOWN, Known, Parsed, ParsedItem

_LENGTH = 8  # bytes that say how long the message behind them is, big-endian


@dataclass(frozen=True, slots=True)
class Task:
    """Parse the body that follows in a message of its own. `seconds` of CPU time are what it may take.

    What is `known` is to be left out.
    """

    url: str
    content_type: str | None
    seconds: int
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


Reply = Read | Refusal | Defect
ITEMS_AT_ONCE = 50
NO_MEMORY = 12  # the exit status of a process that had none left to answer with (ENOMEM)
OUT_OF_MEMORY = "it takes more memory than a document may"
_HASHES = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
TASK: TypeAdapter[tuple[Task]] = TypeAdapter(tuple[Task], config=_HASHES)
REPLY: TypeAdapter[Reply] = TypeAdapter(Reply, config=_HASHES)
ITEMS: TypeAdapter[tuple[ParsedItem, ...]] = TypeAdapter(tuple[ParsedItem, ...], config=_HASHES)


def replies(outcome: Parsed | Refusal | Defect) -> Iterator[bytes]:
    """The messages that tell what came of a document."""
    if not isinstance(outcome, Parsed):
        yield REPLY.dump_json(outcome)
        return
    yield REPLY.dump_json(Read(replace(outcome, items=()), len(outcome.items)), exclude_defaults=True)
    for at in range(0, len(outcome.items), ITEMS_AT_ONCE):
        yield ITEMS.dump_json(outcome.items[at : at + ITEMS_AT_ONCE], exclude_defaults=True)


def told(read: Callable[[int], bytes]) -> Parsed | Refusal | Defect:
    """What came of a document, of the messages in what `read` reads.

    Raises `EOFError` where they end early, pydantic's `ValidationError` where they are none of ours.
    """
    reply = REPLY.validate_json(receive(read))
    if not isinstance(reply, Read):
        return reply
    items: list[ParsedItem] = []
    while len(items) < reply.items:
        items += ITEMS.validate_json(receive(read))
    return replace(reply.parsed, items=tuple(items))


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
