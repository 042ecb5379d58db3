"""The decision of one poll. Pure: (state, what came, now) gives what to store, what to announce, what to remember.

    not_due(state, minute, force)    before any request: is it this feed's turn?
    failed(state, code, detail)      no usable answer, or no usable document
    refused(state, answer)           an HTTP error: 4xx, 5xx, 410 Gone, 429 with its Retry-After
    unchanged(state, answer)         304, or the same body again
    read(state, answer, parsed)      a document: what in it is new, what was edited, when to look next

Each gives a `Decision`. Its `state` is None where nothing is to be written.
"""

from __future__ import annotations

import hashlib
import http.client
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus

from feedriver import keys
from feedriver.decide import identity, refusal, schedule, seen, wheel
from feedriver.decide.change import FINGERPRINT_VERSION, changed_fields, content_hash, fingerprint
from feedriver.models import Entry, Failing, FeedState, Pending, Rejected, Source, Validators
from feedriver.parse.result import Parsed, ParsedItem
from feedriver.ports import Answer

ANNOUNCE_FAILING_AT = 3  # failures in a row
CHALLENGE = "cf-mitigated"  # a header of bot walls: the host wants a person, and gets none

# Hosts that choke on If-None-Match or If-Modified-Since answer with one of these: the next request has neither.
BLAMED_ON_VALIDATORS = frozenset({400, 412, 416, 431})
UNCONDITIONAL = {"etag": None, "last_modified": None}


@dataclass(frozen=True, slots=True)
class Now:
    """The minute whose turn it is (schedules count from it) and the time itself."""

    minute: datetime
    time: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What one poll comes to.

    `entries_key` says where the entries go, `raw_key` where the document goes, `abandoned` what to clear away after.
    """

    outcome: str
    why: str
    state: FeedState | None = None
    status: int | None = None
    entries: tuple[Entry, ...] = ()
    new: int = 0
    updated: int = 0
    rejected: tuple[Rejected, ...] = ()
    entries_key: str | None = None
    raw_key: str | None = None
    abandoned: tuple[str, ...] = ()


def not_due(state: FeedState, minute: datetime, *, force: bool) -> Decision | None:
    """Why no request may be made now, or None where one may. `force` overrides the feed's own rhythm only."""
    if state.gone:
        return Decision("gone", "the publisher said 410 Gone; `feedriver feeds add` revives it")
    if state.held_until and minute < state.held_until:
        return Decision("waiting", f"the publisher said Retry-After, until {state.held_until:%Y-%m-%d %H:%M} UTC")
    if not force and state.not_before and minute < state.not_before:
        return Decision("waiting", f"not due before {state.not_before:%Y-%m-%d %H:%M} UTC")
    return None


def same_body(state: FeedState, answer: Answer) -> bool:
    """Whether this is the very body that was last committed from the same URL: then nothing need be parsed."""
    known = state.validators
    if known is None or known.url != answer.url or answer.status != HTTPStatus.OK:
        return False
    return known.body_sha256 == hashlib.sha256(answer.body).hexdigest()


def failed(state: FeedState, code: str, detail: str, now: Now, *, status: int | None = None) -> Decision:
    """A poll that brought no usable document. Validators and entries stay untouched."""
    before = state.failing
    failing = Failing(
        count=before.count + 1 if before else 1,
        since=before.since if before else now.time,
        code=code,
        detail=detail[:300],
        announced=bool(before and before.announced),
    )
    outbox = state.outbox
    if failing.count >= ANNOUNCE_FAILING_AT and not failing.announced:
        failing = failing.model_copy(update={"announced": True})
        about = {"code": code, "detail": failing.detail, "count": failing.count, "since": failing.since.isoformat()}
        outbox = (*outbox, Pending(at=now.time, event="Feed Failing", about=about))
    pace = schedule.after_failures(state.every, failing.count)
    after = _written(
        state, now, pace.at_least, failing=failing, outbox=outbox, slot=wheel.slot(state.feed_id, pace.every)
    )
    return Decision(code, f"{detail}; {pace.why}", after, status)


