"""Which feeds are polled: adding them, one each however its address is spelled; finding and removing them.

A feed is known by the whole of its address, credentials included: two that differ by their token are two feeds. What
is kept of the address has none (`feedriver.credentials`); they are kept first, so that a state which speaks of a secret
never stands without one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from feedriver import credentials, urls
from feedriver.credentials import Address, Secret
from feedriver.decide import wheel
from feedriver.errors import InputError, PassedOver
from feedriver.ports import Secrets, States
from feedriver.state import FeedState

ID = re.compile(r"[0-9a-f]{16}")
FIRST_INTERVAL = 60  # minutes, until the first poll tells better


def address(url: str) -> str:
    """The canonical address of a feed, with all that it holds, or `InputError` saying what is wrong with this one."""
    canonical = urls.canonical(url)
    shown = urls.redact(url)
    if canonical is None:
        if len(url) > urls.MAX_URL:
            raise InputError(f"{shown[:80]}…: longer than {urls.MAX_URL} characters: no feed's address is")
        raise InputError(f"{shown}: not a feed's address: give one that begins with http:// or https://")
    return canonical


def split(url: str, user: str | None = None, headers: Sequence[str] = (), *, secret: bool = False) -> Address:
    """The feed that `url` names, its address apart from its secret; `InputError` where it, or they, cannot be used.

    `user` is NAME:PASSWORD, each of `headers` "Name: value"; neither is part of the feed's identity. Where `secret`,
    what stands in {braces} of the address is secret, or all of it but the host (`feedriver.credentials.marked`).
    """
    if not secret:
        return credentials.split(address(url), user, headers)
    said = credentials.marked(url)
    return credentials.split(address(said.whole), user, headers, said)


def register(
    states: States,
    url: str,
    now: datetime,
    secrets: Secrets | None = None,
    *,
    user: str | None = None,
    headers: Sequence[str] = (),
    secret: bool = False,
    new_only: bool = False,
) -> Literal["added", "known", "updated"]:
    """Add a feed; its turn comes in the next minute. `new_only`: what it holds then is not announced.

    A known one stays as it is, unless it comes with other credentials than before: then it is asked with these soon,
    and "updated". Raises `InputError` where credentials are given and `secrets`, where they are to be kept, is None.
    """
    feed = _named(states, split(url, user, headers, secret=secret))
    changed = _keep(feed, secrets)
    fresh = FeedState(
        feed_id=feed.feed_id,
        url=feed.url,
        rev=first_revision(now),
        added=now,
        slot=wheel.NEW,
        every=FIRST_INTERVAL,
        secret=feed.secret is not None,
        new_only=new_only,
    )
    if states.register(fresh):
        return "added"
    state = states.load([feed.feed_id]).get(feed.feed_id) if feed.secret else None
    if state is None or (state.secret and not changed):
        return "known"
    if not state.gone:
        _ask_soon(states, _private(state, feed))
    return "updated"


def _private(state: FeedState, feed: Address) -> FeedState:
    """The state of a feed whose secret is known now: an address that tells it is not shown any more."""
    return state.replace(secret=True, url=feed.url if state.url == feed.in_the_open else state.url)


def _named(states: States, feed: Address) -> Address:
    """The feed of an address: one that was added by another spelling of it, percent-encoded or not, is that one."""
    spelled = urls.spellings(feed.whole)
    known = states.load([feed.feed_id, *map(urls.feed_id, spelled)]) if spelled else {}
    return replace(feed, feed_id=next(iter(known))) if known and feed.feed_id not in known else feed


def first_revision(now: datetime) -> int:
    """The revision that a feed has when it is added: none that it had before it was taken out, if it ever was.

    The objects of entries are named by it, and one of today's that an earlier registration wrote would be overwritten.
    The second of the clock is ahead of that: no feed is written down once a second.
    """
    return int(now.timestamp())


def _keep(feed: Address, secrets: Secrets | None) -> bool:
    """Keep the feed's secret, if it has one; whether that changed anything."""
    if feed.secret is None:
        return False
    if secrets is None:
        raise InputError(f"{urls.redact(feed.url)}: there is no place to keep its credentials in")
    known: Secret | None = secrets.load([feed.feed_id]).get(feed.feed_id)
    secret = feed.secret
    if known and known.address and not secret.address:  # what a person said is secret of it stays so
        secret = replace(secret, address=known.address, parts=known.parts)
    if known == secret:
        return False
    secrets.keep(feed.feed_id, secret)
    return True


def _ask_soon(states: States, state: FeedState) -> None:
    """The next revision of a feed, due in the next minute, among others."""
    states.commit(state.replace(rev=state.rev + 1, gone=None, quarantined=None, slot=wheel.NEW, not_before=None))


def register_or_revive(
    states: States,
    url: str,
    now: datetime,
    secrets: Secrets | None = None,
    *,
    user: str | None = None,
    headers: Sequence[str] = (),
    secret: bool = False,
    new_only: bool = False,
) -> Literal["added", "known", "updated", "revived"]:
    """Add a feed by a person's hand: one that its publisher had declared gone, or that is in quarantine, is revived."""
    verdict = register(states, url, now, secrets, user=user, headers=headers, secret=secret, new_only=new_only)
    feed = _named(states, split(url, user, headers, secret=secret))
    state = states.load([feed.feed_id]).get(feed.feed_id)
    if verdict == "added" or state is None or not (state.gone or state.quarantined):
        return verdict
    _ask_soon(states, _private(state, feed) if feed.secret else state)
    return "revived"


def find(states: States, wanted: str) -> FeedState | None:
    """The feed of an address or of an id, or None; `InputError` where its state cannot be read.

    It is also found by its address as lists show it: as it is sent, and without credentials. Raises `InputError` where
    several are listed under it, with their ids.
    """
    if ID.fullmatch(wanted):
        return _loaded(states, wanted)
    canonical = address(wanted)
    feed_id = urls.feed_id(canonical)
    state = _loaded(states, feed_id)
    if state:
        return state
    spelled = {urls.feed_id(each) for each in urls.spellings(canonical)}
    shown = urls.serialized(canonical)
    listed = [each for each in states.every() if (each.secret and each.url == shown) or each.feed_id in spelled]
    if len(listed) > 1:
        ids = ", ".join(sorted(each.feed_id for each in listed))
        raise InputError(
            f"{urls.redact(canonical)}: {len(listed)} private feeds are listed so; name one by its id: {ids}"
        )
    return listed[0] if listed else None


def _loaded(states: States, feed_id: str) -> FeedState | None:
    passed: list[PassedOver] = []
    state = states.load([feed_id], passed).get(feed_id)
    if passed:
        raise InputError(f"feed {feed_id}: {passed[0].why}; `feedriver feeds remove {feed_id}` takes it out")
    return state


def remove_unreadable(states: States, secrets: Secrets | None, feed_id: str) -> bool:
    """Take out a feed whose state cannot be read, and its credentials, if any; False for any other."""
    passed: list[PassedOver] = []
    states.load([feed_id], passed)
    if not passed:
        return False
    if secrets:
        secrets.forget(feed_id)
    return states.remove(feed_id)


def remove(states: States, secrets: Secrets | None, state: FeedState) -> bool:
    """Take a feed out, and forget its credentials; False where it was not there any more."""
    removed = states.remove(state.feed_id)
    if state.secret and secrets:
        secrets.forget(state.feed_id)
    return removed
