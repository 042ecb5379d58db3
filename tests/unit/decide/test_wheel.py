"""The wheel: each feed's turn comes once an interval, whatever minutes were missed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedriver.decide import wheel
from feedriver.decide.wheel import INTERVALS, MINUTE, slot, slots_between
from feedriver.urls import feed_id

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
minutes = st.integers(0, 60 * 24 * 365 * 50).map(lambda number: datetime(2000, 1, 1, tzinfo=UTC) + number * MINUTE)
slots = st.sampled_from(INTERVALS).flatmap(
    lambda every: st.builds(slot, st.from_regex("[0-9a-f]{16}", fullmatch=True), st.just(every))
)


@pytest.mark.parametrize("every", INTERVALS)
def test_feeds_spread_evenly_over_the_slots_of_an_interval(every):
    feeds = 20 * wheel.period(every)
    counts = Counter(slot(feed_id(f"https://{number}.example/"), every) for number in range(feeds))
    assert len(counts) == wheel.period(every)
    assert max(counts.values()) < 3 * feeds / every


@pytest.mark.long
@given(slots, minutes)
def test_a_turn_comes_exactly_once_in_each_period(name, start):
    turns = [
        number
        for number in range(wheel.period(int(name.partition(":")[0])))
        if name in slots_between(start + (number - 1) * MINUTE, start + number * MINUTE)
    ]
    assert len(turns) == 1


@given(slots, minutes)
def test_the_next_turn_is_a_minute_in_which_the_slot_is_asked_for(name, start):
    turn = wheel.next_turn(name, start)
    assert start <= turn < start + wheel.period(int(name.partition(":")[0])) * MINUTE
    assert name in slots_between(turn - MINUTE, turn)
    assert name not in slots_between(start - MINUTE, turn - MINUTE) or turn == start


@given(minutes, st.integers(1, 3 * wheel.LONGEST))
def test_after_an_outage_each_slot_whose_turn_came_is_asked_for_once(start, missed):
    asked = Counter(slots_between(start, start + missed * MINUTE))
    assert set(asked.values()) == {1}
    turns = {every: min(wheel.period(every), missed) for every in INTERVALS}
    assert len(asked) == 1 + sum(turns.values()) + turns[wheel.LONGEST]  # feeds in quarantine have slots of their own


@given(minutes, st.integers(1, 300), st.integers(1, 300))
def test_a_span_asks_for_what_its_two_halves_ask_for(start, first, second):
    middle, end = start + first * MINUTE, start + (first + second) * MINUTE
    assert set(slots_between(start, end)) == set(slots_between(start, middle)) | set(slots_between(middle, end))


def test_each_minute_asks_for_one_slot_of_each_interval_for_new_feeds_and_for_those_in_quarantine():
    assert list(slots_between(NOON - MINUTE, NOON)) == [
        "new", *(f"{every}:{wheel.number(NOON) % (every + 1)}" for every in INTERVALS), "alone:317",
    ]  # fmt: skip


@pytest.mark.parametrize("upto", [NOON, NOON - timedelta(hours=1)])
def test_no_time_or_time_set_back_asks_for_new_feeds_only(upto):
    assert list(slots_between(NOON, upto)) == ["new"]


def test_a_new_feed_has_its_turn_at_once():
    assert wheel.next_turn(wheel.NEW, NOON) == NOON
    assert wheel.next_turn(wheel.NEW, NOON + timedelta(microseconds=1)) == NOON + MINUTE


def test_a_minute_is_floored_in_utc_whatever_the_zone():
    tehran = timezone(timedelta(hours=3, minutes=30))
    time = datetime(2026, 5, 4, 15, 30, 59, 999_999, tzinfo=tehran)
    assert wheel.floor_minute(time) == NOON
    assert wheel.floor_minute(time).tzinfo is UTC


@pytest.mark.parametrize(
    ("wanted", "at_least", "within"),
    [
        (0, 5, 5),
        (14, 14, 10),
        (15, 15, 14),
        (15.1, 20, 14),
        (16, 20, 15),
        (60, 60, 45),
        (61, 90, 60),
        (1441, 1440, 1440),
    ],
)
def test_a_number_of_minutes_falls_into_an_interval_class(wanted, at_least, within):
    assert wheel.interval_at_least(wanted) == at_least
    assert wheel.interval_within(wanted) == within


def test_a_slot_has_the_interval_of_its_class():
    assert [wheel.interval_of(name) for name in ("new", "15:3", "1440:7", "alone:9")] == [None, 15, 1440, 1440]


@pytest.mark.case("F35")
@given(slots, minutes, st.floats(0, 59.9), st.floats(0, 59.9))
def test_f35_two_turns_are_the_interval_apart_wherever_in_their_minutes_the_requests_fall(name, start, first, second):
    turn = wheel.next_turn(name, start)
    following = wheel.next_turn(name, turn + MINUTE)
    gap = (following + timedelta(seconds=second)) - (turn + timedelta(seconds=first))
    assert gap >= int(name.partition(":")[0]) * MINUTE
