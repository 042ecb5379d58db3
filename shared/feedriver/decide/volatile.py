"""Entries that change at every fetch (a counter of views, "two hours ago"): how many of their versions are announced.

Five updates at any pace, then one more for each full day since the entry was first seen. A version over that is left
for later: as long as one is, the document is fetched whole at each poll, and what then stands there is announced when
the next day allows it. So the last version that a feed holds comes, and only those before it are passed over.
"""

from __future__ import annotations

from datetime import datetime

FREE_UPDATES = 5


def allowed(revision: int, first_seen: datetime, now: datetime) -> bool:
    """Whether an entry that was `first_seen` then may be announced in this revision already."""
    return revision - 1 <= FREE_UPDATES + max((now - first_seen).days, 0)


def told(waiting: int) -> str:
    """What is to be said of so many changes that wait; nothing where none does."""
    return f"{waiting} entries change too often: their next version is told another day" if waiting else ""


def marked(revision: int) -> bool:
    """Whether an entry has come to so many revisions that its readers are to be told."""
    return revision > FREE_UPDATES
