"""When to look next: what a feed's rhythm, its publisher's wishes and its failures come to."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest
from documents import at
from hypothesis import given
from hypothesis import strategies as st

from feedriver.decide import rhythm, schedule
from feedriver.decide.freshness import BALANCED
from feedriver.decide.schedule import Bounds
from feedriver.decide.wheel import INTERVALS
from feedriver.models import Wishes

NOW = at().time
NONE = Wishes()
BUSY = [NOW - timedelta(minutes=15 * number) for number in range(1, 30)]


def paced(published=BUSY, wishes: Wishes = NONE, spacing: float = BALANCED, **headers: str):
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    bounds = Bounds(asked=schedule.asked(wishes, said, NOW))
    return schedule.pace(rhythm.first(published, NOW), bounds, NOW, spacing)


def every(**said) -> int:
    return paced(**said).every


def test_a_busy_feed_is_looked_at_four_times_an_hour_and_no_more():
    assert every() == schedule.FLOOR == 14


def test_a_feed_is_looked_at_the_less_the_longer_it_is_silent():
    known = rhythm.first(BUSY, NOW)
    wanted = [schedule.wanted(known, NOW + timedelta(days=days), BALANCED) for days in (0, 1, 2, 4, 8, 16, 31)]
    assert wanted == sorted(wanted)
    assert wanted[-1] >= 480  # a month after its last entry: three times a day at most


def test_the_more_spacing_the_fewer_looks():
    daily = [NOW - timedelta(days=day, hours=(day * 7) % 24) for day in range(20)]
    wanted = [schedule.wanted(rhythm.first(daily, NOW), NOW, spacing) for spacing in (0.5, 1, 2, 4, 8)]
    assert wanted == sorted(set(wanted))


@pytest.mark.parametrize(
    ("bounds", "minutes"),
    [
        (Bounds(floor=5), 5),
        (Bounds(), 14),
        (Bounds(asked=(20, "ttl")), 20),
        (Bounds(hourly=True), 60),
        (Bounds(floor=5, asked=(100, "ttl"), hourly=True), 120),
        (Bounds(floor=120), 120),
    ],
)
def test_no_rhythm_leads_below_the_floor_or_what_is_asked_for(bounds, minutes):
    busiest = rhythm.first([NOW - timedelta(seconds=number * 30) for number in range(300)], NOW)
    assert schedule.pace(busiest, bounds, NOW, 0.01).every == minutes
    assert bounds.shortest == minutes


@pytest.mark.parametrize(
    ("bounds", "minutes"), [(Bounds(floor=240), 240), (Bounds(asked=(90, "ttl")), 90), (Bounds(), 14)]
)
def test_two_requests_are_the_floor_apart_wherever_the_next_turn_falls(bounds, minutes):
    assert schedule.pace(rhythm.first(BUSY, NOW), bounds, NOW, BALANCED).at_least == minutes


def test_a_feed_that_skips_hours_has_no_timetable():
    morning = [NOW.replace(hour=7) - timedelta(days=day) for day in range(20)]
    known = rhythm.first(morning, NOW)
    assert schedule.pace(known, Bounds(), NOW, BALANCED).timetable
    assert not schedule.pace(known, Bounds(skips_hours=True), NOW, BALANCED).timetable


def test_an_interval_has_moved_where_it_is_worth_a_write():
    assert [schedule.moved(before, 60) for before in (None, 30, 44, 55, 60, 70, 90)] == [
        True, True, True, False, False, False, True,
    ]  # fmt: skip


@pytest.mark.case("F19", "F20")
@pytest.mark.parametrize(
    ("wishes", "cache_control", "minutes"),
    [
        (NONE, "max-age=43200", 720),
        (NONE, "public, s-maxage=7200, max-age=60", 120),
        (NONE, "max-age=7200, max-age=14400", 240),
        (NONE, 'max-age="43200"', 720),
        (NONE, "MAX-AGE = 43200", 720),
        (NONE, "max-age=99999999999999999999", 1440),
        (NONE, "max-age=-1", 14),
        (NONE, "max-age=", 14),
        (NONE, "max-age=soon", 14),
        (NONE, "no-cache", 14),
        (NONE, "x-max-age=43200", 14),
        (NONE, "max-age=60", 14),
        (Wishes(ttl=0), "", 14),
        (Wishes(ttl=-5), "", 14),
        (Wishes(ttl=100), "", 120),
        (Wishes(ttl=10**30), "", 1440),
        (Wishes(period=240), "", 240),
        (Wishes(ttl=60, period=240), "max-age=7200", 240),
        (Wishes(ttl=20), "", 20),
    ],
)
def test_f19_f20_a_publishers_wish_for_less_is_honoured_up_to_a_day(wishes, cache_control, minutes):
    assert every(wishes=wishes, cache_control=cache_control) == minutes


@pytest.mark.case("F19")
@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({"expires": NOW + timedelta(hours=12)}, 720),
        ({"expires": NOW + timedelta(hours=12), "date": NOW + timedelta(hours=11)}, 60),
        ({"expires": NOW + timedelta(hours=12), "cache_control": "max-age=7200"}, 120),
        ({"expires": NOW + timedelta(days=6_000)}, 1440),
        ({"expires": NOW - timedelta(days=6_000)}, 14),
    ],
)
def test_f19_expires_counts_from_the_answers_date_where_no_max_age_is_given(headers, minutes):
    said = {name: format_datetime(value) if name != "cache_control" else value for name, value in headers.items()}
    assert every(**said) == minutes


@pytest.mark.case("F20")
@pytest.mark.parametrize("value", ["0", "-1", "", "soon", "Thu, 99 Jan 99999999999999999999 00:00:00 GMT"])
def test_f20_an_expires_that_is_no_date_asks_for_nothing(value):
    assert every(expires=value) == 14


def test_the_reason_names_who_asked():
    assert paced([], Wishes(ttl=300)).why == "the publisher asks for 300 min (ttl)"
    assert paced().why == "by its own rhythm"


@pytest.mark.case("F20")
@given(
    st.lists(st.floats(-1e6, 1e6), max_size=5),
    st.none() | st.integers(),
    st.none() | st.integers(),
    st.text(),
    st.text() | st.from_regex(r"(max-age|s-maxage)=\d+", fullmatch=True),
)
def test_f20_no_hint_at_all_leads_out_of_the_interval_classes(hours_ago, ttl, period, expires, cache_control):
    dates = [NOW - timedelta(hours=hours) for hours in hours_ago]
    found = every(published=dates, wishes=Wishes(ttl=ttl, period=period), expires=expires, cache_control=cache_control)
    assert found in INTERVALS


@pytest.mark.parametrize(
    ("count", "minutes"), [(1, 60), (2, 120), (3, 240), (4, 480), (5, 1440), (6, 1440), (10**9, 1440)]
)
def test_failures_double_the_interval_up_to_a_day(count, minutes):
    assert schedule.after_failures(60, count).every == minutes
