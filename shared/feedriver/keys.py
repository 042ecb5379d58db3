"""Where things lie in the bucket. Hive-style, so that Athena, DuckDB and Spark read `entries/` as one table."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple


def entries_key(feed_id: str, rev: int, day: date) -> str:
    """The object of the entries that revision `rev` of a feed brought, on the (UTC) day of its poll."""
    return f"entries/date={day.isoformat()}/feed={feed_id}/{rev}.jsonl"


HELD = "held/"


def held_key(feed_id: str, rev: int) -> str:
    """The entries that revision `rev` of a feed brought and that are held: in the order of revisions, no day between.

    They are not under `entries/`, which has what was announced, and do not expire.
    """
    return f"{HELD}feed={feed_id}/{rev:012d}.jsonl"


def held_revision(key: str) -> int:
    """The revision that a key of held entries names."""
    return int(key.rpartition("/")[2].removesuffix(".jsonl"))


def is_held(key: str) -> bool:
    """Whether a key is of held entries: these are stored and not announced."""
    return key.startswith(HELD)


def staging_key(feed_id: str, rev: int, lines: bytes) -> str:
    """Where the entries of a revision lie until it is committed: each attempt at it that differs in a place of its own.

    What lies under `entries/` is thus committed, and never written twice with different bytes.
    """
    return f"staging/{feed_id}/{rev}-{_short_hash(lines)}.jsonl"


def raw_key(feed_id: str, rev: int, day: date, sha256: str) -> str:
    """The document that revision `rev` was read from, as received, gzip, by its hash.

    Attempts at it may leave others beside it.
    """
    return f"raw/date={day.isoformat()}/feed={feed_id}/{rev}-{sha256[:16]}.gz"


def unread_key(feed_id: str, minute: datetime) -> str:
    """What was fetched for a feed in the turn of `minute`, until it is read."""
    return f"unread/{feed_id}/{minute:%Y-%m-%dT%H%M}"


def polls_key(minute: datetime, feed_ids: Sequence[str]) -> str:
    """The log of one batch: the same batch of the same minute overwrites itself."""
    batch = hashlib.sha256("\n".join(feed_ids).encode()).hexdigest()[:12]
    return f"polls/date={minute.date().isoformat()}/{minute:%H%M}-{batch}.jsonl"


def _short_hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]


Kind = Literal["entries", "raw"]
_UNSIGNED = re.compile(r"[^\x20-\x7e]")
LONGEST_TYPE = 1_000  # characters of a Content-Type
_PLACE = re.compile(
    r"(entries|raw)/date=(\d{4}-\d\d-\d\d)/feed=([0-9a-f]{16})/(\d{1,18})(?:-[0-9a-f]+)?\.(?:jsonl|gz)", re.ASCII
)


class Place(NamedTuple):
    """What a key of `entries/` or `raw/` says."""

    day: date
    feed_id: str
    rev: int


def place(key: str) -> Place | None:
    """What this key says, or None for one that is none of ours."""
    found = _PLACE.fullmatch(key)
    try:
        return Place(date.fromisoformat(found[2]), found[3], int(found[4])) if found else None
    except ValueError:  # 2026-02-31
        return None


def prefixes(kind: Kind, since: date, until: date, feed_id: str | None = None) -> Iterator[str]:
    """What the keys of these (UTC) days begin with, both included, a day each; of one feed, or of all."""
    for number in range((until - since).days + 1):
        day = since + timedelta(days=number)
        yield f"{kind}/date={day.isoformat()}/feed={feed_id or ''}" + ("/" if feed_id else "")


def behind(prefix: str, feed_id: str) -> str:
    """A key behind all those of this feed and before all those of the next one, in a day's `prefixes` of all feeds."""
    return f"{prefix}{feed_id}0" if feed_id else ""  # "0" is what comes behind "/"


def label(headers: Mapping[str, str]) -> str:
    """The Content-Type that came, as S3 takes one: it signs ASCII only, and has 8 KB for all headers of a request."""
    return _UNSIGNED.sub("?", headers.get("content-type", ""))[:LONGEST_TYPE] or "application/octet-stream"
