"""Hours and days on which a publisher wants no visits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from documents import FEED_ID, answer, at, document, fresh, item
from fakes.origin import rss, story
from fakes.world import World
from hypothesis import given
from hypothesis import strategies as st

from feedriver.decide import decision, skips, wheel
from feedriver.decide.document import decide
from feedriver.models import Wishes

URL = "https://paper.example/rss"
MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
hours = st.lists(st.integers(0, 23), unique=True).map(tuple)
days = st.lists(st.sampled_from(skips.DAYS), unique=True).map(tuple)


@pytest.mark.parametrize(
    ("wishes", "kept"),
    [
        (Wishes(), ((), ())),
        (Wishes(skip_hours=(3, 0), skip_days=("Sunday", "Saturday")), ((0, 3), ("Saturday", "Sunday"))),
        (Wishes(skip_hours=tuple(range(24))), ((), ())),
        (Wishes(skip_days=skips.DAYS), ((), ())),
        (Wishes(skip_hours=tuple(range(24)), skip_days=("Sunday",)), ((), ("Sunday",))),
        (Wishes(skip_hours=tuple(range(23)), skip_days=skips.DAYS[:6]), (tuple(range(23)), skips.DAYS[:6])),
        (Wishes(skip_hours=(24, -1, 99), skip_days=("Caturday",)), ((), ())),
    ],
)
def test_a_wish_that_leaves_no_time_at_all_is_a_mistake(wishes, kept):
    meant = skips.meant(wishes)
    assert meant == kept


@pytest.mark.parametrize(
    ("skip", "time", "opens"),
    [
        ({}, MONDAY, MONDAY),
        ({"skip_hours": (0, 1)}, MONDAY + timedelta(minutes=30), MONDAY + timedelta(hours=2)),
        ({"skip_hours": (23, 0)}, MONDAY + timedelta(hours=23), MONDAY + timedelta(hours=25)),
        ({"skip_days": ("Monday", "Tuesday")}, MONDAY + timedelta(hours=5), MONDAY + timedelta(days=2)),
        ({"skip_days": ("Monday",), "skip_hours": (0,)}, MONDAY, MONDAY + timedelta(hours=25)),
    ],
)
def test_the_next_time_that_is_not_skipped(skip, time, opens):
    assert skips.open_from(fresh(**skip), time) == opens


@given(hours, days, st.integers(0, 60 * 24 * 14))
def test_some_time_within_a_week_is_always_open(skip_hours, skip_days, minute):
    kept_hours, kept_days = skips.meant(Wishes(skip_hours=skip_hours, skip_days=skip_days))
    state = fresh(skip_hours=kept_hours, skip_days=kept_days)
    time = MONDAY + timedelta(minutes=minute)
    opens = skips.open_from(state, time)
    assert time <= opens <= time + timedelta(days=7)
    assert not skips.skipped(state, opens)


@pytest.mark.case("F19")
def test_f19_nothing_is_asked_in_a_skipped_hour_or_on_a_skipped_day_unless_a_person_asks():
    for state, until in (
        (fresh(skip_hours=(12,)), "2026-05-04 13:00"),
        (fresh(skip_days=("Monday",)), "2026-05-05 00:00"),
    ):
        waiting = decision.not_due(state, at().minute, force=False)
        assert waiting.outcome == "waiting"
        assert waiting.why == f"the publisher wants no visits before {until} UTC (skipHours, skipDays)"
        assert decision.not_due(state, at().minute, force=True) is None
        assert decision.not_due(state, at(days=1, hours=1).minute, force=False) is None


@pytest.mark.case("F19")
def test_f19_the_next_turn_shown_is_one_that_is_not_skipped():
    slow = [item(str(number), published=at(days=-9 * number).time) for number in range(5)]
    wishes = Wishes(skip_hours=tuple(hour for hour in range(24) if hour != 5))
    state = decide(fresh(), answer(etag='"a"'), document(*slow, wishes=wishes), at()).state
    turn = decision.next_turn(state, at().minute)
    assert turn.hour == 5
    assert decision.not_due(state, turn, force=False) is None


@pytest.mark.case("F19")
@pytest.mark.parametrize("open_hour", [0, 11, 23])
@pytest.mark.parametrize("age", [1, 9])
def test_f19_a_feed_that_is_open_one_hour_a_day_is_polled_in_it_each_day_or_two(open_hour, age):
    world = World()
    head = "".join(f"<hour>{hour}</hour>" for hour in range(24) if hour != open_hour)
    dates = "".join(f"<item><guid>{n}</guid><pubDate>{2020 + age}-01-{9 + n:02d}</pubDate></item>" for n in range(3))
    feed = world.add(URL)
    world.origin.serve(URL, rss(head=f"<title>x</title><skipHours>{head}</skipHours>{dates}"), etag='"1"')
    world.poll(feed)
    asked = []
    for _ in range(10):
        world.until_its_turn(feed)
        (report,) = world.poll(feed).reports
        assert report.asked
        asked.append(world.clock())
    assert {time.hour for time in asked} == {open_hour}
    assert asked[-1] - asked[0] <= timedelta(days=20)


def test_a_feed_with_skipped_hours_stands_in_an_hourly_slot_and_others_in_their_own():
    state = fresh(skip_hours=(1,))
    assert skips.slot(state, 1440) == wheel.slot(FEED_ID, 60)
    assert skips.slot(state, 15) == wheel.slot(FEED_ID, 15)
    assert skips.slot(fresh(skip_days=("Monday",)), 1440) == wheel.slot(FEED_ID, 1440)


def test_a_publisher_that_takes_the_wish_back_is_polled_as_before():
    state = decide(fresh(skip_hours=(1,)), answer(), document(story_like()), at()).state
    assert (state.skip_hours, state.skip_days) == ((), ())


def story_like():
    return item("x", guid=story("a"))
