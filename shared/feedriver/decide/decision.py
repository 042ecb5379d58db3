"""The decision of one poll. Pure: state, answer and time become what to store, to announce, to remember.

    not_due(state, minute, force)       before any request: is it this feed's turn?
    overtaken(state, minute, time)      has its next turn come already?
    before_request(state, now)          what is written before a request that nobody might remember
    next_turn(state, minute)            after it: when its turn comes again
    failed(state, code, detail, now)    no usable answer, or no usable document
    killed(state, now)                  the workers that polled it died
    next_revision(state, now, pace)     the state that a decision commits

`feedriver.decide.status` decides on an answer without a document: 304, 410 Gone, 429, other HTTP errors.
`feedriver.decide.document` decides on a document.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Unpack

from feedriver.decide import conditional, item_limit, schedule, skips, slowness, timetable, wheel
from feedriver.decide.outcome import Outcome
from feedriver.decide.schedule import Pace
from feedriver.errors import ParseCode
from feedriver.models import Entry, Rejected
from feedriver.state import Failing, FeedState, Pending, StateChanges
from feedriver.trimming import cut

ANNOUNCE_FAILING_AT = 3  # failures in a row


@dataclass(frozen=True, slots=True)
class Now:
    """The minute whose turn it is (schedules count from it) and the time itself."""

    minute: datetime
    time: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What one poll comes to. `state` is the next revision to commit, None where nothing is to be written.

    `lines` are the entries as they are stored: under `staging_key` until the state is committed, under `entries_key`
    then. `held` are those that are stored and not announced (`feedriver.decide.flood`); they have lines and a staging
    key of their own. `raw_key` says where the document goes.
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
    turn = _next_turn(state, max(filter(None, (minute + wheel.MINUTE, state.not_before, state.held_until))))
    while skips.skipped(state, turn):
        turn = _next_turn(state, skips.open_from(state, turn))
    return turn


def _next_turn(state: FeedState, not_before: datetime) -> datetime:
    return timetable.next_turn(state.timetable, state.slot, state.feed_id, not_before)


def overtaken(state: FeedState, minute: datetime, time: datetime) -> Decision | None:
    """Why the turn of this minute is over at `time`, or None: with a feed's next turn its message comes, too.

    So two of them never ask one after the other, however long a message was put back or lay in the queue.
    """
    if state.slot == wheel.NEW or _next_turn(state, minute + wheel.MINUTE) > time:
        return None
    return Decision(Outcome.WAITING, "this message is late: the feed's next turn has come since")


def before_request(state: FeedState, now: Now) -> FeedState:
    """The state that is written before a request whose answer might never be remembered: its next turn comes later.

    It is for new feeds, for feeds whose worker may have died, and for feeds whose message was sent twice. Whatever
    becomes of the answer, nobody asks again within the interval. A new feed has its place on the wheel from then on.
    """
    return next_revision(state, now, Pace(state.every, state.every))


def failed(
    state: FeedState, code: str, detail: str, now: Now, *, status: int | None = None, at_least: int = 0
) -> Decision:
    """A poll that brought no usable document. Entries stay untouched, and validators are as good as before.

    The feed is not asked again within `at_least` minutes.
    """
    before = state.failing
    failing = Failing(
        count=before.count + 1 if before else 1,
        since=before.since if before else now.time,
        code=code,
        detail=cut(detail[:300], item_limit.LONGEST_DETAIL),
        announced=bool(before and before.announced),
    )
    outbox = state.outbox
    if (failing.count >= ANNOUNCE_FAILING_AT or code == Outcome.KILLED_WORKER) and not failing.announced:
        failing = failing.replace(announced=True)
        about = {"code": code, "detail": failing.detail, "count": failing.count, "since": failing.since.isoformat()}
        outbox = (*outbox, Pending(at=now.time, event="Feed Failing", about=about))
    pace = schedule.after_failures(state.every, failing.count, at_least)
    after = next_revision(
        state,
        now,
        pace,
        failing=failing,
        outbox=outbox,
        validators=conditional.after_no_document(state, now.time),
        slow=slowness.one_more(state) if code == ParseCode.TOO_SLOW else state.slow,
    )
    return Decision(code, f"{detail}; {pace.why}", after, status)


def killed(state: FeedState, now: Now) -> Decision:
    """Two workers died that had this feed, the second of them had no other: it is in quarantine, and announced as such.

    There it is polled once a day, alone, until a poll of it ends well, or a person adds it again.
    """
    detail = "two workers died of it, out of memory or out of time: it is polled alone, once a day"
    state = state.replace(quarantined=state.quarantined or now.time)
    return failed(state, Outcome.KILLED_WORKER, detail, now, at_least=wheel.LONGEST)


def recovered(state: FeedState, now: Now) -> FeedState:
    """The state of a feed that answered well, with `Feed Recovered` in its outbox if its failing had been announced."""
    outbox = state.outbox
    if state.failing and state.failing.announced:
        about = {"code": state.failing.code, "count": state.failing.count, "since": state.failing.since.isoformat()}
        outbox = (*outbox, Pending(at=now.time, event="Feed Recovered", about=about))
    return state.replace(failing=None, quarantined=None, outbox=outbox)


def next_revision(state: FeedState, now: Now, pace: Pace, **changes: Unpack[StateChanges]) -> FeedState:
    """The next revision, with these changes: in the slot of `pace.every`, not polled within `pace.at_least` minutes.

    The minutes count from this turn. A feed in quarantine is polled once a day whatever its pace.
    """
    after = state.replace(rev=state.rev + 1, held_until=None).replace(**changes)
    slot = wheel.slot_alone(after.feed_id) if after.quarantined else skips.slot(after, pace.every)
    not_before = now.minute + timedelta(minutes=wheel.LONGEST if after.quarantined else pace.at_least)
    if wheel.next_turn(slot, not_before) == not_before:
        not_before += wheel.MINUTE  # the request of that turn might come earlier in its minute than this one did
    return item_limit.fitted(after.replace(not_before=skips.open_from(after, not_before), slot=slot))
