"""Whether an entry changed, and in which fields: judged on what the publisher wrote, never on our cleaning of it.

The fingerprint has a version. Where it differs from the one that a feed's seen-set was made with, the new fingerprints
are adopted and nothing is announced: a new parser is no news.
"""

from __future__ import annotations

import hashlib

from feedriver.decide.seen import Fingerprint
from feedriver.parse.result import SourceFields

FINGERPRINT_VERSION = 1


def _digest(text: str, size: int) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=size).digest()


def _whole(source: SourceFields) -> bytes:
    return _digest("\x00".join(source), 16)


def fingerprint(source: SourceFields) -> Fingerprint:
    """What the seen-set keeps of an entry's version."""
    fields = tuple(int.from_bytes(_digest(value, 2)) for value in source)
    return Fingerprint(fields, int.from_bytes(_whole(source)[:2]))


def content_hash(source: SourceFields) -> str:
    """The version's public hash, with the fingerprint's version in front: equal hashes, equal source fields."""
    return f"{FINGERPRINT_VERSION}:{_whole(source).hex()}"


def changed_fields(before: Fingerprint, now: Fingerprint) -> tuple[str, ...]:
    """The names of the fields that differ; empty where nothing does.

    Where only the whole differs (a field's 16 bits met by chance, once in 65,536 edits), every field is named.
    """
    names = tuple(
        name for name, old, new in zip(SourceFields._fields, before.fields, now.fields, strict=True) if old != new
    )
    return names or (SourceFields._fields if before.whole != now.whole else ())
