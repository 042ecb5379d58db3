"""Retry-After (RFC 9110 §10.2.3): until when a host wants no request.

What it means for the feed is in `feedriver.decide.status`, for the other feeds of its host in `feedriver.decide.holds`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from feedriver.http import LONGEST_DATE, http_date

LONGEST_HOLD = timedelta(days=31)  # a Retry-After beyond this is taken for a mistake and cut to it
DEFAULT_HOLD = timedelta(hours=1)  # 429 without a Retry-After that can be read
_SECONDS = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


def held_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Until when a Retry-After forbids requests (RFC 9110 §10.2.3); None where there is none that can be read.

    The date form is taken relative to the answer's own `Date`, so that a wrong clock on either side does no harm.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if _SECONDS.fullmatch(value):
        # The first digits of a number as long as that are over any bound.
        wait = timedelta(seconds=min(float(value.lstrip("0")[:LONGEST_DATE] or 0), LONGEST_HOLD.total_seconds()))
    else:
        until, sent = http_date(value), http_date(headers.get("date", ""))
        if until is None:
            return None
        wait = until - (sent or now)
    return now + min(wait, LONGEST_HOLD) if wait > timedelta(0) else None
