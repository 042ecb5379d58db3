"""Where things lie in the bucket."""

from __future__ import annotations

import hashlib
import typing
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


days = st.dates()
revisions = st.integers(0, 10**12 - 1)
ids = st.text("0123456789abcdef", min_size=16, max_size=16)
minutes = st.integers(0, 500_000_000).map(lambda minute: START + timedelta(minutes=minute))
START = datetime(1970, 1, 1, tzinfo=UTC)


@given(ids, revisions, days, minutes, st.binary())
def test_parse_reads_what_each_function_makes(feed, rev, day, minute, lines):
    sha256 = hashlib.sha256(lines).hexdigest()
    assert keys.parse(keys.entries_key(feed, rev, day)) == keys.EntriesKey(feed, rev, day)
    assert keys.parse(keys.held_key(feed, rev)) == keys.HeldKey(feed, rev)
    assert keys.parse(keys.staging_key(feed, rev, lines)) == keys.StagingKey(feed, rev, sha256[:16])
    assert keys.parse(keys.raw_key(feed, rev, day, sha256)) == keys.RawKey(feed, rev, day, sha256[:16])
    assert keys.parse(keys.unread_key(feed, minute)) == keys.UnreadKey(feed, minute)
    log = keys.parse(keys.polls_key(minute, [feed]))
    assert isinstance(log, keys.PollsKey)
    assert log.minute == minute


def test_each_function_that_makes_a_key_has_its_kind():
    """A new one is in it without anyone remembering."""
    makers = {name.removesuffix("_key") for name in vars(keys) if name.endswith("_key")}
    kinds = {kind.__name__.removesuffix("Key").lower() for kind in typing.get_args(keys.Key)}
    assert makers == kinds


@pytest.mark.parametrize(
    "key",
    [
        "", "entries/", f"entries/date=2026-02-31/feed={FEED}/1.jsonl",
        f"entries/date=2026-03-01/feed={FEED}/1.jsonl.bak",
        f"entries/date=2026-03-01/feed={FEED}/-1.jsonl", f"entries/date=2026-03-01/feed={FEED}/\uff11.jsonl",
        f"entries/date=2026-03-01/feed={FEED.upper()}/1.jsonl", f"x/entries/date=2026-03-01/feed={FEED}/1.jsonl",
        f"entries/date=2026-03-01/feed={FEED}/1.jsonl\n", f"raw/date=2026-03-01/feed={FEED}/1.gz",
        "polls/date=2026-03-01/2561-0123456789ab.jsonl", f"staging/{FEED}/1.jsonl", f"held/feed={FEED}/x.jsonl",
    ],
)  # fmt: skip
def test_what_no_function_makes_is_none_of_ours(key):
    assert keys.parse(key) is None


@given(ids, ids, revisions, minutes)
def test_a_prefix_finds_the_keys_of_its_feed_or_hour_and_no_others(feed, other, rev, minute):
    hour = minute.replace(minute=0)
    log, staged, held = keys.polls_key(minute, [feed]), keys.staging_key(feed, rev, b""), keys.held_key(feed, rev)
    assert log.startswith(keys.polls_prefix(minute))
    assert not keys.polls_key(hour - timedelta(minutes=1), [feed]).startswith(keys.polls_prefix(minute))
    assert staged.startswith(keys.staging_prefix(feed))
    assert staged.startswith(keys.staging_prefix())
    assert held.startswith(keys.held_prefix(feed))
    assert staged.startswith(keys.staging_prefix(other)) == held.startswith(keys.held_prefix(other)) == (feed == other)