def refused(state: FeedState, answer: Answer, now: Now) -> Decision:
    """An HTTP status that carries no document."""
    status = answer.status
    said = f"HTTP {status} {http.client.responses.get(status, '')}".rstrip()
    if status == HTTPStatus.UNAUTHORIZED:
        said += f": {refusal.of_credentials(state, answer)}"
    if status == HTTPStatus.GONE:
        event = Pending(at=now.time, event="Feed Gone", about={"status": status})
        # Its turn still comes, once a day, and asks for nothing: so that what is in the outbox is announced.
        slot = wheel.slot(state.feed_id, wheel.LONGEST)
        after = _written(state, now, wheel.LONGEST, gone=now.time, outbox=(*state.outbox, event), slot=slot)
        return Decision("gone", f"{said}: not asked again unless it is added again", after, status)
    hold = schedule.held_until(answer.headers, now.time)
    if status == HTTPStatus.TOO_MANY_REQUESTS and hold is None:
        hold = now.time + schedule.DEFAULT_HOLD
    if CHALLENGE in answer.headers:
        code = "blocked"
    elif status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE) and hold:
        code = "rate_limited"
    else:
        code = f"http_{status}"
    if status in BLAMED_ON_VALIDATORS and state.validators:
        state = state.model_copy(update={"validators": state.validators.model_copy(update=UNCONDITIONAL)})
    decision = failed(state, code, said, now, status=status)
    if hold is None or decision.state is None:
        return decision
    held = decision.state.model_copy(update={"held_until": hold})
    return replace(decision, state=held, why=f"{said}; Retry-After until {hold:%Y-%m-%d %H:%M} UTC")


def unchanged(state: FeedState, answer: Answer, now: Now) -> Decision:
    """304, or 200 with the same body: nothing is written, unless a validator changed or a failure is over."""
    outcome, why = ("not_modified", "304") if answer.status == HTTPStatus.NOT_MODIFIED else ("unchanged", "same body")
    known = state.validators
    if outcome == "not_modified" and not (known and (known.etag or known.last_modified)):
        return failed(state, "protocol", "304 to a request without validators", now, status=answer.status)
    fresh = known and _validators(answer, known.body_sha256, known if outcome == "not_modified" else None)
    if fresh == known and not state.failing:
        return Decision(outcome, f"{why}; every {state.every} min", None, answer.status)
    after = _recovered(state, now, state.every, validators=fresh, slot=wheel.slot(state.feed_id, state.every))
    return Decision(outcome, f"{why}; every {state.every} min", after, answer.status)


def read(state: FeedState, answer: Answer, parsed: Parsed, now: Now) -> Decision:
    """A document that was fetched whole and parsed."""
    known, fingerprints = seen.unpack(state.seen)
    items, rejected = parsed.items[: seen.CAPACITY], list(parsed.rejected)
    rejected += [
        Rejected(index=item.index, reason="too_many", detail=f"over {seen.CAPACITY} items in one document")
        for item in parsed.items[seen.CAPACITY :]
    ]
    day = now.minute.date()
    source = Source(id=state.feed_id, url=state.url, **parsed.feed.model_dump(include={"title", "link", "icon"}))
    remembered, entries, overlap = dict(known), [], False
    for item, who in _newest_of_each(items, identity.identify(items, known), rejected):
        print_now = fingerprint(item.source)
        changed: tuple[str, ...] = ()
        if who.known:
            overlap = True
            if fingerprints == FINGERPRINT_VERSION:
                changed = changed_fields(who.known.fingerprint, print_now)
        revision = (who.known.revision + bool(changed)) if who.known else 1
        first_seen = who.known.first_seen if who.known else now.time.replace(microsecond=0)
        remembered.pop(who.key, None)  # what this document holds stands last, and is forgotten last
        remembered[who.key] = seen.SeenEntry(who.key, who.link_key, print_now, revision, day, first_seen)
        if changed or not who.known:
            entries.append(_entry(state.feed_id, source, item, who, revision, changed, first_seen, now))

    pace = schedule.pace([item.item for item in items], parsed.feed.wishes, answer.headers, now.time)
    key = keys.entries_key(state.feed_id, state.rev + 1, day) if entries else None
    outbox = (*state.outbox, Pending(at=now.time, key=key)) if key else state.outbox
    if known and items and not overlap:
        about = {"items": len(items), "known": len(known)}
        outbox = (*outbox, Pending(at=now.time, event="Feed Gap Suspected", about=about))
    after = _recovered(
        state.model_copy(update={"outbox": outbox}),
        now,
        pace.at_least,
        slot=wheel.slot(state.feed_id, pace.every),
        validators=_validators(answer, hashlib.sha256(answer.body).hexdigest(), None),
        seen=seen.pack(remembered.values(), FINGERPRINT_VERSION),
        title=source.title,
        link=source.link,
        icon=source.icon,
        every=pace.every,
    )
    abandoned: tuple[str, ...] = ()
    if key:
        since = (state.entries_committed or state.added).date()
        abandoned = keys.abandoned_keys(state.feed_id, after.rev, since, day)
        after = after.model_copy(update={"entries_committed": now.minute})
    updated = sum(1 for entry in entries if entry.changed)
    return Decision(
        outcome="published" if entries else "unchanged",
        why="; ".join(filter(None, [parsed.flaw, f"every {pace.every} min: {pace.why}"])),
        state=after,
        status=answer.status,
        entries=tuple(entries),
        new=len(entries) - updated,
        updated=updated,
        rejected=tuple(rejected),
        entries_key=key,
        raw_key=keys.raw_key(state.feed_id, after.rev, day),
        abandoned=abandoned,
    )


