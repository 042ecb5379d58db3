"""The heading: what was read of a feed's head, kept so that the same head need not be read again.

It goes with the hash of the head (`feedriver.parse.slices`), and holds of the feed what decisions and entries need.
What they do not is left out: its description, its links, and its own date, which changes while the head stays.
"""

from __future__ import annotations

from contextlib import suppress

from feedriver.models import Feed
from feedriver.parse.result import Parsed

VERSION = 2  # raise it where what is kept of a head would be read otherwise: then it is read again
MOST = 4_000  # bytes; a head that says more is read each time
_NOT_KEPT = {"description", "links", "updated"}


def pack(parsed: Parsed) -> bytes:
    """To bytes, `MOST` at most: a version and JSON. Nothing where the head is to be read each time.

    It is where the document could not be cut, and where it holds tombstones, which stand around the items too.
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
