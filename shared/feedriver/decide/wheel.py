"""The timer wheel: which feeds to look at in a given minute, found by index, with no scan and no write.

A feed has an interval class and, by its id, a phase within it: it stands in the slot `<minutes>:<phase>`, and its
turn comes in each minute whose number (since 1970, UTC) has that remainder modulo the class's period. The period is a
minute longer than the class, so that a request made late in one turn's minute and another made early in the next are
still the class's minutes apart: no host sees two requests within 59 minutes and 50 seconds that were to be an hour
apart. The class of 14 minutes has four turns an hour. Of the turns of a slot some feeds leave out those that come in
their quiet hours (`feedriver.decide.timetable`).

A feed never polled stands in `new`, which is looked at each minute until it is written down that it is asked. A feed in
quarantine stands in `alone:<phase>`, whose turns come as rarely as those of the longest class.
Nothing is lost by a missed minute: the dispatcher remembers the last one it did, and asks for all slots since.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

INTERVALS = (5, 10, 14, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440)  # minutes
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


def interval_within(minutes: float) -> int:
    """The longest interval class whose turns come within `minutes` (the shortest where none does)."""
    return next((interval for interval in reversed(INTERVALS) if period(interval) <= minutes), INTERVALS[0])


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


def interval_of(slot_name: str) -> int | None:
    """The interval class of a slot; None for `new`, whose turn is each minute."""
    name = slot_name.partition(":")[0]
    return None if name == NEW else LONGEST if name == ALONE else int(name)


def number(minute: datetime) -> int:
    """The minutes since 1970, UTC."""
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
    first, last = number(after) + 1, number(upto)
    found: dict[int, list[str]] = {each: [] for each in range(first, last + 1)}
    for name, interval in (*((str(each), each) for each in INTERVALS), (ALONE, LONGEST)):
        turns = period(interval)
        for each in range(max(first, last - turns + 1), last + 1):
            found[each].append(f"{name}:{each % turns}")
    return {upto - MINUTE * (last - each): slots for each, slots in found.items()}


def next_turn(slot_name: str, not_before: datetime) -> datetime:
    """The first minute at or after `not_before` in which the slot's turn comes."""
    at = floor_minute(not_before + MINUTE - timedelta(microseconds=1))
    interval = interval_of(slot_name)
    if interval is None:
        return at
    return at + MINUTE * ((int(slot_name.partition(":")[2]) - number(at)) % period(interval))
