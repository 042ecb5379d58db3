"""What a document changes beside what is known of its feed: new entries, new versions, what is remembered."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from documents import FEED_ID, URL, Reader, at, brought, document, fresh, item

from feedriver.decide import changes, deletion, fingerprint, seen
from feedriver.decide.changes import compare
from feedriver.models import Source
from feedriver.parse.result import Tombstone


def story(name: str, text: str = "All of it.", **said: object):
    return item(f"Story {name}", guid=name, link=f"https://paper.example/{name}", text=text, **said)


def test_revisions_count_over_edits_and_reverts_and_name_what_changed():
    reader = Reader()
    texts = ["one", "two", "one", "one", "two"]
    history = [brought(reader.read(story("a", text), story("b"))) for text in texts]
    assert history == [
        [("Story a", 1), ("Story b", 1)],
        [("Story a", 2)],
        [("Story a", 3)],
        [],
        [("Story a", 4)],
    ]


def test_an_edit_keeps_the_id_and_when_it_was_first_seen():
    reader = Reader()
    (first,) = reader.read(story("a", "one")).entries
    decided = reader.read(story("a", "two"))
    (edited,) = decided.entries
    assert (edited.id, edited.first_seen) == (first.id, first.first_seen)
    assert edited.seen == first.seen + timedelta(hours=1)
    assert edited.changed == ("content",)
    assert edited.content_hash != first.content_hash
    assert (decided.new, decided.updated) == (0, 1)


@pytest.mark.case("I11")
def test_i11_a_new_time_stamp_alone_is_no_edit():
    reader = Reader()
    reader.read(story("a", updated=at().time))
    assert reader.read(story("a", updated=at(hours=1).time)).entries == ()


@pytest.mark.case("P24")
def test_p24_a_new_version_of_the_fingerprint_announces_nothing_and_is_adopted(monkeypatch):
    reader = Reader()
    reader.read(story("a", "one"), story("b"))
    for module in (changes, fingerprint):
        monkeypatch.setattr(module, "FINGERPRINT_VERSION", 2)
    assert reader.read(story("a", "read otherwise"), story("b")).entries == ()
    assert seen.unpack(reader.state.seen)[1] == 2
    assert brought(reader.read(story("a", "edited"), story("b"), story("c"))) == [("Story a", 2), ("Story c", 1)]


@pytest.mark.case("P24")
def test_p24_what_our_own_cleaning_makes_of_an_entry_is_no_edit():
    reader = Reader()
    told, source = story("a", "one")
    reader.read((told, source))
    assert reader.read((told.model_copy(update={"text": "cleaned otherwise", "summary": "S"}), source)).entries == ()


@pytest.mark.case("I13")
def test_i13_an_entry_remembers_the_last_day_it_stood_in_a_document():
    reader = Reader(fresh())
    reader.read(story("a"), story("b"))
    reader.reads = 48
    reader.read(story("b"))
    days = sorted(entry.day for entry in seen.unpack(reader.state.seen)[0].values())
    assert days == [date(2026, 5, 4), date(2026, 5, 6)]


# What `compare` says of a document

SOURCE = Source(id=FEED_ID, url=URL, title="The Paper")


def changed(*items, state=None, **said):
    return compare(state or fresh(), document(*items, **said), SOURCE, at(hours=1))


def knowing(*items, **said):
    """The state of a feed that was read once."""
    reader = Reader(fresh(**said))
    reader.read(*items)
    return reader.state


def test_all_entries_of_a_first_document_are_new_and_are_remembered():
    found = changed(story("a"), story("b"))
    assert [entry.title for entry in found.announced] == ["Story a", "Story b"]
    assert {entry.feed for entry in found.announced} == {SOURCE}
    assert (found.any_new, found.known, found.overlap, found.apart, found.complete) == (True, 0, False, False, True)
    assert len(seen.unpack(found.memory["seen"])[0]) == 2


def test_what_is_known_is_not_announced_again():
    found = changed(story("a"), story("b"), state=knowing(story("a"), story("b")))
    assert (found.announced, found.any_new, found.known, found.overlap, found.apart) == ((), False, 2, True, False)
    assert found.first_seen == (at().time.replace(microsecond=0),) * 2


def test_an_edit_alone_is_nothing_new_and_is_announced():
    found = changed(story("a", "edited"), state=knowing(story("a")))
    assert [(entry.revision, entry.changed) for entry in found.announced] == [(2, ("content",))]
    assert not found.any_new


@pytest.mark.parametrize(
    ("before", "now", "apart"), [("ab", "cd", True), ("ab", "bc", False), ("ab", "", False), ("", "ab", False)]
)
def test_a_document_stands_apart_where_it_has_items_and_none_of_those_that_were_known(before, now, apart):
    assert changed(*map(story, now), state=knowing(*map(story, before))).apart is apart


def test_of_several_items_that_are_one_entry_one_is_announced_and_the_others_are_rejected():
    found = changed(story("a"), story("a"))
    assert len(found.announced) == 1
    assert [(each.index, each.reason) for each in found.rejected] == [(1, "duplicate")]


def test_the_first_document_of_a_new_only_feed_is_remembered_and_not_announced():
    found = changed(story("a"), story("b"), state=fresh(new_only=True))
    assert (found.announced, found.any_new) == ((), True)
    assert len(seen.unpack(found.memory["seen"])[0]) == 2
    assert found.notes[0] == "2 entries of the first document marked as seen, as asked"


def test_a_tombstone_of_a_known_entry_is_a_deletion():
    found = changed(story("b"), state=knowing(story("a"), story("b")), deleted=(Tombstone("a", None),))
    assert [(each.event, each.about["guid"]) for each in found.deletions] == [("Entry Deleted", "a")]
    assert found.complete
    assert [entry.deleted for entry in seen.unpack(found.memory["seen"])[0].values()].count(True) == 1


def test_a_document_with_more_deletions_than_the_outbox_has_room_for_is_not_complete(monkeypatch):
    monkeypatch.setattr(deletion, "ROOM", 300)
    gone = tuple(Tombstone(name, None) for name in "ab")
    found = changed(story("c"), state=knowing(story("a"), story("b")), deleted=gone)
    assert (len(found.deletions), found.complete) == (1, False)


def test_dates_are_those_of_the_items_in_the_order_of_the_document():
    dates = [at(hours=-2).time, None, at(hours=-1).time]
    items = [story(str(number), published=date) for number, date in enumerate(dates)]
    assert list(changed(*items).published) == dates
