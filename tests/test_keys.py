"""Where things lie in the bucket."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedriver import keys

FEED = "00000000000000a7"
DAY = date(2026, 3, 1)


def test_keys_are_hive_partitions_by_day_and_feed():
    assert keys.entries_key(FEED, 7, DAY) == f"entries/date=2026-03-01/feed={FEED}/7.jsonl"
    assert keys.raw_key(FEED, 7, DAY) == f"raw/date=2026-03-01/feed={FEED}/7.gz"


@pytest.mark.parametrize(
    ("since", "days"),
    [
        (DAY, []),
        (DAY + timedelta(days=1), []),
        (date(2026, 2, 28), ["2026-02-28"]),
        (date(2026, 2, 26), ["2026-02-28", "2026-02-27", "2026-02-26"]),
    ],
)
def test_an_earlier_attempt_may_lie_on_each_day_since_the_last_commit(since, days):
    assert keys.abandoned_keys(FEED, 7, since, DAY) == tuple(f"entries/date={day}/feed={FEED}/7.jsonl" for day in days)


@given(st.dates(), st.dates())
def test_what_is_cleared_away_is_never_what_was_just_stored_and_fits_one_request(since, day):
    found = keys.abandoned_keys(FEED, 7, since, day)
    assert keys.entries_key(FEED, 7, day) not in found
    assert len(found) <= keys.MAX_DAYS_BACK


def test_the_log_of_one_batch_of_one_minute_has_one_place():
    minute = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
    first = keys.polls_key(minute, ["a", "b"])
    assert first == keys.polls_key(minute, ("a", "b"))
    assert first.startswith("polls/date=2026-03-01/0905-")
    others = [
        keys.polls_key(minute, ["ab"]),
        keys.polls_key(minute, ["a"]),
        keys.polls_key(minute + timedelta(minutes=1), ["a", "b"]),
    ]
    assert len({first, *others}) == 4
