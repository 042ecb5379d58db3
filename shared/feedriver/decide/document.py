"""The decision on a document that was fetched whole and parsed. Pure.

compare         what is new in it, beside what is known (`feedriver.decide.changes`)
validators      what makes the next request conditional
pace            when the feed is polled next
store           the entries as they are stored, announced ones and held ones
outbox          what is to be announced
next revision   all of it in the state that is committed
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass

from feedriver import keys
from feedriver.decide import (
    conditional,
    item_limit,
    pacing,
    redirects,
    rhythm,
    schedule,
    silence,
    skips,
    slowness,
    takeover,
)
from feedriver.decide.changes import DocumentChanges, compare
from feedriver.decide.decision import Decision, Now, next_revision, recovered
from feedriver.decide.freshness import BALANCED
from feedriver.decide.outcome import Outcome
from feedriver.decide.pacing import Asked
from feedriver.decide.rhythm import Rhythm
from feedriver.decide.schedule import Pace
from feedriver.http import Answer
from feedriver.models import Entry, Source
from feedriver.parse.result import Parsed
from feedriver.state import FeedState, Pending, Validators


@dataclass(frozen=True, slots=True)
class _Stored:
    """Entries as they are stored: their lines, where these are staged, and what the outbox says of them."""

    lines: bytes = b""
    staging_key: str | None = None
    pending: Pending | None = None


@dataclass(frozen=True, slots=True)
class _Timing:
    """When the feed is asked next, and with which validators.

    `pace` follows from its rhythm and from what its publisher `asked` for. `slowed` is what it comes to where its last
    `slow` documents took long to parse.
    """

    validators: Validators
    rhythm: Rhythm
    asked: Asked | None
    pace: Pace
    slowed: Pace
    slow: int

    @property
    def notes(self) -> tuple[str, str]:
        """What the report says of it."""
        slowed = f"looked at every {self.slowed.every} min, since its last {self.slow} documents took long to read"
        return f"every {self.pace.every} min: {self.pace.why}", slowed if self.slow > 1 else ""


def decide(state: FeedState, answer: Answer, parsed: Parsed, now: Now, *, spacing: float = BALANCED) -> Decision:
    """The decision on a document, `parsed`, that came with `answer`.

    `spacing` says how often feeds are looked at (`feedriver.decide.freshness`).
    """
    followed = redirects.followed(state, answer.moved_to, now.time)
    source = Source(id=state.feed_id, url=followed.url, **parsed.feed.model_dump(include={"title", "link", "icon"}))
    changes = compare(followed, parsed, source, now)
    timing = _timing(followed, answer, parsed, changes, now, spacing)
    day, rev = now.minute.date(), state.rev + 1
    entries = _stored(state.feed_id, rev, changes.announced, keys.entries_key(state.feed_id, rev, day))
    held = _stored(state.feed_id, rev, changes.held, keys.held_key(state.feed_id, rev))
    noticed = silence.after_reading(followed, changes.published, changes.first_seen, now.time, new=changes.any_new)
    outbox = (*noticed.outbox, *_events(followed, parsed, changes, (entries, held), now))
    after = _state_after(noticed.replace(**changes.memory).replace(outbox=outbox), source, parsed, timing, now)
    notes = filter(None, [parsed.flaw, *changes.notes, *timing.notes])
    updated = sum(1 for entry in changes.announced if entry.changed)
    return Decision(
        outcome=Outcome.PUBLISHED if changes.announced else Outcome.HELD if changes.held else Outcome.UNCHANGED,
        why="; ".join(notes) + redirects.note(after, state) + silence.note(after),
        state=after,
        status=answer.status,
        entries=changes.announced,
        held=changes.held,
        new=len(changes.announced) - updated,
        updated=updated,
        rejected=changes.rejected,
        lines=entries.lines,
        staging_key=entries.staging_key,
        entries_key=entries.pending.key if entries.pending else None,
        held_lines=held.lines,
        held_staging_key=held.staging_key,
        raw_key=keys.raw_key(state.feed_id, rev, day, answer.body.sha256),
    )


def _timing(  # noqa: PLR0917  # one caller, and each argument has its own type
    state: FeedState, answer: Answer, parsed: Parsed, changes: DocumentChanges, now: Now, spacing: float
) -> _Timing:
    digest = None if changes.memory["window"] else parsed.digest  # a window tells more
    given = conditional.given(answer, answer.body.sha256, digest)
    given = given if changes.complete else conditional.unfinished(given)
    validators = conditional.after_document(state, given, now.time)
    learned = pacing.learned(state, changes, now)
    skip_hours, skip_days = skips.meant(parsed.feed.wishes)
    wishing = state.replace(skip_hours=skip_hours, skip_days=skip_days)
    asked = schedule.asked(parsed.feed.wishes, answer.headers, now.time)
    bounds = pacing.bounds(wishing, asked, validators, now)
    pace = schedule.pace(learned, bounds, now.time, pacing.spacing_of(state, spacing))
    slow = slowness.after(state, answer.body.size, parsed.seconds)
    return _Timing(validators, learned, asked, pace, slowness.slowed(pace, slow), slow)


def _events(
    state: FeedState, parsed: Parsed, changes: DocumentChanges, stored: Iterable[_Stored], now: Now
) -> list[Pending]:
    """What a document adds to the outbox, in the order in which it is announced."""
    other_feed = takeover.event(state, parsed.feed, now.time) if changes.apart else None
    gap = _gap_event(state, changes, now, explained=other_feed is not None)
    events = (other_feed, *(each.pending for each in stored), changes.flooding, gap, *changes.deletions)
    return [event for event in events if event]


def _state_after(state: FeedState, source: Source, parsed: Parsed, timing: _Timing, now: Now) -> FeedState:
    """The state that is committed: `state` has the document's entries and events in it."""
    skip_hours, skip_days = skips.meant(parsed.feed.wishes)
    return next_revision(
        recovered(state, now),
        now,
        timing.slowed,
        validators=timing.validators,
        title=item_limit.title(source.title),
        link=source.link,
        icon=source.icon,
        identity=takeover.own_id(state, parsed.feed),
        every=timing.pace.every,
        at_least=timing.pace.at_least,
        rhythm=rhythm.pack(timing.rhythm),
        timetable=timing.pace.timetable,
        wanted=timing.pace.wanted,
        asked=timing.asked[0] if timing.asked else None,
        asked_by=timing.asked[1] if timing.asked else None,
        slow=timing.slow,
        skip_hours=skip_hours,
        skip_days=skip_days,
    )


