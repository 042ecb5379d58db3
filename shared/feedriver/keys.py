"""Objects of the bucket, and where they lie. Hive-style, so that Athena, DuckDB and Spark read `entries/` as one table.

A function for each kind of key makes it, and `parse` reads all of them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple

Kind = Literal["entries", "raw"]


class ListedObject(NamedTuple):
    """An object by its key, and when it was written."""

    key: str
    modified: datetime


class StoredObject(NamedTuple):
    """An object and its labels. `url` is None where it was put without one."""

    body: bytes
    content_type: str
    url: str | None


@dataclass(frozen=True, slots=True)
class EntriesKey:
    """What `entries_key` was made of."""

    feed_id: str
    rev: int
    day: date


@dataclass(frozen=True, slots=True)
class HeldKey:
    """What `held_key` was made of."""

    feed_id: str
    rev: int


@dataclass(frozen=True, slots=True)
class StagingKey:
    """What `staging_key` was made of; `sha256` is the first 16 digits."""

    feed_id: str
    rev: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RawKey:
    """What `raw_key` was made of; `sha256` is the first 16 digits."""

    feed_id: str
    rev: int
    day: date
    sha256: str


@dataclass(frozen=True, slots=True)
class UnreadKey:
    """What `unread_key` was made of."""

    feed_id: str
    minute: datetime


@dataclass(frozen=True, slots=True)
class PollsKey:
    """What `polls_key` was made of; `batch` is the first 12 digits of the feeds' hash."""

    minute: datetime
    batch: str


Key = EntriesKey | HeldKey | StagingKey | RawKey | UnreadKey | PollsKey


def parse(key: str) -> Key | None:
    """What this key was made of, or None for one that is none of ours."""
    for kind, pattern in _GRAMMAR:
        if found := pattern.fullmatch(key):
            try:
                return kind(**{name: _READ.get(name, str)(text) for name, text in found.groupdict().items()})
            except ValueError:  # 2026-02-31
                return None
    return None


_FEED, _REV, _SHA256 = "(?P<feed_id>[0-9a-f]{16})", r"(?P<rev>\d{1,18})", "(?P<sha256>[0-9a-f]{1,64})"
_DAY, _MINUTE = r"(?P<day>\d{4}-\d\d-\d\d)", r"(?P<minute>\d{4}-\d\d-\d\d[T/]\d{4})"
_GRAMMAR: tuple[tuple[Callable[..., Key], re.Pattern[str]], ...] = (
    (EntriesKey, re.compile(rf"entries/date={_DAY}/feed={_FEED}/{_REV}\.jsonl", re.ASCII)),
    (HeldKey, re.compile(rf"held/feed={_FEED}/{_REV}\.jsonl", re.ASCII)),
    (StagingKey, re.compile(rf"staging/{_FEED}/{_REV}-{_SHA256}\.jsonl", re.ASCII)),
    (RawKey, re.compile(rf"raw/date={_DAY}/feed={_FEED}/{_REV}-{_SHA256}\.gz", re.ASCII)),
    (UnreadKey, re.compile(rf"unread/{_FEED}/{_MINUTE}", re.ASCII)),
    (PollsKey, re.compile(rf"polls/date={_MINUTE}-(?P<batch>[0-9a-f]{{12}})\.jsonl", re.ASCII)),
)


def _minute(text: str) -> datetime:
    return datetime.strptime(text.replace("/", "T"), "%Y-%m-%dT%H%M").replace(tzinfo=UTC)


_READ: dict[str, Callable[[str], object]] = {"rev": int, "day": date.fromisoformat, "minute": _minute}


def entries_key(feed_id: str, rev: int, day: date) -> str:
    """The object of the entries that revision `rev` of a feed brought, on the (UTC) day of its poll."""
    return f"entries/date={day.isoformat()}/feed={feed_id}/{rev}.jsonl"


HELD = "held/"


def held_key(feed_id: str, rev: int) -> str:
    """The entries that revision `rev` of a feed brought and that are held: in the order of revisions, no day between.

    They are not under `entries/`, which has what was announced, and do not expire.
    """
    return f"{HELD}feed={feed_id}/{rev:012d}.jsonl"


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


_UNSIGNED = re.compile(r"[^\x20-\x7e]")
LONGEST_TYPE = 1_000  # characters of a Content-Type


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
