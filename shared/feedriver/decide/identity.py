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
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from feedriver.decide.fingerprint import fingerprint
from feedriver.decide.seen import KEY_BYTES, NO_LINK, Fingerprint, Seen, SeenEntry
from feedriver.parse.result import ParsedItem

NO_GUID = bytes(KEY_BYTES)
_OLDEST = (b"", b"")
UNREAD = Fingerprint((0,) * 8, 0)
Rung = Literal["guid", "link", "content"]
_TRACKING = re.compile(r"^(utm_\w+|fbclid|gclid|mc_cid|mc_eid)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Identity:
    """Which entry an item is, by which rung, and what is known of it already.

    `known` is None where it is new, and where it is `key_only`: then no more is known than its key.
    """

    key: bytes
    link_key: bytes
    rung: Rung
    known: SeenEntry | None
    key_only: bool = False


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


class Keys(NamedTuple):
    """What tells an item apart, hashed: its guid, link and title; its link with its title; its link with all its text.

    `NO_GUID` and `NO_LINK` where it has none.
    """

    guid: bytes
    link: bytes
    title: bytes
    content: bytes
    whole: bytes


def keys_of(reference: str) -> tuple[bytes, ...]:
    """The keys that an entry has in the seen-set which a tombstone refers to by its guid, the likeliest first."""
    guid = plain(reference)
    return (_key("guid", guid), _key("link", guid)) if guid else ()


def item_keys(item: ParsedItem) -> Keys:
    """The keys of an item."""
    source, guid, link = item.source, plain(item.item.guid or ""), plain(item.link or "")
    text = source.title or source.media or f"{source.summary}\x00{source.content}"
    all_text = f"{source.title}\x00{source.media}\x00{source.summary}\x00{source.content}"
    return Keys(
        guid=_key("guid", guid) if guid else NO_GUID,
        link=_key("link", link) if item.link else NO_LINK,
        title=_key("title", source.title),
        content=_key("content", f"{link}\x00{text}"),
        whole=_key("content", f"{link}\x00{all_text}"),
    )


def _key(kind: str, text: str) -> bytes:
    return hashlib.sha256(f"{kind}\x00{text}".encode("utf-8", "replace")).digest()[:KEY_BYTES]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One item of a document, as far as identity and rhythm need it.

    `slice` is the hash of its source, and `entry` the key of the entry that this source was seen as: empty where there
    is none. `item` is None where the item was not read, since its source is known.
    """

    index: int
    keys: Keys
    published: datetime | None
    updated: datetime | None
    slice: bytes = b""
    entry: bytes = b""
    item: ParsedItem | None = None
    fingerprint: Fingerprint = UNREAD

    @classmethod
    def from_item(cls, item: ParsedItem, entry: bytes = b"") -> Sighting:
        """The sighting of an item that was read."""
        published, updated = item.item.published, item.item.updated
        prints = fingerprint(item.source)
        return cls(item.index, item_keys(item), published, updated, item.slice, entry, item, prints)

    @property
    def title(self) -> bytes:
        """The title's fingerprint, as the seen-set keeps it."""
        return self.fingerprint.fields[0].to_bytes(2, "big")


def _shared(pairs: Iterable[tuple[Hashable, Hashable]], most: int = 1) -> set[Hashable]:
    """What stands with more than `most` values."""
    values = defaultdict(set)
    for key, value in pairs:
        values[key].add(value)
    return {key for key, found in values.items() if len(found) > most}


class _ByLink:
    """The known entries by link where one alone has it, and by link and title; of several, the youngest.

    Which one that is must not hang on the order in which documents were read, or on which of their items were.
    """

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._link: dict[bytes, bytes | None] = {}
        self._title: dict[tuple[bytes, bytes], tuple[bytes, bytes]] = {}
        for link, title, first_seen, key in seen.links():
            self._link[link] = None if link in self._link else key
            self._title[link, title] = max(self._title.get((link, title), _OLDEST), (first_seen, key))

    def entry(self, sighting: Sighting, *, by_title: bool) -> SeenEntry | None:
        """The entry of the same link, if the link (or else the title too) tells."""
        link = sighting.keys.link
        alone = None if by_title else self._link.get(link)
        key = alone or self._title.get((link, sighting.title), _OLDEST)[1]
        return self._seen[key] if key else None


def identify(sightings: Sequence[Sighting], seen: Seen, key_only: frozenset[bytes] = frozenset()) -> list[Identity]:
    """The identity of each item, in order. Two items of one document may turn out to be the same entry.

    An item whose very source was seen before is the entry that it was then. `key_only` are the keys of known entries
    that are not in `seen` (`feedriver.decide.overflow`).
    """
    keys = [each.keys for each in sightings]
    bad_guids = _shared((each.guid, each.title if each.link == NO_LINK else each.link) for each in keys)
    bad_guids |= _shared(((each.guid, each.title) for each in keys), most=2)
    bad_links = _shared((each.link, each.title) for each in keys)
    bad_contents = _shared((each.content, each.whole) for each in keys)
    rivals = _shared(((each.link, each.title), each.guid) for each in keys)  # what tells them is the guid

    new = [each for each in sightings if each.entry not in seen]
    by_link = _ByLink(seen) if new else None
    same_links = {
        each.index: by_link.entry(each, by_title=each.keys.link in bad_links) if by_link else None for each in new
    }
    related = len(sightings) - len(new) + sum(map(bool, same_links.values()))
    guids_change = not any(each.guid in seen for each in keys) and 2 * related >= len(sightings)

    identities = []
    for each in sightings:
        its = each.keys
        rungs: list[tuple[Rung, bytes]] = []
        if its.guid != NO_GUID and its.guid not in bad_guids:
            rungs.append(("guid", its.guid))
        if its.link != NO_LINK and its.link not in bad_links:
            rungs.append(("link", its.link))
        rungs += [("content", its.whole if its.content in bad_contents else its.content), ("content", its.whole)]
        rung, key = rungs[0]
        known = seen.get(each.entry or key)
        if known is None and (its.link, its.title) not in rivals:
            same_link = same_links[each.index] if guids_change or rung != "guid" else None
            rung, known = _lower(rungs, seen) or (("link", same_link) if same_link else (rung, None))
        by_key = next((each for each in rungs if each[1] in key_only), None) if known is None and key_only else None
        if by_key:
            identities.append(Identity(by_key[1], its.link, by_key[0], None, key_only=True))
            continue
        identities.append(Identity(known.key if known else key, its.link, rung, known))
    return identities


def _lower(rungs: Sequence[tuple[Rung, bytes]], seen: Seen) -> tuple[Rung, SeenEntry] | None:
    """The entry that was once identified by a lower rung, when the upper ones were absent or not trusted."""
    return next(((rung, seen[key]) for rung, key in rungs[1:] if key in seen), None)
