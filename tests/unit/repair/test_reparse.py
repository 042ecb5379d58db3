"""Reparse: a better parser corrects what is stored, once, and nothing else is announced."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from checkout import FEEDS
from fakes.bus import FakeBus
from fakes.calls import START
from fakes.origin import rss, story
from fakes.parser import FakeParser
from fakes.world import THREADS, World

from feedriver import urls
from feedriver.errors import ParseCode, ParseError
from feedriver.parse import parse
from feedriver.poll.edges import Edges
from feedriver.registry import Registry, Subscription
from feedriver.repair.reconcile import reconcile
from feedriver.repair.reparse import reparse
from feedriver.repair.replay import replay

URL = "https://paper.example/rss"
FEED = urls.feed_id(URL)
EVER = START - timedelta(days=3)


def reparsed(world, **how):
    edges = Edges(world.states, world.store, world.bus, THREADS)
    return asyncio.run(reparse(edges, world.parser, world.clock, how.pop("since", EVER), **how))


def poll(world, *items: str) -> None:
    world.origin.serve(URL, rss(*items), headers={"content-type": "application/rss+xml"})
    world.poll(FEED, force=True)


@pytest.fixture
def world():
    """Two documents: in the second "one" is edited, "two" as it was, "three" new."""
    world = World()
    world.add(URL)
    poll(world, story("one"), story("two"))
    world.later(days=1)
    poll(world, story("one", "An edit."), story("two"), story("three"))
    world.later(hours=1)
    return world


def shouting(field: str, *only: str):
    """A parser of tomorrow, that reads one field of some stories (or of all) otherwise."""
    parser = FakeParser()

    def parse_with(*document):
        parsed = parse(*document)
        return replace(
            parsed,
            items=tuple(
                replace(each, item=each.item.model_copy(update={field: (getattr(each.item, field) or "").upper()}))
                if not only or (each.item.title or "").removeprefix("Story ") in only
                else each
                for each in parsed.items
            ),
        )

    parser.parse_with = parse_with
    return parser


def blind(*names: str, also=frozenset()):
    """A parser of yesterday, that rejected some stories."""
    parser = FakeParser()

    def parse_with(*document):
        parsed = parse(*document)
        return replace(parsed, items=tuple(each for each in parsed.items if each.item.title[6:] not in names))

    parser.parse_with = parse_with
    return parser


def told(world, count: int):
    return [
        (event.detail_type, entry["title"], entry["revision"], entry["changed"])
        for event in world.bus.sent[count:]
        for entry in [json.loads(event.detail)["data"]["entry"]]
    ]


def test_the_parser_that_read_it_finds_nothing(world):
    sent, before = len(world.bus.sent), dict(world.states.items)
    done = reparsed(world)
    assert (done.feeds, done.documents, done.compared) == (1, 2, 3)
    assert (done.updated, done.published, done.passed_over, done.conflicts) == (0, 0, [], [])
    assert (len(world.bus.sent), world.states.items) == (sent, before)


def test_a_better_parser_updates_each_entry_once_by_the_names_of_its_fields(world):
    sent = len(world.bus.sent)
    world.parser = shouting("text")
    done = reparsed(world)
    assert (done.updated, done.published, dict(done.fields)) == (3, 0, {"text": 3})
    assert sorted(told(world, sent)) == [
        ("Entry Updated", "Story one", 3, ["text"]),
        ("Entry Updated", "Story three", 2, ["text"]),
        ("Entry Updated", "Story two", 2, ["text"]),
    ]
    texts = {json.loads(event.detail)["data"]["entry"]["text"] for event in world.bus.sent[sent:]}
    assert texts == {"AN EDIT.", "ALL OF IT."}


def test_a_second_reparse_finds_nothing_and_a_still_better_parser_does(world):
    world.parser = shouting("text")
    reparsed(world)
    world.later(hours=1)
    done = reparsed(world)
    assert (done.compared, done.updated) == (3, 0)
    world.parser = FakeParser()
    assert reparsed(world).updated == 3


def test_the_next_poll_goes_on_as_if_nothing_had_been(world):
    before = world.state(FEED)
    world.parser = shouting("text")
    reparsed(world)
    after = world.state(FEED)
    assert (after.validators, after.slot, after.not_before, after.every) == (
        before.validators,
        before.slot,
        before.not_before,
        before.every,
    )
    sent = len(world.bus.sent)
    poll(world, story("one", "An edit."), story("two"), story("three"))
    assert told(world, sent) == []
    poll(world, story("one", "Another."), story("two"), story("three"), story("four"))
    assert sorted(told(world, sent)) == [
        ("Entry Published", "Story four", 1, []),
        ("Entry Updated", "Story one", 4, ["summary"]),
    ]


def test_an_older_document_says_nothing_of_a_newer_version(world):
    sent = len(world.bus.sent)
    world.store.discard(world.store.under("raw/date=2026-05-05"))
    world.parser = shouting("text")
    assert reparsed(world).updated == 1
    assert told(world, sent) == [("Entry Updated", "Story two", 2, ["text"])]


def test_what_had_been_rejected_is_published_and_what_had_been_read_is_not():
    world = World()
    world.add(URL)
    world.parser = blind("one", "two")
    poll(world, story("one"), story("two"), story("three"))
    world.later(days=1)
    poll(world, story("one", "An edit."), story("three"), story("four"))
    sent, world.parser = len(world.bus.sent), FakeParser()
    done = reparsed(world)
    assert (done.published, done.updated) == (2, 0)
    assert sorted(told(world, sent)) == [
        ("Entry Published", "Story one", 1, []),
        ("Entry Published", "Story two", 1, []),
    ]
    assert "An edit." in world.bus.sent[sent].detail
    assert reparsed(world).published == 0
    poll(world, story("one", "An edit."), story("three"), story("four"))
    assert len(world.bus.sent) == sent + 2


def test_what_was_passed_over_at_the_first_reading_is_not_published_now():
    world = World()
    Registry(world.states, world.secrets).add(Subscription(URL, new_only=True), world.clock())
    poll(world, story("one"), story("two"))
    assert (reparsed(world).published, world.bus.sent) == (0, [])


def test_a_document_of_another_feed_at_the_same_address_is_left_alone():
    world = World()
    world.add(URL)
    world.parser = blind("one", "two")
    poll(world, story("one"), story("two"))
    poll(world, story("three"))
    world.parser = FakeParser()
    assert reparsed(world).published == 0


def test_a_dry_run_counts_and_writes_nothing(world):
    sent, before, objects = len(world.bus.sent), dict(world.states.items), dict(world.store.objects)
    world.parser = shouting("title", "one")
    done = reparsed(world, dry_run=True)
    assert (done.updated, dict(done.fields)) == (1, {"title": 1})
    assert (len(world.bus.sent), world.states.items, world.store.objects) == (sent, before, objects)


def test_a_poll_that_commits_meanwhile_keeps_its_word_and_the_feed_is_named(world):
    commit = world.states.commit

    def beaten(state):
        world.states.commit = commit
        commit(world.state(FEED).model_copy(update={"rev": state.rev, "title": "The other's"}))
        commit(state)

    world.states.commit = beaten
    sent, world.parser = len(world.bus.sent), shouting("text")
    done = reparsed(world)
    assert (done.conflicts, done.updated, len(world.bus.sent)) == ([URL], 0, sent)
    assert reparsed(world).updated == 3


def test_what_a_crash_left_is_announced_before_what_is_corrected(world):
    world.bus.refuse_after(0)
    poll(world, story("one", "An edit."), story("two"), story("three"), story("four"))
    world.calm()
    sent, world.parser = len(world.bus.sent), shouting("text")
    assert reparsed(world).updated == 4
    assert told(world, sent)[0] == ("Entry Published", "Story four", 1, [])
    assert world.state(FEED).outbox == ()


def test_attempts_of_which_none_is_known_to_be_the_committed_one_are_passed_over(world):
    first, second = world.store.under("raw/")
    for key in (first, second):
        stray = key.rpartition("-")[0] + "-0123456789abcdef.gz"
        world.store.put(stray, world.store.objects[key], "application/rss+xml", "gzip", URL)
    done = reparsed(world)
    assert done.documents == 1  # the newest, whose hash the validators have
    assert len(done.passed_over) == 2


def test_a_document_that_cannot_be_read_is_named_and_the_others_are_read(world):
    first, _ = world.store.under("raw/")
    world.store.objects[first] = b"not gzip"
    done = reparsed(world)
    assert (done.documents, done.passed_over) == (1, [f"{first}: not gzip"])

    def too_slow(*_):
        raise ParseError(URL, ParseCode.TOO_SLOW, "slow")

    world.parser.parse_with = too_slow
    assert [told.rpartition(": ")[2] for told in reparsed(world).passed_over] == ["too_slow", "not gzip"]


def test_what_was_stored_before_the_time_is_not_looked_at(world):
    world.parser = shouting("text")
    assert reparsed(world, since=world.clock()).documents == 0


def test_store_and_state_agree_after_it(world):
    world.parser = shouting("text")
    reparsed(world)
    edges = Edges(world.states, world.store, world.bus, THREADS)
    assert reconcile(edges, world.clock, EVER).findings == []


@pytest.mark.long
@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.name)
def test_no_feed_of_ours_differs_from_what_was_just_read_of_it(path):
    world = World()
    url = f"https://moved.example/{path.name}"
    feed_id = world.add("https://paper.example/old")
    world.origin.redirects["https://paper.example/old"] = url
    world.origin.serve(url, path.read_bytes())
    world.poll(feed_id)
    sent = len(world.bus.sent)
    world.later(days=400)
    done = reparsed(world)
    assert (done.documents, done.updated, done.published, len(world.bus.sent)) == (1, 0, 0, sent)
    assert done.compared >= sent - 1


def test_a_correction_that_took_its_time_is_replayed_to_the_letter(world):
    world.parser, read = shouting("title"), world.store.read
    world.bus.sent.clear()

    def slowly(key):
        world.later(seconds=3)
        return read(key)

    world.store.read = slowly
    began = world.clock()
    assert reparsed(world).updated == 3
    bus = FakeBus()
    replay(world.store, bus, began, world.clock() + timedelta(days=1))
    assert [sent.detail for sent in bus.sent] == [sent.detail for sent in world.bus.sent]


@pytest.mark.parametrize("parser", [FakeParser(), shouting("title")])
def test_what_was_kept_before_a_feed_was_taken_out_and_added_again_is_not_read(world, parser):
    Registry(world.states, world.secrets).remove(world.state(FEED))
    world.later(hours=1)
    world.add(URL)
    poll(world, story("three"), story("four"))
    world.bus.sent.clear()
    world.parser = parser
    done = reparsed(world)
    assert (done.documents, done.published, done.compared) == (1, 0, 2)
    told = [json.loads(sent.detail)["data"]["entry"] for sent in world.bus.sent]
    assert [(entry["title"], entry["revision"]) for entry in told] == [
        (title, 2) for title in ("STORY THREE", "STORY FOUR") if done.updated
    ]
