"""Times as a person gives them on the command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from feedriver.errors import InputError

AGO = re.compile(r"(\d{1,5})([mhd])")
EARLIEST, LATEST = 1990, 9000  # years: before there was no feed, and behind it sums of times overflow
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def moment(text: str, now: datetime) -> datetime:
    """`2h` and `3d` are so long before `now`; a date is its beginning; what names no zone is UTC. Else `InputError`."""
    ago = AGO.fullmatch(text.strip().lower())
    if ago:
        return now - int(ago[1]) * UNITS[ago[2]]
    return stated(text, "give 2h, 3d, 2026-11-20 or 2026-11-20T08:00")


def stated(text: str, how: str) -> datetime:
    """The time that `text` states in ISO 8601, in UTC; `InputError`, with `how` to write it, where it states none."""
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InputError(f"{text}: not a time: {how}") from None
    if not EARLIEST <= time.year < LATEST:
        raise InputError(f"{text}: not between {EARLIEST} and {LATEST}: {how}")
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
