"""What the state table holds beside the state of each feed: its index of slots, the cursor and the leases."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from feedriver.errors import PassedOver
from feedriver.state import FeedState


class Placed(NamedTuple):
    """A feed as the index has it. `host` is that of its URL, or "" where an older version wrote the item."""

    feed_id: str
    slot: str
    host: str = ""
    timetable: str = ""


Job = Literal["sweep", "reconcile"]  # what goes through all feeds, a part at a time


class Stretch(NamedTuple):
    """A stretch of the state table: the feeds in it that were asked for, and the last of all feeds in it.

    `last` is None where the table ends. `passed_over` are the feeds in it whose items cannot be read.
    """

    states: tuple[FeedState, ...]
    last: str | None
    passed_over: tuple[PassedOver, ...] = ()


class Cursor(NamedTuple):
    """How far the dispatcher has come.

    `minute` is the last minute whose feeds were all sent, None before the first. `tries` counts how often what came due
    since then was begun to be sent: where it is not 0, some of it may be on the queue already. Of the feeds never
    polled, the next to be sent are those behind the id `new_after`.
    """

    minute: datetime | None
    tries: int = 0
    new_after: str = ""


Standing = Literal["at_work", "done", "left"]  # "left": it began, its time is over, and it was not finished


class Lease(NamedTuple):
    """What was found when a batch was to begin.

    `standing` is "taken" where it may begin, else what a copy of it came to. `busy` are those of its hosts at which
    another worker is.
    """

    standing: Literal["taken"] | Standing
    busy: frozenset[str] = frozenset()
