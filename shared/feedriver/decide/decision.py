"""The decision of one poll. Pure: (state, what came, now) gives what to store, what to announce, what to remember.

    not_due(state, minute, force)    before any request: is it this feed's turn?
    overtaken(state, minute, time)   … or has its next turn come already?
    beforehand(state, now)           what is written before a request that nobody might remember
    next_turn(state, minute)         after it: when its turn comes again
    failed(state, code, detail)      no usable answer, or no usable document
    killed(state, now)               the workers that asked it died
    refused(state, answer)           an HTTP error: 4xx, 5xx, 410 Gone, 429 with its Retry-After
    unchanged(state, answer)         304, or the same body again

Each gives a `Decision`. Its `state` is None where nothing is to be written. A document that was read whole is judged
by `feedriver.decide.reading`.
"""

from __future__ import annotations

import http.client
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Unpack

from feedriver.decide import conditional, redirects, refusal, room, schedule, silence, skips, slowness, wheel
from feedriver.decide.outcome import Outcome
from feedriver.errors import ParseCode
from feedriver.http import Answer
from feedriver.models import Entry, Rejected, Wishes
from feedriver.state import Failing, FeedState, Pending, StateChanges, Validators
from feedriver.trimming import cut, json_bytes

ANNOUNCE_FAILING_AT = 3  # failures in a row
CHALLENGE = "cf-mitigated"  # a header of bot walls: the host wants a person, and gets none

# Hosts that choke on If-None-Match or If-Modified-Since answer with one of these.
BLAMED_ON_VALIDATORS = frozenset({400, 412, 416, 431})


