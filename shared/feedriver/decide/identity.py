"""Which entry an item is: a ladder of trusted guid, link, content; scoped by feed.

A rung is distrusted for a document in which it tells too little. A guid, where several items share it with different
links, or three with different titles, and where all guids are unknown while the links are known (made anew on each
fetch). A link, where several items share it with different titles. A title, where several share it with different
texts. Since documents differ in that, an item is looked for under lower rungs too before it is taken for new. What is
the same but for http/https, `www.`, a trailing slash or a tracking parameter is the same (`plain`).
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from feedriver.decide.change import fingerprint
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


def keys_of(reference: str) -> tuple[bytes, ...]:
    """The keys that an entry has in the seen-set which a tombstone refers to by its guid, the likeliest first."""
    guid = plain(reference)
    return (_key("guid", guid), _key("link", guid)) if guid else ()


def _guid_key(item: ParsedItem) -> bytes:
    guid = plain(item.item.guid or "")
    return _key("guid", guid) if guid else NO_GUID


def _link_key(item: ParsedItem) -> bytes:
    return _key("link", plain(item.item.link)) if item.item.link else NO_LINK


def _content_key(item: ParsedItem) -> bytes:
    source = item.source
    told = source.title or source.media or f"{source.summary}\x00{source.content}"
    return _key("content", f"{plain(item.item.link or '')}\x00{told}")


def _whole_key(item: ParsedItem) -> bytes:
    source = item.source
    told = f"{source.title}\x00{source.media}\x00{source.summary}\x00{source.content}"
    return _key("content", f"{plain(item.item.link or '')}\x00{told}")


def _shared(pairs: Iterable[tuple[Hashable, Hashable]], most: int = 1) -> set[Hashable]:
    """What stands with more than `most` values."""
    values = defaultdict(set)
    for key, value in pairs:
        values[key].add(value)
    return {key for key, found in values.items() if len(found) > most}


@dataclass(frozen=True, slots=True)
class _ByLink:
    """The known entries by link where one alone has it, and by link and title; of several, the one seen last."""

    link: dict[bytes, SeenEntry | None]
    title: dict[tuple[bytes, int], SeenEntry]

    @classmethod
    def of(cls, seen: Mapping[bytes, SeenEntry]) -> _ByLink:
        found = cls({}, {})
        for entry in seen.values():
            if entry.link_key != NO_LINK:
                found.link[entry.link_key] = None if entry.link_key in found.link else entry
                found.title[entry.link_key, entry.fingerprint.fields[0]] = entry
        return found

    def entry(self, item: ParsedItem, link_key: bytes, *, by_title: bool) -> SeenEntry | None:
        """The entry of the same link, if the link (or else the title too) tells."""
        alone = None if by_title else self.link.get(link_key)
        return alone or self.title.get((link_key, fingerprint(item.source).fields[0]))


def identify(items: Sequence[ParsedItem], seen: Mapping[bytes, SeenEntry]) -> list[Identity]:
    """The identity of each item, in order. Two items of one document may turn out to be the same entry."""
    titles = [item.source.title for item in items]
    guid_keys = [_guid_key(item) for item in items]
    link_keys = [_link_key(item) for item in items]
    content_keys = [_content_key(item) for item in items]
    bad_guids = _shared(zip(guid_keys, (item.item.link or item.source.title for item in items), strict=True))
    bad_guids |= _shared(zip(guid_keys, titles, strict=True), most=2)
    bad_links = _shared(zip(link_keys, titles, strict=True))
    bad_contents = _shared(zip(content_keys, map(_whole_key, items), strict=True))
    rivals = _shared(zip(zip(link_keys, titles, strict=True), guid_keys, strict=True))  # what tells them is the guid

    by_link = _ByLink.of(seen)
    same_links = [
        by_link.entry(item, link_key, by_title=link_key in bad_links)
        for item, link_key in zip(items, link_keys, strict=True)
    ]
    guids_change = not any(key in seen for key in guid_keys) and 2 * sum(map(bool, same_links)) >= len(items)

    identities = []
    for number, item in enumerate(items):
        link_key = link_keys[number]
        whole_key = _whole_key(item)
        content_key = whole_key if content_keys[number] in bad_contents else content_keys[number]
        rungs: list[tuple[Rung, bytes]] = []
        if guid_keys[number] != NO_GUID and guid_keys[number] not in bad_guids:
            rungs.append(("guid", guid_keys[number]))
        if link_key != NO_LINK and link_key not in bad_links:
            rungs.append(("link", link_key))
        rungs += [("content", content_key), ("content", whole_key)]
        rung, key = rungs[0]
        known = seen.get(key)
        if known is None and (link_key, titles[number]) not in rivals:
            same_link = same_links[number] if guids_change or rung != "guid" else None
            rung, known = _lower(rungs, seen) or (("link", same_link) if same_link else (rung, None))
        identities.append(Identity(known.key if known else key, link_key, rung, known))
    return identities


def _lower(rungs: Sequence[tuple[Rung, bytes]], seen: Mapping[bytes, SeenEntry]) -> tuple[Rung, SeenEntry] | None:
    """The entry that was once identified by a lower rung, when the upper ones were absent or not trusted."""
    return next(((rung, seen[key]) for rung, key in rungs[1:] if key in seen), None)
