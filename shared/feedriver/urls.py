"""URLs as values: canonical form (one feed, one id), redaction, and resolving against a base. Pure; no network."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

MAX_URL = 2_048  # characters; longer ones are refused before anything looks at them
CONTROL_OR_SPACE = re.compile(r"[\x00-\x20\x7f]")
NO_MORE_THAN_A_SCHEME = re.compile(r"https?:/*", re.IGNORECASE)  # a publisher's empty field; urljoin gives the base
PLAINLY_ABSOLUTE = re.compile(r"https?://[a-z0-9][a-z0-9.-]*(?:/[^?#]*)?(?:\?[^#]+)?(?:#.+)?")
DEFAULT_PORTS = {"http": 80, "https": 443}


def split(url: str) -> SplitResult | None:
    """The parts of `url`, or None where it is no URL at all (bad IPv6 bracket, port out of range)."""
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        return None
    return parts


def canonical(url: str) -> str | None:
    """One spelling for all variants of a feed's address, or None where it cannot be one.

    `feed:` and `feed://` become http(s); scheme and host are lower-cased; the default port and the fragment go.
    Path and query are left as they are: publishers give them meaning. http and https stay apart (RFC 9110 §4.2),
    since a host may serve only one of them.
    """
    url = url.strip()
    if len(url) > MAX_URL or CONTROL_OR_SPACE.search(url):
        return None
    if url[:5].lower() == "feed:":
        rest = url[5:]
        url = "http:" + rest if rest.startswith("//") else rest
    parts = split(url)
    if parts is None or parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if parts.port is not None and parts.port != DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{parts.port}"
    userinfo = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    return urlunsplit((parts.scheme, userinfo + host, parts.path or "/", parts.query, ""))


def feed_id(canonical_url: str) -> str:
    """The id of the feed registered under this address: 16 hex digits. It stays when the feed moves."""
    return hashlib.sha256(canonical_url.encode()).hexdigest()[:16]


def host_of(url: str) -> str:
    """The host of `url` in lower case, or "" where there is none."""
    parts = split(url)
    return (parts.hostname or "") if parts else ""


def origin_of(url: str) -> str:
    """Scheme, host and port of `url` (RFC 6454 §4), the default port left out; "" where it has no host."""
    parts = split(url)
    if parts is None or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = parts.port is None or parts.port == DEFAULT_PORTS.get(parts.scheme)
    return f"{parts.scheme}://{host}" if default else f"{parts.scheme}://{host}:{parts.port}"


def redact(url: str) -> str:
    """`url` without what may be a secret: user information goes, query values become `…`."""
    parts = split(url)
    if parts is None:
        return "(not a URL)"
    netloc = parts.netloc.rpartition("@")[2]
    query = "&".join(f"{pair.partition('=')[0]}=…" if "=" in pair else "…" for pair in parts.query.split("&") if pair)
    path = parts.path if parts.netloc else parts.path.rpartition("@")[2]  # user:password@host, its scheme forgotten
    return urlunsplit((parts.scheme, netloc, path, query, ""))[:MAX_URL]


def resolve(base: str, reference: str | None) -> str | None:
    """`reference` made absolute against `base` (RFC 3986 §5), if that gives an http(s) URL with a host; else None."""
    reference = "".join((reference or "").split())
    if not reference or len(reference) > MAX_URL or NO_MORE_THAN_A_SCHEME.fullmatch(reference):
        return None
    if PLAINLY_ABSOLUTE.fullmatch(reference):
        return reference
    try:
        absolute = urljoin(base, reference)
    except ValueError:
        return None
    parts = split(absolute)
    return absolute if parts and parts.scheme in DEFAULT_PORTS and parts.hostname else None
