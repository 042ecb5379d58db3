"""What the bucket holds of each feed, feed by feed, over the days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from documents import FEED_ID, Reader, item
from fakes.calls import START, Clock
from fakes.store import FakeStore

from feedriver import keys
from feedriver.repair.objects import FeedObject, by_feed, entries_of

DAY = START.date()
A, B, C = (f"{number:016x}" for number in (10, 11, 12))


@pytest.fixture
def store():
    return FakeStore(clock=Clock())


def stored(store, feed_id: str, rev: int, day: date = DAY) -> str:
    key = keys.entries_key(feed_id, rev, day)
    store.put(key, b"{}\n", "application/x-ndjson")
    return key


def found(store, *, kinds=("entries",), since=START, until=START, **how):
    return [
        (feed_id, [each.rev for each in objects]) for feed_id, objects in by_feed(store, kinds, since, until, **how)
    ]


def test_a_feeds_objects_of_all_days_come_together_by_revision_and_feeds_by_id(store):
    for feed_id, rev, days in ((B, 2, 1), (A, 10, 0), (A, 9, 0), (B, 1, 0)):
        stored(store, feed_id, rev, DAY + timedelta(days=days))
    assert found(store, until=START + timedelta(days=1)) == [(A, [9, 10]), (B, [1, 2])]


def test_an_object_is_told_with_its_key_and_when_it_was_written(store):
    key = stored(store, A, 3)
    ((_, objects),) = by_feed(store, ("entries",), START, START)
    assert objects == [FeedObject(A, 3, key, START)]


def test_documents_and_entries_are_told_apart_and_may_be_wanted_together(store):
    stored(store, A, 1)
    store.put(keys.raw_key(A, 1, DAY, "f" * 64), b"", "text/xml")
    assert found(store) == [(A, [1])]
    ((_, objects),) = by_feed(store, ("entries", "raw"), START, START)
    assert [each.key.partition("/")[0] for each in objects] == ["entries", "raw"]


def test_what_was_written_before_that_time_is_left_out(store):
    stored(store, A, 1)
    assert found(store, since=START + timedelta(milliseconds=900)) == [(A, [1])]
    assert found(store, since=START + timedelta(seconds=1)) == []


def test_an_object_of_a_batch_that_waited_two_days_is_found_by_its_time(store):
    stored(store, A, 1, DAY - timedelta(days=2))
    stored(store, A, 2, DAY - timedelta(days=3))
    assert found(store) == [(A, [1])]


def test_one_feed_or_those_behind_an_id_may_be_wanted(store):
    for feed_id in (A, B, C):
        stored(store, feed_id, 1)
    assert found(store, feed_id=B) == [(B, [1])]
    assert found(store, after=A) == [(B, [1]), (C, [1])]


def test_keys_that_are_none_of_ours_are_passed_over(store):
    stored(store, A, 1)
    store.put(f"entries/date={DAY}/feed={A}/notes.txt", b"", "text/plain")
    assert found(store) == [(A, [1])]


def test_entries_are_read_from_their_lines_and_newer_fields_ignored():
    entries = Reader().read(item("A", guid="a"), item("B", guid="b")).entries
    lines = b"".join(each.model_dump_json().encode()[:-1] + b',"mood":"sunny"}\n' for each in entries)
    assert entries_of(lines) == entries
    assert {entry.feed.id for entry in entries} == {FEED_ID}


@pytest.mark.parametrize("body", [b"", b"no json\n", b'{"a": 1}\n', b"\xff\xfe\n"])
def test_an_object_that_holds_no_entries_has_none(body):
    assert entries_of(body) is None
