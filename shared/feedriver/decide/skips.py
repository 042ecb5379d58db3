"""The hours and days on which a publisher wants no visits: RSS 2.0 `skipHours` and `skipDays`, in GMT.

Hours in which nothing may be asked need a feed to come to its turn soon after them. Where its interval is longer than
an hour it therefore stands in an hourly slot, and each poll writes when the next one is wanted.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from feedriver.decide import wheel
from feedriver.models import Wishes
from feedriver.state import FeedState

HOUR = timedelta(hours=1)
HOURLY = 60  # minutes
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def meant(wishes: Wishes) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The hours and the days that a state keeps. A list that leaves no time at all is a mistake and is ignored."""
    hours, days = set(wishes.skip_hours) & set(range(24)), set(wishes.skip_days) & set(DAYS)
    return (
        tuple(sorted(hours)) if len(hours) < 24 else (),  # noqa: PLR2004  # the hours of a day
        tuple(sorted(days, key=DAYS.index)) if len(days) < len(DAYS) else (),
    )


def skipped(state: FeedState, time: datetime) -> bool:
    """Whether the publisher wants no visits at this time."""
    time = time.astimezone(UTC)
    return time.hour in state.skip_hours or DAYS[time.weekday()] in state.skip_days


def open_from(state: FeedState, time: datetime) -> datetime:
    """`time`, or the first full hour after it that is not skipped: within a week, since some time is left."""
    while skipped(state, time):
        time = time.replace(minute=0, second=0, microsecond=0) + HOUR
    return time


def timed_by_writes(state: FeedState, every: int) -> bool:
    """Whether the wheel alone cannot time a feed that is to be looked at so often."""
    return bool(state.skip_hours) and every > HOURLY


def slot(state: FeedState, every: int) -> str:
    """Where a feed that is to be looked at so often stands on the wheel."""
    return wheel.slot(state.feed_id, HOURLY if timed_by_writes(state, every) else every)
