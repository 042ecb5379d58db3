"""Dates: RFC 822 and 2822, RFC 3339 and ISO 8601, and what publishers make of them.

Pure: no clock fills in what a date leaves out, and no locale of the machine is asked.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

EARLIEST, LATEST = 1900, 2200  # years; what lies outside is a mistake, not a date
_LONGEST = 100  # characters of anything that is a date

# Hours east of Greenwich. RFC 2822 §4.3 for the American ones; the others as Europe's and Asia's feeds use them.
# A name that is not here counts as UTC, as RFC 2822 has it.
_ZONES = {
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "ast": -4, "adt": -3, "akst": -9, "akdt": -8, "hst": -10, "nst": -3.5, "ndt": -2.5,
    "et": -5, "ct": -6, "mt": -7, "pt": -8, "brt": -3, "art": -3,
    "wet": 0, "west": 1, "bst": 1, "ist": 5.5, "cet": 1, "cest": 2, "met": 1, "mest": 2, "mez": 1, "mesz": 2,
    "sast": 2, "eet": 2, "eest": 3, "idt": 3, "msk": 3, "msd": 4, "trt": 3, "gst": 4, "pkt": 5, "wib": 7, "ict": 7,
    "sgt": 8, "hkt": 8, "pht": 8, "awst": 8, "jst": 9, "kst": 9, "acst": 9.5, "acdt": 10.5, "aest": 10, "aedt": 11,
    "nzst": 12, "nzdt": 13,
}  # fmt: skip
# English, and by their first letters the months of the languages whose publishers write them in RFC 822 dates:
# German, French, Spanish, Italian, Portuguese, Dutch, Russian. Tried in this order.
_MONTHS = (
    ("jan", 1), ("ene", 1), ("gen", 1), ("янв", 1), ("feb", 2), ("fév", 2), ("fev", 2), ("фев", 2),
    ("mar", 3), ("mär", 3), ("mrz", 3), ("maa", 3), ("мар", 3), ("apr", 4), ("avr", 4), ("abr", 4), ("апр", 4),
    ("may", 5), ("mai", 5), ("mei", 5), ("mag", 5), ("май", 5), ("мая", 5), ("jun", 6), ("juin", 6), ("giu", 6),
    ("июн", 6), ("jul", 7), ("juil", 7), ("lug", 7), ("июл", 7), ("aug", 8), ("aoû", 8), ("aou", 8), ("ago", 8),
    ("авг", 8), ("sep", 9), ("set", 9), ("сен", 9), ("oct", 10), ("okt", 10), ("ott", 10), ("out", 10), ("окт", 10),
    ("nov", 11), ("ноя", 11), ("dec", 12), ("dez", 12), ("déc", 12), ("dic", 12), ("дек", 12),
)  # fmt: skip

_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{1,2})(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\b\.?)?"
_ZONE = r"\s*(?P<zone>[A-Za-z/_]*\s*(?:[+-]\s*\d{1,2}:?(?:\d{2})?)?)\s*(?:\([^()]*\))?\s*"
_WEEKDAY = r"(?:[^\W\d]+\.?\s*,?\s+|[^\W\d]+\.?,\s*)?"
_ORDINAL = r"(?:st|nd|rd|th)?\.?"
_NAME = r"(?:de\s+)?(?P<name>[^\W\d]{3,})\.?,?(?:\s+de)?"
_AT_TIME = rf"(?:,?\s+(?:at\s+)?{_TIME})?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        # 2025-10-08T18:46:00.5Z, 2025-10-08 18:46 +02:00, 2025-10-08, 2025-10, 2025/10/08
        rf"(?P<year>\d{{4}})[-/](?P<month>\d{{1,2}})(?:[-/](?P<day>\d{{1,2}}))?(?:(?:T|\s+|\s+at\s+){_TIME}{_ZONE})?",
        # 20251008T184600Z
        rf"(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d)(?:T(?P<hour>\d\d):?(?P<minute>\d\d):?(?P<second>\d\d)?{_ZONE})?",
        # 2025
        r"(?P<year>\d{4})",
        # Wed, 08 Oct 2025 18:46:00 +0000; 8-Oct-25
        rf"{_WEEKDAY}(?P<day>\d{{1,2}}){_ORDINAL}[\s-]\s*{_NAME}[\s-]\s*(?P<year>\d{{4}}|\d{{2}}){_AT_TIME}{_ZONE}",
        # Wed, October 8, 2025 6:46 PM EST
        rf"{_WEEKDAY}{_NAME}\s+(?P<day>\d{{1,2}}){_ORDINAL},?\s+(?P<year>\d{{4}}){_AT_TIME}{_ZONE}",
        # Wed Oct  8 18:46:00 EST 2025
        rf"{_WEEKDAY}{_NAME}\s+(?P<day>\d{{1,2}})\s+{_TIME}{_ZONE}\s+(?P<year>\d{{4}})",
    )
)
_OFFSET = re.compile(r"([+-])\s*(\d{1,2}):?(\d{2})?")


def parse(raw: str) -> datetime | None:
    """The time that `raw` states, in UTC, or None where it states none. It never raises.

    A date without a zone is in UTC, one without a time at midnight, one without a day on the first. A wrong weekday
    is ignored; a leap second is the second before it. What cannot be (30 February, 25:61, an offset of a day), what
    is ambiguous (08/10/2025), and years before 1900 or after 2200 are None.
    """
    text = " ".join(raw.split()) if len(raw) <= _LONGEST * 3 else ""
    if not text or len(text) > _LONGEST:
        return None
    for form in _FORMS:
        if match := form.fullmatch(text):
            return _moment(match.groupdict())
    return None


def _moment(parts: dict[str, str | None]) -> datetime | None:
    month = int(parts.get("month") or 0) or (_month(parts["name"] or "") if parts.get("name") else 1)
    hour, minute, second = (int(parts.get(part) or 0) for part in ("hour", "minute", "second"))
    if half := (parts.get("half") or "").lower():
        if not 1 <= hour <= 12:  # noqa: PLR2004 - the hours of a half day
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    midnight = (hour, minute, second) == (24, 0, 0)  # ISO 8601: the end of the day
    try:
        local = datetime(
            _year(parts["year"] or ""),
            month,
            int(parts.get("day") or 1),
            0 if midnight else hour,
            minute,
            59 if second == 60 else second,  # noqa: PLR2004 - a leap second
            tzinfo=UTC,
        )
        moment = local + timedelta(days=midnight) - _east(parts.get("zone") or "")
    except (OverflowError, ValueError):
        return None
    return moment if EARLIEST <= moment.year <= LATEST else None


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) > 2:  # noqa: PLR2004 - two digits
        return year
    return year + (2000 if year < 50 else 1900)  # noqa: PLR2004 - RFC 2822 §4.3


def _month(name: str) -> int:
    name = name.lower()
    return next((number for start, number in _MONTHS if name.startswith(start)), 0)


def _east(zone: str) -> timedelta:
    # Raises ValueError where the offset is a day or more.
    if offset := _OFFSET.search(zone):
        east = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        if east >= timedelta(days=1):
            raise ValueError(zone)
        return -east if offset[1] == "-" else east
    return timedelta(hours=_ZONES.get(zone.strip().lower(), 0))
