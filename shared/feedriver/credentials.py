"""What of a feed's address, and of what a person gives beside it, is secret. Pure.

A password in the address, the query parameters that carry keys by their names (`feedriver.secrecy`), what a person
marks as secret, and headers given by hand go into a `Secret`. What is left of the address is what everything else sees.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress
from urllib.parse import unquote, unquote_to_bytes, urlsplit, urlunsplit

from feedriver import urls
from feedriver.errors import InputError
from feedriver.secrecy import is_secret, possible_secrets, suspected

BRACED = re.compile(r"\{([^{}]+)\}")
HIDDEN = "***"  # in place of what a person says is secret
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a header's name (RFC 9110 §5.6.2)
PRINTABLE = re.compile(r"[\x20-\x7e]+")
# Framing and hop-by-hop fields (RFC 9110 §7.6.1) are the connection's, conditions and ranges the poll's own. What says
# who we are is the same for every host: a copied cookie or browser's name is how bot walls are evaded.
NOT_TO_BE_GIVEN = frozenset(
    {
        "accept-encoding", "connection", "content-length", "content-type", "cookie", "expect", "host", "keep-alive",
        "proxy-authenticate", "proxy-authorization", "proxy-connection", "range", "referer", "te", "trailer",
        "transfer-encoding", "upgrade", "user-agent",
    }
)  # fmt: skip
SEARCHED = 4  # characters: a shorter value is looked for as a whole only, since it may stand anywhere by chance
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """What a feed's own host may see and nobody else: sent to `origin` alone (scheme, host and port), never shown.

    `headers` are pairs of name and value; `query` is appended to the feed's URL, percent-encoded as it was given.
    Where a person said that more of the address is secret, `address` is the whole of it, which is asked instead, and
    `parts` are what must not be seen of it.
    """

    origin: str
    headers: tuple[tuple[str, str], ...] = ()
    query: str = ""
    address: str = ""
    parts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True, slots=True)
class Address:
    """A feed's address, taken apart: `feed_id` is of the whole as given, `url` is what may be seen, as it is sent."""

    feed_id: str
    url: str
    secret: Secret | None
    whole: str = field(repr=False)

    @property
    def without_password(self) -> str:
        """The whole without user and password: how it was shown before more of it was known to be secret."""
        parts = urlsplit(self.whole)
        without = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        return urls.serialized(without) or without


@dataclass(frozen=True, slots=True)
class Marked:
    """An address of which a person says what is secret: the `whole`, what is `shown` of it, and the secret `parts`."""

    whole: str
    shown: str
    parts: tuple[str, ...]


def marked(url: str) -> Marked:
    """What stands in {braces} is secret; without braces, all behind the host is.

    Raises `InputError` where a brace is left alone, or what is to be secret is the host, which everybody sees.
    """
    whole, shown, parts = BRACED.sub(r"\1", url), BRACED.sub(HIDDEN, url), tuple(BRACED.findall(url))
    if set(shown) & set("{}") or urls.host_of(shown) != urls.host_of(whole):
        # The address is not repeated: nobody knows what of it is secret.
        raise InputError("--secret: put braces around what is secret of a path or query: https://host/{secret}/feed")
    if parts:
        return Marked(whole, shown, parts)
    there = urls.split(url)
    behind = (there.path.strip("/"), there.query) if there else ()
    return Marked(
        whole, f"{urls.origin_of(url)}/{HIDDEN}", tuple(filter(None, (*behind, *possible_secrets("/".join(behind)))))
    )


def split(
    canonical: str, user: str | None = None, headers: Sequence[str] = (), marking: Marked | None = None
) -> Address:
    """Take a canonical address apart; `user` is NAME:PASSWORD, each of `headers` "Name: value", given beside it.

    `marking` is what a person marked as secret. Raises `InputError` where one of these cannot be sent, or two of them
    say the same thing.
    """
    parts = urlsplit(canonical)
    userinfo, _, netloc = parts.netloc.rpartition("@")
    whole = urlunsplit(parts._replace(netloc=netloc))
    url, hidden = _open_and_hidden(whole)
    sent = [_header(line) for line in headers]
    if userinfo:
        before, _, after = userinfo.partition(":")
        sent.append(_basic(unquote_to_bytes(before), unquote_to_bytes(after)))
    if user is not None:
        given_name, colon, given_password = user.partition(":")
        if not colon or not given_name:
            raise InputError("--user: write it NAME:PASSWORD")
        sent.append(_basic(given_name.encode(), given_password.encode()))
    names = [name.lower() for name, _ in sent]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{name}: given twice; give the header, the user or the password in the address once")
    origin, feed_id = urls.origin_of(url), urls.feed_id(canonical)
    if marking is None:
        secret = Secret(origin, tuple(sent), "&".join(hidden)) if sent or hidden else None
        return Address(feed_id, urls.serialized(url) or url, secret, canonical)
    left = urlsplit(urls.canonical(marking.shown) or f"{origin}/{HIDDEN}")
    shown, _ = _open_and_hidden(urlunsplit(left._replace(netloc=netloc)))
    values = (pair.partition("=")[2] for pair in hidden)
    secret = Secret(origin, tuple(sent), "", whole, tuple(dict.fromkeys([*marking.parts, *values])))
    return Address(feed_id, urls.serialized(shown) or shown, secret, canonical)


