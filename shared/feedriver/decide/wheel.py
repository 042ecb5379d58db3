"""The timer wheel: which feeds to look at in a given minute, found by index, with no scan and no write.

A feed has an interval class and, by its id, a phase within it: it stands in the slot `<minutes>:<phase>`, and its
turn comes in each minute whose number (since 1970, UTC) has that remainder modulo the class's period. The period is a
minute longer than the class, so that a request made late in one turn's minute and another made early in the next are
still the class's minutes apart: no host sees two requests within 59 minutes and 50 seconds that were to be an hour
apart. A feed never polled stands in `new`, which is looked at each minute until it is written down that it is asked.
A feed in quarantine stands in `alone:<phase>`, whose turns come as rarely as those of the longest class.
Nothing is lost by a missed minute: the dispatcher remembers the last one it did, and asks for all slots since.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

INTERVALS = (15, 30, 60, 120, 240, 480, 720, 1440)  # minutes
LONGEST = INTERVALS[-1]
NEW = "new"
ALONE = "alone"
MINUTE = timedelta(minutes=1)


def floor_minute(time: datetime) -> datetime:
    """The minute that `time` is in."""
    return time.astimezone(UTC).replace(second=0, microsecond=0)


def interval_at_least(minutes: float) -> int:
    """The shortest interval class that is not shorter than `minutes` (the longest where none is)."""
    return next((interval for interval in INTERVALS if interval >= minutes), LONGEST)


def interval_at_most(minutes: float) -> int:
    """The longest interval class that is not longer than `minutes` (the shortest where none is)."""
    return next((interval for interval in reversed(INTERVALS) if interval <= minutes), INTERVALS[0])


def period(every: int) -> int:
    """The minutes from one turn to the next of a feed of the interval class `every`."""
    return every + 1


def slot(feed_id: str, every: int) -> str:
    """Where a feed of the interval class `every` stands. Ids are hashes, so phases spread evenly."""
    return f"{every}:{int(feed_id, 16) % period(every)}"


def slot_alone(feed_id: str) -> str:
    """Where a feed in quarantine stands."""
    return f"{ALONE}:{int(feed_id, 16) % period(LONGEST)}"


def apart(slot_name: str) -> bool:
    """Whether the feeds of this slot are in quarantine."""
    return slot_name.startswith(ALONE)


def _number(minute: datetime) -> int:
    return int(minute.timestamp()) // 60


def slots_between(after: datetime, upto: datetime) -> Iterator[str]:
    """Each slot, once, whose turn came after the minute `after` and up to the minute `upto`; and `new`."""
    yield NEW
    for slots in last_turns(after, upto).values():
        yield from slots


def last_turns(after: datetime, upto: datetime) -> dict[datetime, list[str]]:
    """The slots whose turn came after the minute `after`, each by the last minute up to `upto` in which it did.

    The oldest minute comes first; each minute from `after` on is there, and those without a slot are empty. `new`,
    whose turn is each minute, is left out.
    """
    first, last = _number(after) + 1, _number(upto)
    found: dict[int, list[str]] = {number: [] for number in range(first, last + 1)}
    for name, interval in (*((str(each), each) for each in INTERVALS), (ALONE, LONGEST)):
        turns = period(interval)
        for number in range(max(first, last - turns + 1), last + 1):
            found[number].append(f"{name}:{number % turns}")
    return {upto - MINUTE * (last - number): slots for number, slots in found.items()}


def next_turn(slot_name: str, not_before: datetime) -> datetime:
    """The first minute at or after `not_before` in which the slot's turn comes."""
    at = floor_minute(not_before + MINUTE - timedelta(microseconds=1))
    if slot_name == NEW:
        return at
    name, phase = slot_name.split(":")
    return at + MINUTE * ((int(phase) - _number(at)) % period(LONGEST if name == ALONE else int(name)))
