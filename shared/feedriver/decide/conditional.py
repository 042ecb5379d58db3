"""Which validators go along with the next request: how far a host's 304 is trusted, and which hosts choke on them.

- Some hosts answer 304 for ever while the feed goes on. Where no 200 came for eight days, one request goes without
  validators, and none such again within a day.
- Some hosts answer 400 or 412 to a conditional request. They are spared validators for eight days, then tried again.

Validators are opaque: a Last-Modified in the year 2041 is a string like any other (RFC 9110 §8.8).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from operator import attrgetter

from feedriver.credentials import Secret
from feedriver.http import Request
from feedriver.state import FeedState, Validators

TRUSTED_FOR = timedelta(days=8)  # as long as NetNewsWire and Capy Reader wait
SPREAD_OVER = timedelta(days=1)  # feeds that were added together do not all doubt their hosts in one hour
DOUBT_AGAIN_AFTER = timedelta(days=1)


def request(state: FeedState, now: datetime, secret: Secret | None = None) -> Request:
    """The next request for a feed. Validators are in it only where the host is to answer 304 to them."""
    unconditional = overdue(state, now) or _spared(state.validators, now)
    return Request(state.url, None if unconditional else state.validators, secret)


def conditional(state: FeedState, now: datetime) -> bool:
    """Whether the request that is made from this state at `now` may be answered 304."""
    return _any(request(state, now).validators)


def overdue(state: FeedState, now: datetime) -> bool:
    """Whether the host has said 304 for so long that it is to be asked without validators, this once."""
    known = state.validators
    if known is None or not _any(known):
        return False
    jitter = SPREAD_OVER * (int(state.feed_id, 16) % 1000) / 1000
    if now - (known.got or state.added) <= TRUSTED_FOR + jitter:
        return False
    return known.doubted is None or now - known.doubted >= DOUBT_AGAIN_AFTER


def hourly(validators: Validators | None, now: datetime) -> bool:
    """Whether a host gives no validators that can be used: such a feed is asked once an hour at most."""
    return not _any(validators) or _spared(validators, now)


def after_nothing(state: FeedState, now: datetime) -> Validators | None:
    """The validators after a poll that brought no answer of use: they stay, and a doubt in vain is remembered."""
    if state.validators is None or not overdue(state, now):
        return state.validators
    return state.validators.replace(doubted=now)


def after_choking(state: FeedState, now: datetime) -> Validators | None:
    """The validators after an error that they may have caused; where none had been sent, they are cleared of it."""
    if state.validators is None:
        return None
    if conditional(state, now):
        return state.validators.replace(etag=None, last_modified=None, refused=now)
    return state.validators.replace(refused=None)


def after_a_document(state: FeedState, given: Validators, now: datetime) -> Validators:
    """The validators that a 200 gave. That its host had choked on others is not forgotten before its time."""
    refused = state.validators.refused if state.validators and _spared(state.validators, now) else None
    return given.replace(got=now, refused=refused)


def unfinished(given: Validators) -> Validators:
    """The validators after a document of which something is still to come: none, so that it is read whole again."""
    return given.replace(etag=None, last_modified=None, body_sha256=None)


def same(before: Validators, now: Validators) -> bool:
    """Whether both say the same of the document: its address, its validators, its body."""
    said = attrgetter("url", "etag", "last_modified", "body_sha256")
    return bool(said(before) == said(now))


def _any(validators: Validators | None) -> bool:
    return bool(validators and (validators.etag or validators.last_modified))


def _spared(validators: Validators | None, now: datetime) -> bool:
    return bool(validators and validators.refused and now - validators.refused < TRUSTED_FOR)
