"""The decision on a document: what is stored and announced, what the state keeps, which events go to the outbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from documents import FEED_ID, URL, Reader, answer, at, brought, document, events, fresh, item

from feedriver import keys
from feedriver.decide import flood, item_limit, overflow, wheel
from feedriver.decide.document import decide
from feedriver.models import Entry, Rejected, Wishes
from feedriver.parse.result import Parsed
from feedriver.state import Flood, Moving, Pending


def story(name: str, text: str = "All of it.", **said: object):
    return item(f"Story {name}", guid=name, link=f"https://paper.example/{name}", text=text, **said)


def read(state, *items, now=None, body=b"<rss/>", wishes=None, **headers):
    return decide(state, answer(body, **headers), document(*items, wishes=wishes), now or at())


@pytest.mark.case("F01", "F02")
@pytest.mark.parametrize("etag", ['"a-b\\"c"', 'W/"x"', 'w/"x"', "abc", '"abc-gzip"', '"abc;br"', '"a b"', "-", '""'])
def test_f01_f02_validators_are_kept_byte_for_byte(etag):
    odd = "thu, 01 jan 1970 00:00:00 MEZ"
    kept = read(fresh(), story("a"), etag=etag, last_modified=odd).state.validators
    assert (kept.etag, kept.last_modified) == (etag, odd)


def test_a_validator_that_would_fill_the_feeds_item_is_as_none():
    most = item_limit.LONGEST_VALIDATOR - len('""')
    kept = read(fresh(), story("a"), etag="e" * (most + 1), last_modified="m" * most).state.validators
    assert (kept.etag, kept.last_modified) == (None, "m" * most)


@pytest.mark.case("F28")
def test_f28_validators_belong_to_the_url_that_answered():
    decided = decide(fresh(), answer(url="https://b.example/", etag='"b"'), document(), at())
    assert decided.state.validators.url == "https://b.example/"
    assert decided.state.url == URL


def test_a_first_read_announces_every_entry_and_says_where_it_goes():
    decided = read(fresh(), story("a"), story("b"))
    assert brought(decided) == [("Story a", 1), ("Story b", 1)]
    assert (decided.outcome, decided.new, decided.updated) == ("published", 2, 0)
    assert decided.entries_key == f"entries/date=2026-05-04/feed={FEED_ID}/1.jsonl"
    assert decided.staging_key == keys.staging_key(FEED_ID, 1, decided.lines)
    assert decided.raw_key == keys.raw_key(FEED_ID, 1, at().minute.date(), answer().body.sha256)
    assert decided.state.outbox == (
        Pending(at=decided.entries[0].seen, key=decided.entries_key, staged=decided.staging_key),
    )
    assert [Entry.model_validate_json(line) for line in decided.lines.splitlines()] == list(decided.entries)
    assert decided.state.rev == 1
    (first, _) = decided.entries
    assert (first.feed.id, first.feed.url, first.feed.title) == (FEED_ID, URL, "The Paper")
    assert first.first_seen == first.seen == at().time.replace(microsecond=0)


def test_a_document_with_nothing_new_stores_no_entries():
    reader = Reader()
    reader.read(story("a"))
    decided = reader.read(story("a"))
    assert (decided.outcome, decided.entries, decided.entries_key) == ("unchanged", (), None)
    assert decided.state.outbox == ()
    assert decided.raw_key is not None


@pytest.mark.case("I14")
def test_i14_a_gap_is_suspected_where_nothing_known_is_left_and_said_once():
    reader = Reader()
    assert events(reader.read(story("a"), story("b"))) == []
    gap = reader.read(story("y"), story("z"))
    assert events(gap) == ["Feed Gap Suspected"]
    assert gap.state.outbox[-1].about == {"items": 2, "known": 2}
    assert events(reader.read(story("z"), story("zz"))) == []
    assert events(reader.read()) == []
    assert events(reader.read(story("zz"))) == []


def test_a_first_read_of_an_empty_document_is_no_gap_and_the_next_one_neither():
    reader = Reader()
    assert events(reader.read()) == []
    assert events(reader.read(story("a"))) == []


def test_what_the_parser_rejected_is_reported_beside_the_rest():
    bad = Rejected(index=1, reason="unreadable", detail="not to be read")
    parsed = Parsed(document().feed, document(story("a")).items, (bad,), "a flaw")
    decided = decide(fresh(), answer(), parsed, at())
    assert (decided.new, decided.rejected) == (1, (bad,))
    assert decided.why == "a flaw; every 60 min: no more often, since its host gives no validators to ask with"


def test_a_read_feed_takes_its_place_on_the_wheel():
    state = read(fresh(), story("a"), wishes=Wishes(ttl=240)).state
    assert (state.every, state.slot) == (240, wheel.slot(FEED_ID, 240))
    # Where its turn fell on that very minute, it is the one after: so that no two requests are seconds too close.
    assert state.not_before - at().minute - timedelta(minutes=240) in (timedelta(0), wheel.MINUTE)
    assert wheel.next_turn(state.slot, state.not_before) <= at().minute + timedelta(minutes=240 + wheel.period(240))


def test_the_feeds_own_data_is_kept_with_it():
    state = read(fresh(), story("a")).state
    assert state.title == "The Paper"


def test_the_state_is_the_next_revision_and_keeps_what_the_feed_calls_itself():
    said = {"title": "The Paper", "link": "https://paper.example/", "id": "tag:paper.example,2026:feed"}
    decided = decide(fresh(rev=6), answer(), document(story("a"), **said), at())
    after = decided.state
    assert (after.rev, after.title, after.link, after.identity) == (7, said["title"], said["link"], said["id"])
    assert decided.entries_key.endswith("/7.jsonl")
    assert [entry.feed.link for entry in decided.entries] == [said["link"]]


def test_edits_are_counted_as_updates_and_the_others_as_new():
    reader = Reader()
    reader.read(story("a", "one"))
    decided = reader.read(story("a", "two"), story("b"), story("c"))
    assert (decided.new, decided.updated) == (2, 1)


def test_a_document_ends_the_redirect_watch_of_ten_sightings_with_the_new_address_in_its_entries():
    moving = Moving(to="https://b.example/", count=9, since=at(days=-2).time)
    moved = replace(answer(url="https://b.example/"), moved_to="https://b.example/")
    decided = decide(fresh(moving=moving), moved, document(story("a")), at())
    assert (decided.state.url, decided.state.moving) == ("https://b.example/", None)
    assert [entry.feed.url for entry in decided.entries] == ["https://b.example/"]


def test_a_feed_that_became_another_one_is_announced_as_that_and_not_as_a_gap():
    reader = Reader()
    reader.read(story("a"), id="urn:one")
    assert events(reader.read(story("b"), id="urn:two")) == ["Feed Identity Changed"]


def test_items_that_cannot_be_remembered_are_a_gap_that_is_announced_once_while_it_lasts(monkeypatch):
    monkeypatch.setattr(overflow, "MOST", 2)
    reader = Reader()
    first = reader.read(*map(story, "abc"))
    assert events(first) == ["Feed Gap Suspected"]
    assert first.state.outbox[-1].about == {"items": 3, "known": 0, "count": 1}
    assert events(reader.read(*map(story, "abc"))) == []
    assert events(reader.read(*map(story, "ab"))) == []
    assert events(reader.read(*map(story, "abd"))) == ["Feed Gap Suspected"]


def test_entries_of_a_flood_are_staged_apart_and_go_to_the_keys_of_held_ones(monkeypatch):
    monkeypatch.setattr(flood, "LEAST", 1)
    reader = Reader()
    reader.read(story("a"))
    decided = reader.read(*map(story, "abcdefg"))
    assert (brought(decided), len(decided.held)) == ([("Story b", 1), ("Story c", 1), ("Story d", 1)], 3)
    assert set(decided.staged) == {decided.staging_key, decided.held_staging_key}
    assert [Entry.model_validate_json(line) for line in decided.held_lines.splitlines()] == list(decided.held)
    assert [pending.key or pending.event for pending in decided.state.outbox] == [
        decided.entries_key,
        keys.held_key(FEED_ID, 2),
        "Feed Flooding",
    ]


def test_a_document_of_which_all_is_held_is_its_own_outcome(monkeypatch):
    monkeypatch.setattr(flood, "LEAST", 0)
    reader = Reader(fresh(flood=Flood(day=at().minute.date()), seen=Reader().read(story("a")).state.seen))
    decided = reader.read(story("a"), story("b"))
    assert (decided.outcome, decided.entries, len(decided.held)) == ("held", (), 1)
    assert (decided.entries_key, decided.staging_key, decided.lines) == (None, None, b"")


def test_items_beyond_what_can_be_remembered_are_rejected_by_name(monkeypatch):
    monkeypatch.setattr(overflow, "MOST", 20)
    decided = read(fresh(), *(item(guid=str(number)) for number in range(22)))
    assert decided.new == 20
    assert [(each.index, each.reason) for each in decided.rejected] == [(20, "too_many"), (21, "too_many")]
    assert decided.why.startswith("2 items left out: more than 20 in one document cannot be remembered")
