"""A poll that dies at any call, before or after its effect, and the clean polls after it."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from fakes.calls import FAILED, Crash
from fakes.origin import rss, story
from fakes.store import sha256_of
from fakes.world import World

from feedriver.errors import EdgeError

URL = "https://paper.example/rss"
EXPECTED = {("Story a", 1), ("Story b", 1), ("Story b", 2), ("Story c", 1)}
CALLS = range(1, 10)  # load, holds, fetch, entries, raw, commit, announce, clear, log


def story_of_one_feed(world, *faults):
    """A first poll; a second one that meets each fault in turn; and what the world is like when it is calm again."""
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a"), story("b")), etag='"1"')
    world.poll(feed)
    world.origin.serve(URL, rss(story("c"), story("a"), story("b", "Edited.")), etag='"2"')
    world.later(hours=2)
    for number, error, after in faults:
        world.at_call(number, error, after=after)
        with suppress(Crash, EdgeError):
            world.poll(feed)
        world.calm()
        world.later(minutes=1)
    for _ in range(2):
        world.poll(feed)
        world.later(hours=2)
    return feed


def check(world, feed):
    sent = {}
    for announcement in world.bus.sent:
        detail = json.loads(announcement.detail)
        assert sent.setdefault(detail["metadata"]["event_id"], announcement) == announcement
        pointer = detail["data"]["object"]
        line = world.store.objects[pointer["key"]][pointer["offset"] : pointer["offset"] + pointer["length"]]
        assert sha256_of(line) == pointer["sha256"]
    entries = [json.loads(announcement.detail)["data"]["entry"] for announcement in sent.values()]
    assert {(entry["title"], entry["revision"]) for entry in entries} == EXPECTED
    assert len(entries) == len(EXPECTED)
    assert world.state(feed).outbox == ()
    assert world.state(feed).validators.etag == '"2"'
    assert len(world.store.under("entries/")) == 2


@pytest.mark.long
@pytest.mark.case("D01", "F07")
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", CALLS)
@pytest.mark.parametrize("error", [Crash(), FAILED], ids=["crash", "failure"])
def test_nothing_is_lost_and_what_comes_twice_is_the_same_to_the_letter(number, after, error):
    world = World()
    check(world, story_of_one_feed(world, (number, error, after)))


@pytest.mark.long
@pytest.mark.parametrize("first", CALLS)
def test_two_crashes_in_a_row_lose_nothing_either(first):
    for second in CALLS:
        world = World()
        check(world, story_of_one_feed(world, (first, Crash(), False), (second, Crash(), False)))


def test_a_poll_tried_again_past_midnight_leaves_no_second_copy():
    world = World()
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")))
    world.at("states.commit", Crash())
    world.later(hours=11, minutes=58)
    with pytest.raises(Crash):
        world.poll(feed)
    assert world.store.under("entries/") == []
    world.later(minutes=2)
    world.poll(feed)
    assert world.store.under("entries/") == [f"entries/date=2026-05-05/feed={feed}/{world.state(feed).rev}.jsonl"]


def test_what_another_worker_announced_meanwhile_is_announced_from_where_it_belongs():
    world = World()
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")))
    world.at("states.clear_outbox", Crash())
    with pytest.raises(Crash):
        world.poll(feed)
    world.store.discard(world.store.under("staging/"))
    world.later(hours=2)
    world.poll(feed)
    first, again = world.bus.sent
    assert first == again
    assert world.state(feed).outbox == ()


def test_where_what_was_staged_cannot_be_cleared_away_the_poll_is_done_all_the_same():
    world = World()
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")))
    world.at("store.discard", EdgeError("s3 DeleteObjects: SlowDown"))
    assert world.poll(feed).unfinished == ()
    assert len(world.bus.sent) == 1


def test_an_announcement_repeated_past_midnight_still_points_to_where_the_entry_is():
    world = World()
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")))
    world.later(hours=11, minutes=58)
    world.at("bus.announce", Crash(), after=True)
    with pytest.raises(Crash):
        world.poll(feed)
    world.later(minutes=2)
    world.poll(feed)
    first, second = world.bus.sent
    assert first == second
    assert json.loads(second.detail)["data"]["object"]["key"] in world.store.objects
