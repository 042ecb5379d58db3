"""Feeds that move: a permanent redirect is believed when it has held for long, and then only between feeds.

A 301 or 308 (RFC 9110 §15.4.2, §15.4.9) may be a slip of a configuration, or a host that was sold. Until it has led to
a valid feed often enough, the old address stays the one that is polled. The id of the feed, and so those of its
entries, never change.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from feedriver.state import FeedState, Moving, Pending

SIGHTINGS = 10  # in a row; NewsBlur, too, follows for good after ten
FOR_AT_LEAST = timedelta(hours=24)  # so that an afternoon's mistake of a feed polled each 15 minutes is none


def followed(state: FeedState, moved_to: str | None, now: datetime) -> FeedState:
    """The state after a good answer (a document, the same body, or 304) that came by way of `moved_to`, or of none.

    Only good answers count, so a redirect to a web page moves nothing. An answer by another way begins anew. The same
    state where there is nothing to remember.
    """
    # Credentials were given for one origin, and a redirect may repeat them in its target.
    if moved_to is None or moved_to == state.url or state.secret or _names_somebody(moved_to):
        return state.replace(moving=None) if state.moving else state
    before = state.moving if state.moving and state.moving.to == moved_to else None
    moving = Moving(to=moved_to, count=before.count + 1 if before else 1, since=before.since if before else now)
    if moving.count < SIGHTINGS or now - moving.since < FOR_AT_LEAST:
        return state.replace(moving=moving)
    about = {"moved_from": state.url, "count": moving.count, "since": moving.since.isoformat()}
    event = Pending(at=now, event="Feed Moved", about=about)
    return state.replace(url=moved_to, moving=None, outbox=(*state.outbox, event))


def note(after: FeedState, before: FeedState) -> str:
    """What a poll's report says of a permanent redirect, where there is one."""
    if after.url != before.url:
        return "; moved for good: the new address is asked from now on"
    if after.moving:
        return f"; redirected for good, seen {after.moving.count} of {SIGHTINGS} times"
    return ""


def _names_somebody(url: str) -> bool:
    # A user name or password in an address would be shown in events.
    return "@" in url.split("/", 3)[2]
