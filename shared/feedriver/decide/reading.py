"""The decision on a document that was fetched whole and parsed. Pure.

What in it is new, what was edited, when to look next, and what is remembered of it.
"""

from __future__ import annotations

import hashlib

from feedriver import keys
from feedriver.decide import (
    deletion,
    identity,
    moves,
    schedule,
    seen,
    skips,
    subscription,
    takeover,
    trust,
    version,
    volatile,
    window,
)
from feedriver.decide.change import FINGERPRINT_VERSION
from feedriver.decide.decision import Decision, Now, given_validators, recovered
from feedriver.decide.entries import entry, newest_of_each
from feedriver.models import FeedState, Pending, Rejected, Source
from feedriver.parse.result import Parsed
from feedriver.ports import Answer


def read(state: FeedState, answer: Answer, parsed: Parsed, now: Now) -> Decision:
    """A document that was fetched whole and parsed."""
    before, state = state, moves.followed(state, answer.moved_to, now.time)
    known, fingerprints = seen.unpack(state.seen)
    held = window.of(before)
    items, rejected = window.sightings(parsed, held), list(parsed.rejected)
    rejected += [
        Rejected(index=item.index, reason="too_many", detail=f"over {seen.CAPACITY} items in one document")
        for item in items[seen.CAPACITY :]
    ]
    del items[seen.CAPACITY :]
    day = now.minute.date()
    source = Source(id=state.feed_id, url=state.url, **parsed.feed.model_dump(include={"title", "link", "icon"}))
    identities = identity.identify(items, known)
    again: dict[bytes, None] = {}
    remembered: dict[bytes, seen.SeenEntry] = {}
    found, waiting = [], set()
    for item, who in newest_of_each(items, identities, rejected):
        if item.item is None:  # its source is known: it is what it was
            again[who.key] = None
            continue
        judged = version.judge(who, item.fingerprint, now.time, day, comparable=fingerprints == FINGERPRINT_VERSION)
        remembered[who.key] = judged.remembered
        if judged.waits:
            waiting.add(who.key)
        if judged.announced:
            found.append(entry(state.feed_id, source, item.item, who, judged, now.time))
    entries, passed_over = subscription.announced(state, found)
    deletions = deletion.judge(state.feed_id, parsed.deleted, known, again | remembered, now.time)
    newly = [*deletions.entries.values(), *remembered.values()]
    seen_now = seen.pack(known, again, newly, day, FINGERPRINT_VERSION)
    seen_as = [(item, who.key) for item, who in zip(items, identities, strict=True) if who.key not in waiting]

    head = b"" if deletions.waiting else parsed.head  # the same document is to be read again
    given = given_validators(answer, hashlib.sha256(answer.body).hexdigest())
    if waiting or deletions.waiting:
        given = trust.unfinished(given)
    validators = trust.after_a_document(state, given, now.time)
    hourly = trust.hourly(validators, now.time)
    pace = schedule.pace(
        [item.published for item in items], parsed.feed.wishes, answer.headers, now.time, hourly=hourly
    )
    rev = state.rev + 1
    lines = "".join(f"{each.model_dump_json()}\n" for each in entries).encode()
    staged = keys.staging_key(state.feed_id, rev, lines) if entries else None
    key = keys.entries_key(state.feed_id, rev, day) if entries else None
    apart = bool(known and items and not any(who.known for who in identities))
    stranger = takeover.event(state, parsed.feed, now.time) if apart else None
    stored = Pending(at=entries[0].seen, key=key, staged=staged) if key else None
    about = {"items": len(items), "known": len(known)}
    gap = Pending(at=now.time, event="Feed Gap Suspected", about=about) if apart and not stranger else None
    outbox = (*state.outbox, *filter(None, (stranger, stored, gap)), *deletions.events)
    after = recovered(
        state.model_copy(update={"outbox": outbox}),
        now,
        pace.every,
        pace.at_least,
        validators=validators,
        seen=seen_now,
        window=window.pack(head, seen_as, held, window.ROOM - len(seen_now)),
        title=source.title,
        link=source.link,
        icon=source.icon,
        identity=takeover.own_id(state, parsed.feed),
        every=pace.every,
        at_least=pace.at_least,
        **skips.meant(parsed.feed.wishes),
    )
    updated = sum(1 for entry in entries if entry.changed)
    told = [passed_over, deletions.told, volatile.told(len(waiting))]
    return Decision(
        outcome="published" if entries else "unchanged",
        why="; ".join(filter(None, [parsed.flaw, *told, f"every {pace.every} min: {pace.why}"]))
        + moves.told(after, before),
        state=after,
        status=answer.status,
        entries=entries,
        new=len(entries) - updated,
        updated=updated,
        rejected=tuple(rejected),
        lines=lines,
        staging_key=staged,
        entries_key=key,
        raw_key=keys.raw_key(state.feed_id, rev, day, answer.body),
    )
