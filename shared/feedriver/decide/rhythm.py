"""What is learned of when a feed publishes: its last sessions, and how often each hour and weekday had one. Pure.

A session is what one look can bring: all that is published within 15 minutes of its first entry. So a burst of ten
entries is one session, and a batch of a hundred is one.

An entry's date is believed where it lies between the look before and the one that found it. Else the entry appeared at
some time between the two, whatever it says: it has no date, or a day without a time of day, or it was embargoed, or its
publisher's clock is wrong. Only the first document is believed as it is, since nothing else is known then.

Hours and weekdays are UTC. What was counted fades by a twentieth with each day that has a session: a daily feed
remembers some three weeks, a weekly one five months. So it follows a change of habits, or of summer time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from math import floor

from feedriver.decide.wheel import number

LAYOUT = 1  # of the packed bytes
SESSION = 15  # minutes
MOST_SESSIONS = 21  # twenty gaps
FADES = 1 / 20  # with each day that has a session
WIDEST = 6 * 60  # minutes: of a longer time between two looks, the last hours count
WIDENS = 1.05  # how much the span may grow with each find
HOUR, DAY = 60, 24 * 60  # minutes
EARLIEST = 366 * DAY  # minutes since 1970: what is dated 1970 has no date
MOST_DATES = 1_000  # the newest of a first document: what is older has faded
ENOUGH_ITEMS = 10  # of a first document, to take their span for the document's length
_MONDAY = 3  # 1 January 1970 was a Thursday

_HEADER = struct.Struct(">BBI")
_COUNTS = struct.Struct(">31H")
_UNIT = 64  # of a packed count: so a weekday may count 1,023 sessions


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a feed published.

    `sessions` are the beginnings of the last sessions, in minutes since 1970, oldest first. `hours` and `days` count
    hours with a session, by hour (UTC) and by weekday from Monday on, faded. `span` is how many minutes the feed's
    document reaches back (None where that is not known).
    """

    sessions: tuple[int, ...] = ()
    hours: tuple[float, ...] = (0.0,) * 24
    days: tuple[float, ...] = (0.0,) * 7
    span: int | None = None

    @property
    def gaps(self) -> list[int]:
        """The minutes between the last sessions, shortest first."""
        return sorted(later - earlier for earlier, later in pairwise(self.sessions))


def unpack(packed: bytes) -> Rhythm | None:
    """From bytes; None where nothing was packed, or by another version of this code."""
    if not packed or packed[0] != LAYOUT:
        return None
    _, count, span = _HEADER.unpack_from(packed)
    sessions = struct.unpack_from(f">{count}I", packed, _HEADER.size)
    counts = [each / _UNIT for each in _COUNTS.unpack_from(packed, _HEADER.size + 4 * count)]
    return Rhythm(sessions, tuple(counts[:24]), tuple(counts[24:]), span or None)


def pack(rhythm: Rhythm) -> bytes:
    """To bytes: 152 at most."""
    header = _HEADER.pack(LAYOUT, len(rhythm.sessions), rhythm.span or 0)
    counts = (min(round(each * _UNIT), 0xFFFF) for each in (*rhythm.hours, *rhythm.days))
    return header + struct.pack(f">{len(rhythm.sessions)}I", *rhythm.sessions) + _COUNTS.pack(*counts)


