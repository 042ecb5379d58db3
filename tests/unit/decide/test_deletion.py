"""Entries that their publisher says are deleted: announced once, never for absence, and taken back when they return."""

from __future__ import annotations

import pytest
from documents import FEED_ID, Reader, answer, at, brought, document, events, fresh, item

from feedriver.decide import deletion, seen
from feedriver.decide.document import decide
from feedriver.events import parse_event
from feedriver.parse.result import Tombstone
from feedriver.poll.announcements import feed_announcement

SITE = "https://paper.example"


def story(name: str, text: str = "all of it"):
    return item(f"Story {name}", guid=f"urn:{name}", link=f"{SITE}/{name}", text=text)


def grave(*names: str):
    return tuple(Tombstone(f"urn:{name}", at().time) for name in names)


def told(decided):
    return [pending.about for pending in decided.state.outbox if pending.event == "Entry Deleted"]


@pytest.mark.case("I17")
def test_i17_the_deletion_of_a_known_entry_is_announced_once():
    reader = Reader()
    (a, _) = reader.read(story("a"), story("b")).entries
    decided = reader.read(story("b"), deleted=grave("a"))
    (about,) = told(decided)
    assert about == {"entry_id": a.id, "revision": 1, "guid": "urn:a", "when": at().time.isoformat()}
    assert (decided.entries, decided.outcome) == ((), "unchanged")
    assert "1 entries deleted" in decided.why
    assert told(reader.read(story("b"), deleted=grave("a"))) == []


@pytest.mark.case("I17")
def test_i17_what_the_outbox_holds_becomes_the_event():
    reader = Reader()
    reader.read(story("a"), story("b"))
    decided = reader.read(story("b"), deleted=grave("a"))
    (pending,) = decided.state.outbox
    announcement = feed_announcement(decided.state, pending)
    envelope = f'{{"source": "feedriver", "detail-type": "Entry Deleted", "detail": {announcement.detail}}}'
    data = parse_event(envelope).detail.data
    assert (data.guid, data.when, data.feed.id) == ("urn:a", at().time, FEED_ID)


@pytest.mark.case("I17")
def test_i17_the_tombstone_of_an_entry_never_seen_is_passed_over_and_forgotten():
    reader = Reader()
    reader.read(story("a"))
    assert told(reader.read(story("a"), deleted=grave("x"))) == []
    assert brought(reader.read(story("a"), story("x"))) == [("Story x", 1)]


@pytest.mark.case("I17")
def test_i17_an_entry_that_is_there_beside_its_tombstone_is_not_deleted():
    reader = Reader()
    assert brought(reader.read(story("a"), deleted=grave("a"))) == [("Story a", 1)]
    decided = reader.read(story("a"), deleted=grave("a"))
    assert (told(decided), decided.entries) == ([], ())


@pytest.mark.case("I17")
@pytest.mark.parametrize(("text", "changed"), [("all of it", ("deleted",)), ("edited", ("content", "deleted"))])
def test_i17_an_entry_that_comes_back_is_a_new_revision_and_may_be_deleted_again(text, changed):
    reader = Reader()
    reader.read(story("a"), story("b"))
    reader.read(story("b"), deleted=grave("a"))
    back = reader.read(story("a", text), story("b"))
    assert [(entry.revision, entry.changed) for entry in back.entries] == [(2, changed)]
    assert reader.read(story("a", text), story("b")).entries == ()
    assert [about["revision"] for about in told(reader.read(story("b"), deleted=grave("a")))] == [2]


@pytest.mark.case("I12", "I17")
def test_i17_absence_is_never_deletion():
    reader = Reader()
    reader.read(story("a"), story("b"))
    for _ in range(3):
        decided = reader.read(story("b"))
        assert (told(decided), events(decided)) == ([], [])


@pytest.mark.case("I17")
@pytest.mark.parametrize("ref", ["http://www.paper.example/a/", "https://paper.example/a?utm_source=x"])
def test_i17_a_tombstone_finds_an_entry_by_its_link_and_however_its_guid_is_flipped(ref):
    for guid in (f"{SITE}/a", None):
        reader = Reader()
        reader.read(item("A", guid=guid, link=f"{SITE}/a", text="x"), story("b"))
        assert len(told(reader.read(story("b"), deleted=(Tombstone(ref, None),)))) == 1


@pytest.mark.case("I17")
def test_i17_deleted_stays_remembered_while_the_feed_goes_on():
    reader = Reader()
    reader.read(story("a"), story("b"))
    reader.read(story("b"), deleted=grave("a"))
    for number in range(3):
        assert told(reader.read(story(f"new {number}"), deleted=grave("a"))) == []


@pytest.mark.case("I17")
def test_i17_more_deletions_than_the_outbox_has_room_for_are_told_poll_after_poll():
    names = [f"{number:0200}" for number in range(100)]
    reader = Reader()
    reader.read(*map(story, names), story("stays"))
    gone: list[object] = []
    for _ in range(100):
        parsed = document(story("stays"), deleted=grave(*names))
        decided = decide(reader.state, answer(etag='"1"'), parsed, at(hours=2))
        about = told(decided)
        assert sum(map(len, map(str, about))) < 2 * deletion.ROOM
        gone += [each["entry_id"] for each in about]
        reader.state = decided.state.model_copy(update={"outbox": ()})
        validators = reader.state.validators
        if validators.body_sha256:
            break
        assert validators.etag is None
    assert len(gone) == len(set(gone)) == 100
    assert validators.etag == '"1"'


@pytest.mark.case("I17")
def test_i17_a_full_seen_set_leaves_room_for_the_deletions_of_a_document():
    ref = "🗞" * 4_000
    reader = Reader()
    reader.read(item("A", guid=ref), item("B", guid="b"))
    decided = reader.read(item("B", guid="b"), deleted=(Tombstone(ref, None),))
    (about,) = told(decided)
    assert about["guid"] == "🗞" * 300


@pytest.mark.case("I17")
def test_i17_a_feed_read_for_the_first_time_deletes_nothing():
    decided = decide(fresh(), answer(), document(story("a"), deleted=grave("a", "b")), at())
    assert told(decided) == []
    assert not any(each.deleted for each in seen.unpack(decided.state.seen)[0].values())
