"""When to look next: what a feed's rhythm, its publisher's wishes and its failures come to."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest
from documents import at
from hypothesis import given
from hypothesis import strategies as st

from feedriver.decide import schedule
from feedriver.decide.wheel import INTERVALS
from feedriver.models import Wishes

NOW = at().time
NONE = Wishes()


def dated(*hours_ago: float):
    return [NOW - timedelta(hours=hours) for hours in hours_ago]


def every(*hours_ago: float, wishes: Wishes = NONE, **headers: str) -> int:
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return schedule.pace(dated(*hours_ago), wishes, said, NOW).every


@pytest.mark.parametrize(
    ("hours_ago", "minutes"),
    [
        ((), 60),
        ((1,), 60),
        ((0.1, 0.2, 0.3), 15),
        ((1, 2, 3), 30),
        ((1, 5, 9, 13), 120),
        ((24, 48, 72), 720),
        ((24, 24 * 8, 24 * 15), 1440),
        ((1, 1, 1), 60),
        ((-5, -3, 1, 2), 30),
        ((2400, 2401, 2402), 1440),
    ],
)
def test_a_feed_is_looked_at_in_half_its_usual_gap(hours_ago, minutes):
    assert every(*hours_ago) == minutes


def test_one_long_pause_does_not_change_the_rhythm():
    assert every(1, 2, 3, 1000, 1001, 1002) == 30


def test_a_feed_that_fell_silent_is_looked_at_less_and_less():
    assert [every(*(silent + hour for hour in (0, 1, 2))) for silent in (1, 8, 32, 10_000)] == [30, 60, 240, 1440]


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
        (NONE, "max-age=-1", 30),
        (NONE, "max-age=", 30),
        (NONE, "max-age=soon", 30),
        (NONE, "no-cache", 30),
        (NONE, "x-max-age=43200", 30),
        (NONE, "max-age=60", 30),
        (Wishes(ttl=0), "", 30),
        (Wishes(ttl=-5), "", 30),
        (Wishes(ttl=100), "", 120),
        (Wishes(ttl=10**30), "", 1440),
        (Wishes(period=240), "", 240),
        (Wishes(ttl=60, period=240), "max-age=7200", 240),
        (Wishes(ttl=20), "", 30),
    ],
)
def test_f19_f20_a_publishers_wish_for_less_is_honoured_up_to_a_day(wishes, cache_control, minutes):
    assert every(1, 2, 3, wishes=wishes, cache_control=cache_control) == minutes


@pytest.mark.case("F19")
@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({"expires": NOW + timedelta(hours=12)}, 720),
        ({"expires": NOW + timedelta(hours=12), "date": NOW + timedelta(hours=11)}, 60),
        ({"expires": NOW + timedelta(hours=12), "cache_control": "max-age=7200"}, 120),
        ({"expires": NOW + timedelta(days=6_000)}, 1440),
        ({"expires": NOW - timedelta(days=6_000)}, 30),
    ],
)
def test_f19_expires_counts_from_the_answers_date_where_no_max_age_is_given(headers, minutes):
    said = {name: format_datetime(value) if name != "cache_control" else value for name, value in headers.items()}
    assert every(1, 2, 3, **said) == minutes


@pytest.mark.case("F20")
@pytest.mark.parametrize("value", ["0", "-1", "", "soon", "Thu, 99 Jan 99999999999999999999 00:00:00 GMT"])
def test_f20_an_expires_that_is_no_date_asks_for_nothing(value):
    assert every(1, 2, 3, expires=value) == 30


def test_the_reason_names_who_asked():
    assert schedule.pace([], Wishes(ttl=300), {}, NOW).why == "the publisher asks for 300 min (ttl)"
    assert schedule.pace([], NONE, {}, NOW).why == "its entries tell no rhythm"
    assert schedule.pace(dated(1, 2), NONE, {}, NOW).why == "by its own rhythm"


@pytest.mark.case("F20")
@given(
    st.lists(st.floats(-1e6, 1e6), max_size=5),
    st.none() | st.integers(),
    st.none() | st.integers(),
    st.text(),
    st.text() | st.from_regex(r"(max-age|s-maxage)=\d+", fullmatch=True),
)
def test_f20_no_hint_at_all_leads_out_of_the_interval_classes(hours_ago, ttl, period, expires, cache_control):
    found = every(*hours_ago, wishes=Wishes(ttl=ttl, period=period), expires=expires, cache_control=cache_control)
    assert found in INTERVALS


@pytest.mark.parametrize(
    ("count", "minutes"), [(1, 60), (2, 120), (3, 240), (4, 480), (5, 1440), (6, 1440), (10**9, 1440)]
)
def test_failures_double_the_interval_up_to_a_day(count, minutes):
    assert schedule.after_failures(60, count).every == minutes
