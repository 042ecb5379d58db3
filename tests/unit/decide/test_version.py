"""Entries that change at every fetch: damped, marked, and told in their last version all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from documents import Reader, answer, at, brought, document, item
from hypothesis import given
from hypothesis import strategies as st

from feedriver.decide import conditional, version
from feedriver.decide.document import decide

NOON = at().time


def counter(views: int, **said: object):
    return item("Story", guid="urn:1", text=f"read {views} times", **said)


class Watch:
    """A feed with validators that is read at times of one's own."""

    def __init__(self) -> None:
        self.reader = Reader()

    def read(self, *items, **later: float):
        decided = decide(self.reader.state, answer(str(items).encode(), etag='"1"'), document(*items), at(**later))
        self.reader.state = decided.state.model_copy(update={"outbox": ()})
        return decided


@pytest.mark.case("I19")
def test_i19_an_entry_that_changes_at_every_fetch_is_updated_five_times_and_then_once_a_day():
    watch, revisions = Watch(), []
    for hour in range(24 * 10):
        revisions += [(entry.revision, hour) for entry in watch.read(counter(hour), hours=hour).entries]
    assert revisions == [
        *((number, number - 1) for number in range(1, 7)),
        *((6 + day, 24 * day) for day in range(1, 10)),
    ]


@pytest.mark.case("I19")
def test_i19_versions_beyond_the_fifth_are_marked():
    watch = Watch()
    marks = {
        entry.revision: entry.marks for hour in range(30) for entry in watch.read(counter(hour), hours=hour).entries
    }
    assert marks == dict.fromkeys(range(1, 6), ()) | {6: ("volatile",), 7: ("volatile",)}


@pytest.mark.case("I19")
def test_i19_the_last_version_arrives_though_the_document_stays_the_same():
    watch = Watch()
    for hour in range(8):
        watch.read(counter(hour), hours=hour)
    assert not conditional.may_answer_304(watch.reader.state, at(hours=9).time)
    texts = [entry.text for hour in range(9, 40) for entry in watch.read(counter(7), hours=hour).entries]
    assert texts == ["read 7 times"]
    assert conditional.may_answer_304(watch.reader.state, at(hours=40).time)


@pytest.mark.case("I19")
def test_i19_a_document_with_a_change_that_waits_is_not_remembered_as_read():
    watch = Watch()
    for hour in range(6):
        watch.read(counter(hour), hours=hour)
    assert watch.reader.state.validators.body_sha256
    decided = watch.read(counter(6), hours=6)
    after = decided.state.validators
    assert (after.etag, after.last_modified, after.body_sha256) == (None, None, None)
    assert "1 entries change too often" in decided.why


@pytest.mark.case("I19")
def test_i19_the_other_entries_of_its_feed_come_as_ever():
    watch = Watch()
    for hour in range(10):
        watch.read(counter(hour), hours=hour)
    assert brought(watch.read(counter(10), item("New", guid="urn:2"), hours=10)) == [("New", 1)]


@pytest.mark.case("I19")
def test_i19_a_version_that_waits_and_is_taken_back_was_none():
    watch = Watch()
    for hour in range(6):
        watch.read(counter(hour), hours=hour)
    watch.read(counter(99), hours=6)
    assert watch.read(counter(5), hours=7).entries == ()
    assert conditional.may_answer_304(watch.reader.state, at(hours=8).time)


@pytest.mark.case("I19")
def test_i19_edits_and_their_reverts_are_revisions():
    reader = Reader()
    found = [reader.read(counter(views)).entries[0] for views in (1, 2, 1)]
    assert [(entry.revision, entry.changed) for entry in found] == [(1, ()), (2, ("content",)), (3, ("content",))]
    assert found[0].content_hash == found[2].content_hash != found[1].content_hash


@pytest.mark.case("I19")
@pytest.mark.parametrize(
    ("revision", "age", "allowed"),
    [
        (6, timedelta(0), True),
        (7, timedelta(0), False),
        (7, timedelta(days=1, microseconds=-1), False),
        (7, timedelta(days=1), True),
        (8, timedelta(days=1), False),
        (6, timedelta(days=-30), True),
        (7, timedelta(days=-30), False),
    ],
)
def test_i19_the_allowance_is_five_and_one_for_each_full_day(revision, age, allowed):
    assert version.allowed(revision, NOON - age, NOON) is allowed


@pytest.mark.case("I19")
@given(st.integers(1, 100), st.integers(0, 10_000), st.integers(0, 10_000))
def test_i19_time_takes_nothing_back(revision, hours, more):
    earlier, later = (NOON + timedelta(hours=each) for each in (hours, hours + more))
    assert version.allowed(revision, NOON, earlier) <= version.allowed(revision, NOON, later)


@pytest.mark.case("I11")
def test_i11_a_typo_is_one_update_and_a_new_time_stamp_alone_is_none():
    reader = Reader()
    reader.read(counter(1, updated=NOON))
    assert brought(reader.read(counter(2, updated=NOON))) == [("Story", 2)]
    assert reader.read(counter(2, updated=NOON + timedelta(hours=1))).entries == ()
