"""The last polls of one feed, read back from the log in `polls/`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from feedriver import keys
from feedriver.errors import InputError
from feedriver.ports import Store

HOURS_BACK = 48  # hours whose logs are looked at, by their keys
MOST_OBJECTS = 200  # logs that are read, the newest first: in a large stack that is less than a day
MOST_POLLS = 20

Poll = dict[str, Any]  # a line of the log, as `feedriver.poll.batches.Report` has it, and its "time"


def last_polls(store: Store, feed_id: str, now: datetime) -> list[Poll]:
    """Up to twenty polls of a feed, newest first, from the newest 200 logs of the last two days."""
    found: list[Poll] = []
    for key in _newest_keys(store, now):
        mine = [json.loads(line) for line in store.get(key).splitlines() if feed_id.encode() in line]
        found += [{"time": _time(key), **poll} for poll in mine if poll["feed_id"] == feed_id]
        if len(found) >= MOST_POLLS:
            break
    return found[:MOST_POLLS]


def _newest_keys(store: Store, now: datetime) -> Iterator[str]:
    """Keys by the hour, so that a day of many batches need not be listed whole."""
    left = MOST_OBJECTS
    for back in range(HOURS_BACK):
        hour = now.astimezone(UTC) - timedelta(hours=back)
        logs = [each.key for each in store.listed(keys.polls_prefix(hour))]
        yield from reversed(logs[-left:])
        left -= len(logs)
        if left <= 0:
            return


def _time(key: str) -> str:
    """The minute that a log's key names (`feedriver.keys.polls_key`), ISO 8601."""
    found = keys.parse(key)
    if not isinstance(found, keys.PollsKey):
        raise InputError(f"{key}: not a log of feedriver's; take it out of polls/")
    return found.minute.isoformat()
