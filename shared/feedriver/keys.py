"""Where things lie in the bucket. Hive-style, so that Athena, DuckDB and Spark read `entries/` as one table."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta

MAX_DAYS_BACK = 31  # how far back an abandoned object of the same revision is looked for


def entries_key(feed_id: str, rev: int, day: date) -> str:
    """The object of the entries that revision `rev` of a feed brought, on the (UTC) day of its poll."""
    return f"entries/date={day.isoformat()}/feed={feed_id}/{rev}.jsonl"


def abandoned_keys(feed_id: str, rev: int, since: date, day: date) -> tuple[str, ...]:
    """Where an attempt at the same revision may have left an object on an earlier day.

    A poll that stored its entries and then died, tried again past midnight, writes under the new day. What the first
    attempt left lies on a day from `since`, that of the commit before, up to the day before `day`.
    """
    days = min((day - since).days, MAX_DAYS_BACK)
    return tuple(entries_key(feed_id, rev, day - timedelta(days=back)) for back in range(1, days + 1))


def raw_key(feed_id: str, rev: int, day: date) -> str:
    """The document that revision `rev` was read from, as received, gzip."""
    return f"raw/date={day.isoformat()}/feed={feed_id}/{rev}.gz"


def polls_key(minute: datetime, feed_ids: Sequence[str]) -> str:
    """The log of one batch: the same batch of the same minute overwrites itself."""
    batch = hashlib.sha256("\n".join(feed_ids).encode()).hexdigest()[:12]
    return f"polls/date={minute.date().isoformat()}/{minute:%H%M}-{batch}.jsonl"
