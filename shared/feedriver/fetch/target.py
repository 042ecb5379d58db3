"""The target of a request: from a URL, as a person or a `Location` header gives it, to what goes over the wire."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from yarl import URL

from feedriver.errors import FetchCode, FetchError
from feedriver.fetch.guard import address_literal, refusal_reason
from feedriver.urls import HOST, MAX_URL, encoded

ABSOLUTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?://([^/?#]*)([^#]*))?")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
WEB_PORTS = frozenset({80, 443})
SCHEMES = frozenset({"http", "https"})


@dataclass(frozen=True, slots=True)
class Target:
    """Where one request goes. `url` is ASCII, without a fragment; `wire_url` is the same for aiohttp, byte for byte."""

    url: str
    wire_url: URL
    host: str
    secure: bool


@dataclass(frozen=True, slots=True)
class TargetPolicy:
    """Which URLs may be requested at all. `ports` None means any port; `allow_private` opens private addresses."""

    ports: frozenset[int] | None
    allow_private: bool

    def target(self, url: str, *, feed: str, code: FetchCode) -> Target:
        """The target that `url` names.

        Raises `FetchError` about `feed`: with `code` where `url` is no usable URL, BLOCKED_ADDRESS where its port or
        its address literal is not allowed. The checks are made on the very value that is connected to, so that no two
        readings of a URL can differ.
        """
        too_long = FetchError(feed, code, f"the URL is longer than {MAX_URL:,} bytes as it is sent")
        if len(url) > MAX_URL:
            raise too_long
        match = ABSOLUTE.match(url)
        if match is None or CONTROL.search(url):
            raise FetchError(feed, code, "this is no URL: it should start with http:// or https://")
        scheme, authority, rest = match[1].lower(), match[2], match[3]
        if scheme not in SCHEMES:
            raise FetchError(feed, code, f"only http and https can be fetched, not {scheme}")
        place = _place(scheme, authority)
        if place is None:
            raise FetchError(feed, code, "the URL names no valid host and port")
        if "@" in authority:
            raise FetchError(feed, code, "the URL holds credentials before @, which are not sent from there")
        self._guard(place, feed)
        sent = f"{scheme}://{place.host_port_subcomponent}{encoded(rest if rest.startswith('/') else f'/{rest}')}"
        if len(sent) > MAX_URL:
            raise too_long
        return Target(sent, URL(sent, encoded=True), place.raw_host or "", secure=scheme == "https")

    def _guard(self, place: URL, feed: str) -> None:
        if self.ports is not None and place.port not in self.ports:
            allowed = ", ".join(str(port) for port in sorted(self.ports))
            raise FetchError(
                feed, FetchCode.BLOCKED_ADDRESS, f"port {place.port} is not allowed; feeds are read from {allowed}"
            )
        address = address_literal(place.raw_host or "")
        reason = refusal_reason(address, allow_private=self.allow_private) if address else None
        if reason:
            raise FetchError(
                feed, FetchCode.BLOCKED_ADDRESS, f"{place.raw_host} is a {reason} address; only public hosts are read"
            )


def _place(scheme: str, authority: str | None) -> URL | None:
    """Scheme, host (lower case, IDNA) and port as a URL, or None where they are not valid."""
    if not authority or "\\" in authority:
        return None
    try:
        place = URL(f"{scheme}://{authority}/")
        host = place.host_subcomponent or ""
    except ValueError:
        return None
    zone = "%" in host and host.startswith("[")  # an address with a zone is refused by the guard
    return place if zone or HOST.fullmatch(host) else None


def follow(base: str, location: str) -> str | None:
    """`location`, as a header gave it (one character a byte), made absolute against `base` (RFC 3986 §5).

    None where it is empty or makes no URL. Bytes that are no UTF-8 are carried through.
    """
    reference = location.encode("latin-1", "replace").decode("utf-8", "surrogateescape").strip()
    if not reference or len(reference) > MAX_URL:
        return None
    absolute = ABSOLUTE.match(reference)
    if absolute and absolute[2] is not None:
        return reference
    try:
        return urljoin(base, reference)
    except ValueError:
        return None
