"""What a document changes, beside what is known of its feed: entries to announce, deletions, and what to remember."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from feedriver.decide import deletion, entries, flood, overflow, seen, version, window
from feedriver.decide.decision import Now
from feedriver.decide.deletion import Deletions
from feedriver.decide.entries import Identified
from feedriver.decide.fingerprint import FINGERPRINT_VERSION
from feedriver.decide.identity import Identity, Sighting, identify
from feedriver.decide.overflow import Memory
from feedriver.decide.seen import Seen, SeenEntry
from feedriver.decide.window import Window
from feedriver.models import Entry, Rejected, Source
from feedriver.parse import heading
from feedriver.parse.result import Parsed
from feedriver.state import FeedState, Pending, StateChanges


@dataclass(frozen=True, slots=True)
class DocumentChanges:
    """What a document changes.

    `held` are entries that are stored and not announced, `flooding` the event on it, if any. `left_out` counts items
    beyond what can be remembered. `memory` are the fields of the state that say what is known from now on. `complete`
    is False where something of the document is still to be announced. `published` are the dates of its items, `new`
    those of items whose entries nobody knew, and `first_seen` says when its entries were first there.
    `known` counts the entries that were known before, and `overlap` says whether the document holds one of them.
    `notes` are for the poll's report.
    """

    announced: tuple[Entry, ...]
    held: tuple[Entry, ...]
    flooding: Pending | None
    deletions: tuple[Pending, ...]
    rejected: tuple[Rejected, ...]
    left_out: int
    memory: StateChanges
    complete: bool
    published: tuple[datetime | None, ...]
    new: tuple[datetime | None, ...]
    first_seen: tuple[datetime, ...]
    overlap: bool
    known: int
    notes: tuple[str, ...]

    @property
    def any_new(self) -> bool:
        """Whether one of its entries was not known."""
        return bool(self.new)

    @property
    def apart(self) -> bool:
        """Whether the feed had known entries, and the document has items and none of them."""
        return bool(self.known and self.published and not self.overlap)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a feed. `overflow` are the keys of entries of which no more is known.

    `comparable` says that the fingerprints of `entries` were made as those of today are.
    """

    entries: Seen
    comparable: bool
    overflow: frozenset[bytes]
    window: Window

    @classmethod
    def from_state(cls, state: FeedState) -> Self:
        known, fingerprints = seen.unpack(state.seen)
        return cls(known, fingerprints == FINGERPRINT_VERSION, overflow.unpack(state.bare), window.unpack(state))

    @property
    def count(self) -> int:
        return len(self.entries) + len(self.overflow)


@dataclass(frozen=True, slots=True)
class _Items:
    """The items of a document, and which entry each is. Of several that are one entry, one is in `chosen`.

    `left_out` are the keys of new entries that cannot be remembered beside the others.
    """

    sightings: list[Sighting]
    identities: list[Identity]
    chosen: list[Identified]
    left_out: frozenset[bytes]
    rejected: list[Rejected]

    @property
    def key_only(self) -> list[bytes]:
        return [identity.key for _, identity in self.chosen if identity.key_only]


@dataclass(frozen=True, slots=True)
class _Versions:
    """The entries of a document by key: those whose source is known, and those that were read.

    `found` are new entries and new versions, `waiting` the keys of entries whose next version has to wait.
    """

    again: dict[bytes, SeenEntry | None]
    read: dict[bytes, SeenEntry]
    found: list[tuple[bytes, Entry]]
    waiting: set[bytes]


