"""How often a feed is wanted to be looked at."""

from __future__ import annotations

from datetime import timedelta

import pytest
from documents import at
from hypothesis import given
from hypothesis import strategies as st

from feedriver.decide import freshness, rhythm
from feedriver.decide.freshness import LEVELS, Shape
from feedriver.decide.rhythm import Rhythm
from feedriver.decide.wheel import number

NOW = at().time
MINUTE = number(NOW)
counts = st.lists(st.floats(0, 500), min_size=31, max_size=31)


def wanted(known: Rhythm, **later: float) -> float:
    return freshness.interval(known, Shape.of(known), number(NOW + timedelta(**later)), 1.0)


def each(gap: timedelta, many: int = 21) -> Rhythm:
    return rhythm.first([NOW - gap * place for place in range(many)], NOW)


@given(counts)
def test_a_shape_has_the_mean_of_one_and_leaves_no_hour_out(found):
    shape = Shape.of(Rhythm(hours=tuple(found[:24]), days=tuple(found[24:])))
    assert sum(shape.hours) == pytest.approx(24)
    assert sum(shape.days) == pytest.approx(7)
    assert min(shape.hours) >= freshness.LEAST_SHAPE * 0.99
    assert min(shape.days) > 0


@given(counts, st.integers(0, 10**8), st.integers(0, 10**5))
def test_busy_time_goes_forward_and_a_week_of_it_is_a_week(found, minute, more):
    shape = Shape.of(Rhythm(hours=tuple(found[:24]), days=tuple(found[24:])))
    assert shape.busy(minute + more) >= shape.busy(minute) - 1e-3
    assert shape.busy(minute + freshness.WEEK) - shape.busy(minute) == pytest.approx(freshness.WEEK)


def test_the_night_of_a_feed_of_the_day_hardly_counts():
    days = rhythm.first([NOW - timedelta(days=day, hours=hour) for day in range(9) for hour in range(5)], NOW)
    shape = Shape.of(days)
    night = shape.busy(number(NOW + timedelta(hours=15))) - shape.busy(number(NOW + timedelta(hours=9)))
    assert night < 6 * 60 / 4


def test_a_feed_that_never_kept_its_hours_is_looked_at_in_any_hour():
    kept = Shape.of(each(timedelta(days=1), 12)).hours
    spread = Shape.of(
        rhythm.first([NOW - timedelta(days=2 * place, hours=2 * place) for place in range(12)], NOW)
    ).hours
    assert min(kept) < 0.1
    assert min(spread) > 4 * min(kept)


def test_a_feed_that_publishes_more_often_is_wanted_more_often():
    found = [wanted(each(timedelta(minutes=minutes))) for minutes in (20, 90, 360, 1440, 10_080, 43_200)]
    assert found == sorted(found)
    assert found[-1] / found[0] < 43_200 / 20  # by the square root at most


def test_silence_counts_where_it_is_longer_than_the_longest_pause_twice():
    hourly = each(timedelta(hours=1))
    assert wanted(hourly, days=2) > 1.3 * wanted(hourly, days=1) > 0
    assert wanted(hourly, days=31) > 3 * wanted(hourly, days=2)


def test_a_feed_whose_only_entry_is_a_year_old_is_hardly_alive():
    only = rhythm.first([NOW - timedelta(days=365)], NOW)
    assert wanted(only) > 3 * wanted(rhythm.first([NOW - timedelta(days=20)], NOW))


def test_a_feed_that_wakes_is_wanted_more_often_with_its_first_entries():
    asleep = each(timedelta(days=30), 12)
    woken = asleep
    for hour in (1, 11, 21):
        later = NOW + timedelta(days=200, hours=hour)
        woken = rhythm.after(woken, [later], later - timedelta(hours=1), later, span=None)
    assert wanted(woken, days=200, hours=22) < wanted(asleep, days=200) / 2


def test_a_regular_feed_is_left_in_peace_until_the_next_may_come():
    weekly = each(timedelta(weeks=1))
    assert wanted(weekly, days=1) == pytest.approx(freshness.RESTS * wanted(weekly, days=6.5), rel=0.3)


def test_a_feed_that_is_not_regular_has_no_rest():
    gaps = [1, 30, 2, 25, 60, 3, 40, 5, 90]
    ages = [sum(gaps[:place]) for place in range(len(gaps))]
    irregular = rhythm.first([NOW - timedelta(days=age) for age in ages], NOW)
    assert wanted(irregular, hours=1) == pytest.approx(wanted(irregular, hours=30), rel=0.2)


@pytest.mark.case("Q02")
def test_a_burst_is_no_rhythm():
    bursts = [NOW - timedelta(weeks=week, seconds=20 * place) for week in range(9) for place in range(10)]
    single = [NOW - timedelta(weeks=week) for week in range(9)]
    assert wanted(rhythm.first(bursts, NOW)) == pytest.approx(wanted(rhythm.first(single, NOW)), rel=0.05)


@pytest.mark.parametrize(
    ("span", "silent", "guard"), [(None, 0, None), (60, 0, 30), (60, 100, 30), (60, 1_000, 250), (16, 0, 8)]
)
def test_half_of_what_a_document_reaches_back_or_a_quarter_of_a_silence(span, silent, guard):
    assert freshness.guard(Rhythm(sessions=(MINUTE,), span=span), MINUTE + silent) == guard


def test_the_levels_go_from_few_looks_to_many():
    assert list(LEVELS) == ["economy", "thrifty", "balanced", "eager"]
    assert list(LEVELS.values()) == sorted(LEVELS.values(), reverse=True)
