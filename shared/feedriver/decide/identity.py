"""Which entry an item is: a ladder of trusted guid, link, content; scoped by feed.

A guid is distrusted where several items of one document share it with different links, and where all guids of a
document are unknown while its links are known (a guid made anew on each fetch). A link is distrusted where several
items of one document share it with different titles. What is the same but for http/https, `www.`, a trailing slash or
a tracking parameter is the same (`plain`).
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from feedriver.decide.seen import KEY_BYTES, NO_LINK, SeenEntry
from feedriver.parse.result import ParsedItem

NO_GUID = bytes(KEY_BYTES)
Rung = Literal["guid", "link", "content"]
_TRACKING = re.compile(r"^(utm_\w+|fbclid|gclid|mc_cid|mc_eid)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Identity:
    """Which entry an item is, by which rung, and what is known of it already (None: it is new)."""

    key: bytes
    link_key: bytes
    rung: Rung
    known: SeenEntry | None


def entry_id(feed_id: str, key: bytes) -> str:
    """The entry's public id: 32 hex digits, from the feed and the key that the seen-set keeps."""
    return hashlib.sha256(feed_id.encode() + key).hexdigest()[:32]


def plain(reference: str) -> str:
    """A guid or link without what publishers flip: scheme, `www.`, trailing slash, tracking parameters."""
    reference = reference.strip()
    if not reference[:8].lower().startswith(("http://", "https://")):
        return reference
    try:
        parts = urlsplit(reference)
    except ValueError:
        return reference
    query = "&".join(pair for pair in parts.query.split("&") if pair and not _TRACKING.match(pair.partition("=")[0]))
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{parts.netloc.lower().removeprefix('www.')}{parts.path.rstrip('/')}?{query}{fragment}"


def _key(rung: Rung, text: str) -> bytes:
    return hashlib.sha256(f"{rung}\x00{text}".encode("utf-8", "replace")).digest()[:KEY_BYTES]


def _link_key(item: ParsedItem) -> bytes:
    return _key("link", plain(item.item.link)) if item.item.link else NO_LINK


def _content_key(item: ParsedItem) -> bytes:
    source = item.source
    return _key("content", source.title or source.media or f"{source.summary}\x00{source.content}")


def _shared(pairs: Iterable[tuple[bytes, str]]) -> set[bytes]:
    """The keys that stand with more than one value."""
    values = defaultdict(set)
    for key, value in pairs:
        values[key].add(value)
    return {key for key, found in values.items() if len(found) > 1}


def identify(items: Sequence[ParsedItem], seen: Mapping[bytes, SeenEntry]) -> list[Identity]:
    """The identity of each item, in order. Two items of one document may turn out to be the same entry."""
    guid_keys = [_key("guid", plain(item.item.guid)) if item.item.guid else NO_GUID for item in items]
    link_keys = [_link_key(item) for item in items]
    bad_guids = _shared(zip(guid_keys, (item.item.link or item.source.title for item in items), strict=True))
    bad_links = _shared(zip(link_keys, (item.source.title for item in items), strict=True))
    by_link: dict[bytes, SeenEntry | None] = {}
    for entry in seen.values():
        by_link[entry.link_key] = None if entry.link_key in by_link else entry  # a link of several entries tells none
    by_link.pop(NO_LINK, None)
    same_links = [None if key in bad_links else by_link.get(key) for key in link_keys]
    guids_change = not any(key in seen for key in guid_keys) and 2 * sum(map(bool, same_links)) >= len(items)

    identities = []
    for item, guid_key, link_key, same_link in zip(items, guid_keys, link_keys, same_links, strict=True):
        rung: Rung
        if guid_key != NO_GUID and guid_key not in bad_guids:
            key, rung = guid_key, "guid"
        elif link_key != NO_LINK and link_key not in bad_links:
            key, rung = link_key, "link"
        else:
            key, rung = _content_key(item), "content"
        known = seen.get(key)
        if known is None and same_link and (guids_change or rung == "link"):
            key, rung, known = same_link.key, "link", same_link
        identities.append(Identity(key, link_key, rung, known))
    return identities
