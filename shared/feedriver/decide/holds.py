"""Holds: which answers mean that no feed of a host is asked for a time, and not only the one feed.

    429                    holds the host: it counts requests by their sender (RFC 6585 §4), and one sender sends all
                           of ours. In full where the answer gives a time, even weeks; for an hour where it gives none
    503 with Retry-After   holds the host, for a day at most: only one application behind one path may be resting.
                           After the day one other feed is asked, and its answer counts for the host again
    a private feed's       holds the feed alone, 429 included: its account is what is counted
    all else               holds the feed alone: 503 without a time, 4xx and 5xx, and a Retry-After that comes with them

A host is the name that answered, at the end of the redirects, without scheme and port: `a.platform.example` does not
speak for `b.platform.example`, nor for `platform.example`. The feed whose answer it was keeps its own `held_until`
besides, in full. A feed that is redirected depends on the host that last answered it, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import NamedTuple

from feedriver.decide import retry_after
from feedriver.http import Answer
from feedriver.state import FeedState
from feedriver.urls import host_of

REST = timedelta(days=1)  # the longest that a 503 counts for the whole host


class Hold(NamedTuple):
    """A host that nobody is to ask before a time."""

    host: str
    until: datetime


def hold(answer: Answer, now: datetime) -> Hold | None:
    """The hold that this answer asks for its host; None where it asks for none."""
    until = retry_after.held_until(answer.headers, now)
    host = host_of(answer.url)
    if not host:
        return None
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Hold(host, until or now + retry_after.DEFAULT_HOLD)
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE and until:
        return Hold(host, min(until, now + REST))
    return None


def asked(state: FeedState) -> tuple[str, ...]:
    """The hosts that a poll of this feed is known to ask: that of its address, and that which last answered."""
    addresses = (state.url, state.validators.url) if state.validators else (state.url,)
    return tuple(dict.fromkeys(map(host_of, addresses)))


def held(state: FeedState, holds: Mapping[str, datetime], now: datetime) -> str | None:
    """The host that keeps this feed from being asked at `now`, if any."""
    return next((host for host in asked(state) if host in holds and now < holds[host]), None)
