"""A feed over a simulated fortnight of whatever a host may answer: the schedule keeps its bounds."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from documents import FEED_ID, URL, answer, at, document, fresh, item
from hypothesis import given, settings
from hypothesis import strategies as st

from feedriver.decide import conditional as trust
from feedriver.decide import decision, retry_after, schedule, skips, timetable, wheel
from feedriver.decide.decision import Now
from feedriver.decide.document import decide
from feedriver.decide.status import without_document
from feedriver.models import Wishes
from feedriver.state import FeedState

pytestmark = pytest.mark.long

MINUTE = timedelta(minutes=1)
FORTNIGHT = timedelta(days=14)

header_text = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30)
minutes = st.none() | st.integers(-10, 10**7)
wishes = st.builds(
    Wishes,
    ttl=minutes,
    period=minutes,
    skip_hours=st.lists(st.integers(0, 23), unique=True).map(tuple),
    skip_days=st.lists(st.sampled_from(skips.DAYS), unique=True).map(tuple),
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "etag": header_text,
        "last_modified": header_text,
        "cache_control": header_text | st.integers(0, 10**25).map("max-age={}".format),
        "expires": header_text,
        "date": header_text,
        "retry_after": header_text | st.integers(-5, 10**25).map(str) | st.integers(0, 200_000).map(str),
        "cf_mitigated": header_text,
    },
)
items = st.lists(st.floats(-48, 24 * 400), max_size=6).map(
    lambda ages: [item(str(age), published=at(hours=-age).time) for age in ages]
)


def slowest(state: FeedState, every: int | None = None) -> int:
    """The minutes between two looks in the quietest hours; from one hour to the next, the longer of both."""
    every = every or state.every
    return timetable.slowest(state.timetable, every) if state.timetable else wheel.period(every)


@given(items, wishes, headers, st.integers(0, 60 * 24 * 7))
def test_a_read_feed_is_asked_within_its_bounds(found, wished, said, later):
    now = at(minutes=later)
    state = decide(fresh(), answer(**said), document(*found, wishes=wished), now).state
    assert state.every in wheel.INTERVALS
    asked = schedule.asked(wished, {name.replace("_", "-"): value for name, value in said.items()}, now.time)
    assert state.at_least >= min(asked[0] if asked else 0, wheel.LONGEST)
    assert state.every >= (asked[0] if asked else 0)
    if not (said.get("etag") or said.get("last_modified")):
        assert state.every >= 60
    assert state.not_before >= now.minute + timedelta(minutes=state.at_least)
    turn = decision.next_turn(state, now.minute)
    assert turn >= state.not_before
    assert decision.not_due(state, turn, force=False) is None
    if not (state.skip_hours or state.skip_days):
        assert turn <= now.minute + timedelta(minutes=state.at_least + slowest(state) + 1)


@given(
    st.integers(100, 599).filter(lambda status: status != 200),
    headers,
    st.integers(1, 40),
    st.sampled_from(wheel.INTERVALS),
)
def test_a_refused_feed_is_asked_within_its_bounds(status, said, times, every):
    state, now = fresh(every=every), at()
    for _ in range(times):
        decided = without_document(state, answer(b"", status, **said), now)
        state = decided.state
        if state.gone:
            assert decision.next_turn(state, now.minute) is None
            return
        assert state.not_before >= now.minute + timedelta(minutes=every)
        turn = decision.next_turn(state, now.minute)
        assert turn >= max(state.not_before, state.held_until or turn)
        assert turn <= now.minute + retry_after.LONGEST_HOLD + timedelta(days=1, minutes=2)
        now = Now(turn, turn)


@dataclass
class Life:
    """A feed on the wheel: each minute is its turn or not, and a host that answers as it was told to."""

    state: FeedState
    minute: datetime
    asked: list[tuple[datetime, FeedState]] = field(default_factory=list)

    def next_asked(self, late: float) -> Now:
        """Let the wheel turn until a request may be made; it is made so many seconds into its minute."""
        while True:
            self.minute = wheel.next_turn(self.state.slot, self.minute + MINUTE)
            if decision.not_due(self.state, self.minute, force=False) is None:
                break
        now = Now(self.minute, self.minute + timedelta(seconds=late))
        self.asked.append((now.time, self.state))
        return now


def the_304s(life, now, _found, _wished, said):
    return without_document(life.state, answer(b"", 304, **said), now)


def the_same_body(life, now, found, wished, said):
    known = life.state.validators
    if known is None:
        return a_document(life, now, found, wished, said)
    same = replace(answer(url=known.url, **said), body=SimpleNamespace(sha256=known.body_sha256))
    return without_document(life.state, same, now)


def a_document(life, now, found, wished, said):
    return decide(life.state, answer(str(now).encode(), **said), document(*found, wishes=wished), now)


def a_permanent_redirect(life, now, found, wished, said):
    moved = answer(b"moved", url="https://b.example/", **said)
    moved = type(moved)(200, moved.headers, moved.url, moved.body, 5, 5, "https://b.example/")
    return decide(life.state, moved, document(*found, wishes=wished), now)


def no_answer(life, now, _found, _wished, _said):
    return decision.failed(life.state, "timeout", "no answer", now)


def an_error(status):
    return lambda life, now, _found, _wished, said: without_document(life.state, answer(b"", status, **said), now)


outcomes = st.sampled_from(
    [the_304s, the_304s, the_same_body, a_document, a_permanent_redirect, no_answer]
    + [an_error(status) for status in (400, 403, 404, 429, 500, 503)]
)
steps = st.lists(st.tuples(outcomes, items, wishes, headers, st.floats(0, 59.9)), min_size=1, max_size=12)


@given(steps)
@settings(max_examples=150, deadline=None)
def test_over_a_fortnight_a_host_is_asked_never_too_early_and_never_too_late(plan):
    life = Life(fresh(), at().minute)
    number = 0
    while life.minute < at().minute + FORTNIGHT and number < 400:
        outcome, found, wished, said, late = plan[number % len(plan)]
        number += 1
        now = life.next_asked(late)
        before = life.state
        decided = outcome(life, now, found, wished, said)
        life.state = (decided.state or before).model_copy(update={"outbox": ()})
        assert decided.why
        if decided.state:
            assert decided.state.not_before > now.minute
            assert decided.state.rev == before.rev + 1
            assert int(decided.state.slot.partition(":")[0]) in wheel.INTERVALS
    for (earlier, _), (later, state) in zip(life.asked, life.asked[1:], strict=False):
        gap = later - earlier
        assert later >= (state.held_until or later)
        assert gap >= timedelta(minutes=60 if state.every >= 60 else state.at_least or schedule.FLOOR)
        if not state.failing:
            assert gap >= timedelta(minutes=state.at_least or state.every)
        if not (state.held_until or state.skip_hours or state.skip_days):
            longest = wheel.period(wheel.LONGEST) if state.failing else slowest(state)
            waited = wheel.LONGEST if state.failing else (state.at_least or state.every)
            assert gap <= timedelta(minutes=longest + waited + 2)


@given(st.lists(st.sampled_from([304, 200, 0]), min_size=1, max_size=8), st.integers(0, 2**64 - 1))
@settings(max_examples=20, deadline=None)
def test_over_a_month_no_two_requests_without_validators_are_within_a_day(plan, number):
    state = decide(fresh(feed_id=f"{number:016x}"), answer(b"same", etag='"a"'), document(), at()).state
    unconditional = []
    for hour in range(1, 24 * 30, 3):
        now = at(hours=hour)
        conditional = trust.may_answer_304(state, now.time)
        if not conditional:
            unconditional.append(hour)
        status = plan[hour // 3 % len(plan)]
        if status == 0 or (status == 304 and not conditional):
            decided = decision.failed(state, "timeout", "no answer", now)
        else:
            decided = without_document(state, answer(b"same", status, etag='"a"'), now)
        state = decided.state or state
    assert all(later - earlier >= 24 for earlier, later in itertools.pairwise(unconditional))
    assert bool(unconditional) == (200 not in plan)
    assert all(hour > 8 * 24 for hour in unconditional)


def test_the_documents_of_this_page_have_the_address_that_is_asked():
    assert (fresh().url, fresh().feed_id) == (URL, FEED_ID)
