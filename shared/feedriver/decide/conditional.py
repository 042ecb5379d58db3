"""Conditional requests: which validators go along with the next one, how far a 304 is trusted, what an answer gives.

- Some hosts answer 304 for ever while the feed goes on. Where no 200 came for eight days, one request goes without
  validators, and none such again within a day.
- Some hosts answer 400 or 412 to a conditional request. They are spared validators for eight days, then tried again.

Validators are opaque: a Last-Modified in the year 2041 is a string like any other (RFC 9110 §8.8).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from operator import attrgetter

from feedriver.credentials import Secret
from feedriver.decide import item_limit
from feedriver.http import Answer, Request
from feedriver.state import FeedState, Validators
from feedriver.trimming import json_bytes

TRUSTED_FOR = timedelta(days=8)  # as long as NetNewsWire and Capy Reader wait
REMEMBERED_AGAIN_AFTER = timedelta(days=7)  # of a host that answers 200 to each request, with nothing new
SPREAD_OVER = timedelta(days=1)  # feeds that were added together do not all doubt their hosts in one hour
DOUBT_AGAIN_AFTER = timedelta(days=1)


def request(state: FeedState, now: datetime, secret: Secret | None = None) -> Request:
    """The next request for a feed. Validators are in it only where the host is to answer 304 to them."""
    unconditional = overdue(state, now) or _spared(state.validators, now)
    return Request(state.url, None if unconditional else state.validators, secret)


def may_answer_304(state: FeedState, now: datetime) -> bool:
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


def unremembered(before: Validators, now: Validators) -> bool:
    """Whether a 200 came so long after the last that is remembered, that its host would soon be doubted for nothing."""
    return bool(before.got and now.got and now.got - before.got >= REMEMBERED_AGAIN_AFTER)


def hourly(validators: Validators | None, now: datetime) -> bool:
    """Whether a host gives no validators that can be used: such a feed is asked once an hour at most."""
    return not _any(validators) or _spared(validators, now)


def given(answer: Answer, body_sha256: str | None, digest: str | None = None) -> Validators:
    """The validators that an answer gives for its own address, with what tells its body apart."""
    etag, last_modified = _etag(answer), _last_modified(answer)
    return Validators(url=answer.url, etag=etag, last_modified=last_modified, body_sha256=body_sha256, digest=digest)


def after_304(known: Validators, answer: Answer) -> Validators:
    """The validators after a 304: those that it does not repeat stay (RFC 9110 §15.4.5)."""
    etag, last_modified = _etag(answer) or known.etag, _last_modified(answer) or known.last_modified
    return known.replace(url=answer.url, etag=etag, last_modified=last_modified)


def _etag(answer: Answer) -> str | None:
    return _usable(answer.headers.get("etag", ""))


def _last_modified(answer: Answer) -> str | None:
    return _usable(answer.headers.get("last-modified", ""))


def _usable(validator: str) -> str | None:
    """A validator; None where it is too long to be kept, since a request without it is always right."""
    return validator if validator and json_bytes(validator) <= item_limit.LONGEST_VALIDATOR else None


def after_no_document(state: FeedState, now: datetime) -> Validators | None:
    """The validators after a poll that brought no usable answer: they stay, and a doubt in vain is remembered."""
    if state.validators is None or not overdue(state, now):
        return state.validators
    return state.validators.replace(doubted=now)


def after_choking(state: FeedState, now: datetime) -> Validators | None:
    """The validators after an error that they may have caused; where none had been sent, they are cleared of it."""
    if state.validators is None:
        return None
    if may_answer_304(state, now):
        return state.validators.replace(etag=None, last_modified=None, refused=now)
    return state.validators.replace(refused=None)


def after_document(state: FeedState, given: Validators, now: datetime) -> Validators:
    """The validators that a 200 gave. That its host had choked on others is not forgotten before its time."""
    refused = state.validators.refused if state.validators and _spared(state.validators, now) else None
    return given.replace(got=now, refused=refused)


def unfinished(given: Validators) -> Validators:
    """The validators after a document of which something is still to come: none, so that it is read whole again."""
    return given.replace(etag=None, last_modified=None, body_sha256=None, digest=None)


def same(before: Validators, now: Validators) -> bool:
    """Whether both say the same of the document: its address, its validators, its body."""
    fields = attrgetter("url", "etag", "last_modified", "body_sha256")
    return bool(fields(before) == fields(now))


def _any(validators: Validators | None) -> bool:
    return bool(validators and (validators.etag or validators.last_modified))


def _spared(validators: Validators | None, now: datetime) -> bool:
    return bool(validators and validators.refused and now - validators.refused < TRUSTED_FOR)