def first(published: Sequence[datetime | None], now: datetime) -> Rhythm:
    """What a first document tells, whose items were `published` then: all dates but those to come are believed.

    Where all are midnight (UTC), they are days: they tell how often, not at what hour. Where there is no date, or
    one for all items, they tell nothing: the feed's first session is now.
    """
    dates = _possible(published, now)
    span = dates[-1] - dates[0] if dates else 0
    if len(dates) != 1 and span <= SESSION:
        return Rhythm(sessions=(number(now),))
    found = Rhythm(span=span if len(published) >= ENOUGH_ITEMS and len(dates) > 1 else None)
    whole_days = len(dates) > 1 and not any(each % DAY for each in dates)
    for date in dates[-MOST_DATES:]:
        at = min(date + DAY // 2, number(now)) if whole_days else date
        if _begins_session(found, at):
            found = _with_session(found, at, {} if whole_days else _nearest_hours(at), {_weekday(date): 1.0})
    return found


def _possible(published: Iterable[datetime | None], now: datetime) -> list[int]:
    """The dates, in minutes since 1970 and oldest first, less those to come and those of 1970, which are no dates."""
    return sorted(at for at in (number(each) for each in published if each and each <= now) if at >= EARLIEST)


def after(
    known: Rhythm, published: Iterable[datetime | None], before: datetime, now: datetime, *, span: int | None
) -> Rhythm:
    """What is known after new entries were found, which were `published` then; the look before was at `before`.

    `span` is how many minutes the document reaches back, as `document_span` has it.
    """
    begin, end = number(before), number(now)
    believed = sorted(at for at in (number(each) for each in published if each) if begin <= at <= end)
    for at in believed:
        if _begins_session(known, at):
            known = _with_session(known, at, _nearest_hours(at), {_weekday(at): 1.0})
    begin = max(begin, end - WIDEST)
    if not believed and _begins_session(known, (begin + end) // 2):
        known = _with_session(known, (begin + end) // 2, *_spread(begin, end))
    if known.span is not None:  # a document that overflowed once does so again: it is forgotten slowly
        span = min(span, int(known.span * WIDENS) + 1) if span else known.span
    return replace(known, span=span)


def document_span(
    published: Sequence[datetime | None], new: int, gap: int, now: datetime, *, apart: bool
) -> int | None:
    """How many minutes a document reaches back, of whose items `new` came since the look `gap` minutes ago.

    By its dates; None where all of it is one session, which tells nothing. Where there are no dates and half of it or
    more is new, as many minutes as would have filled it. Where nothing in it was known (`apart`), the gap at most.
    """
    dates = _possible(published, now)
    span = dates[-1] - dates[0] if dates and dates[-1] > dates[0] + SESSION else None
    if published and not dates and 2 * new >= len(published):
        span = gap * len(published) // max(new, 1)
    return min(span or gap, gap) if apart else span


def _weekday(minute: int) -> int:
    return (minute // DAY + _MONDAY) % 7


def _nearest_hours(minute: int) -> dict[int, float]:
    """A moment among the two hours whose middles are nearest to it: one at five to nine is hardly one of eight."""
    place = (minute % DAY) / HOUR - 0.5
    hour, part = floor(place), place - floor(place)
    return {hour % 24: 1 - part, (hour + 1) % 24: part}


def _spread(begin: int, end: int) -> tuple[dict[int, float], dict[int, float]]:
    """A session at some time between the two, over the hours and weekdays in it."""
    if end - begin < HOUR:
        middle = (begin + end) // 2
        return _nearest_hours(middle), {_weekday(middle): 1.0}
    hours, days = dict[int, float](), dict[int, float]()
    for at in (moments := range(begin, end, SESSION)):
        hours[at % DAY // HOUR] = hours.get(at % DAY // HOUR, 0) + 1 / len(moments)
        days[_weekday(at)] = days.get(_weekday(at), 0) + 1 / len(moments)
    return hours, days


def _begins_session(known: Rhythm, at: int) -> bool:
    """Whether an entry at this minute belongs to no session that is known."""
    return not known.sessions or at >= known.sessions[-1] + SESSION


def _with_session(known: Rhythm, at: int, hours: dict[int, float], days: dict[int, float]) -> Rhythm:
    """With a session that begins at this minute, and with the hour that had it, where it is the hour's first."""
    last = known.sessions[-1] if known.sessions else None
    rhythm = replace(known, sessions=(*known.sessions, at)[-MOST_SESSIONS:])
    if last is not None and at // HOUR == last // HOUR:
        return rhythm
    kept = 1.0 if last is None or at // DAY == last // DAY else 1 - FADES
    return replace(
        rhythm, hours=tuple(_counted(known.hours, hours, kept)), days=tuple(_counted(known.days, days, kept))
    )


def _counted(counts: Iterable[float], more: dict[int, float], kept: float) -> Iterator[float]:
    return (kept * count + more.get(place, 0) for place, count in enumerate(counts))
