"""What the poller and its parsing process say to each other: pydantic's JSON, each message behind its length.

JSON, since what comes back was made by a process that read hostile input: it can name values, never code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Literal

from pydantic import ConfigDict, TypeAdapter

from feedriver.errors import ParseCode, ParseError
from feedriver.parse.result import NOTHING_KNOWN, Known, Parsed

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


Reply = Parsed | Refusal | Defect
_HASHES = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
TASK: TypeAdapter[tuple[Task]] = TypeAdapter(tuple[Task], config=_HASHES)
REPLY: TypeAdapter[Reply] = TypeAdapter(Reply, config=_HASHES)


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
