"""URLs as values: the canonical form, the form that is sent, redaction, resolving against a base. Pure: no network."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit, urlunsplit

from pydantic_core import Url

MAX_URL = 2_048  # bytes as sent, of any address that is kept; a longer one is refused first of all
LONGEST_BASE = 8_192  # characters; against a longer one nothing relative is resolved
LONGEST_HOST = 253  # characters (RFC 1035 §2.3.4)
C0_AND_SPACE = "".join(map(chr, range(0x21)))
# Characters that are not encoded: those of a path or a query (RFC 3986 §3.3-3.4), and brackets, which everybody sends
# as they are. "%" is among them: what is encoded already stays as it is, byte for byte.
AS_IT_IS = "!#$%&'()*+,-./:;=?@[]_~"
HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")
CLEAN = re.compile(rf"https?://(?:{HOST.pattern})(?:[/?#][A-Za-z0-9{re.escape(AS_IT_IS)}]*)?")
# What `encoded` makes of characters that may stand in an address as a person writes it.
_DECODABLE = re.compile(r"(?:%(?:[89A-F][0-9A-F]|22|3[CE]|5[CE]|60|7[BCD]))+", re.IGNORECASE)
ABSOLUTE = re.compile(r"(https?)://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_LINE_BREAKS = re.compile("[\t\r\n]+")
_BEHIND_PATH = re.compile("[?#]")
CONTROL_OR_SPACE = re.compile(r"[\x00-\x20\x7f]")
SCHEME_ALONE = re.compile(r"https?:/*", re.IGNORECASE)  # a publisher's empty field; urljoin gives the base
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
    """The canonical form: the same for all variants of a feed's address; None where `url` is no http(s) URL.

    `feed:` and `feed://` become http(s). Scheme and host are lower-cased. The default port and the fragment are left
    out. Path and query stay as they are: publishers give them meaning. http and https stay apart (RFC 9110 §4.2), since
    a host may serve only one of them. A feed's id is made of this form (`feed_id`); what is kept and shown is the
    `serialized` form of it.
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
    canonical = urlunsplit((parts.scheme, userinfo + host, parts.path or "/", parts.query, ""))
    return canonical if serialized(canonical) else None


def spellings(canonical: str) -> tuple[str, ...]:
    """Other spellings of this address: characters and host percent-encoded and in Punycode, or as people write them."""
    found = ABSOLUTE.fullmatch(canonical)
    if found is None:
        return ()
    start, rest = f"{found[1]}://{found[2]}", found[3]
    shown, sent = start, start
    if "@" not in found[2] and (place := Url(f"{start}/")).host:
        port = found[2].rpartition("]")[2].partition(":")[2]
        shown, sent = (f"{found[1]}://{host}{port and ':' + port}" for host in (place.unicode_host(), place.host))
    forms = (start + rest, sent + encoded(rest), shown + _DECODABLE.sub(_decoded, rest), start + encoded(rest))
    return tuple(each for each in dict.fromkeys(forms) if each != canonical)


def _decoded(escaped: re.Match[str]) -> str:
    try:
        return unquote(escaped[0], errors="strict")
    except UnicodeDecodeError:
        return escaped[0]


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
    """`url` without what may be a secret: user information is left out, query values become `…`."""
    parts = split(url)
    if parts is None:
        return "(not a URL)"
    netloc = parts.netloc.rpartition("@")[2]
    query = "&".join(f"{pair.partition('=')[0]}=…" if "=" in pair else "…" for pair in parts.query.split("&") if pair)
    path = parts.path if parts.netloc else parts.path.rpartition("@")[2]  # user:password@host, its scheme forgotten
    return urlunsplit((parts.scheme, netloc, path, query, ""))[:MAX_URL]


def resolve(base: str, reference: str | None) -> str | None:
    """`reference` made absolute against `base` and `serialized`, if it is a web address; else None.

    It is parsed as browsers do (WHATWG URL §4.4): line breaks and the indentation around them are dropped, and a
    backslash before the query is a slash.
    """
    lines = _LINE_BREAKS.split((reference or "").strip(C0_AND_SPACE).strip())
    reference = "".join(line.strip(" ") for line in lines)
    if len(reference) > MAX_URL:
        return None
    place = _BEHIND_PATH.search(reference)
    path = reference[: place.start()] if place else reference
    reference = path.replace("\\", "/") + reference[len(path) :]
    if not reference or SCHEME_ALONE.fullmatch(reference):
        return None
    return serialized(_joined(base, reference))


def absolute(base: str, reference: str) -> str | None:
    """`reference` made absolute against `base` (RFC 3986 §5) without any white space, not re-encoded; or None.

    Ids of entries are made of this form (`feedriver.parse.normalize.entry`): never change it.
    """
    reference = "".join(reference.split())
    if not reference or len(reference) > MAX_URL or SCHEME_ALONE.fullmatch(reference):
        return None
    return _joined(base, reference)


def _joined(base: str, reference: str) -> str | None:
    """The absolute URL, of any length; None where it is no http(s) URL with a host."""
    if PLAINLY_ABSOLUTE.fullmatch(reference):
        return reference
    try:
        joined = urljoin(base if len(base) <= LONGEST_BASE else "", reference)
    except ValueError:
        return None
    parts = split(joined)
    return joined if parts and parts.scheme in DEFAULT_PORTS and parts.hostname else None


def serialized(url: str | None, most: int = MAX_URL) -> str | None:
    """An absolute web address in the form that is sent: ASCII, without user information, at most `most` bytes; or None.

    The host is in lower case, and in Punycode where it is not ASCII (UTS #46). The default port is left out. Characters
    that RFC 3986 allows nowhere are percent-encoded as UTF-8: all that the WHATWG URL Standard encodes in any part
    (§1.3), and `^`, `|` and braces everywhere. What is encoded already stays as it is, and so does a "%" that encodes
    nothing. Serializing the result again does not change it.
    """
    if url is None or (len(url) <= most and CLEAN.fullmatch(url)):
        return url
    found = ABSOLUTE.fullmatch(url)
    place = split(f"//{found[2].rpartition('@')[2]}") if found else None
    host = _host(place.hostname or "") if place else None
    if found is None or place is None or host is None or len(found[3]) > most:
        return None
    scheme, port = found[1].lower(), place.port
    try:
        start = f"{scheme}://{host}" if port in {None, DEFAULT_PORTS[scheme]} else f"{scheme}://{host}:{port}"
        whole = start + encoded(found[3])
    except UnicodeEncodeError:  # a lone surrogate
        return None
    return whole if len(whole) <= most else None


def encoded(part: str) -> str:
    """`part` of a URL after its host, percent-encoded where it has to be. Escaped bytes (PEP 383) are encoded as bytes.

    Raises `UnicodeEncodeError` for a lone surrogate.
    """
    return quote(part, safe=AS_IT_IS, errors="surrogateescape")


def _host(host: str) -> str | None:
    """A host in the form that is sent, or None: lower case, Punycode, an IPv6 address in brackets."""
    host = f"[{host}]" if ":" in host else host.lower()
    if not HOST.fullmatch(host):
        try:
            host = Url(f"http://{host}/").host or ""
        except ValueError:
            return None
    return host if HOST.fullmatch(host) and len(host) <= LONGEST_HOST else None
