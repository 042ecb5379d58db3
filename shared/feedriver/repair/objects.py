"""What the bucket holds of each feed, feed by feed, however many days it lies in: listed a page at a time."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from feedriver import keys
from feedriver.keys import EntriesKey, RawKey
from feedriver.models import Entry
from feedriver.ports import Store

LATEST_POLL = timedelta(days=2)  # by how much a batch that waited in the queue is younger than its turn, the key's day


class FeedObject(NamedTuple):
    """An object of entries, or a document, of revision `rev` of a feed."""

    feed_id: str
    rev: int
    key: str
    modified: datetime


def by_feed(  # noqa: PLR0917  # each argument has its own type, but the last two, which belong together
    store: Store,
    kinds: tuple[keys.Kind, ...],
    since: datetime,
    until: datetime,
    feed_id: str | None = None,
    after: str = "",
) -> Iterator[tuple[str, list[FeedObject]]]:
    """Each feed that has objects of these kinds written from `since` on, with them, by revision, in the order of ids.

    Of one feed, or of all whose ids are behind `after`. The days' listings are in the order of feeds, and are merged:
    what is in memory is a page a day, and one feed.
    """
    days = [
        _day(store, prefix, since, keys.after_feed(prefix, after))
        for kind in kinds
        for prefix in keys.prefixes(kind, (since - LATEST_POLL).date(), until.date(), feed_id)
    ]
    merged = heapq.merge(*days, key=lambda each: each.feed_id)
    for found, objects in groupby(merged, key=lambda each: each.feed_id):
        yield found, sorted(objects, key=lambda each: (each.rev, each.key))


def _day(store: Store, prefix: str, since: datetime, after: str) -> Iterator[FeedObject]:
    for each in store.listed(prefix, after):
        key = keys.parse(each.key)
        if isinstance(key, EntriesKey | RawKey) and each.modified >= since.replace(microsecond=0):
            yield FeedObject(key.feed_id, key.rev, each.key, each.modified)


def entries_of(lines: bytes) -> tuple[Entry, ...] | None:
    """The entries of an object, or None where it is none of entries."""
    try:
        return tuple(Entry.model_validate_json(line, extra="ignore") for line in lines.splitlines()) or None
    except ValueError:  # pydantic's too
        return None