def _open_and_hidden(url: str) -> tuple[str, list[str]]:
    """An address without the parameters that carry keys by their names, and these."""
    parts = urlsplit(url)
    pairs = [pair for pair in parts.query.split("&") if pair]
    secret = [is_secret(pair) for pair in pairs]
    hidden = list(compress(pairs, secret))
    query = "&".join(pair for pair, is_one in zip(pairs, secret, strict=True) if not is_one) if hidden else parts.query
    return urlunsplit(parts._replace(query=query, fragment="")), hidden


def key_warning(url: str) -> str | None:
    """A warning for a person who adds this address, if it seems to hold a key that no parameter's name gives away."""
    parts = urls.split(url)
    key = next(suspected(parts.path), None) if parts else None
    if key is None:
        return None
    return (
        f"{urls.origin_of(url)}: the part {key[:SEARCHED]}{ELLIPSIS} of its address looks like a key, and is shown in"
        " lists, events and exports; if it is one, add the feed with --secret and that part in {braces}"
    )


def _basic(name: bytes, password: bytes) -> tuple[str, str]:
    """RFC 7617. A name cannot hold a colon, which ends it."""
    if b":" in name or any(byte < 32 or byte == 127 for byte in name + password):  # noqa: PLR2004  # ASCII's controls
        raise InputError("this user name or password cannot be sent: it holds a colon or a control character")
    return "Authorization", "Basic " + base64.b64encode(name + b":" + password).decode("ascii")


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    name, value = name.strip(), value.strip()
    if not colon or not TOKEN.fullmatch(name):
        raise InputError('--header: write it "Name: value"')
    if name.lower() in NOT_TO_BE_GIVEN or name.lower().startswith("if-"):
        raise InputError(f"--header {name}: feedriver sets this header itself, or never sends it; leave it out")
    if not PRINTABLE.fullmatch(value):
        raise InputError(f"--header {name}: its value is empty or not printable ASCII")
    return name, value


def with_secret(url: str, secret: Secret) -> str:
    """`url` with what is secret of it."""
    if secret.address:
        return secret.address
    return f"{url}{'&' if '?' in url else '?'}{secret.query}" if secret.query else url


def without_secret(url: str, secret: Secret) -> str:
    """`url` without the query parameters that hold any part of the secret: for what a host redirects to."""
    parts = urls.split(url)
    if parts is None:
        return url
    own = [pair for pair in parts.query.split("&") if pair and not _holds(pair, secret)]
    return urlunsplit(parts._replace(query="&".join(own)))


def reveals(text: str, secret: Secret) -> bool:
    """Whether any part of the secret stands in `text`, plain or percent-encoded up to three times."""
    return any(value in form for form in _decoded(text) for value in _searchable(secret))


def scrub(text: str, secret: Secret) -> str:
    """`text` with each part of the secret that stands in it replaced by an ellipsis."""
    for value in sorted(_searchable(secret), key=len, reverse=True):
        text = text.replace(value, ELLIPSIS)
    return text


def _holds(pair: str, secret: Secret) -> bool:
    values = set(_values(secret))
    return pair in secret.query.split("&") or pair.partition("=")[2] in values or reveals(pair, secret)


def _decoded(text: str) -> Iterator[str]:
    for _ in range(4):
        yield text
        text = unquote(text)


def _searchable(secret: Secret) -> set[str]:
    return {value for value in _values(secret) if len(value) >= SEARCHED}


def _values(secret: Secret) -> Iterator[str]:
    """Every form in which a part of the secret may be repeated."""
    for part in secret.parts:
        yield part
        yield unquote(part)
    for pair in filter(None, secret.query.split("&")):
        value = pair.partition("=")[2]
        yield value
        yield unquote(value)
    for _, value in secret.headers:
        scheme, _, credentials = value.partition(" ")
        yield value
        if credentials:
            yield credentials
        if scheme == "Basic":
            try:
                plain = base64.b64decode(credentials, validate=True).decode("utf-8", "replace")
            except binascii.Error:
                continue
            yield plain
            yield plain.partition(":")[2]
