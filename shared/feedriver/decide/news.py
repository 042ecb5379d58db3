"""What a document brings, beside what is known of its feed: entries to announce, deletions, and what to remember."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedriver.decide import deletion, identity, seen, subscription, version, volatile, window
from feedriver.decide.change import FINGERPRINT_VERSION
from feedriver.decide.decision import Now
from feedriver.decide.entries import entry, newest_of_each
from feedriver.models import Entry, FeedState, Pending, Rejected, Source
from feedriver.parse import heading
from feedriver.parse.result import Parsed


@dataclass(frozen=True, slots=True)
class News:
    """What a document brings.

    `seen`, `window` and `heading` are packed as the state keeps them. `complete` is False where something of the
    document is still to be told. `published` are the dates of its items, `first_seen` those of its entries; `any_new`
    says whether one of them was not known. `told` says what is to be said of it all, part by part, where there is
    something.
    """

    entries: tuple[Entry, ...]
    deletions: tuple[Pending, ...]
    rejected: tuple[Rejected, ...]
    seen: bytes
    window: bytes
    heading: bytes
    complete: bool
    published: tuple[datetime | None, ...]
    first_seen: tuple[datetime, ...]
    any_new: bool
    overlap: bool
    known: int
    told: tuple[str, ...]

    @property
    def apart(self) -> bool:
        """Whether the feed had known entries, and the document has items and none of them."""
        return bool(self.known and self.published and not self.overlap)


def of(state: FeedState, parsed: Parsed, source: Source, now: Now) -> News:
    """What `parsed` brings to the feed of `state`."""
    known, fingerprints = seen.unpack(state.seen)
    held = window.of(state)
    items, rejected = window.sightings(parsed, held), list(parsed.rejected)
    rejected += [
        Rejected(index=item.index, reason="too_many", detail=f"over {seen.CAPACITY} items in one document")
        for item in items[seen.CAPACITY :]
    ]
    del items[seen.CAPACITY :]
    day, comparable = now.minute.date(), fingerprints == FINGERPRINT_VERSION
    identities = identity.identify(items, known)
    chosen = newest_of_each(items, identities, rejected)
    again: dict[bytes, seen.SeenEntry | None] = {}
    remembered: dict[bytes, seen.SeenEntry] = {}
    found, waiting = [], set()
    for item, who in chosen:
        if item.item is None:  # its source is known: it is what it was
            again[who.key] = who.known
            continue
        judged = version.judge(who, item.fingerprint, now.time, day, comparable=comparable)
        remembered[who.key] = judged.remembered
        if judged.waits:
            waiting.add(who.key)
        if judged.announced:
            found.append(entry(state.feed_id, source, item.item, who, judged, now.time))
    entries, passed_over = subscription.announced(state, found)
    deletions = deletion.judge(state.feed_id, parsed.deleted, known, again | remembered, now.time)
    newly = [*deletions.entries.values(), *remembered.values()]
    seen_now = seen.pack(known, again, newly, day, FINGERPRINT_VERSION)
    # Of several items that are one entry, the one that was chosen: once it is gone, another is to be read and judged.
    stands = {who.key: item.slice for item, who in chosen if who.key not in waiting}
    pairs = zip(items, identities, strict=True)
    seen_as = [(item, who.key) for item, who in pairs if stands.get(who.key) == item.slice]
    heading_now = heading.pack(parsed)
    head = b"" if deletions.waiting or deletions.contradicted else parsed.head  # to be read again though it is the same
    window_now = window.pack(head, seen_as, held, window.ROOM - len(seen_now) - len(heading_now))
    return News(
        entries=entries,
        deletions=deletions.events,
        rejected=tuple(rejected),
        seen=seen_now,
        window=window_now,
        heading=heading_now if window_now else b"",
        complete=not (waiting or deletions.waiting),
        published=tuple(item.published for item in items),
        first_seen=tuple(each.first_seen for each in (*again.values(), *remembered.values()) if each),
        any_new=any(key not in known for key in remembered),
        overlap=any(who.known for who in identities),
        known=len(known),
        told=(passed_over, deletions.told, volatile.told(len(waiting))),
    )
