"""The decision on a document that was fetched whole and parsed. Pure.

What it brings (`feedriver.decide.news`), when to look next, what the outbox holds then.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from feedriver import keys
from feedriver.decide import conditional, news, redirects, room, schedule, silence, skips, slowness, takeover
from feedriver.decide.decision import Decision, Now, given_validators, recovered
from feedriver.decide.outcome import Outcome
from feedriver.http import Answer
from feedriver.models import Entry, Source
from feedriver.parse.result import Parsed
from feedriver.state import FeedState, Pending


def read(state: FeedState, answer: Answer, parsed: Parsed, now: Now) -> Decision:
    """A document that was fetched whole and parsed."""
    before, state = state, redirects.followed(state, answer.moved_to, now.time)
    source = Source(id=state.feed_id, url=state.url, **parsed.feed.model_dump(include={"title", "link", "icon"}))
    brought = news.of(state, parsed, source, now)
    given = given_validators(answer, answer.body.sha256)
    if not brought.complete:
        given = conditional.unfinished(given)
    validators = conditional.after_a_document(state, given, now.time)
    hourly = conditional.hourly(validators, now.time)
    pace = schedule.pace(brought.published, parsed.feed.wishes, answer.headers, now.time, hourly=hourly)
    slow = slowness.after(state, answer.body.size, parsed.seconds)
    turn = slowness.interval(pace.every, slow)
    state = silence.after_reading(state, brought.published, brought.first_seen, now.time, new=brought.any_new)
    day, rev, entries = now.minute.date(), state.rev + 1, brought.entries
    lines, held_lines = _lines(entries), _lines(brought.held)
    staged = keys.staging_key(state.feed_id, rev, lines) if entries else None
    key = keys.entries_key(state.feed_id, rev, day) if entries else None
    held_staged = keys.staging_key(state.feed_id, rev, held_lines) if brought.held else None
    held_key = keys.held_key(state.feed_id, rev)
    stranger = takeover.event(state, parsed.feed, now.time) if brought.apart else None
    stored = Pending(at=entries[0].seen, key=key, staged=staged) if key else None
    held = Pending(at=brought.held[0].seen, key=held_key, staged=held_staged) if brought.held else None
    events = (stranger, stored, held, brought.flooding, _gap(state, brought, now, told=stranger is not None))
    outbox = (*state.outbox, *filter(None, events), *brought.deletions)
    hours, days = skips.meant(parsed.feed.wishes)
    after = recovered(
        state.replace(outbox=outbox),
        now,
        turn,
        max(pace.at_least, turn if slow > 1 else 0),
        validators=validators,
        seen=brought.seen,
        bare=brought.bare,
        flood=brought.flood,
        window=brought.window,
        heading=brought.heading,
        title=room.title(source.title),
        link=source.link,
        icon=source.icon,
        identity=takeover.own_id(state, parsed.feed),
        every=pace.every,
        at_least=pace.at_least,
        slow=slow,
        skip_hours=hours,
        skip_days=days,
    )
    behind = f"looked at every {turn} min, since its last {slow} documents took long to read" if slow > 1 else ""
    updated = sum(1 for entry in entries if entry.changed)
    return Decision(
        outcome=Outcome.PUBLISHED if entries else Outcome.HELD if brought.held else Outcome.UNCHANGED,
        why="; ".join(filter(None, [parsed.flaw, *brought.told, f"every {pace.every} min: {pace.why}", behind]))
        + redirects.told(after, before)
        + silence.told(after),
        state=after,
        status=answer.status,
        entries=entries,
        held=brought.held,
        new=len(entries) - updated,
        updated=updated,
        rejected=brought.rejected,
        lines=lines,
        held_lines=held_lines,
        held_staging_key=held_staged,
        staging_key=staged,
        entries_key=key,
        raw_key=keys.raw_key(state.feed_id, rev, day, answer.body.sha256),
    )


def _lines(entries: Sequence[Entry]) -> bytes:
    # One after the other: all of them as text, beside their bytes, would be three times as much as the document.
    lines = io.BytesIO()
    for each in entries:
        lines.write(each.model_dump_json().encode())
        lines.write(b"\n")
    return lines.getvalue()


def _gap(state: FeedState, brought: news.News, now: Now, *, told: bool) -> Pending | None:
    """The event where entries may have come unseen: none was known, or there were more than can be remembered.

    The latter is told once for as long as it lasts; the former not where another event (`told`) says it.
    """
    left_out = brought.flood.left_out
    begins = left_out and not (state.flood and state.flood.left_out)
    if not begins and (told or not brought.apart):
        return None
    about = {"items": len(brought.published), "known": brought.known} | ({"count": left_out} if left_out else {})
    return Pending.model_validate({"at": now.time, "event": "Feed Gap Suspected", "about": about})
