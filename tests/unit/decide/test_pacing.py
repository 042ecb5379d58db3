"""The pace of a feed after each poll, whether it brought something or not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from documents import FEED_ID, STEADY, URL, answer, at, document, fresh, item, settled
from hypothesis import given
from hypothesis import strategies as st

from feedriver.decide import conditional, decision, pacing, rhythm, schedule, timetable, wheel
from feedriver.decide.decision import Now
from feedriver.decide.document import decide
from feedriver.decide.freshness import BALANCED, LEVELS
from feedriver.decide.status import without_document
from feedriver.models import Wishes
from feedriver.state import Validators

KNOWN = Validators(url=URL, etag='"a"', body_sha256="0" * 64, got=at().time)
DAYS = 24 * 60


def hourly(many: int = 20, first: float = 1):
    return [item(f"Story {place}", guid=f"g{place}", published=at(hours=-first - place).time) for place in range(many)]


def read(state, *items, minutes=0, wishes=None, **headers):
    found = document(*items, wishes=wishes)
    return decide(
        state, answer(str(minutes).encode(), etag=f'"{minutes}"', **headers), found, at(minutes=minutes)
    ).state


def lived(state, days, late=30.0):
    """The looks of so many days in which nothing new comes, and the state behind them."""
    looks, writes, minute = [], 0, at().minute
    while minute < at(days=days).minute:
        minute = decision.next_turn(state, minute)
        now = Now(minute, minute + timedelta(seconds=late))
        same = answer(b"", 304) if conditional.may_answer_304(state, now.time) else answer(b"0", etag='"0"')
        decided = without_document(state, same, now)
        looks.append(minute)
        writes += decided.state is not None
        state = decided.state or state
    return looks, writes, state


@pytest.mark.case("Q01")
def test_a_feed_that_stops_is_asked_three_times_a_day_after_a_month_and_hardly_anything_is_written():
    looks, writes, _ = lived(read(fresh(), *hourly()), 60)
    last = [look for look in looks if look > at(days=31).minute]
    assert len(last) <= 3 * 29
    assert writes < 0.1 * len(looks)


def test_the_same_feed_on_the_same_day_has_the_same_pace_whenever_it_was_added():
    _, _, old = lived(read(fresh(), *hourly()), 31)
    ages = [item(f"Story {place}", guid=f"g{place}", published=at(hours=-1 - place).time) for place in range(20)]
    new = decide(fresh(), answer(b"x", etag='"x"'), document(*ages), at(days=31)).state
    assert timetable.level(old.wanted) == pytest.approx(timetable.level(new.wanted), abs=schedule.WORTH_A_WRITE)


def test_an_unchanged_poll_of_a_steady_feed_writes_nothing():
    pace, moved = pacing.unchanged(settled(validators=KNOWN), {}, KNOWN, at(), BALANCED)
    assert not moved
    assert pace.every == 60


def test_a_feed_of_an_older_version_is_judged_by_the_dates_of_its_window_or_by_when_they_were_found():
    state = read(fresh(), *hourly()).replace(rhythm=b"", wanted=None, timetable="")
    assert pacing.known_rhythm(state, at().time).sessions
    known = pacing.known_rhythm(state.replace(window=b""), at().time)
    assert known.sessions == (wheel.number(at().time),)


def test_what_an_older_version_knew_of_wishes_is_kept_until_the_next_document():
    old = fresh(validators=KNOWN, every=240, at_least=200, slot=wheel.slot(FEED_ID, 240), rhythm=rhythm.pack(STEADY))
    decided = without_document(old, answer(b"", 304, etag='"a"'), at())
    assert decided.state.every >= 240
    assert decided.state.at_least >= 200


def test_a_feed_of_an_older_version_is_written_once_also_where_its_interval_stays():
    older = read(fresh(), *hourly()).replace(rhythm=b"", wanted=None)
    pace, _ = pacing.unchanged(older, {}, older.validators, at(minutes=30), BALANCED)
    same = older.replace(every=pace.every, timetable=pace.timetable)
    assert pacing.unchanged(same, {}, same.validators, at(minutes=30), BALANCED) == (pace, True)
    written = without_document(same, answer(b"", 304), at(minutes=30)).state
    assert written.rhythm
    assert not pacing.unchanged(written, {}, written.validators, at(minutes=30), BALANCED)[1]


def test_an_upgrade_leaves_the_next_turn_where_it_was():
    old = fresh(validators=KNOWN, every=15, at_least=15, slot=wheel.slot(FEED_ID, 15))
    assert decision.next_turn(old, at().minute) == wheel.next_turn(old.slot, at(minutes=1).minute)


def test_a_gap_shortens_the_pace():
    # The document holds ten items of days, and all of them are new: some may have fallen out.
    weekly = [item(f"Old {place}", guid=f"o{place}", published=at(days=-place).time) for place in range(10)]
    calm = read(fresh(), *weekly)
    flood = [item(f"New {place}", guid=f"n{place}", published=at(hours=4, minutes=-place).time) for place in range(10)]
    after = read(calm, *flood, minutes=240)
    assert rhythm.unpack(after.rhythm).span <= 240
    assert after.wanted <= 120


@pytest.mark.case("Q03")
def test_without_dates_the_pace_follows_from_when_things_were_found():
    state, minute = read(fresh(), item("0", guid="0")), 0
    for number in range(1, 60):
        minute += 60
        looked = state.replace(validators=state.validators.replace(got=at(minutes=minute - 20).time))
        state = read(looked, item(str(number), guid=str(number)), minutes=minute)
    assert state.every <= 30


@pytest.mark.parametrize("level", LEVELS)
def test_a_feed_has_its_own_freshness_or_that_of_all(level):
    assert pacing.spacing_of(fresh(freshness=level), 3.0) == LEVELS[level]
    assert pacing.spacing_of(fresh(), 3.0) == 3.0
    assert pacing.spacing_of(fresh(freshness="of a newer version"), 3.0) == 3.0


def test_a_floor_of_five_minutes_is_possible_and_never_below_what_the_publisher_asks():
    busy = [item(str(place), guid=str(place), published=at(minutes=-place).time) for place in range(20)]
    eager = fresh(floor=5, freshness="eager")
    assert read(eager, *busy).every == 5
    assert read(eager, *busy, wishes=Wishes(ttl=45)).every == 45
    assert read(fresh(freshness="eager"), *busy).every == schedule.FLOOR


steps = st.lists(
    st.tuples(st.sampled_from([0, 0, 0, 1, 3]), st.integers(-3 * DAYS, 2 * DAYS) | st.none(), st.floats(0, 59.9)),
    min_size=1,
    max_size=40,
)
wishes = st.builds(
    Wishes,
    ttl=st.none() | st.integers(0, 2_000),
    skip_hours=st.lists(st.integers(0, 23), unique=True, max_size=12).map(tuple),
    skip_days=st.lists(st.sampled_from(["Saturday", "Sunday"]), unique=True).map(tuple),
)


@given(steps, wishes, st.sampled_from([None, 5, 30, 240]), st.sampled_from([*LEVELS, None]))
def test_whatever_a_feed_publishes_its_wishes_and_its_floor_are_kept(plan, wished, floor, level):
    state, before = fresh(floor=floor, freshness=level), None
    minute = at().minute
    for place, (many, age, late) in enumerate(plan):
        now = Now(minute, minute + timedelta(seconds=late))
        assert decision.not_due(state, minute, force=False) is None
        if before:
            least = max(floor or schedule.FLOOR, min(wished.ttl or 0, wheel.LONGEST))
            assert now.time - before >= timedelta(minutes=least)
        before = now.time
        if many or not place:
            published = None if age is None else now.time - timedelta(minutes=age)
            items = [item(f"{place} {each}", guid=f"{place} {each}", published=published) for each in range(many)]
            found = document(*items, wishes=wished)
            state = decide(state, answer(str(place).encode(), etag=f'"{place}"'), found, now).state
        else:
            state = without_document(state, answer(b"", 304), now).state or state
        state = state.replace(outbox=())
        assert int(state.slot.partition(":")[0]) in wheel.INTERVALS
        following = decision.next_turn(state, minute)
        waits = timedelta(minutes=max(state.at_least or 0, state.every) + wheel.LONGEST + 2)
        assert following - minute <= waits + timedelta(days=3 if wished.skip_hours or wished.skip_days else 1)
        minute = following
