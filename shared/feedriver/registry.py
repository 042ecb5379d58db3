"""Which feeds are polled: adding them, one each however its address is spelled; finding and removing them.

A feed is known by the whole of its address, credentials included: two that differ by their token are two feeds. What
is kept of the address has none (`feedriver.credentials`). They are kept first, so that no state says that there
is a secret where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from feedriver import credentials, urls
from feedriver.credentials import Address, Secret
from feedriver.decide import wheel
from feedriver.decide.freshness import Level
from feedriver.errors import InputError, PassedOver
from feedriver.ports import Secrets, States
from feedriver.state import FeedState

ID = re.compile(r"[0-9a-f]{16}")
FIRST_INTERVAL = 60  # minutes, until the first poll

Added = Literal["added", "known", "updated", "revived"]


def canonical_address(url: str) -> str:
    """The canonical address of a feed, with all that it holds, or `InputError` saying what is wrong with this one."""
    canonical = urls.canonical(url)
    shown = urls.redact(url)
    if canonical is None:
        if len(url) > urls.MAX_URL:
            raise InputError(f"{shown[:80]}…: longer than {urls.MAX_URL} characters: no feed's address is")
        raise InputError(f"{shown}: not a feed's address: give one that begins with http:// or https://")
    return canonical


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed as a person gives it.

    `user` is NAME:PASSWORD, each of `headers` "Name: value"; neither is part of the feed's identity. Where `secret`,
    what stands in {braces} of the address is secret, or all of it but the host (`feedriver.credentials.marked`).
    `new_only`: what the feed holds at its first poll is not announced.
    """

    url: str = field(repr=False)
    user: str | None = field(default=None, repr=False)
    headers: Sequence[str] = field(default=(), repr=False)
    secret: bool = False
    new_only: bool = False

    @property
    def address(self) -> Address:
        """The feed's address apart from its secret; `InputError` where it, or what is given beside it, is no use."""
        if not self.secret:
            return credentials.split(canonical_address(self.url), self.user, self.headers)
        marking = credentials.marked(self.url)
        return credentials.split(canonical_address(marking.whole), self.user, self.headers, marking)


