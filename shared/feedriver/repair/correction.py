"""What today's parser makes of a document that was read before, against what is stored of it. Pure.

An entry's newest stored version is compared with the same item of the document that it came from, so whatever differs
is the parser's doing. It is a difference where a subscriber sees it (`VISIBLE`). A new signature in an address is none.
An item that is no known entry was missed, or rejected, and is published.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from feedriver import keys
from feedriver.decide import identity, item_limit, overflow, seen
from feedriver.decide.entries import entry, newest_of_each
from feedriver.decide.fingerprint import FINGERPRINT_VERSION, unsigned
from feedriver.decide.seen import SeenEntry
from feedriver.decide.version import Version
from feedriver.models import Entry, Source
from feedriver.parse.bounds import bounded
from feedriver.parse.result import Parsed
from feedriver.state import FeedState, Pending

VISIBLE = (
    *("title", "text", "html", "link", "authors", "published"),
    *("images", "enclosures", "categories", "language", "summary"),
)


class Correction(NamedTuple):
    """An entry as it should be, how it is remembered then, and whether it had been missed."""

    entry: Entry
    remembered: SeenEntry
    missed: bool


class Corrected(NamedTuple):
    """The next revision of a feed, and its entries as they are stored: under `staged` until it is committed."""

    state: FeedState
    staged: str
    lines: bytes


def newest(state: FeedState, entries: Iterable[Entry]) -> dict[bytes, Entry]:
    """Those of the stored entries that are the newest version of theirs, by their keys in the seen-set."""
    known, _ = seen.unpack(state.seen)
    by_id = {seen.entry_id(state.feed_id, key): key for key in known}
    return {key: each for each in entries if (key := by_id.get(each.id)) and known[key].revision == each.revision}


def compare(  # noqa: PLR0917  # one caller, and each argument has its own type
    state: FeedState,
    parsed: Parsed,
    stored_entries: Mapping[bytes, Entry],
    own: Collection[bytes],
    settled: Collection[bytes],
    now: datetime,
) -> tuple[list[Correction], set[bytes]]:
    """The corrections that a document brings, and the keys of the entries that were compared with it.

    `stored_entries` are of this document's revision (`own` has their keys) or of later ones: the latter are
    compared where their source fields are those of this document, which an earlier correction stored. `settled` are
    keys of missed entries that a newer document held, or that were deleted since. A document that shares nothing with
    what is known is of another feed, and a full seen-set cannot tell what was missed.
    """
    known, fingerprints = seen.unpack(state.seen)
    sightings = [identity.Sighting.from_item(item) for item in parsed.items[: overflow.MOST]]
    identities = identity.identify(sightings, known, overflow.unpack(state.bare))
    if known and not any(who.known or who.key_only for who in identities):
        return [], set()
    room_left = 0 if overflow.forgets(known, state.bare) else seen.CAPACITY - len(known)
    source = Source(id=state.feed_id, url=state.url, **parsed.feed.model_dump(include={"title", "link", "icon"}))
    corrections, compared = [], set()
    for sighting, who in newest_of_each(sightings, identities, []):
        if sighting.item is None:
            continue
        stored = stored_entries.get(who.key)
        if who.known is None:
            if who.key_only or who.key in settled or not room_left:
                continue
            room_left -= 1
            at = now.replace(microsecond=0)
            fresh = SeenEntry(who.key, who.link_key, sighting.fingerprint, 1, now.date(), at)
            made = entry(state.feed_id, source, sighting.item, who, Version(fresh, new=True), now)
            corrections.append(Correction(made, fresh, missed=True))
        elif stored and not who.known.deleted:
            # As of then: whether a date lies ahead is not judged anew.
            made = entry(state.feed_id, source, sighting.item, who, Version(who.known), stored.seen)
            if who.key not in own and made.content_hash != stored.content_hash:
                continue
            compared.add(who.key)
            if changed := differences(stored, made):
                same = sighting.fingerprint if fingerprints == FINGERPRINT_VERSION else who.known.fingerprint
                after = replace(who.known, revision=who.known.revision + 1, fingerprint=same)
                again = made.replace(revision=after.revision, changed=changed, seen=now.replace(microsecond=0))
                corrections.append(Correction(again, after, missed=False))
    return corrections, compared


def differences(stored: Entry, made: Entry) -> tuple[str, ...]:
    """The names of the fields that a subscriber sees and that differ.

    What was stored before bodies were bounded is compared as it would be stored now: a bound is no difference.
    """
    before, after = (bounded(each).model_dump(mode="json", include=set(VISIBLE)) for each in (stored, made))
    return tuple(name for name in VISIBLE if _comparable(before[name]) != _comparable(after[name]))


def _comparable(value: object) -> str:
    """As JSON, without the signatures in addresses."""
    return unsigned(json.dumps(value, ensure_ascii=False))


def corrected(state: FeedState, corrections: Sequence[Correction]) -> Corrected:
    """The commit of corrections: seen-set and outbox. Validators, schedule and all else stay as they are.

    Its time is the entries' own `seen`: a replay makes the same events from it, to the letter.
    """
    known, fingerprints = seen.unpack(state.seen)
    rev, at = state.rev + 1, corrections[0].entry.seen
    lines = "".join(f"{each.entry.model_dump_json()}\n" for each in corrections).encode()
    staged = keys.staging_key(state.feed_id, rev, lines)
    key = keys.entries_key(state.feed_id, rev, at.date())
    pending = Pending(at=at, key=key, staged=staged)
    remembered = [each.remembered for each in corrections]
    packed = seen.pack(known, (), remembered, at.date(), fingerprints or FINGERPRINT_VERSION)
    after = state.replace(rev=rev, seen=packed, outbox=(*state.outbox, pending))
    return Corrected(item_limit.fitted(after), staged, lines)
