"""The heading: what was read of a feed's head, kept so that the same head need not be read again.

It is kept with the hash of the head (`feedriver.parse.slices`). It holds the fields of the feed that decisions and
entries need. Description, links and the feed's own date, which changes while the head does not, are left out.
"""

from __future__ import annotations

from contextlib import suppress

from feedriver.models import Feed
from feedriver.parse.result import Parsed

VERSION = 2  # raise it where what is kept of a head would be read otherwise: then it is read again
MOST = 4_000  # bytes; a head that says more is read each time
_NOT_KEPT = {"description", "links", "updated"}


def pack(parsed: Parsed) -> bytes:
    """To bytes, at most `MOST`: a version and JSON. Empty where the head has to be read each time.

    It has to be where the document could not be cut, and where the head holds tombstones.
    """
    if not parsed.head or parsed.deleted:
        return b""
    packed = bytes([VERSION]) + parsed.feed.model_dump_json(exclude=_NOT_KEPT, exclude_defaults=True).encode()
    return packed if len(packed) <= MOST else b""


def unpack(packed: bytes) -> Feed | None:
    """The feed, as far as it was kept; None where nothing was packed, or by another version of this code."""
    if packed[:1] != bytes([VERSION]):
        return None
    with suppress(ValueError):  # a version that kept more of it
        return Feed.model_validate_json(packed[1:])
    return None
