"""The last polls of one feed, read back from the log in polls/."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from fakes.store import FakeStore

from feedriver.errors import InputError
from feedriver.keys import polls_key
from feedriver.poll import log
from feedriver.poll.log import last_polls

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
FEED, OTHER = "a" * 16, "b" * 16


@pytest.fixture
def store():
    return FakeStore()


def logged(store, minute: datetime, *feeds: str) -> None:
    lines = "".join(json.dumps({"feed_id": feed, "outcome": "unchanged", "why": OTHER}) + "\n" for feed in feeds)
    store.put(polls_key(minute, feeds), lines.encode(), "application/x-ndjson")


def test_polls_of_two_days_are_found_the_newest_twenty_and_no_others(store):
    times = [NOON - timedelta(minutes=100 * number) for number in range(40)]
    for time in times:
        logged(store, time, FEED, OTHER)
    logged(store, NOON, OTHER)
    found = last_polls(store, FEED, NOON)
    assert [datetime.fromisoformat(poll["time"]) for poll in found] == times[:20]
    assert {poll["feed_id"] for poll in found} == {FEED}
    assert last_polls(store, FEED, NOON + timedelta(days=3)) == []


def test_only_so_many_logs_are_read(store, monkeypatch):
    monkeypatch.setattr(log, "MOST_OBJECTS", 5)
    for number in range(1, 12):
        logged(store, NOON - timedelta(minutes=20 * number), OTHER if number <= 5 else FEED)
    assert last_polls(store, FEED, NOON) == []
    assert len(last_polls(store, OTHER, NOON)) == 5


def test_no_more_logs_are_read_than_twenty_polls_need(store):
    for minutes in range(40):
        logged(store, NOON - timedelta(minutes=minutes), FEED)
    store.calls.log.clear()
    last_polls(store, FEED, NOON)
    assert store.calls.log.count("store.get") == 20


def test_a_poll_is_its_line_of_the_log_and_the_minute_of_its_batch(store):
    logged(store, NOON, FEED)
    assert last_polls(store, FEED, NOON) == [
        {"time": "2026-05-04T12:00:00+00:00", "feed_id": FEED, "outcome": "unchanged", "why": OTHER}
    ]


def test_the_hours_are_utc_wherever_the_time_is_told(store):
    logged(store, NOON, FEED)
    assert len(last_polls(store, FEED, NOON.astimezone(timezone(timedelta(hours=-3))))) == 1


def test_polls_of_one_hour_are_told_newest_first(store):
    for minute in (10, 30, 20):
        logged(store, NOON.replace(minute=minute), FEED)
    assert [poll["time"][14:16] for poll in last_polls(store, FEED, NOON)] == ["30", "20", "10"]


def test_no_more_than_twenty_polls_are_told_where_the_last_log_has_more(store):
    logged(store, NOON.replace(minute=30), FEED)
    for minute in range(11):
        logged(store, NOON.replace(minute=minute), FEED, FEED)
    assert len(last_polls(store, FEED, NOON)) == 20


def test_a_line_that_only_names_the_feed_is_of_another_one(store):
    logged(store, NOON, FEED)
    assert last_polls(store, OTHER, NOON) == []


def test_lines_of_other_feeds_are_not_even_parsed(store):
    store.put(polls_key(NOON, [OTHER]), b"no JSON\n", "application/x-ndjson")
    assert last_polls(store, FEED, NOON) == []


def test_an_object_that_is_no_log_of_ours_is_named(store):
    store.put("polls/date=2026-05-04/1200-notes.txt", json.dumps({"feed_id": FEED}).encode(), "text/plain")
    with pytest.raises(InputError, match=r"polls/date=2026-05-04/1200-notes\.txt: not a log"):
        last_polls(store, FEED, NOON)