@dataclass(frozen=True, slots=True)
class Registry:
    """The feeds of a deployment. `secrets` is None where credentials have no place: then none may be given."""

    states: States
    secrets: Secrets | None = None

    def add(self, wanted: Subscription, now: datetime, *, revive: bool = False) -> Added:
        """Add a feed, to be polled in the next minute; what became of it.

        A known one stays as it is, unless it comes with other credentials than before: then it is asked with these
        soon, and "updated". `revive` is for a person's hand: a feed that its publisher had declared gone, or that is in
        quarantine, is asked again soon. Raises `InputError` where the address, or what is given beside it, is no use.
        """
        feed = self._known_as(wanted.address)
        changed = self._keep(feed)
        if self.states.register(_first_state(feed, now, new_only=wanted.new_only)):
            return "added"
        state = self.states.load([feed.feed_id]).get(feed.feed_id) if feed.secret or revive else None
        if state is None:
            return "known"
        updated = feed.secret is not None and (changed or not state.secret)
        if updated and not state.gone:
            self._ask_soon(state, feed)
            return "updated"
        if revive and (state.gone or state.quarantined):
            self._ask_soon(state, feed)
            return "revived"
        return "updated" if updated else "known"

    def _known_as(self, feed: Address) -> Address:
        """The feed of an address: one that was added by another spelling of it, percent-encoded or not, is that one."""
        spelled = urls.spellings(feed.whole)
        known = self.states.load([feed.feed_id, *map(urls.feed_id, spelled)]) if spelled else {}
        return replace(feed, feed_id=next(iter(known))) if known and feed.feed_id not in known else feed

    def _keep(self, feed: Address) -> bool:
        """Keep the feed's secret, if it has one; whether that changed anything."""
        if feed.secret is None:
            return False
        if self.secrets is None:
            raise InputError(f"{urls.redact(feed.url)}: there is no place to keep its credentials in")
        known: Secret | None = self.secrets.load([feed.feed_id]).get(feed.feed_id)
        secret = feed.secret
        if known and known.address and not secret.address:  # what a person marked as secret stays so
            secret = replace(secret, address=known.address, parts=known.parts)
        if known == secret:
            return False
        self.secrets.keep(feed.feed_id, secret)
        return True

    def _ask_soon(self, state: FeedState, feed: Address) -> None:
        """Commit the feed's next revision, due in the next minute, among others.

        An address that shows what is known to be secret now is not shown any more.
        """
        if feed.secret:
            state = state.replace(secret=True, url=feed.url if state.url == feed.without_password else state.url)
        self.states.commit(
            state.replace(rev=state.rev + 1, gone=None, quarantined=None, slot=wheel.NEW, not_before=None)
        )

    def set(self, state: FeedState, *, freshness: Level | None, floor: int | None) -> None:
        """Set how often a feed is looked at, by itself: None is as for all. It counts from its next poll on.

        Raises `CommitConflict` where a poll wrote meanwhile.
        """
        self.states.commit(state.replace(rev=state.rev + 1, freshness=freshness, floor=floor, wanted=None))

    def find(self, wanted: str) -> FeedState | None:
        """The feed of an address or of an id, or None; `InputError` where its state cannot be read.

        It is also found by its address as lists show it: as it is sent, and without credentials. Raises `InputError`
        where several are listed under it, with their ids.
        """
        if ID.fullmatch(wanted):
            return self._loaded(wanted)
        canonical = canonical_address(wanted)
        state = self._loaded(urls.feed_id(canonical))
        if state:
            return state
        spelled = {urls.feed_id(each) for each in urls.spellings(canonical)}
        shown = urls.serialized(canonical)
        listed = [
            each for each in self.states.every() if (each.secret and each.url == shown) or each.feed_id in spelled
        ]
        if len(listed) > 1:
            ids = ", ".join(sorted(each.feed_id for each in listed))
            raise InputError(
                f"{urls.redact(canonical)}: {len(listed)} private feeds are listed so; name one by its id: {ids}"
            )
        return listed[0] if listed else None

    def _loaded(self, feed_id: str) -> FeedState | None:
        passed: list[PassedOver] = []
        state = self.states.load([feed_id], passed).get(feed_id)
        if passed:
            raise InputError(f"feed {feed_id}: {passed[0].why}; `feedriver feeds remove {feed_id}` takes it out")
        return state

    def remove(self, state: FeedState) -> bool:
        """Take a feed out, and forget its credentials; False where it was not there any more."""
        removed = self.states.remove(state.feed_id)
        if state.secret and self.secrets:
            self.secrets.forget(state.feed_id)
        return removed

    def remove_unreadable(self, feed_id: str) -> bool:
        """Take out a feed whose state cannot be read, and its credentials, if any; False for any other."""
        passed: list[PassedOver] = []
        self.states.load([feed_id], passed)
        if not passed:
            return False
        if self.secrets:
            self.secrets.forget(feed_id)
        return self.states.remove(feed_id)


def first_revision(now: datetime) -> int:
    """The revision that a feed has when it is added: none that it had before it was taken out, if it ever was.

    The objects of entries are named by it, and one of today's that an earlier registration wrote would be overwritten.
    The second of the clock is ahead of that: no feed is written down once a second.
    """
    return int(now.timestamp())


def _first_state(feed: Address, now: datetime, *, new_only: bool) -> FeedState:
    return FeedState(
        feed_id=feed.feed_id,
        url=feed.url,
        rev=first_revision(now),
        added=now,
        slot=wheel.NEW,
        every=FIRST_INTERVAL,
        secret=feed.secret is not None,
        new_only=new_only,
    )
