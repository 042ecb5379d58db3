"""When to look next, from three things: the feed's own rhythm, what the publisher asks, how it has been failing.

Between 15 minutes and 24 hours; a publisher's wish for less is always honoured, a Retry-After in full.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

from feedriver.decide.wheel import INTERVALS, LONGEST, interval_at_least, interval_at_most
from feedriver.http import http_date
from feedriver.models import Wishes

UNKNOWN_RHYTHM = 60  # minutes, where a feed's entries carry no dates
POLITE = 60  # minutes: a feed whose first poll fell out of phase, or whose host gives no validators, is left in peace
BLOCKED = 240  # minutes: where a host wants a person, asking often helps nobody
RHYTHM_SAMPLE = 20  # newest entries
_MAX_AGE = re.compile(r'(?:^|[,\s])(?:s-maxage|max-age)\s*=\s*"?(\d{1,12})', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a feed is polled, in minutes: `every` is its interval class, `at_least` passes whatever its phase.

    `why` is the reason in words, for the poll's report.
    """

    every: int
    at_least: int
    why: str = ""


def rhythm(published: Sequence[datetime | None], now: datetime) -> float | None:
    """Half the usual gap between a feed's entries, in minutes; None where fewer than two of them have a date.

    A feed silent for more than four times its usual gap is looked at the less, the longer it is silent.
    """
    times = sorted({time for time in published if time and time <= now}, reverse=True)
    newest = times[:RHYTHM_SAMPLE]
    if len(newest) < 2:  # noqa: PLR2004  # a gap takes two
        return None
    gap = median((later - earlier).total_seconds() / 60 for later, earlier in pairwise(newest))
    silent = (now - newest[0]).total_seconds() / 60
    return max(gap, silent / 4) / 2


def asked(wishes: Wishes, headers: Mapping[str, str], now: datetime) -> tuple[int, str] | None:
    """The longest interval that the publisher asks for, in minutes up to 24 h, with where it says so."""
    wanted = [
        (min(minutes, LONGEST), where)
        for minutes, where in ((wishes.ttl, "ttl"), (wishes.period, "sy:updatePeriod"), _fresh_for(headers, now))
        if minutes and minutes > INTERVALS[0]
    ]
    return max(wanted, default=None)


def _fresh_for(headers: Mapping[str, str], now: datetime) -> tuple[int, str]:
    """For how many minutes the answer calls itself fresh. Expires counts where no max-age does (RFC 9111 §5.3)."""
    ages = [int(age) // 60 for age in _MAX_AGE.findall(headers.get("cache-control", ""))]
    if ages:
        return max(ages), "Cache-Control"
    until, sent = http_date(headers.get("expires", "")), http_date(headers.get("date", ""))
    return (int((until - (sent or now)).total_seconds()) // 60 if until else 0), "Expires"


def pace(
    published: Sequence[datetime | None],
    wishes: Wishes,
    headers: Mapping[str, str],
    now: datetime,
    *,
    hourly: bool = False,
) -> Pace:
    """The interval for a feed that was read, whose entries were `published` then; once an hour at most if `hourly`."""
    own = rhythm(published, now)
    by_rhythm = interval_at_most(UNKNOWN_RHYTHM if own is None else own)
    why = "its entries tell no rhythm" if own is None else "by its own rhythm"
    if hourly and by_rhythm < POLITE:
        by_rhythm, why = POLITE, "no more often, since its host gives no validators to ask with"
    ask = asked(wishes, headers, now)
    if ask and ask[0] > by_rhythm:
        return Pace(interval_at_least(ask[0]), ask[0], f"the publisher asks for {ask[0]} min ({ask[1]})")
    at_least = max(ask[0] if ask else 0, min(by_rhythm, POLITE))
    return Pace(by_rhythm, at_least, why)


def after_failures(every: int, count: int, at_least: int = 0) -> Pace:
    """The interval after `count` failures in a row: doubled with each after the first, up to a day.

    `at_least` in minutes. The jitter is the wheel's: feeds that failed in one minute have different phases.
    """
    failures = "a failure" if count == 1 else f"{count} failures in a row"
    longer = interval_at_least(max(every * 2 ** min(count - 1, 10), at_least))
    return Pace(longer, longer, f"backing off to every {longer} min after {failures}")
