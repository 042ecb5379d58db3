"""Which feeds are polled: adding them, one each however its address is spelled."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from feedriver import urls
from feedriver.decide import wheel
from feedriver.errors import InputError
from feedriver.models import FeedState
from feedriver.ports import States

FIRST_INTERVAL = 60  # minutes, until the first poll tells better


def address(url: str) -> str:
    """The canonical address of a feed, or `InputError` saying what is wrong with this one."""
    canonical = urls.canonical(url)
    shown = urls.redact(url)
    if canonical is None:
        if len(url) > urls.MAX_URL:
            raise InputError(f"{shown[:80]}…: longer than {urls.MAX_URL} characters: no feed's address is")
        raise InputError(f"{shown}: not a feed's address: give one that begins with http:// or https://")
    if "@" in canonical.split("/")[2]:
        raise InputError(f"{shown}: holds a user name or password, which would be shown in events: give it without")
    return canonical


def register(states: States, url: str, now: datetime) -> Literal["added", "known"]:
    """Add a feed; its turn comes in the next minute. A known one stays as it is."""
    canonical = address(url)
    feed_id = urls.feed_id(canonical)
    fresh = FeedState(feed_id=feed_id, url=canonical, added=now, slot=wheel.NEW, every=FIRST_INTERVAL)
    return "added" if states.register(fresh) else "known"


def register_or_revive(states: States, url: str, now: datetime) -> Literal["added", "known", "revived"]:
    """Add a feed by a person's hand: one that its publisher had declared gone is asked again."""
    verdict = register(states, url, now)
    feed_id = urls.feed_id(address(url))
    state = states.load([feed_id]).get(feed_id)
    if verdict == "added" or state is None or not state.gone:
        return verdict
    states.commit(state.model_copy(update={"rev": state.rev + 1, "gone": None, "slot": wheel.NEW, "not_before": None}))
    return "revived"
