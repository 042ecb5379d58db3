"""What in an address is secret by the names of its query parameters, or suspected to be by its looks. Pure.

There is no list of all names that carry keys. They are made of the same few words, so the words are looked at: what a
name ends in (`feed_token`, `X-Amz-Signature`, `rssToken`), or what it begins with (`authkey`, but not `author`). Some
words say it only of a value that looks like a key: `hash`, `code`, `session`, Reddit's `feed`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

LONGEST_NAME = 200  # characters of a parameter's name that are looked at
ALWAYS = frozenset(
    {
        "apikey", "auth", "credential", "credentials", "jwt", "key", "oauth", "pass", "passkey", "passphrase", "passwd",
        "passwort", "password", "privaterss", "pw", "pwd", "secret", "sessid", "sessionid", "sig", "signature", "token",
    }
)  # fmt: skip
ENDINGS = (
    "apikey", "accesskey", "authkey", "credentials", "feedkey", "passkey", "passphrase", "passwd", "password",
    "privatekey", "rsskey", "secret", "secretkey", "sessid", "sessionid", "signature", "token", "torrentpass",
    "userkey",
)  # fmt: skip
KEYED = frozenset(  # before `key`
    {"access", "api", "app", "auth", "client", "feed", "license", "private", "rss", "secret", "user"}
)
IF_LIKE_A_KEY = frozenset(
    {
        "code", "digest", "feed", "hash", "hmac", "nonce", "policy", "sess", "session", "sid", "sign", "ticket",
    }
)  # fmt: skip
NUMBERED = frozenset({"id", "hash", "code", "value"})  # `AWSAccessKeyId`, `token_id`: the word before says it
PLAIN = re.compile(r"[a-z]{1,20}(?:[_-][a-z]{1,20}){0,3}")  # `sort_key=date`, `cache-key=front_page`
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")  # of `X-Plex-Token`, `feedToken`, `APIKey2`
LETTERS_OF_A_KEY = re.compile(r"[A-Za-z0-9_.~+/=-]+")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
HEX = re.compile(r"[0-9a-f]+", re.IGNORECASE)
BETWEEN_WORDS = re.compile(r"[-_.~+/=]")
BETWEEN_PIECES = re.compile(r"[/?&=;]")
BETWEEN_PARAMETERS = re.compile(r"[;=:]")
SHORTEST_KEY = 16  # characters: 64 bits in hex
SHORTEST_IN_A_PATH = 20
FEW = 4  # letters and digits each, at least; and words of a title, at most


def is_secret(pair: str) -> bool:
    """Whether `name=value`, as it stands in a query, is a secret. Several may stand in one, apart by semicolons."""
    return any(_is_secret(*piece.partition("=")[::2]) for piece in pair.split(";"))


def _is_secret(name: str, value: str) -> bool:
    if not value:
        return False
    words = [word.lower() for word in WORD.findall(unquote(name)[:LONGEST_NAME]) if not word.isdigit()]
    if len(words) > 1 and words[-1] in NUMBERED and (words[-2] in ALWAYS or words[-2].endswith(ENDINGS)):
        words.pop()
    if not words:
        return False
    last = words[-1]
    if last == "key" and len(words) > 1 and words[-2] not in KEYED:
        return not PLAIN.fullmatch(value)
    if last in ALWAYS or last.endswith(ENDINGS):
        return True
    if any(word.startswith("auth") and not word.startswith(("author", "authentic")) for word in words):
        return True
    return last in IF_LIKE_A_KEY and like_a_key(unquote(value))


def like_a_key(value: str) -> bool:
    """Whether a value looks as if a machine had drawn it: long, of letters and digits, and no words."""
    if len(value) < SHORTEST_KEY or not LETTERS_OF_A_KEY.fullmatch(value):
        return False
    if UUID.fullmatch(value):
        return True
    digits, letters = sum(map(str.isdigit, value)), sum(map(str.isalpha, value))
    words = sum(word.isalpha() and len(word) >= FEW - 1 for word in BETWEEN_WORDS.split(value))
    return digits >= FEW and letters >= FEW - 2 and (bool(HEX.fullmatch(value)) or words < FEW - 1)


def possible_secrets(address: str) -> Iterator[str]:
    """The parts of a path and query that are no plain words, such as `feed` or `rss.xml`: each may be the secret."""
    for piece in BETWEEN_PIECES.split(address):
        if piece and not PLAIN.fullmatch(piece.rpartition(".")[0] or piece):
            yield piece


def suspected(path: str) -> Iterator[str]:
    """The parts of a path, or of its parameters (RFC 3986 §3.3), that look like keys: only a person can know."""
    for segment in unquote(path).split("/"):
        for piece in BETWEEN_PARAMETERS.split(segment):
            stem, dot, extension = piece.rpartition(".")
            bare = stem if dot and len(extension) <= FEW else piece
            private = bare.removeprefix("private-")
            if len(private) >= SHORTEST_IN_A_PATH and like_a_key(private):
                yield private
