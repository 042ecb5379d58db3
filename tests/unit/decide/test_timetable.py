"""Which of a feed's turns count: by hour and weekday, with no clock and no write."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedriver.decide import timetable, wheel
from feedriver.decide.freshness import Shape
from feedriver.urls import feed_id

MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
FLAT = Shape((1.0,) * 24, (1.0,) * 7)
MORNING = Shape(tuple(12.0 if hour in (7, 8) else 0.05 for hour in range(24)), (1.4,) * 5 + (0.1,) * 2)

factors = st.floats(0.01, 24)
shapes = st.builds(
    Shape,
    st.lists(factors, min_size=24, max_size=24).map(tuple),
    st.lists(factors, min_size=7, max_size=7).map(tuple),
)
feeds = st.integers(0, 2**64 - 1).map("{:016x}".format)
minutes = st.integers(0, 60 * 24 * 365 * 50).map(lambda each: datetime(2000, 1, 1, tzinfo=UTC) + each * wheel.MINUTE)
classes = st.sampled_from(wheel.INTERVALS)


def looks(text: str, slot: str, feed: str, start: datetime, days: float) -> list[datetime]:
    found = [timetable.next_turn(text, slot, feed, start)]
    while found[-1] < start + timedelta(days=days):
        found.append(timetable.next_turn(text, slot, feed, found[-1] + wheel.MINUTE))
    return found[:-1]


def test_a_level_is_a_quarter_of_a_doubling():
    assert [timetable.level(each) for each in (1, 2, 4, 16, 1440, 0, 10**9)] == [0, 4, 8, 16, 42, 0, 63]


def test_a_timetable_says_how_often_each_hour_wants_it():
    text, busiest = timetable.made(MORNING, 120, 1440)
    assert len(text) == timetable.LENGTH
    assert busiest == timetable.minutes_at(text, MONDAY.replace(hour=7)) < 40
    assert timetable.minutes_at(text, MONDAY.replace(hour=3)) > 400
    assert timetable.minutes_at(text, MONDAY.replace(hour=7) + timedelta(days=5)) > 2 * busiest


def test_no_hour_is_wanted_less_often_than_the_most():
    text, _ = timetable.made(MORNING, 120, 45)
    assert max(timetable.minutes_at(text, MONDAY + timedelta(hours=hour)) for hour in range(168)) <= 46


def test_a_flat_week_needs_no_timetable():
    text, busiest = timetable.made(FLAT, 100, 1440)
    assert timetable.thinned(text, wheel.interval_within(busiest)) == ""
    assert timetable.thinned(text, 14) == text


def test_a_feed_of_the_morning_is_looked_at_in_the_morning():
    text, _ = timetable.made(MORNING, 120, 1440)
    feed = feed_id("https://a.example/")
    found = Counter(each.hour for each in looks(text, wheel.slot(feed, 14), feed, MONDAY, 5))
    assert found[7] + found[8] >= 15
    assert sum(found.values()) - found[7] - found[8] <= 40


@given(shapes, st.integers(1, 3_000), feeds, classes, minutes)
def test_a_turn_that_counts_is_a_turn_and_no_two_are_nearer_than_the_class(shape, interval, feed, every, start):
    text, _ = timetable.made(shape, interval, 1440)
    slot = wheel.slot(feed, every)
    found = looks(text, slot, feed, start, 2)[:40]
    for earlier, later in pairwise(found):
        assert later == wheel.next_turn(slot, later)
        assert later - earlier >= wheel.MINUTE * wheel.period(every)


@given(shapes, st.integers(1, 3_000), feeds, classes, minutes)
def test_a_feed_is_looked_at_each_day_whatever_its_timetable(shape, interval, feed, every, start):
    text, _ = timetable.made(shape, interval, 1440)
    turn = timetable.next_turn(text, wheel.slot(feed, every), feed, start)
    assert turn - start <= timedelta(minutes=2 * wheel.period(wheel.LONGEST))


@given(shapes, st.integers(1, 3_000), feeds, classes, minutes)
def test_the_last_turn_is_the_one_whose_next_is_later(shape, interval, feed, every, start):
    text, _ = timetable.made(shape, interval, 1440)
    slot = wheel.slot(feed, every)
    turn = timetable.next_turn(text, slot, feed, start)
    assert timetable.last_turn(text, slot, feed, start - wheel.MINUTE, turn) == turn
    following = timetable.next_turn(text, slot, feed, turn + wheel.MINUTE)
    assert timetable.last_turn(text, slot, feed, start - wheel.MINUTE, following - wheel.MINUTE) == turn
    assert timetable.last_turn(text, slot, feed, turn, following - wheel.MINUTE) is None


@pytest.mark.parametrize("text", ["", "from another version of this code", "é" * 32])
def test_without_a_timetable_each_turn_counts(text):
    feed = feed_id("https://a.example/")
    slot = wheel.slot(feed, 60)
    assert len(looks(text, slot, feed, MONDAY, 1)) in (23, 24)
    assert timetable.last_turn(text, slot, feed, MONDAY - timedelta(days=1), MONDAY) is not None


def test_a_slot_of_a_class_that_is_not_known_here_has_turns():
    text, _ = timetable.made(MORNING, 120, 1440)
    feed = feed_id("https://a.example/")
    assert looks(text, "25:3", feed, MONDAY, 1)


def test_feeds_of_one_habit_are_spread_over_the_turns_that_count():
    text, _ = timetable.made(MORNING, 240, 1440)
    turns = Counter[datetime]()
    for place in range(2_000):
        feed = feed_id(f"https://{place}.example/")
        turns.update(looks(text, wheel.slot(feed, 14), feed, MONDAY, 1))
    night = [turns[MONDAY + wheel.MINUTE * each] for each in range(6 * 60)]
    assert max(night) < 4 * sum(night) / len(night)


def test_the_slowest_is_that_of_the_quietest_hour():
    text, _ = timetable.made(MORNING, 120, 1440)
    assert timetable.slowest(text, 14) == 960
