"""What a document brings, beside what is known of its feed: entries to announce, deletions, and what to remember."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from feedriver.decide import crowd, deletion, flood, identity, seen, subscription, version, volatile, window
from feedriver.decide.decision import Now
from feedriver.decide.entries import entry, newest_of_each
from feedriver.decide.fingerprint import FINGERPRINT_VERSION
from feedriver.models import Entry, Rejected, Source
from feedriver.parse import heading
from feedriver.parse.result import Parsed
from feedriver.state import FeedState, Flood, Pending


@dataclass(frozen=True, slots=True)
class News:
    """What a document brings.

    `held` are entries that are stored and not announced, `flood` what is remembered of that, `flooding` the event on
    it, if any. `seen`, `bare`, `window` and `heading` are packed as the state keeps them. `complete` is False where
    something of the document is still to be told. `published` are the dates of its items, `first_seen` those of its
    entries; `any_new` says whether one of them was not known. `told` says what is to be said of it all, part by part,
    where there is something.
    """

    entries: tuple[Entry, ...]
    held: tuple[Entry, ...]
    flood: Flood
    flooding: Pending | None
    deletions: tuple[Pending, ...]
    rejected: tuple[Rejected, ...]
    seen: bytes
    bare: bytes
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
    bare = crowd.unpack(state.bare)
    held = window.of(state)
    items, rejected = window.sightings(parsed, held), list(parsed.rejected)
    day, comparable = now.minute.date(), fingerprints == FINGERPRINT_VERSION
    identities = identity.identify(items, known, bare)
    chosen = newest_of_each(items, identities, rejected)
    fresh = [who.key for _, who in chosen if who.known is None and not who.bare]
    left_out = crowd.left_out(fresh, len(chosen) - len(fresh))
    again: dict[bytes, seen.SeenEntry | None] = {}
    remembered: dict[bytes, seen.SeenEntry] = {}
    found: list[tuple[bytes, Entry]] = []
    waiting: set[bytes] = set()
    for item, who in chosen:
        if who.key in left_out:
            rejected.append(Rejected(index=item.index, reason="too_many", detail=f"over {crowd.MOST} in one document"))
            continue
        if who.bare:
            continue
        if item.item is None:  # its source is known: it is what it was
            again[who.key] = who.known
            continue
        judged = version.judge(who, item.fingerprint, now.time, day, comparable=comparable)
        remembered[who.key] = judged.remembered
        if judged.waits:
            waiting.add(who.key)
        if judged.announced:
            found.append((who.key, entry(state.feed_id, source, item.item, who, judged, now.time)))
    found, passed_over = subscription.announced(state, found)
    first = not (known or bare)
    divided = flood.divide(state, found, known.held(), day, now.time, first=first, broken=bool(parsed.flaw))
    remembered |= {key: replace(remembered[key], held=True) for key in divided.keys}
    deletions = deletion.judge(state.feed_id, parsed.deleted, known, again | remembered, now.time)
    newly = [*deletions.entries.values(), *remembered.values()]
    bare_now = {who.key: None for _, who in chosen if who.bare}
    memory = crowd.remember(known, again, newly, day, FINGERPRINT_VERSION, bare_now, ever=bool(state.bare))
    here = [each for each in (*again.values(), *remembered.values()) if each]
    free = sum(not each.held for each in here)
    published = tuple(item.published for item in items)
    record = flood.learned(state, divided.record, free, published, now.time)
    record = record.replace(left_out=len(left_out))
    # Of several items that are one entry, the one that was chosen: once it is gone, another is to be read and judged.
    stands = {who.key: item.slice for item, who in chosen if who.key not in waiting}
    pairs = zip(items, identities, strict=True)
    seen_as = [(item, who.key) for item, who in pairs if stands.get(who.key) == item.slice]
    heading_now = heading.pack(parsed)
    head = b"" if deletions.waiting or deletions.contradicted else parsed.head  # to be read again though it is the same
    window_now = window.pack(head, seen_as, held, window.ROOM - sum(map(len, (*memory, heading_now))))
    return News(
        entries=divided.announced,
        held=divided.held,
        flood=record,
        flooding=divided.event,
        deletions=deletions.events,
        rejected=tuple(rejected),
        seen=memory.seen,
        bare=memory.bare,
        window=window_now,
        heading=heading_now if window_now else b"",
        complete=not (waiting or deletions.waiting),
        published=published,
        first_seen=tuple(each.first_seen for each in here),
        any_new=any(key not in known for key in remembered),
        overlap=any(who.known or who.bare for who in identities),
        known=len(known) + len(bare),
        told=(
            passed_over,
            divided.told,
            crowd.told(len(left_out), len(crowd.unpack(memory.bare))),
            deletions.told,
            volatile.told(len(waiting)),
        ),
    )
