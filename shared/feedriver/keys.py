"""Where things lie in the bucket. Hive-style, so that Athena, DuckDB and Spark read `entries/` as one table."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime


def entries_key(feed_id: str, rev: int, day: date) -> str:
    """The object of the entries that revision `rev` of a feed brought, on the (UTC) day of its poll."""
    return f"entries/date={day.isoformat()}/feed={feed_id}/{rev}.jsonl"


def staging_key(feed_id: str, rev: int, lines: bytes) -> str:
    """Where the entries of a revision lie until it is committed: each attempt at it that differs in a place of its own.

    What lies under `entries/` is thus committed, and never written twice with different bytes.
    """
    return f"staging/{feed_id}/{rev}-{_short_hash(lines)}.jsonl"


def raw_key(feed_id: str, rev: int, day: date, body: bytes) -> str:
    """The document that revision `rev` was read from, as received, gzip. Attempts at it may leave others beside it."""
    return f"raw/date={day.isoformat()}/feed={feed_id}/{rev}-{_short_hash(body)}.gz"


def polls_key(minute: datetime, feed_ids: Sequence[str]) -> str:
    """The log of one batch: the same batch of the same minute overwrites itself."""
    batch = hashlib.sha256("\n".join(feed_ids).encode()).hexdigest()[:12]
    return f"polls/date={minute.date().isoformat()}/{minute:%H%M}-{batch}.jsonl"


def _short_hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]
