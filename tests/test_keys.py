"""Where things lie in the bucket."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from feedriver import keys

FEED = "00000000000000a7"
DAY = date(2026, 3, 1)


def test_keys_are_hive_partitions_by_day_and_feed():
    assert keys.entries_key(FEED, 7, DAY) == f"entries/date=2026-03-01/feed={FEED}/7.jsonl"
    assert (
        keys.raw_key(FEED, 7, DAY, "2d711642b726b04401627ca9fbac32f5")
        == f"raw/date=2026-03-01/feed={FEED}/7-2d711642b726b044.gz"
    )


def test_what_is_staged_has_a_place_of_its_own_for_each_content():
    first, second = (keys.staging_key(FEED, 7, lines) for lines in (b"one\n", b"two\n"))
    assert first != second
    assert first == keys.staging_key(FEED, 7, b"one\n")
    assert all(key.startswith(f"staging/{FEED}/7-") and key.endswith(".jsonl") for key in (first, second))


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
