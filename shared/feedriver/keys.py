"""Objects of the bucket, and where they lie. Hive-style, so that Athena, DuckDB and Spark read `entries/` as one table.

A function for each kind of key makes it, and `parse` reads all of them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
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
    """The parts of an `entries_key`."""

    feed_id: str
    rev: int
    day: date


@dataclass(frozen=True, slots=True)
class HeldKey:
    """The parts of a `held_key`."""

    feed_id: str
    rev: int


@dataclass(frozen=True, slots=True)
class StagingKey:
    """The parts of a `staging_key`; `sha256` is the first 16 digits."""

    feed_id: str
    rev: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RawKey:
    """The parts of a `raw_key`; `sha256` is the first 16 digits."""

    feed_id: str
    rev: int
    day: date
    sha256: str


@dataclass(frozen=True, slots=True)
class UnreadKey:
    """The parts of an `unread_key`."""

    feed_id: str
    minute: datetime


@dataclass(frozen=True, slots=True)
class PollsKey:
    """The parts of a `polls_key`; `batch` is the first 12 digits of the feeds' hash."""

    minute: datetime
    batch: str


Key = EntriesKey | HeldKey | StagingKey | RawKey | UnreadKey | PollsKey


def parse(key: str) -> Key | None:
    """The parts of a key, or None for a key that is none of ours."""
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
    """The entries of revision `rev` of a feed; `day` is the (UTC) day of its poll."""
    return f"entries/date={day.isoformat()}/feed={feed_id}/{rev}.jsonl"


HELD = "held/"


def held_key(feed_id: str, rev: int) -> str:
    """The held entries of revision `rev` of a feed. These keys sort by revision, without a day.

    They are not under `entries/`, which has what was announced, and they do not expire.
    """
    return f"{HELD}feed={feed_id}/{rev:012d}.jsonl"


def is_held(key: str) -> bool:
    """Whether it is a key of held entries, which are stored and not announced."""
    return key.startswith(HELD)


def staging_key(feed_id: str, rev: int, lines: bytes) -> str:
    """The entries of a revision until it is committed. Attempts that differ have different keys.

    So everything under `entries/` is committed, and never written twice with different bytes.
    """
    return f"staging/{feed_id}/{rev}-{_short_hash(lines)}.jsonl"


def raw_key(feed_id: str, rev: int, day: date, sha256: str) -> str:
    """The document of revision `rev` as received, gzipped; `sha256` is its hash.

    Other attempts at the revision may leave other documents beside it.
    """
    return f"raw/date={day.isoformat()}/feed={feed_id}/{rev}-{sha256[:16]}.gz"


def unread_key(feed_id: str, minute: datetime) -> str:
    """The document that was fetched for a feed in the turn of `minute`, until it is parsed."""
    return f"unread/{feed_id}/{minute:%Y-%m-%dT%H%M}"


def polls_key(minute: datetime, feed_ids: Sequence[str]) -> str:
    """The log of one batch; the same batch of the same minute overwrites its log."""
    batch = hashlib.sha256("\n".join(feed_ids).encode()).hexdigest()[:12]
    return f"polls/date={minute.date().isoformat()}/{minute:%H%M}-{batch}.jsonl"


def _short_hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]


def prefixes(kind: Kind, since: date, until: date, feed_id: str | None = None) -> Iterator[str]:
    """The prefixes of the keys from day `since` to day `until` (UTC, both included), one for each day."""
    for number in range((until - since).days + 1):
        day = since + timedelta(days=number)
        yield f"{kind}/date={day.isoformat()}/feed={feed_id or ''}" + ("/" if feed_id else "")


def after_feed(prefix: str, feed_id: str) -> str:
    """A key after all keys of this feed and before those of the next one, below a day's prefix of all feeds."""
    return f"{prefix}{feed_id}0" if feed_id else ""  # "0" sorts next after "/"


def staging_prefix(feed_id: str | None = None) -> str:
    """The prefix of what is staged of a feed, or of all feeds."""
    return f"staging/{feed_id}/" if feed_id else "staging/"


def held_prefix(feed_id: str) -> str:
    """The prefix of the held entries of a feed."""
    return f"{HELD}feed={feed_id}/"


def polls_prefix(hour: datetime) -> str:
    """The prefix of the logs of the batches of one hour (UTC)."""
    return f"polls/date={hour.date().isoformat()}/{hour:%H}"
