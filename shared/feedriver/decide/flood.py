"""Floods: a known feed that brings many times its usual number of new entries in a day. Pure.

A feed may have so many new entries announced in a (UTC) day of turns: 500, or three times the most entries that a
document of it has held, or three times what it usually has in a day, whichever is most. Beyond that they are held:
stored under `held/`, remembered, marked "flood", and announced when a person releases them (`repair/release.py`). An
update of a held entry is held too. Updates of other entries are no new entries.

What is usual is learned while nothing is held, and from what no flood brought. A day's number is what it came to on the
days before, a tenth less each day; or what the dates of its newest items say, since a busy feed with a short window
replaces it many times a day; or, where a person released, what came then. So a flood does not teach, and a release
does.

The first import is no flood, whatever it holds. Where its document was cut short or broken, neither is the rest of the
day: what comes then may be the rest of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from feedriver import keys
from feedriver.decide import seen
from feedriver.models import Entry
from feedriver.state import FeedState, Flood, Pending, StateChanges

EVENT = "Feed Flooding"
LEAST = 500  # new entries a day that are a flood for nobody
TIMES = 3  # what is usual
SAMPLE = 50  # newest dates that tell what is usual in a day
ENOUGH = 10  # dates; fewer tell nothing
QUICKEST = timedelta(minutes=15)  # no feed is asked more often: the rest of a window that turns faster is not seen
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Divided:
    """The entries of a document: those that are announced, those that are held, and the record after it.

    `keys` are those of the new entries among the held. `event` is to be sent where an episode begins.
    """

    announced: tuple[Entry, ...]
    held: tuple[Entry, ...]
    keys: frozenset[bytes]
    record: Flood
    event: Pending | None = None

    @property
    def note(self) -> str:
        """What a poll's report says of the held; nothing where there are none."""
        if not self.held:
            return ""
        return f"a flood: {len(self.held)} entries held, `feedriver feeds release` announces them"


def limit(record: Flood) -> int:
    """How many new entries of the feed are announced in a day."""
    return max(LEAST, TIMES * max(record.largest, record.usual))


def divide(  # one caller, and each argument has its own type
    state: FeedState,
    found: Sequence[tuple[bytes, Entry]],
    waiting: Iterable[bytes],
    turn: date,
    now: datetime,
    *,
    first: bool,
    broken: bool,
) -> Divided:
    """Which of the entries that a document brings are announced, in its order, and which are held.

    `found` are new versions with their keys, `waiting` the keys of the known entries that are held, `first` says that
    no entry is known, `broken` that the document could not be read whole.
    """
    record = _on(state, turn)
    free = first or state.flood is None or (state.flood.part and state.flood.day == turn)
    new = [key for key, entry in found if not entry.changed]
    over = frozenset(() if free else new[max(limit(record) - record.found, 0) :])
    held = over.union(waiting)
    announced = tuple(entry for key, entry in found if key not in held)
    kept = tuple(_marked(entry) for key, entry in found if key in held)
    counted = 0 if free else record.found + len(new)
    record = record.replace(found=counted, part=free and broken)
    if not kept:
        return Divided(announced, (), over, record)
    on = record.last is not None and turn <= record.last + DAY
    about = {"count": len(kept), "detail": f"{len(new)} new entries in one document, {limit(record)} a day are usual"}
    event = None if on else Pending.model_validate({"at": now, "event": EVENT, "about": about})
    record = record.replace(held=record.held + len(kept), last=turn, since=record.since if on else now)
    return Divided(announced, kept, over, record, event)


def _on(state: FeedState, turn: date) -> Flood:
    """The record as it is on the day of this turn. A clock that was set back begins no new day."""
    record = state.flood or Flood(day=turn, released=state.rev)
    if turn <= record.day:
        return record
    usual = record.usual - record.usual // 10
    if record.last is None or record.last < record.day:
        usual = max(usual, record.found)
    return record.replace(day=turn, found=0, usual=usual)


def learned(
    state: FeedState, record: Flood, entries: int, published: Iterable[datetime | None], now: datetime
) -> Flood:
    """The record after a document with so many `entries` that are not held, of these dates: what is usual for it.

    Dates are asked once a day, at its first document: a flood of small documents does not grow by its own dates.
    """
    if record.last is not None and record.day <= record.last + DAY:
        return record
    opens = state.flood is None or not state.flood.largest or state.flood.day < record.day
    usual = max(record.usual, _a_day(published, now)) if opens else record.usual
    return record.replace(largest=max(record.largest, entries), usual=usual)


def _a_day(published: Iterable[datetime | None], now: datetime) -> int:
    """How many entries a day the dates of the newest items tell of."""
    newest = sorted({time for time in published if time and time <= now}, reverse=True)[:SAMPLE]
    if len(newest) < ENOUGH:
        return 0
    return int((len(newest) - 1) * DAY / max(newest[0] - newest[-1], QUICKEST))


def _marked(entry: Entry) -> Entry:
    return entry.replace(marks=(*entry.marks, "flood"))


def released(state: FeedState, rev: int, entries: Sequence[Entry], today: date) -> FeedState:
    """The feed's next revision, in which what its revision `rev` held is announced; a person's release ends an episode.

    The bytes move as they are from `held/` to `entries/`. They are announced as of when they were found, which a replay
    repeats to the letter.
    """
    known, version = seen.unpack(state.seen)
    theirs = {entry.id for entry in entries}
    free = [key for key in known.held() if seen.entry_id(state.feed_id, key) in theirs]
    pending = Pending(
        at=entries[0].seen,
        key=keys.entries_key(state.feed_id, state.rev + 1, today),
        staged=keys.held_key(state.feed_id, rev),
    )
    record = state.flood or Flood(day=today)
    record = _over(record, held=max(record.held - len(entries), 0), released=rev)
    changes: StateChanges = {"rev": state.rev + 1, "outbox": (*state.outbox, pending), "flood": record}
    if free and version is not None:
        changes["seen"] = seen.unheld(known, free, version)
    return state.replace(**changes)


def emptied(state: FeedState) -> FeedState:
    """The feed's next revision where its record tells of held entries and nothing of it is stored any more."""
    record = _over(state.flood, held=0) if state.flood else None
    return state.replace(rev=state.rev + 1, flood=record)


def _over(record: Flood, **changes: int) -> Flood:
    usual = max(record.usual, record.found)
    return record.replace(since=None, last=None, usual=usual, **changes)