def _newest_of_each(
    items: Sequence[ParsedItem], identities: Sequence[identity.Identity], rejected: list[Rejected]
) -> list[tuple[ParsedItem, identity.Identity]]:
    """One item an entry: of several the one updated last, else the first; the others are rejected by name."""
    newest: dict[bytes, tuple[ParsedItem, identity.Identity]] = {}
    for item, who in zip(items, identities, strict=True):
        standing = newest.get(who.key)
        if standing is None:
            newest[who.key] = (item, who)
            continue
        if _updated(item) > _updated(standing[0]):
            newest[who.key], item = (item, who), standing[0]  # noqa: PLW2901  # the older of the two is left
        detail = f"the same {who.rung} as another item"
        rejected.append(Rejected(index=item.index, reason="duplicate", detail=detail))
    return sorted(newest.values(), key=lambda pair: pair[0].index)


def _updated(item: ParsedItem) -> float:
    time = item.item.updated or item.item.published
    return time.timestamp() if time else float("-inf")


def _entry(  # noqa: PLR0917  # one caller, and each argument has its own type
    feed_id: str,
    source: Source,
    item: ParsedItem,
    who: identity.Identity,
    revision: int,
    changed: tuple[str, ...],
    first_seen: datetime,
    now: Now,
) -> Entry:
    return Entry(
        id=identity.entry_id(feed_id, who.key),
        revision=revision,
        identified_by=who.rung,
        changed=changed,
        content_hash=content_hash(item.source),
        feed=source,
        first_seen=first_seen,
        seen=now.time.replace(microsecond=0),
        **{name: getattr(item.item, name) for name in type(item.item).model_fields},
    )


def _validators(answer: Answer, body_sha256: str | None, kept: Validators | None) -> Validators:
    """What the answer says, each field on its own; a 304 that repeats no field keeps it (RFC 9110 §15.4.5)."""
    return Validators(
        url=answer.url,
        etag=answer.headers.get("etag") or (kept.etag if kept else None),
        last_modified=answer.headers.get("last-modified") or (kept.last_modified if kept else None),
        body_sha256=body_sha256,
    )


def _written(state: FeedState, now: Now, at_least: int, **changes: object) -> FeedState:
    """The next revision, not to be polled before `at_least` minutes have passed since this one's turn."""
    waits = {"not_before": now.minute + timedelta(minutes=at_least), "held_until": None}
    return state.model_copy(update={"rev": state.rev + 1} | waits | changes)


def _recovered(state: FeedState, now: Now, at_least: int, **changes: object) -> FeedState:
    """The next revision of a feed that answered well, with `Feed Recovered` if its failing had been announced."""
    outbox = state.outbox
    if state.failing and state.failing.announced:
        about = {"code": state.failing.code, "count": state.failing.count, "since": state.failing.since.isoformat()}
        outbox = (*outbox, Pending(at=now.time, event="Feed Recovered", about=about))
    return _written(state, now, at_least, failing=None, outbox=outbox, **changes)
