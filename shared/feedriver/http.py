"""A request to a publisher, and what comes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from feedriver.credentials import Secret
from feedriver.documents import Document
from feedriver.state import Validators

Gate = Callable[[str], Awaitable[None]]  # told the host whose turn has come; raises to call the request off


@dataclass(frozen=True, slots=True)
class Request:
    """One conditional GET. Validators are sent only to the URL that they came from, the secret to its own origin.

    `gate` is asked at the last moment before each hop, when its turn has come: what it raises ends the fetch, and
    nothing more is sent.
    """

    url: str
    validators: Validators | None = None
    secret: Secret | None = None
    gate: Gate | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answered, redirects followed.

    `body` is what came with a 200, else empty; `received` counts the bytes as they came over the wire.
    `headers` has lower-case names; a repeated header's values are joined by ", " (RFC 9110 §5.3).
    `url` is where the answer came from; `moved_to` the end of a chain of permanent redirects only, else None.
    """

    status: int
    headers: dict[str, str]
    url: str
    body: Document
    received: int
    milliseconds: int
    moved_to: str | None = None
