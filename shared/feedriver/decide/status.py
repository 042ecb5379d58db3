"""What an answer means that brings no document to read: 304, the same body again, or an HTTP error. Pure.

    304 Not Modified           nothing new
    200 with the same body     nothing new
    401 Unauthorized           a failure; the report says what to do about the credentials
    410 Gone                   the feed is not asked again until a person adds it again
    429 Too Many Requests      a failure; the feed is not asked before its Retry-After, or for an hour without one
    503, and all others        a failure; the feed is not asked before its Retry-After
    400, 412, 416, 431         a failure; the next request goes without validators
    a bot wall's challenge     a failure; the feed is asked every four hours at most

What a 429 or a 503 means for other feeds of the same host is in `feedriver.decide.holds`.
"""

from __future__ import annotations

import http.client
from dataclasses import replace
from http import HTTPStatus

from feedriver import urls
from feedriver.decide import (
    conditional,
    pacing,
    redirects,
    retry_after,
    rhythm,
    schedule,
    silence,
    skips,
    slowness,
    timetable,
    wheel,
)
from feedriver.decide.decision import Decision, Now, failed, next_revision, recovered
from feedriver.decide.freshness import BALANCED
from feedriver.decide.outcome import Outcome
from feedriver.decide.schedule import Pace
from feedriver.http import Answer
from feedriver.models import Wishes
from feedriver.state import FeedState, Pending, Validators

CHALLENGE = "cf-mitigated"  # a header of bot walls: the host wants a person, and gets none

# Hosts that choke on If-None-Match or If-Modified-Since answer with one of these.
BLAMED_ON_VALIDATORS = frozenset({400, 412, 416, 431})


def without_document(state: FeedState, answer: Answer, now: Now, *, spacing: float = BALANCED) -> Decision | None:
    """The decision on an answer that brings no document to read; None where its document is to be read.

    `spacing` says how often feeds are looked at (`feedriver.decide.freshness`).
    """
    if answer.status == HTTPStatus.NOT_MODIFIED:
        return _not_modified(state, answer, now, spacing)
    if answer.status != HTTPStatus.OK:
        return _gone(state, answer, now) if answer.status == HTTPStatus.GONE else _refused(state, answer, now)
    known = state.validators
    if known and known.url == answer.url and known.body_sha256 == answer.body.sha256:
        given = conditional.given(answer, known.body_sha256, known.digest)
        return _unchanged(state, answer, now, given, "the same body as before", spacing)
    return None


def no_new_items(state: FeedState, answer: Answer, now: Now, *, spacing: float = BALANCED) -> Decision:
    """The decision on another body in which nothing is new (`feedriver.decide.window`, `feedriver.parse.digest`)."""
    given = conditional.given(answer, answer.body.sha256, state.validators.digest if state.validators else None)
    if not (given.etag or given.last_modified):  # a hash alone is not worth a write
        given = given.replace(body_sha256=state.validators.body_sha256 if state.validators else None)
    return _unchanged(state, answer, now, given, "nothing new in another body", spacing)


def _not_modified(state: FeedState, answer: Answer, now: Now, spacing: float) -> Decision:
    known = state.validators
    if known is None or not conditional.may_answer_304(state, now.time):
        return failed(state, "protocol", "304 to a request without validators", now, status=answer.status)
    return _decided(state, answer, now, conditional.after_304(known, answer), "not modified (304)", spacing)


def _unchanged(  # noqa: PLR0917  # two callers, and each argument has its own type
    state: FeedState, answer: Answer, now: Now, given: Validators, why: str, spacing: float
) -> Decision:
    return _decided(state, answer, now, conditional.after_document(state, given, now.time), why, spacing)


