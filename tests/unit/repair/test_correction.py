"""What today's parser makes of an older document: which entries are corrected, published, or left as they are."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from documents import FEED_ID, Reader, at, document, item

from feedriver import keys
from feedriver.decide import overflow, seen
from feedriver.models import Entry, Image
from feedriver.repair.correction import compare, corrected, differences, newest

LATER = at(days=1).time


def story(name: str, text: str = "All of it.", **said):
    return item(f"Story {name}", guid=name, text=text, **said)


class Feed:
    """A feed that was read once."""

    def __init__(self, *items):
        reader = Reader()
        self.entries = reader.read(*items).entries
        self.state = reader.state
        self.stored = newest(self.state, self.entries)

    def compared(self, *items, own=None, settled=()):
        """What a parser corrects that reads these items in the document."""
        own = set(self.stored) if own is None else own
        return compare(self.state, document(*items), self.stored, own, settled, LATER)

    def corrections(self, *items, **how):
        return [(each.entry.title, each.entry.revision, each.missed) for each in self.compared(*items, **how)[0]]


@pytest.fixture
def feed():
    return Feed(story("a"), story("b"))


def read_otherwise(name, **fields):
    """An item of the same source as `story`, of which the parser makes something else."""
    made, source = story(name)
    return made.replace(**fields), source


def test_the_parser_that_read_it_corrects_nothing(feed):
    corrections, compared = feed.compared(story("a"), story("b"))
    assert (corrections, compared) == ([], set(feed.stored))


def test_an_entry_that_is_read_otherwise_is_a_new_revision_that_names_what_differs(feed):
    corrections, _ = feed.compared(read_otherwise("a", title="Better", text="More."), story("b"))
    ((entry, remembered, missed),) = corrections
    assert (entry.title, entry.revision, entry.changed, missed) == ("Better", 2, ("title", "text"), False)
    assert entry.seen == LATER.replace(microsecond=0)
    assert entry.first_seen == feed.entries[0].first_seen
    assert (remembered.revision, seen.entry_id(FEED_ID, remembered.key)) == (2, entry.id)


def test_an_item_that_was_missed_is_published(feed):
    assert feed.corrections(story("a"), story("b"), story("c")) == [("Story c", 1, True)]


def test_what_a_newer_document_settled_is_not_published(feed):
    corrections, _ = feed.compared(story("a"), story("c"))
    (missed,) = corrections
    assert feed.corrections(story("a"), story("c"), settled={missed.remembered.key}) == []


def test_an_entry_of_a_later_document_is_compared_only_where_its_source_is_the_same(feed):
    better = read_otherwise("a", title="Better")
    assert feed.corrections(better, own=()) == [("Better", 2, False)]
    assert feed.corrections(story("a", "another source"), own=()) == []
    assert feed.corrections(story("a", "another source")) == [("Story a", 2, False)]


def test_an_entry_that_its_publisher_deleted_stays_as_it_is(feed):
    known, version = seen.unpack(feed.state.seen)
    gone = [replace(each, deleted=True) for each in known.values()]
    feed.state = feed.state.replace(seen=seen.pack(known, (), gone, at().minute.date(), version))
    assert feed.corrections(read_otherwise("a", title="Better")) == []


def test_a_document_that_shares_nothing_with_what_is_known_is_of_another_feed(feed):
    assert feed.compared(story("x"), story("y")) == ([], set())


def test_a_full_seen_set_cannot_tell_what_was_missed(feed, monkeypatch):
    monkeypatch.setattr(overflow, "forgets", lambda known, bare: True)
    assert feed.corrections(read_otherwise("a", title="Better"), story("c")) == [("Better", 2, False)]


def test_no_more_is_published_than_there_is_room_for_in_the_seen_set(feed, monkeypatch):
    monkeypatch.setattr(seen, "CAPACITY", 3)
    assert feed.corrections(story("a"), story("c"), story("d")) == [("Story c", 1, True)]


def test_the_newest_stored_version_is_that_of_the_revision_that_is_known():
    reader = Reader()
    versions = [reader.read(story("a", text)).entries[0] for text in ("one", "two")]
    stranger = versions[0].replace(id="e" * 32)
    assert list(newest(reader.state, [*reversed(versions), stranger]).values()) == [versions[1]]


def test_only_fields_that_a_subscriber_sees_are_differences(feed):
    (stored, _) = feed.entries
    assert differences(stored, stored.replace(title="Better", summary="Short", published=at().time)) == (
        *("title", "published", "summary"),
    )
    assert differences(stored, stored.replace(seen=LATER, revision=9, marks=("bidi",), content_hash="1:ff")) == ()


def test_a_new_signature_in_an_address_is_no_difference(feed):
    (stored, _) = feed.entries

    def pictured(query):
        return stored.replace(images=(Image(url=f"https://cdn.example/a.png{query}", source="html"),))

    signed = [pictured(f"?w=9&X-Amz-Signature={signature * 32}") for signature in "ab"]
    assert differences(*signed) == ()
    assert differences(pictured("?w=9"), pictured("?w=8")) == ("images",)


def test_corrections_are_committed_with_their_entries_staged_and_in_the_outbox(feed):
    corrections, _ = feed.compared(read_otherwise("a", title="Better"), story("c"))
    done = corrected(feed.state, corrections)
    assert [Entry.model_validate(json.loads(line)).title for line in done.lines.splitlines()] == ["Better", "Story c"]
    assert done.staged == keys.staging_key(FEED_ID, 2, done.lines)
    (pending,) = done.state.outbox
    assert (pending.staged, pending.at) == (done.staged, corrections[0].entry.seen)
    assert pending.key == keys.entries_key(FEED_ID, 2, LATER.date())
    known, _ = seen.unpack(done.state.seen)
    assert sorted(entry.revision for entry in known.values()) == [1, 1, 2]
    unchanged = {"rev": feed.state.rev, "seen": feed.state.seen, "outbox": ()}
    assert done.state.replace(**unchanged) == feed.state


def test_after_a_correction_the_same_document_corrects_nothing(feed):
    better = read_otherwise("a", title="Better")
    corrections, _ = feed.compared(better, story("b"))
    feed.state = corrected(feed.state, corrections).state
    feed.stored = newest(feed.state, [*feed.entries, *(each.entry for each in corrections)])
    assert feed.compared(better, story("b"))[0] == []
