"""The headers of a request and of an answer, as strings in which each character is one byte (ISO 8859-1).

Header bytes are opaque: what a host sent as a validator goes back to it unchanged (RFC 9110 §8.8). Reading them as
ISO 8859-1 loses nothing and gives text that can be stored anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from feedriver.fetch.decoding import ACCEPTED
from feedriver.state import Validators

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, application/json;q=0.9, text/xml;q=0.9, */*;q=0.8"
)
FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # in a field value (RFC 9110 §5.5)


def request_headers(
    user_agent: str, validators: Validators | None, url: str, own: Iterable[tuple[str, str]] = ()
) -> dict[str, str]:
    """The headers of a GET of `url`. `validators` go along only if they came from this very URL.

    `own` are the feed's own headers, checked when they were given (`feedriver.credentials`). One may replace `Accept`.
    """
    headers = {"Accept": ACCEPT, "Accept-Encoding": ACCEPTED, "User-Agent": user_agent}
    headers |= {"Accept" if name.lower() == "accept" else name: value for name, value in own}
    if validators is not None and validators.url == url:
        for name, value in (("If-None-Match", validators.etag), ("If-Modified-Since", validators.last_modified)):
            text = None if value is None else _sendable(value)
            if text is not None:
                headers[name] = text
    return headers


def is_conditional(headers: dict[str, str]) -> bool:
    """Whether a request with these headers may be answered 304."""
    return "If-None-Match" in headers or "If-Modified-Since" in headers


def _sendable(value: str) -> str | None:
    """The text that aiohttp, which writes UTF-8, turns into the bytes of `value`; None where there is none.

    A validator that would arrive altered is left out: an unconditional request is always right, an altered one is not.
    """
    if FORBIDDEN.search(value):
        return None
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return None


def response_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers of an answer, by lower-case name; a repeated header's values are joined by ", " (RFC 9110 §5.3)."""
    values: dict[str, list[str]] = {}
    for name, value in raw:
        values.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return {name: ", ".join(given) for name, given in values.items()}