def compare(state: FeedState, parsed: Parsed, source: Source, now: Now) -> DocumentChanges:
    """What `parsed` changes for the feed of `state`. `source` is what its entries say of the feed."""
    day = now.minute.date()
    known = _Known.from_state(state)
    items = _identified(parsed, known)
    versions = _versions(items, known, state, source, now)
    found, passed_over = entries.announced(state, versions.found)
    divided = flood.divide(
        state, found, known.entries.held(), day, now.time, first=not known.count, broken=bool(parsed.flaw)
    )
    read = versions.read | {key: replace(versions.read[key], held=True) for key in divided.keys}
    present = versions.again | read
    deletions = deletion.find(state.feed_id, parsed.deleted, known.entries, present, now.time)
    newly = [*deletions.entries.values(), *read.values()]
    memory = overflow.remember(
        known.entries, versions.again, newly, day, FINGERPRINT_VERSION, items.key_only, ever=bool(state.bare)
    )
    window_now, heading_now = _window(parsed, known.window, items, versions.waiting, deletions, memory)
    published = tuple(sighting.published for sighting in items.sightings)
    stays = [each for each in present.values() if each]
    record = flood.learned(state, divided.record, sum(not each.held for each in stays), published, now.time)
    return DocumentChanges(
        announced=divided.announced,
        held=divided.held,
        flooding=divided.event,
        deletions=deletions.events,
        rejected=tuple(items.rejected),
        left_out=len(items.left_out),
        memory={
            "seen": memory.seen,
            "bare": memory.overflow,
            "flood": record.replace(left_out=len(items.left_out)),
            "window": window_now,
            "heading": heading_now,
        },
        complete=not (versions.waiting or deletions.waiting),
        published=published,
        new=tuple(
            sighting.published for sighting, identity in items.chosen if identity.known is None and identity.key in read
        ),
        first_seen=tuple(each.first_seen for each in stays),
        overlap=any(each.known or each.key_only for each in items.identities),
        known=known.count,
        notes=(
            passed_over,
            divided.note,
            overflow.note(len(items.left_out), len(overflow.unpack(memory.overflow))),
            deletions.note,
            version.note(len(versions.waiting)),
        ),
    )


def _identified(parsed: Parsed, known: _Known) -> _Items:
    """Which entry each item of a document is, and the items that are rejected for it."""
    rejected = list(parsed.rejected)
    sightings = window.sightings(parsed, known.window)
    identities = identify(sightings, known.entries, known.overflow)
    chosen = entries.newest_of_each(sightings, identities, rejected)
    fresh = [identity.key for _, identity in chosen if identity.known is None and not identity.key_only]
    left_out = overflow.left_out(fresh, len(chosen) - len(fresh))
    for sighting, identity in chosen:
        if identity.key in left_out:
            detail = f"over {overflow.MOST} in one document"
            rejected.append(Rejected(index=sighting.index, reason="too_many", detail=detail))
    return _Items(sightings, identities, chosen, left_out, rejected)


def _versions(items: _Items, known: _Known, state: FeedState, source: Source, now: Now) -> _Versions:
    """Which version of its entry each item is; entries that are known by their keys alone have none."""
    versions = _Versions({}, {}, [], set())
    for sighting, identity in items.chosen:
        key = identity.key
        if key in items.left_out or identity.key_only:
            continue
        if sighting.item is None:  # its source is known: it is what it was
            versions.again[key] = identity.known
            continue
        found = version.version_of(
            identity, sighting.fingerprint, now.time, now.minute.date(), comparable=known.comparable
        )
        versions.read[key] = found.remembered
        if found.waits:
            versions.waiting.add(key)
        if found.announced:
            entry = entries.entry(state.feed_id, source, sighting.item, identity, found, now.time)
            versions.found.append((key, entry))
    return versions


def _window(  # noqa: PLR0917  # one caller, and each argument has its own type
    parsed: Parsed, before: Window, items: _Items, waiting: Collection[bytes], deletions: Deletions, memory: Memory
) -> tuple[bytes, bytes]:
    """The window and the heading, packed: what the next poll need not read. Both are empty where one has no room."""
    # Of several items that are one entry, the one that was chosen: once it is gone, another is to be read and judged.
    stands = {identity.key: sighting.slice for sighting, identity in items.chosen if identity.key not in waiting}
    pairs = zip(items.sightings, items.identities, strict=True)
    seen_as = [(each, identity.key) for each, identity in pairs if stands.get(identity.key) == each.slice]
    head = b"" if deletions.waiting or deletions.contradicted else parsed.head  # to be read again though it is the same
    heading_now = heading.pack(parsed)
    window_now = window.pack(head, seen_as, before, window.ROOM - sum(map(len, (*memory, heading_now))))
    return window_now, heading_now if window_now else b""
