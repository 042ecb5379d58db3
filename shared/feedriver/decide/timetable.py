"""A feed's timetable: how often it is wanted in each hour of the week, as text beside its slot on the wheel. Pure.

A feed stands in the interval class of its busiest hour. Of its turns those are left out that come more often than the
hour wants them: of the class's turns, counted since 1970, only every second, fourth, eighth … counts. These powers of
two fit into each other, so that a feed's looks stay evenly apart where one hour's interval is followed by another's.
Which of them count follows from the feed's id, so that feeds of one habit are not all asked in the same minutes.

No clock is kept and nothing is written for a turn that is left out. The dispatcher sees the timetable in its index.

The text has 32 characters, each a level: 24 hours (UTC), what the 7 weekdays from Monday on add, and the highest level.
An interval of m minutes has the level 4 log2 m. The empty text is that of a feed that is wanted at each turn.
"""

from __future__ import annotations

import string
from datetime import datetime
from functools import cache
from math import exp2, log2

from feedriver.decide import wheel
from feedriver.decide.freshness import Shape, doublings

STEPS = 4  # levels for a doubling of the interval
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase + "+/"
_LEVELS = {letter: level for level, letter in enumerate(_ALPHABET)}
HIGHEST = len(_ALPHABET) - 1
LENGTH = 24 + 7 + 1
_HOUR, _DAY, _MONDAY = 60, 24 * 60, 3  # minutes, minutes, days: 1 January 1970 was a Thursday
WHICH = 20  # bits of an id that say where it stands on the wheel; those above say which of its turns count
_MOST_TURNS = 2 * wheel.period(wheel.LONGEST) // wheel.period(wheel.INTERVALS[0])  # of two days, of the shortest class


def level(minutes: float) -> int:
    """The level of an interval."""
    return min(max(round(STEPS * log2(max(minutes, 1))), 0), HIGHEST)


def made(shape: Shape, interval: float, most: float) -> tuple[str, float]:
    """The timetable of a feed that is wanted every `interval` minutes at its mean, never more than `most` apart.

    And the minutes of its busiest hour.
    """
    days = [round(STEPS * doublings(each)) for each in shape.days]
    base = STEPS * log2(max(interval, 1)) + min(days)
    hours = [_bounded(round(base + STEPS * doublings(each))) for each in shape.hours]
    highest = min(level(most), level(wheel.LONGEST))
    levels = (*hours, *(_bounded(each - min(days)) for each in days), highest)
    return "".join(_ALPHABET[each] for each in levels), exp2(min(*hours, highest) / STEPS)


def _bounded(number: int) -> int:
    return min(max(number, 0), HIGHEST)


def thinned(text: str, every: int) -> str:
    """The timetable for a feed of this interval class: nothing, where it leaves out no turn of it."""
    return text if _longest_stride(text, every) > 1 else ""


def slowest(text: str, every: int) -> int:
    """The minutes between two looks in the quietest hour, of a feed of this interval class."""
    return wheel.period(every) * _longest_stride(text, every)


def _longest_stride(text: str, every: int) -> int:
    *hours, highest = (_LEVELS[each] for each in text[:24] + text[31])
    days = max(_LEVELS[each] for each in text[24:31])
    return _strides(every)[min(max(hours) + days, highest)]


@cache
def _strides(every: int) -> tuple[int, ...]:
    """Of how many turns of the class one counts, for each level: the highest power of two that fits."""
    turns = (min(exp2(each / STEPS), wheel.LONGEST) / wheel.period(every) for each in range(HIGHEST + 1))
    return tuple(2 ** max(int(log2(max(each, 1))), 0) for each in turns)


def minutes_at(text: str, minute: datetime) -> float:
    """The interval that is wanted in this hour."""
    return exp2(_level_at(text, wheel.number(minute)) / STEPS)


def _level_at(text: str, number: int) -> int:
    hour, day = number % _DAY // _HOUR, (number // _DAY + _MONDAY) % 7
    return min(_LEVELS[text[hour]] + _LEVELS[text[24 + day]], _LEVELS[text[31]])


def counts(text: str, every: int, feed_id: str, number: int) -> bool:
    """Whether the turn of this minute, in minutes since 1970, counts for a feed of the interval class `every`."""
    stride = _strides(every)[_level_at(text, number)]
    return stride == 1 or (number // wheel.period(every) + (int(feed_id, 16) >> WHICH)) % stride == 0


def next_turn(text: str, slot: str, feed_id: str, not_before: datetime) -> datetime:
    """The first minute at or after `not_before` in which a feed's turn comes and counts."""
    turn = wheel.next_turn(slot, not_before)
    every = wheel.interval_of(slot)
    if not is_one(text) or every is None:
        return turn
    for _ in range(_MOST_TURNS):
        if counts(text, every, feed_id, wheel.number(turn)):
            break
        turn += wheel.MINUTE * wheel.period(every)
    return turn


def last_turn(text: str, slot: str, feed_id: str, after: datetime, upto: datetime) -> datetime | None:
    """The last minute after `after` and up to `upto` in which a feed's turn came and counted; None where none did."""
    every = wheel.interval_of(slot)
    if every is None:
        return upto if upto > after else None
    turn = wheel.next_turn(slot, upto - wheel.MINUTE * (wheel.period(every) - 1))
    for _ in range(_MOST_TURNS):
        if turn <= after:
            break
        if not is_one(text) or counts(text, every, feed_id, wheel.number(turn)):
            return turn
        turn -= wheel.MINUTE * wheel.period(every)
    return None


def is_one(text: str) -> bool:
    """Whether this is a timetable that this version of the code can read."""
    return len(text) == LENGTH and _LEVELS.keys() >= set(text)
