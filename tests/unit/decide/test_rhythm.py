"""What is learned of when a feed publishes: from a first document, and from what looks find."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from documents import at
from hypothesis import given
from hypothesis import strategies as st

from feedriver.decide import rhythm
from feedriver.decide.rhythm import Rhythm
from feedriver.decide.wheel import number

NOW = at().time
DAY = 24 * 60
extremes = st.sampled_from([datetime(year, 6, 1, tzinfo=UTC) for year in (1, 1600, 1969, 1970, 2106, 9999)])
times = st.none() | extremes | st.integers(-10_000, 40 * 365 * 24).map(lambda hours: NOW - timedelta(hours=hours))


def ago(**before: float) -> datetime:
    return NOW - timedelta(**before)


def busiest(known: Rhythm) -> int:
    return max(range(24), key=known.hours.__getitem__)


def test_entries_within_a_quarter_of_an_hour_are_one_session():
    known = rhythm.first([ago(minutes=minutes) for minutes in (100, 99, 98, 90, 84, 50)], NOW)
    assert [number(NOW) - at for at in known.sessions] == [100, 84, 50]


@pytest.mark.parametrize("published", [[], [None, None], [ago(days=-3)], [ago(days=9_000)] * 20])
def test_a_document_without_dates_of_the_past_or_with_one_for_all_is_a_session_now(published):
    assert rhythm.first(published, NOW).sessions == (number(NOW),)


def test_whole_days_tell_weekdays_and_no_hour():
    mondays = [NOW.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(weeks=week) for week in range(8)]
    known = rhythm.first(mondays, NOW)
    assert known.days.index(max(known.days)) == NOW.weekday()
    assert not any(known.hours)
    assert len(known.sessions) == 8


def test_dates_with_a_time_of_day_tell_the_hour():
    assert busiest(rhythm.first([NOW.replace(hour=7, minute=30) - timedelta(days=day) for day in range(9)], NOW)) == 7


def test_a_date_between_two_looks_is_believed():
    known = rhythm.after(rhythm.first([ago(days=3)], NOW), [ago(hours=5)], ago(hours=8), NOW, span=None)
    assert known.sessions[-1] == number(ago(hours=5))


@pytest.mark.parametrize("published", [None, ago(days=9), ago(hours=-9)])
def test_an_entry_without_a_date_or_with_one_that_cannot_be_appeared_between_the_two_looks(published):
    known = rhythm.after(rhythm.first([ago(days=30)], NOW), [published], ago(hours=2), NOW, span=None)
    assert known.sessions[-1] == number(ago(hours=1))


def test_what_was_embargoed_is_learned_from_when_it_appeared():
    known = rhythm.first([ago(days=day, hours=6) for day in range(1, 9)], NOW)  # they say six hours earlier
    assert busiest(known) in (5, 6)
    for day in range(1, 30):
        later = NOW + timedelta(days=day)
        known = rhythm.after(known, [later - timedelta(hours=6)], later - timedelta(minutes=30), later, span=None)
    assert busiest(known) in (11, 12)


def test_a_change_of_habits_is_learned_within_weeks():
    known = rhythm.first([NOW.replace(hour=7) - timedelta(days=day) for day in range(20)], NOW)
    for day in range(1, 21):
        evening = NOW.replace(hour=19) + timedelta(days=day)
        known = rhythm.after(known, [evening], evening - timedelta(hours=1), evening + timedelta(hours=1), span=None)
    assert busiest(known) in (18, 19)


def test_a_session_known_only_to_the_half_day_is_spread_over_its_last_hours():
    known = rhythm.after(Rhythm(), [None], ago(hours=12), NOW, span=None)
    assert sum(known.hours) == pytest.approx(1)
    assert sum(1 for each in known.hours if each) == 6


@pytest.mark.parametrize(
    ("published", "new", "gap", "apart", "span"),
    [
        ([ago(minutes=0), ago(minutes=90)], 1, 30, False, 90),
        ([ago(minutes=0), ago(minutes=9)], 2, 30, False, None),
        ([ago(minutes=0), ago(minutes=9)], 2, 30, True, 30),
        ([ago(minutes=0), ago(minutes=90)], 2, 30, True, 30),
        ([ago(minutes=0), ago(minutes=90), ago(days=-9_000)], 1, 30, False, 90),
        ([ago(minutes=0), ago(minutes=90), datetime(1970, 1, 1, tzinfo=UTC)], 1, 30, False, 90),
        ([None] * 10, 2, 30, False, None),
        ([None] * 10, 5, 30, False, 60),
        ([None] * 10, 10, 30, True, 30),
    ],
)
def test_how_far_a_document_reaches_back(published, new, gap, apart, span):
    assert rhythm.document_span(published, new, gap, NOW, apart=apart) == span


def test_a_document_that_was_short_once_is_taken_for_longer_only_slowly():
    known = rhythm.after(Rhythm(), [NOW], ago(hours=1), NOW, span=60)
    assert rhythm.after(known, [NOW], ago(hours=1), NOW, span=6_000).span == 64
    assert rhythm.after(known, [NOW], ago(hours=1), NOW, span=None).span == 60
    assert rhythm.after(known, [NOW], ago(hours=1), NOW, span=20).span == 20


@given(st.lists(times, max_size=60), st.lists(times, max_size=5), st.integers(1, 20_000))
def test_whatever_the_dates_are_a_rhythm_is_packed_and_read_again(first, found, minutes):
    later = NOW + timedelta(minutes=minutes)
    span = rhythm.document_span([*first, *found], len(found), minutes, later, apart=False)
    known = rhythm.after(rhythm.first(first, NOW), found, NOW, later, span=span)
    packed = rhythm.pack(known)
    again = rhythm.unpack(packed)
    assert len(packed) <= 152
    assert (again.sessions, again.span) == (known.sessions, known.span)
    assert again.hours == pytest.approx(known.hours, abs=0.01)
    assert list(known.sessions) == sorted(known.sessions)
    assert len(known.sessions) <= rhythm.MOST_SESSIONS


def test_of_a_first_document_of_years_the_newest_tell():
    many = [NOW - timedelta(hours=hour) for hour in range(20_000)]
    assert rhythm.first(many, NOW).hours == rhythm.first(many[: rhythm.MOST_DATES], NOW).hours


def test_what_another_version_packed_is_not_read():
    assert rhythm.unpack(b"") is None
    assert rhythm.unpack(b"\x09 whatever") is None