@dataclass(frozen=True, slots=True)
class Now:
    """The minute whose turn it is (schedules count from it) and the time itself."""

    minute: datetime
    time: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What one poll comes to.

    `lines` are the entries as they are stored: under `staging_key` until the state is committed, under `entries_key`
    then. `held` are those that are stored and not announced (`feedriver.decide.flood`), with lines and a place of their
    own. `raw_key` says where the document goes.
    """

    outcome: str
    why: str
    state: FeedState | None = None
    status: int | None = None
    entries: tuple[Entry, ...] = ()
    held: tuple[Entry, ...] = ()
    new: int = 0
    updated: int = 0
    rejected: tuple[Rejected, ...] = ()
    lines: bytes = b""
    staging_key: str | None = None
    entries_key: str | None = None
    held_lines: bytes = b""
    held_staging_key: str | None = None
    raw_key: str | None = None

    @property
    def staged(self) -> dict[str, bytes]:
        """What is staged before the commit, by its key."""
        parts = ((self.staging_key, self.lines), (self.held_staging_key, self.held_lines))
        return {key: lines for key, lines in parts if key}


def not_due(state: FeedState, minute: datetime, *, force: bool) -> Decision | None:
    """Why no request may be made now, or None where one may.

    `force` overrides the feed's own rhythm, and the hours and days that the publisher wants left out: these are wishes
    about rhythm. What was forbidden (410, Retry-After) stays forbidden.
    """
    if state.gone:
        return Decision(Outcome.GONE, "the publisher said 410 Gone; `feedriver feeds add` revives it")
    if state.held_until and minute < state.held_until:
        until = f"{state.held_until:%Y-%m-%d %H:%M} UTC"
        return Decision(Outcome.WAITING, f"its host wants no request before {until} (429, or a Retry-After)")
    if not force and state.not_before and minute < state.not_before:
        return Decision(Outcome.WAITING, f"not due before {state.not_before:%Y-%m-%d %H:%M} UTC")
    if not force and skips.skipped(state, minute):
        until = f"{skips.open_from(state, minute):%Y-%m-%d %H:%M} UTC"
        return Decision(Outcome.WAITING, f"the publisher wants no visits before {until} (skipHours, skipDays)")
    return None


def next_turn(state: FeedState, minute: datetime) -> datetime | None:
    """The first minute after `minute` in which this feed may be asked and its turn comes; None if it is gone."""
    if state.gone:
        return None
    turn = wheel.next_turn(state.slot, max(filter(None, (minute + wheel.MINUTE, state.not_before, state.held_until))))
    while skips.skipped(state, turn):
        turn = wheel.next_turn(state.slot, skips.open_from(state, turn))
    return turn


def overtaken(state: FeedState, minute: datetime, time: datetime) -> Decision | None:
    """Why the turn of this minute is over at `time`, or None: with a feed's next turn its message comes, too.

    So two of them never ask one after the other, however long a message was put back or lay in the queue.
    """
    if state.slot == wheel.NEW or wheel.next_turn(state.slot, minute + wheel.MINUTE) > time:
        return None
    return Decision(Outcome.WAITING, "this message is late: the feed's next turn has come since")


def beforehand(state: FeedState, now: Now) -> FeedState:
    """The state that is written before a request, where the answer might never be: its next turn an interval away.

    So for feeds that are new, and for those whose worker may have died, or whose message was sent twice. Whatever
    becomes of the answer, nobody asks again within the interval. A new feed has its place on the wheel from then on.
    """
    return written(state, now, state.every, state.every)


def same_body(state: FeedState, answer: Answer) -> bool:
    """Whether this is the very body that was last committed from the same URL: then nothing need be parsed."""
    known = state.validators
    if known is None or known.url != answer.url or answer.status != HTTPStatus.OK:
        return False
    return known.body_sha256 == answer.body.sha256


def failed(
    state: FeedState, code: str, detail: str, now: Now, *, status: int | None = None, at_least: int = 0
) -> Decision:
    """A poll that brought no usable document. Entries stay untouched, and validators are as good as before.

    Not asked again within `at_least` minutes.
    """
    before = state.failing
    failing = Failing(
        count=before.count + 1 if before else 1,
        since=before.since if before else now.time,
        code=code,
        detail=cut(detail[:300], room.LONGEST_DETAIL),
        announced=bool(before and before.announced),
    )
    outbox = state.outbox
    if (failing.count >= ANNOUNCE_FAILING_AT or code == Outcome.KILLED_WORKER) and not failing.announced:
        failing = failing.replace(announced=True)
        about = {"code": code, "detail": failing.detail, "count": failing.count, "since": failing.since.isoformat()}
        outbox = (*outbox, Pending(at=now.time, event="Feed Failing", about=about))
    pace = schedule.after_failures(state.every, failing.count, at_least)
    validators = conditional.after_nothing(state, now.time)
    slow = slowness.one_more(state) if code == ParseCode.TOO_SLOW else state.slow
    changes: StateChanges = {"failing": failing, "outbox": outbox, "validators": validators, "slow": slow}
    after = written(state, now, pace.every, pace.at_least, **changes)
    return Decision(code, f"{detail}; {pace.why}", after, status)


def killed(state: FeedState, now: Now) -> Decision:
    """Two workers died that had this feed, the second of them had no other: it is in quarantine, and announced as such.

    There it is polled once a day, alone, until a poll of it ends well, or a person adds it again.
    """
    detail = "two workers died of it, out of memory or out of time: it is polled alone, once a day"
    state = state.replace(quarantined=state.quarantined or now.time)
    return failed(state, Outcome.KILLED_WORKER, detail, now, at_least=wheel.LONGEST)


def refused(state: FeedState, answer: Answer, now: Now) -> Decision:
    """An HTTP status that carries no document."""
    status = answer.status
    said = f"HTTP {status} {http.client.responses.get(status, '')}".rstrip()
    if status == HTTPStatus.UNAUTHORIZED:
        said += f": {refusal.of_credentials(state, answer)}"
    if status == HTTPStatus.GONE:
        event = Pending(at=now.time, event="Feed Gone", about={"status": status})
        # Its turn still comes, once a day, and asks for nothing: so that what is in the outbox is announced.
        after = written(
            state, now, wheel.LONGEST, wheel.LONGEST, gone=now.time, outbox=(*state.outbox, event), skip_hours=()
        )
        return Decision(Outcome.GONE, f"{said}: not asked again unless it is added again", after, status)
    hold = schedule.held_until(answer.headers, now.time)
    held = hold and f"Retry-After until {hold:%Y-%m-%d %H:%M} UTC"
    if status == HTTPStatus.TOO_MANY_REQUESTS and hold is None:
        hold, held = now.time + schedule.DEFAULT_HOLD, "no Retry-After, so left alone for an hour"
    code: str = f"http_{status}"
    blocked = CHALLENGE in answer.headers
    if blocked:
        code = Outcome.BLOCKED
        said = f"{said}, a challenge that only a person passes ({CHALLENGE})"
    elif status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE) and hold:
        code = Outcome.RATE_LIMITED
    if status in BLAMED_ON_VALIDATORS:
        spared = conditional.conditional(state, now.time)
        said = f"{said}, perhaps for the validators: asked without them next" if spared else said
        state = state.replace(validators=conditional.after_choking(state, now.time))
    said = f"{said}; {held}" if held else said
    decision = failed(state, code, said, now, status=status, at_least=schedule.BLOCKED if blocked else 0)
    if hold is None or decision.state is None:
        return decision
    return replace(decision, state=decision.state.replace(held_until=hold))


def unchanged(state: FeedState, answer: Answer, now: Now, *, same: bool = True) -> Decision:
    """304, or 200 with the same body, or with another (not `same`) in which nothing is new (`feedriver.decide.window`).

    Nothing is written, unless a validator changed, a failure is over, a move is watched, a doubt was settled, a silence
    is noticed, or the wheel alone cannot time the feed's next turn.
    """
    outcome, why = Outcome.UNCHANGED, "the same body as before" if same else "nothing new in another body"
    if answer.status == HTTPStatus.NOT_MODIFIED:
        outcome, why = Outcome.NOT_MODIFIED, "not modified (304)"
    known = state.validators
    if known is None or (outcome == Outcome.NOT_MODIFIED and not conditional.conditional(state, now.time)):
        return failed(state, "protocol", "304 to a request without validators", now, status=answer.status)
    if outcome == Outcome.NOT_MODIFIED:
        fresh = known.replace(**_said(answer, known))
    else:
        given = given_validators(answer, known.body_sha256)
        if not same and (given.etag or given.last_modified):  # else a hash alone is not worth a write
            given = given_validators(answer, answer.body.sha256)
        fresh = conditional.after_a_document(state, given, now.time)
    every = max(state.every, schedule.POLITE) if conditional.hourly(fresh, now.time) else state.every
    moved = redirects.followed(silence.noticed(state, now.time), answer.moved_to, now.time)
    out_of_turn = wheel.next_turn(state.slot, now.minute) != now.minute  # caught up, or asked for by a person
    news = not conditional.same(known, fresh) or moved is not state or every != state.every
    owed = conditional.overdue(state, now.time) or skips.timed_by_writes(state, every) or out_of_turn
    if not (news or owed or state.failing):
        return Decision(outcome, f"{why}; every {every} min", None, answer.status)
    at_least = state.at_least if state.at_least and every == state.every else every
    fresh_for = schedule.asked(Wishes(), answer.headers, now.time)
    turn = slowness.interval(every, state.slow)
    at_least = max(at_least, fresh_for[0] if fresh_for else 0, turn if state.slow > 1 else 0)
    after = recovered(moved, now, turn, at_least, validators=fresh, every=every)
    return Decision(
        outcome, f"{why}; every {every} min{redirects.told(after, state)}{silence.told(after)}", after, answer.status
    )


def _said(answer: Answer, kept: Validators | None = None) -> dict[str, str | None]:
    """The validators in an answer, each on its own; a 304 that repeats none keeps it (RFC 9110 §15.4.5).

    One that is too long is as none: a request without it is always right.
    """
    told = {name: answer.headers.get(name, "") for name in ("etag", "last-modified")}
    etag, last_modified = ("" if json_bytes(value) > room.LONGEST_VALIDATOR else value for value in told.values())
    return {
        "url": answer.url,
        "etag": etag or (kept.etag if kept else None),
        "last_modified": last_modified or (kept.last_modified if kept else None),
    }


def given_validators(answer: Answer, body_sha256: str | None) -> Validators:
    """The validators that an answer gives for its own address, with the hash of its body."""
    return Validators.model_validate(_said(answer) | {"body_sha256": body_sha256})


def written(state: FeedState, now: Now, every: int, at_least: int, /, **changes: Unpack[StateChanges]) -> FeedState:
    """The next revision: in the slot of the interval `every`, not polled within `at_least` minutes of this turn."""
    after = state.replace(rev=state.rev + 1, held_until=None).replace(**changes)
    if after.quarantined:
        at_least = wheel.LONGEST
    slot = wheel.slot_alone(after.feed_id) if after.quarantined else skips.slot(after, every)
    not_before = now.minute + timedelta(minutes=at_least)
    if wheel.next_turn(slot, not_before) == not_before:
        not_before += wheel.MINUTE  # the request of that turn might come earlier in its minute than this one did
    return room.fitted(after.replace(not_before=skips.open_from(after, not_before), slot=slot))


def recovered(state: FeedState, now: Now, every: int, at_least: int, /, **changes: Unpack[StateChanges]) -> FeedState:
    """The next revision of a feed that answered well, with `Feed Recovered` if its failing had been announced."""
    outbox = state.outbox
    if state.failing and state.failing.announced:
        about = {"code": state.failing.code, "count": state.failing.count, "since": state.failing.since.isoformat()}
        outbox = (*outbox, Pending(at=now.time, event="Feed Recovered", about=about))
    well = state.replace(failing=None, quarantined=None, outbox=outbox)
    return written(well, now, every, at_least, **changes)
