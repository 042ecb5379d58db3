"""When a feed publishes, in words and as a small picture: what `feeds show` says of its rhythm. Times are UTC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from statistics import median

from feedriver.decide import timetable
from feedriver.decide.rhythm import DAY, HOUR, Rhythm
from feedriver.decide.skips import DAYS
from feedriver.decide.wheel import number
from feedriver.state import FeedState

FEW = 3  # sessions, of which fewer tell no habit
MOST_OF = 0.8  # of the sessions
NEARLY_ALL = 0.95
NARROW, WIDE = 3, 12  # hours
WEEKEND = 2  # days
BARS = "▁▂▃▄▅▆▇█"


def habits(known: Rhythm, now: datetime) -> str:
    """In words: "publishes about once a day, on weekdays, around 07:30; last new 3 days ago"."""
    if not known.sessions:
        return "nothing is known of its rhythm yet"
    last = f"last new {_ago(number(now) - known.sessions[-1])}"
    if len(known.sessions) < FEW:
        return f"too little is known of its rhythm yet; {last}"
    parts = (f"publishes {_often(median(known.gaps))}", _on_days(known.days), _at_hours(known))
    return f"{', '.join(filter(None, parts))}; {last}"


def picture(counts: Sequence[float]) -> str:
    """A bar for each hour or weekday, from none to the busiest."""
    most = max(counts)
    return "".join(BARS[round(7 * each / most)] for each in counts) if most else ""


def intervals(state: FeedState) -> str:
    """How often the feed is looked at: "every 15 min", or "every 15 to 960 min, by the hour of the week"."""
    if not timetable.is_one(state.timetable):
        return f"every {state.every} min"
    slowest = timetable.slowest(state.timetable, state.every)
    return f"every {state.every} to {slowest} min, by the hour of the week"


def _ago(minutes: int) -> str:
    if minutes < 2 * HOUR:
        return f"{minutes} min ago"
    return f"{minutes // HOUR} hours ago" if minutes < 2 * DAY else f"{minutes // DAY} days ago"


def _often(gap: float) -> str:
    if gap < 1.5 * HOUR:
        return f"about every {round(gap)} min"
    if gap < 0.8 * DAY:
        return f"about every {round(gap / HOUR)} hours"
    days = round(gap / DAY)
    return "about once a day" if days <= 1 else f"about every {days} days"


def _on_days(counts: Sequence[float]) -> str:
    """On which days, where most sessions were on one or two of them, or nearly none on weekends."""
    whole = sum(counts)
    if whole < FEW:
        return ""
    by_count = sorted(range(7), key=lambda day: -counts[day])
    for some in (1, 2):
        if sum(counts[day] for day in by_count[:some]) >= (NEARLY_ALL if some > 1 else MOST_OF) * whole:
            return "on " + " and ".join(f"{DAYS[day]}s" for day in sorted(by_count[:some]))
    return "on weekdays" if sum(counts[-WEEKEND:]) <= (1 - NEARLY_ALL) * whole else ""


def _at_hours(known: Rhythm) -> str:
    """At what time of day, where most sessions were within half of it."""
    whole = sum(known.hours)
    if whole < FEW:
        return ""
    for width in range(1, WIDE + 1):
        start = max(range(24), key=lambda hour: _within(known.hours, hour, width))
        if _within(known.hours, start, width) >= MOST_OF * whole:
            break
    else:
        return ""
    if width > NARROW:
        return f"between {start:02}:00 and {(start + width) % 24:02}:00"
    inside = [(at % DAY - start * HOUR) % DAY for at in known.sessions]
    near = [each for each in inside if each < width * HOUR] or [width * HOUR // 2]
    around = round((start * HOUR + median(near)) / 10) * 10 % DAY
    return f"around {around // HOUR:02.0f}:{around % HOUR:02.0f}"


def _within(hours: Sequence[float], start: int, width: int) -> float:
    return sum(hours[(start + each) % 24] for each in range(width))