def _decided(  # noqa: PLR0917  # as above
    state: FeedState, answer: Answer, now: Now, validators: Validators, why: str, spacing: float
) -> Decision:
    """Nothing is new. Nothing is written either, unless there is a reason to (`_is_written`)."""
    outcome = Outcome.NOT_MODIFIED if answer.status == HTTPStatus.NOT_MODIFIED else Outcome.UNCHANGED
    pace, moved = pacing.unchanged(state, answer.headers, validators, now, spacing)
    watched = redirects.followed(silence.noticed(state, now.time), answer.moved_to, now.time)
    why = f"{why}; every {pace.every} min"
    if not (moved or _is_written(state, now, validators, watched)):
        return Decision(outcome, why, None, answer.status)
    fresh_for = schedule.asked(Wishes(), answer.headers, now.time)
    slowed = slowness.slowed(replace(pace, at_least=max(pace.at_least, fresh_for[0] if fresh_for else 0)), state.slow)
    after = next_revision(
        recovered(watched, now),
        now,
        slowed,
        validators=validators,
        every=pace.every,
        at_least=pace.at_least,
        timetable=pace.timetable,
        wanted=pace.wanted,
        rhythm=state.rhythm or rhythm.pack(pacing.known_rhythm(state, now.time)),
    )
    why += redirects.note(after, state) + silence.note(after)
    return Decision(outcome, why, after, answer.status)


def _is_written(state: FeedState, now: Now, validators: Validators, watched: FeedState) -> bool:
    """Whether something is to be remembered though nothing is new.

    A validator changed, a 200 is to be remembered, a redirect is watched, a silence is noticed, a failure is over, a
    doubt was settled, or the wheel alone cannot time the feed's next turn.
    """
    known = state.validators
    changed = not known or not conditional.same(known, validators) or conditional.unremembered(known, validators)
    turn = timetable.next_turn(state.timetable, state.slot, state.feed_id, now.minute)
    out_of_turn = turn != now.minute  # caught up, or asked for by a person
    owed = conditional.overdue(state, now.time) or skips.timed_by_writes(state, state.every) or out_of_turn
    return bool(changed or watched is not state or owed or state.failing)


def _gone(state: FeedState, answer: Answer, now: Now) -> Decision:
    event = Pending(at=now.time, event="Feed Gone", about={"status": answer.status})
    # Its turn still comes, once a day, and asks for nothing: so that what is in the outbox is announced.
    pace = Pace(wheel.LONGEST, wheel.LONGEST)
    after = next_revision(state, now, pace, gone=now.time, outbox=(*state.outbox, event), skip_hours=())
    why = f"{_named(answer.status)}: not asked again unless it is added again"
    return Decision(Outcome.GONE, why, after, answer.status)


def _refused(state: FeedState, answer: Answer, now: Now) -> Decision:
    status, detail = answer.status, _named(answer.status)
    if status == HTTPStatus.UNAUTHORIZED:
        detail += f": {_unauthorized(state, answer)}"
    hold = retry_after.held_until(answer.headers, now.time)
    until = hold and f"Retry-After until {hold:%Y-%m-%d %H:%M} UTC"
    if status == HTTPStatus.TOO_MANY_REQUESTS and hold is None:
        hold, until = now.time + retry_after.DEFAULT_HOLD, "no Retry-After, so left alone for an hour"
    code: str = f"http_{status}"
    blocked = CHALLENGE in answer.headers
    if blocked:
        code = Outcome.BLOCKED
        detail = f"{detail}, a challenge that only a person passes ({CHALLENGE})"
    elif status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE) and hold:
        code = Outcome.RATE_LIMITED
    if status in BLAMED_ON_VALIDATORS:
        if conditional.may_answer_304(state, now.time):
            detail = f"{detail}, perhaps for the validators: asked without them next"
        state = state.replace(validators=conditional.after_choking(state, now.time))
    detail = f"{detail}; {until}" if until else detail
    decision = failed(state, code, detail, now, status=status, at_least=schedule.BLOCKED if blocked else 0)
    if hold is None or decision.state is None:
        return decision
    return replace(decision, state=decision.state.replace(held_until=hold))


def _named(status: int) -> str:
    return f"HTTP {status} {http.client.responses.get(status, '')}".rstrip()


def _unauthorized(state: FeedState, answer: Answer) -> str:
    """Why the credentials of this feed, or their want, led to a 401 (RFC 9110 §15.5.2), and what to do about it."""
    if not state.secret:
        return "it asks for credentials; give them with `feedriver feeds add URL --user` or `--header`"
    if urls.origin_of(answer.url) != urls.origin_of(state.url):
        return f"asked by {urls.host_of(answer.url)}, where it redirects to and where its credentials are not sent"
    return "its credentials are wrong or have expired; add it again with the right ones"