def _stored(feed_id: str, rev: int, entries: tuple[Entry, ...], key: str) -> _Stored:
    """Entries that belong under `key` once they are committed; nothing where there are none."""
    if not entries:
        return _Stored()
    lines = _lines(entries)
    staging_key = keys.staging_key(feed_id, rev, lines)
    return _Stored(lines, staging_key, Pending(at=entries[0].seen, key=key, staged=staging_key))


def _lines(entries: Iterable[Entry]) -> bytes:
    # One after the other: all of them as text, beside their bytes, would be three times as much as the document.
    lines = io.BytesIO()
    for each in entries:
        lines.write(each.model_dump_json().encode())
        lines.write(b"\n")
    return lines.getvalue()


def _gap_event(state: FeedState, changes: DocumentChanges, now: Now, *, explained: bool) -> Pending | None:
    """The event where entries may have come unseen: none was known, or there were more than can be remembered.

    The latter is announced once for as long as it lasts; the former not where another event `explained` it.
    """
    begins = changes.left_out and not (state.flood and state.flood.left_out)
    if not begins and (explained or not changes.apart):
        return None
    about = {"items": len(changes.published), "known": changes.known}
    about |= {"count": changes.left_out} if changes.left_out else {}
    return Pending.model_validate({"at": now.time, "event": "Feed Gap Suspected", "about": about})
