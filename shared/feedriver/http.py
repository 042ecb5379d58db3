"""A request to a publisher, what comes back, and the dates in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime

from feedriver.credentials import Secret
from feedriver.documents import Document
from feedriver.state import Validators

LONGEST_DATE = 100  # characters of a date or a number in a header; HTTP's own dates have 29 (RFC 9110 §5.6.7)
Gate = Callable[[str], Awaitable[None]]  # called with the host; raises to call the request off


@dataclass(frozen=True, slots=True)
class Request:
    """One conditional GET. Validators are sent only to the URL that they came from, the secret only to its own origin.

    `gate` is called at the last moment before each hop is requested. What it raises ends the fetch; nothing more is
    sent.
    """

    url: str
    validators: Validators | None = None
    secret: Secret | None = None
    gate: Gate | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a host, redirects followed.

    `body` is the body of a 2xx, else empty. `received` counts its bytes as received. `headers` has lower-case names; a
    repeated header's values are joined by ", " (RFC 9110 §5.3). `url` is the URL that answered. `moved_to` is that URL
    where all redirects to it were permanent, else None. `milliseconds` is the time of all requests.
    """

    status: int
    headers: dict[str, str]
    url: str
    body: Document
    received: int
    milliseconds: int
    moved_to: str | None = None


def http_date(value: str) -> datetime | None:
    """The time of a date in a header (RFC 9110 §5.6.7); None where it cannot be read or has no zone."""
    if len(value) > LONGEST_DATE:
        return None
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else None
