"""The pace of a feed after a poll: what the poll tells of its rhythm, and when to look next. Pure.

Each poll judges the pace, whether it brought something or not: a feed that falls silent is looked at less and less. It
is written down where it moved by half, or where something is written anyway. So an unchanged poll writes nothing, as a
rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from feedriver.decide import conditional, rhythm, schedule, seen, timetable, wheel, window
from feedriver.decide.changes import DocumentChanges
from feedriver.decide.decision import Now
from feedriver.decide.freshness import LEVELS
from feedriver.decide.rhythm import Rhythm
from feedriver.decide.schedule import Bounds, Pace
from feedriver.models import Wishes
from feedriver.state import FeedState, Validators

Asked = tuple[int, str]  # minutes, and where the publisher says so


def learned(state: FeedState, changes: DocumentChanges, now: Now) -> Rhythm:
    """The feed's rhythm after a document."""
    if not changes.known:
        return rhythm.first(changes.published, now.time)
    before = known_rhythm(state, now.time)
    if not changes.new:
        return before
    items, looked = len(changes.published), last_look(state, now)
    gap = max(wheel.number(now.time) - wheel.number(looked), 1)
    span = None
    if changes.apart or changes.known > items or items >= rhythm.ENOUGH_ITEMS:  # something fell out, or may have
        span = rhythm.document_span(changes.published, len(changes.new), gap, now.time, apart=changes.apart)
    return rhythm.after(before, changes.new, looked, now.time, span=span)


def known_rhythm(state: FeedState, now: datetime) -> Rhythm:
    """The feed's rhythm as it was kept; where an older version of this code kept none, from what its items said."""
    if known := rhythm.unpack(state.rhythm):
        return known
    entries, _ = seen.unpack(state.seen)
    last = window.dates(state)
    return rhythm.first(last or [entries[key].first_seen for key in list(entries)[-rhythm.MOST_SESSIONS :]], now)


def last_look(state: FeedState, now: Now) -> datetime:
    """When the feed was looked at before: in its last turn, or when a document was last read where that was later."""
    read = (state.validators.got if state.validators else None) or state.added
    turn = timetable.last_turn(state.timetable, state.slot, state.feed_id, read, now.minute - wheel.MINUTE)
    return turn or min(read, now.time)


def spacing_of(state: FeedState, default: float) -> float:
    """The feed's own freshness, or that of all feeds: hours, as in `feedriver.decide.freshness`."""
    return next((hours for level, hours in LEVELS.items() if level == state.freshness), default)


def unchanged(
    state: FeedState, headers: Mapping[str, str], validators: Validators, now: Now, spacing: float
) -> tuple[Pace, bool]:
    """The pace after a poll that brought nothing new, and whether it differs by so much that it is worth a write."""
    bounding = bounds(state, _still_asked(state, headers, now), validators, now)
    known, spacing = known_rhythm(state, now.time), spacing_of(state, spacing)
    wanted = schedule.wanted(known, now.time, spacing)
    if not schedule.moved(state.wanted, wanted) and state.every >= bounding.shortest:
        return Pace(state.every, state.at_least or state.every, timetable=state.timetable, wanted=state.wanted), False
    pace = schedule.pace(known, bounding, now.time, spacing)
    # A feed of an older version, or one that a person set, is written once: it is not to be judged anew at each poll.
    return pace, state.wanted is None or (pace.every, pace.timetable) != (state.every, state.timetable)


def _still_asked(state: FeedState, headers: Mapping[str, str], now: Now) -> Asked | None:
    """What the publisher asked for with the last document, or asks for with this answer without one, if it is more."""
    before = (state.asked, state.asked_by or "") if state.asked else None
    if state.wanted is None and not state.asked and state.at_least:  # as an older version of this code kept it
        before = (state.at_least, "")
    return max(filter(None, (before, schedule.asked(Wishes(), headers, now.time))), default=None)


def bounds(state: FeedState, asked: Asked | None, validators: Validators, now: Now) -> Bounds:
    """What holds for the feed whatever its rhythm; its publisher `asked` for so much time."""
    return Bounds(
        floor=state.floor or schedule.FLOOR,
        asked=asked,
        hourly=conditional.hourly(validators, now.time),
        skips_hours=bool(state.skip_hours),
    )
