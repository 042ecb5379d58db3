"""When a feed counts as silent: by its own rhythm, once an episode, and never for what it cannot help."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from documents import answer, at, at_rest, document, events, fresh, item
from hypothesis import given
from hypothesis import strategies as st

from feedriver.decide import decision, silence, wheel
from feedriver.decide.document import decide
from feedriver.decide.status import without_document
from feedriver.parse.result import Parsed
from feedriver.state import Validators

NOW = at().time
DAY = timedelta(days=1)


def days_ago(*days: float) -> list[datetime]:
    return [NOW - timedelta(days=day) for day in days]


@pytest.mark.parametrize(
    ("published", "waits"),
    [
        (days_ago(0, 1, 2, 3, 4), 7),  # daily: after a week
        (days_ago(*(day / 24 for day in range(100))), 7),  # hourly
        (days_ago(0, 7, 14, 21), 28),  # weekly: not after eight days
        (days_ago(0, 0.01, 0.02, 0.03, 7, 7.01, 7.02, 14), 28),  # several a week, on one day of it
        (days_ago(0, 1, 2, 3, 6, 7, 8, 9, 10, 13), 7),  # on working days
        (days_ago(0, 30, 61, 91), 120),
        (days_ago(0, 1, 2, 3, 4, 4000), 7),  # one that stands there for ever
        (days_ago(0, 365, 730), 4 * 365),
        ([datetime(1, 1, 1, tzinfo=UTC), NOW], 4 * 366),
    ],
)
def test_a_feed_is_given_four_times_its_usual_gap_and_a_week_at_least(published, waits):
    assert silence.patience(published, [], NOW) == waits * DAY


@pytest.mark.parametrize("published", [[], [None, None], days_ago(0), days_ago(0, 0.01), days_ago(3, -2, -9)])
def test_a_feed_whose_days_are_not_known_is_never_silent(published):
    assert silence.patience(published, [NOW], NOW) is None


def test_entries_without_dates_count_by_when_they_were_found():
    assert silence.patience([None, None], days_ago(0, 7, 14), NOW) == 28 * DAY
    assert silence.patience(days_ago(0, 1), days_ago(0, 7, 14), NOW) == 7 * DAY


@given(st.lists(st.datetimes(timezones=st.just(UTC)), max_size=30), st.datetimes(timezones=st.just(UTC)))
def test_whatever_dates_there_are_it_is_between_a_week_and_four_years(published, now):
    waits = silence.patience(published, published, now)
    assert waits is None or silence.AT_LEAST <= waits <= silence.AT_MOST


# Read and polled


def dated(day: int, *, published: bool = True):
    said = {"published": at(days=day).time} if published else {}
    return item(f"Story {day}", guid=f"id-{day}", link=f"https://paper.example/{day}", **said)


def read(state, *days: int, now: int, published: bool = True) -> decision.Decision:
    """The decision on a document of the stories of these days, read on the day `now`."""
    stories = document(*(dated(day, published=published) for day in days))
    return decide(state, answer(f"{days}".encode()), stories, at(days=now))


def well(**changes):
    """A daily feed that was read on day 0, and whose host gives validators."""
    state = at_rest(read(fresh(), -3, -2, -1, 0, now=0).state)
    known = Validators(url=state.url, etag='"a"', body_sha256="0" * 64, got=at(days=5).time)
    return state.model_copy(update={"outbox": (), "validators": known} | changes)


def polled(state, days: float) -> decision.Decision:
    """A 304 in the feed's own turn, of a host that gave a document lately, so that it is believed."""
    now = at(days=days)
    known = state.validators.model_copy(update={"got": now.time - timedelta(hours=1)})
    slot = f"720:{int(now.minute.timestamp()) // 60 % wheel.period(720)}"
    return without_document(state.model_copy(update={"validators": known, "slot": slot}), answer(b"", 304), now)


def test_a_silence_is_told_with_since_when_and_once():
    state = well()
    assert polled(state, 6.5).state is None
    first = polled(state, 7.5)
    assert events(first) == ["Feed Silent"]
    assert first.state.outbox[0].about == {"since": at().time.isoformat()}
    assert first.why.endswith("; silent: nothing new since 2026-05-04")
    silent = first.state.model_copy(update={"outbox": ()})
    assert [polled(silent, days + 0.5).state for days in (8, 9, 30, 300)] == [None] * 4


def test_a_new_entry_ends_the_episode_and_the_next_silence_is_told_again():
    silent = polled(well(), 8).state.model_copy(update={"outbox": ()})
    woken = read(silent, -3, -2, -1, 0, 12, now=12).state
    assert woken.silence.since == at(days=12).time
    assert not woken.silence.announced
    again = polled(woken.model_copy(update={"outbox": (), "validators": well().validators}), 20)
    assert events(again) == ["Feed Silent"]


def test_an_edit_or_a_shorter_document_ends_no_silence_and_is_none():
    before = well()
    edited = decide(before, answer(b"x"), document(item("Story 0, edited", guid="id-0")), at(days=1))
    assert edited.updated == 1
    assert edited.state.silence == before.silence
    late = read(before, -1, 0, now=9)
    assert events(late) == ["Feed Silent"]
    assert late.why.endswith("; silent: nothing new since 2026-05-04")


def test_old_dates_on_new_entries_are_no_silence():
    archive = read(fresh(), -3003, -3002, -3001, -3000, now=0)
    assert events(archive) == []
    assert archive.state.silence.after == at(days=7).time


def test_a_feed_without_dates_is_silent_by_when_its_entries_were_found():
    state = fresh()
    for day in range(0, 28, 7):
        state = read(state, *range(0, day + 1, 7), now=day, published=False).state.model_copy(update={"outbox": ()})
    assert state.silence.after == at(days=21 + 28).time


def test_a_feed_read_once_without_dates_or_empty_is_never_silent():
    assert read(fresh(), 1, 2, 3, now=0, published=False).state.silence is None
    empty = decide(fresh(), answer(), Parsed(document().feed, ()), at()).state
    assert empty.silence is None
    assert silence.noticed(empty, at(days=4000).time) is empty


def test_a_state_that_an_older_version_wrote_gets_its_rhythm_at_its_next_document():
    state = read(well(silence=None), -3, -2, -1, 0, now=5).state
    assert (state.silence.since, state.silence.after) == (at(days=5).time, at(days=12).time)


def test_a_feed_that_fails_is_failing_and_no_more():
    state = well()
    for day in range(8, 14):
        decided = decision.failed(state, "timeout", "no answer", at(days=day))
        assert "Feed Silent" not in events(decided)
        state = decided.state.model_copy(update={"outbox": ()})
    recovered = polled(state, 15)
    assert sorted(events(recovered)) == ["Feed Recovered", "Feed Silent"]
