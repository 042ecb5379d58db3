"""The errors, as a small tree.

    FeedriverError
    ├── InputError            wrong input by the user; the message says what to do
    ├── FeedError             one feed, one poll: carries the feed's URL, the phase, and a stable code
    │   ├── FetchError        no usable answer came
    │   └── ParseError        an answer came that is no usable feed
    ├── EdgeError             AWS refused or failed: nothing is lost, the poll is tried again
    │   ├── CommitConflict    another worker committed this feed first
    │   ├── InvalidWriteError AWS takes no such write: the feed's own failure, since trying again changes nothing
    │   └── NoObjectError     one object is not there, or is refused to us
    ├── CalledOff             a request is not to be sent after all: no failure
    ├── OverQuantum           a document takes longer than it may for now: it is read after the others
    ├── ObjectMismatchError   the object that an event points to is not what was announced
    └── LocalStackError       the embedded AWS did not start, deploy or stop

Codes are a contract: they are the `outcome` of a poll in `feedriver run --json`, in `polls/` and in metrics.
URLs in messages are redacted (`feedriver.urls.redact`): an error never carries a secret.
"""

from __future__ import annotations

import traceback
from enum import StrEnum
from pathlib import PurePath
from typing import NamedTuple

from feedriver.fields import encodable
from feedriver.urls import redact

__all__ = ["FeedriverError", "ObjectMismatchError"]  # what a subscriber can meet


class FeedriverError(Exception):
    """The root: catch this to catch everything that feedriver raises on purpose."""


class InputError(FeedriverError):
    """The user's input cannot be used. The message is one line: what is wrong, and what to do."""


class EdgeError(FeedriverError):
    """AWS refused or failed. Nothing was lost: the same poll, run again, does the same work."""


class CommitConflict(EdgeError):
    """Another worker committed this feed since its state was read; this poll's work is void, not lost."""


class InvalidWriteError(EdgeError):
    """AWS refuses a write for one feed as too large or malformed. Trying again changes nothing."""


class NoObjectError(EdgeError):
    """One object cannot be read: it is not there, or AWS refuses it by its key. Other objects can."""


class CalledOff(FeedriverError):
    """The request is not to be sent after all. The message is the host that asked for a pause meanwhile."""


class OverQuantum(FeedriverError):
    """A document takes more CPU time than it was given for now. This is no failure: it is parsed again later."""


class ObjectMismatchError(FeedriverError):
    """The S3 object that an event points to is not what was announced. A subscriber refuses the event or retries."""


class LocalStackError(FeedriverError):
    """The embedded AWS did not start, deploy or stop. The message is one line, with where to look."""


class FetchCode(StrEnum):
    """Why no usable answer came. Every code is an outcome of a poll."""

    BAD_URL = "bad_url"
    DNS = "dns"
    UNREACHABLE = "unreachable"
    BLOCKED_ADDRESS = "blocked_address"
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    TRUNCATED = "truncated"
    BAD_ENCODING = "bad_encoding"
    PROTOCOL = "protocol"
    REDIRECT = "redirect"
    NO_SECRET = "no_secret"  # noqa: S105  # a code


class ParseCode(StrEnum):
    """Why a body is no usable feed. Every code is an outcome of a poll."""

    EMPTY = "empty"
    NOT_A_FEED = "not_a_feed"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    OUT_OF_MEMORY = "out_of_memory"
    CRASHED = "crashed"


class FeedError(FeedriverError):
    """One feed failed in one phase of one poll.

    `url` is redacted; `code` is stable; `detail` is for people, one line.
    """

    phase: str = "poll"

    def __init__(self, url: str, code: FetchCode | ParseCode, detail: str) -> None:
        self.url = encodable(redact(url))
        self.code = code
        self.detail = encodable(" ".join(detail.split())[:300])
        super().__init__(self.url, code, self.detail)

    def __str__(self) -> str:
        return f"{self.url}: {self.phase}: {self.code}: {self.detail}"


class FetchError(FeedError):
    """No usable answer came from the feed's host."""

    phase = "fetch"
    code: FetchCode


class ParseError(FeedError):
    """The body is no usable feed. `hint` names feeds that an HTML page advertises, if any."""

    phase = "parse"
    code: ParseCode

    def __init__(self, url: str, code: ParseCode, detail: str, hint: tuple[str, ...] = ()) -> None:
        super().__init__(url, code, detail)
        self.hint = hint


class PassedOver(NamedTuple):
    """A feed or an object (by its `key`) that could not be read or worked on, and why, in one line for people."""

    feed_id: str
    key: str | None
    why: str


LONGEST_LINE = 300  # characters


def one_line(error: Exception) -> str:
    """The message of an error, in one line of at most `LONGEST_LINE` characters, for people and logs.

    An error that is not a `FeedriverError` is named by its class and the line of our code that raised it. Of pydantic's
    `ValidationError` the invalid places are named, not their values.
    """
    if isinstance(error, FeedriverError):
        return str(error)[:LONGEST_LINE]
    wrong = getattr(error, "errors", None)
    if callable(wrong):
        message = ", ".join(".".join(map(str, each["loc"])) + f" ({each['type']})" for each in wrong()[:3])
    else:
        message = " ".join(str(error).split())
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "feedriver" in frame.filename]
    where = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}: {message}"[:LONGEST_LINE]
