"""Whether an entry changed, and in which fields: judged on what the publisher wrote, never on our cleaning of it.

The fingerprint has a version. Where it differs from the one that a feed's seen-set was made with, the new fingerprints
are adopted and nothing is announced: a new parser is no news. Nor are addresses that are signed anew on each fetch, or
that a site's move to https writes otherwise: signatures are left out, and both schemes are one.
"""

from __future__ import annotations

import hashlib
import re

from feedriver.decide.seen import Fingerprint
from feedriver.parse.result import SourceFields

FINGERPRINT_VERSION = 1

# What a signed address has in its query, by its maker, in lower case: all of `proof` is there where it is one, and
# `rest` goes with it. AWS Signature V2 and CloudFront, and old Google Cloud; Azure's shared access signatures.
_SIGNATURES = (
    (frozenset({"expires", "signature"}), frozenset({"key-pair-id", "policy", "awsaccesskeyid", "googleaccessid"})),
    (
        frozenset({"sig", "se", "sv"}),
        frozenset({"sp", "sr", "st", "spr", "skoid", "sktid", "skt", "ske", "sks", "skv"}),
    ),
)
_SIGNED = ("x-amz-", "x-goog-")  # the V4 signatures of AWS and Google prefix each parameter of theirs
_QUERY = re.compile(r"\?((?:[^\s\"'<>?#]|(?<=&)#)+)")
_AMPERSAND = re.compile("&amp;|&#0?38;|&")  # HTML has it escaped


def _digest(text: str, size: int) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=size).digest()


def unsigned(text: str) -> str:
    """`text`, where the addresses in it are without the signatures that clouds give for some hours."""
    signed = "sig=" in text or "ignature=" in text
    return _QUERY.sub(_without_signature, text) if signed and "?" in text else text


def _without_signature(query: re.Match[str]) -> str:
    pairs = _AMPERSAND.split(query[1])
    names = [pair.partition("=")[0].lower() for pair in pairs]
    gone: set[str] = set()
    for prefix in _SIGNED:
        if f"{prefix}signature" in names:
            gone.update(name for name in names if name.startswith(prefix))
    for proof, rest in _SIGNATURES:
        if proof.issubset(names):
            gone |= proof | rest
    kept = [pair for pair, name in zip(pairs, names, strict=True) if name not in gone]
    return "?" + "&".join(kept) if gone else query[0]


def _stable(source: SourceFields) -> SourceFields:
    return SourceFields(*(unsigned(field).replace("https://", "http://") for field in source))


def _whole(source: SourceFields) -> bytes:
    return _digest("\x00".join(source), 16)


def fingerprint(source: SourceFields) -> Fingerprint:
    """What the seen-set keeps of an entry's version."""
    source = _stable(source)
    fields = tuple(int.from_bytes(_digest(value, 2)) for value in source)
    return Fingerprint(fields, int.from_bytes(_whole(source)[:2]))


def content_hash(source: SourceFields) -> str:
    """The version's public hash, with the fingerprint's version in front: equal hashes, equal source fields."""
    return f"{FINGERPRINT_VERSION}:{_whole(_stable(source)).hex()}"


def changed_fields(before: Fingerprint, now: Fingerprint) -> tuple[str, ...]:
    """The names of the fields that differ; empty where nothing does.

    Where only the whole differs (a field's 16 bits met by chance, once in 65,536 edits), every field is named.
    """
    names = tuple(
        name for name, old, new in zip(SourceFields._fields, before.fields, now.fields, strict=True) if old != new
    )
    return names or (SourceFields._fields if before.whole != now.whole else ())
