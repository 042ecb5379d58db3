"""Whether what is stored of a feed and what is remembered of it agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from documents import Reader, at, fresh, item

from feedriver.decide import overflow, seen
from feedriver.repair.consistency import StoredEntries, missing, unexpected, without_lost
from feedriver.state import Pending

EVER = at(days=-1).time


def story(name: str, text: str = "All of it."):
    return item(f"Story {name}", guid=name, text=text)


class Feed:
    """A feed that was read twice: two entries, then an edit of one of them and a third. And what is stored of it."""

    def __init__(self, **said):
        reader = Reader(fresh(**said))
        documents = [(story("a"), story("b")), (story("a", "edited"), story("b"), story("c"))]
        decided = [reader.read(*items) for items in documents]
        self.state = reader.state
        self.first, self.second = (
            StoredEntries(f"entries/{rev}", rev, each.entries) for rev, each in enumerate(decided, 1)
        )

    @property
    def stored(self):
        return [self.first, self.second]


@pytest.fixture
def feed():
    return Feed()


def kinds(disagreements):
    return [each.kind for each in disagreements]


def test_what_was_stored_as_it_was_found_agrees(feed):
    assert list(unexpected(feed.state, feed.stored)) == []
    assert list(missing(feed.state, feed.stored, EVER)) == []


# What is stored and not known


def test_an_object_of_a_later_revision_was_never_committed(feed):
    (found,) = unexpected(feed.state, [*feed.stored, feed.first._replace(key="entries/9", rev=9)])
    assert found == ("uncommitted", "entries/9", "of revision 9; the feed is at 2")


def test_an_object_that_holds_no_entries_is_named(feed):
    (found,) = unexpected(feed.state, [StoredEntries("entries/1", 1, None), feed.second])
    assert (found.kind, found.key) == ("unreadable", "entries/1")


def test_an_entry_that_the_state_does_not_know_is_named(feed):
    stranger = feed.first.entries[0].replace(id="e" * 32)
    (found,) = unexpected(feed.state, [feed.first._replace(entries=(stranger,)), feed.second])
    assert (found.kind, found.key) == ("unknown", "entries/1")
    assert "e" * 32 in found.detail


def test_a_revision_that_the_state_does_not_know_is_named(feed):
    ahead = feed.first.entries[1].replace(revision=7)
    (found,) = unexpected(feed.state, [feed.first._replace(entries=(ahead,)), feed.second])
    assert found.kind == "ahead"
    assert found.detail.endswith("revision 7: the feed's state knows it up to 1")


def test_a_version_that_two_objects_hold_is_named_with_both(feed):
    (found,) = unexpected(feed.state, [feed.first, feed.second._replace(entries=feed.first.entries[:1])])
    assert (found.kind, found.key) == ("twice", "entries/2")
    assert found.detail.endswith("stored in entries/1 too")


def test_objects_of_an_earlier_registration_are_left_out(feed):
    later = feed.state.replace(rev=0, added=at(days=9).time)
    assert list(unexpected(later, feed.stored)) == []


def test_a_full_seen_set_forgets_entries_so_that_one_more_is_no_disagreement(feed, monkeypatch):
    stranger = feed.first.entries[0].replace(id="e" * 32)
    stored = [feed.first._replace(entries=(stranger,))]
    monkeypatch.setattr(overflow, "forgets", lambda known, bare: True)
    assert list(unexpected(feed.state, stored)) == []


# What is known and not stored


def test_each_revision_of_an_entry_that_was_found_since_then_has_to_be_there(feed):
    found = list(missing(feed.state, [feed.second], EVER))
    assert kinds(found) == ["missing", "missing"]
    assert [each.detail.partition("revision ")[2].partition(":")[0] for each in found] == ["1", "1"]
    assert kinds(missing(feed.state, [], EVER)) == ["missing"] * 3


def test_of_an_older_entry_what_lies_between_its_first_found_revision_and_its_newest_has_to_be_there(feed):
    since = at(days=1).time
    assert list(missing(feed.state, [], since)) == []
    assert list(missing(feed.state, [feed.second], since)) == []
    (found,) = missing(feed.state, [feed.first], since)
    assert " revision 2: " in found.detail


def test_while_the_outbox_names_entries_nothing_is_missing(feed):
    waiting = feed.state.replace(outbox=(Pending(at=at().time, key="entries/2", staged="staging/2"),))
    assert list(missing(waiting, [], EVER)) == []
    told = feed.state.replace(outbox=(Pending(at=at().time, event="Feed Gone"),))
    assert len(list(missing(told, [], EVER))) == 3


def test_what_the_first_document_of_a_new_only_feed_held_was_never_stored():
    feed = Feed(new_only=True)
    assert list(missing(feed.state, [feed.second], EVER)) == []
    (found,) = missing(feed.state, [], EVER)
    assert " revision 1: " in found.detail


def test_held_entries_are_stored_elsewhere(feed):
    known, version = seen.unpack(feed.state.seen)
    held = [replace(entry, held=True) for entry in known.values()]
    state = feed.state.replace(seen=seen.pack(known, (), held, at().minute.date(), version))
    assert list(missing(state, [], EVER)) == []


def test_a_feed_goes_on_without_what_is_lost_and_announces_a_gap(feed):
    lost, stays = (Pending(at=at().time, key=key) for key in ("entries/2", "entries/3"))
    after = without_lost(feed.state.replace(outbox=(lost, stays)), {"entries/2"}, at(hours=1).time)
    gap = Pending(at=at().time + timedelta(hours=1), event="Feed Gap Suspected")
    assert (after.rev, after.outbox, after.seen) == (feed.state.rev + 1, (stays, gap), feed.state.seen)
