"""Replay: the same events to the letter, from the store alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.bus import FakeBus
from fakes.calls import FAILED, START, Calls
from fakes.origin import rss, story
from fakes.world import World

from feedriver import urls
from feedriver.errors import EdgeError
from feedriver.repair.replay import replay

URL = "https://paper.example/rss"
OTHER = "https://other.example/rss"
EVER = START - timedelta(days=30)
AFTER = START + timedelta(days=30)


@pytest.fixture
def world():
    world = World()
    world.clock.time += timedelta(microseconds=654_321)
    for url in (URL, OTHER):
        world.add(url)
        world.origin.serve(url, rss(story("one"), story("two")))
    world.poll(*world.states.items)
    world.later(days=1)
    world.origin.serve(URL, rss(story("one", "An edit."), story("two"), story("three")))
    world.poll(*world.states.items, force=True)
    return world


def letters(events):
    return sorted((event.detail_type, event.detail, event.time) for event in events)


@pytest.mark.case("D13")
def test_d13_what_a_target_lost_for_good_is_announced_again_to_the_letter(world):
    first = list(world.bus.sent)
    bus = FakeBus()
    done = replay(world.store, bus, EVER, AFTER)
    assert letters(bus.sent) == letters(first)
    assert (done.objects, dict(done.events)) == (3, {"Entry Published": 5, "Entry Updated": 1})


def test_one_feed_and_a_span_of_time_are_replayed_alone(world):
    feed_id = urls.feed_id(URL)
    bus = FakeBus()
    replay(world.store, bus, EVER, AFTER, feed_id)
    assert len(bus.sent) == 4
    later = START + timedelta(hours=12)
    since, until = FakeBus(), FakeBus()
    assert replay(world.store, since, later, AFTER).objects == 1
    assert replay(world.store, until, EVER, later).objects == 2
    assert letters(since.sent + until.sent) == letters(world.bus.sent)


def test_a_span_is_closed_at_its_begin_and_open_at_its_end(world):
    at = START
    assert replay(world.store, FakeBus(), at, AFTER).objects == 3
    assert replay(world.store, FakeBus(), EVER, at).objects == 0


def test_entries_of_a_batch_that_waited_past_midnight_are_found_by_their_time(world):
    late = World()
    feed_id = late.add(URL)
    late.origin.serve(URL, rss(story("one")))
    late.poll(feed_id)
    (key,) = late.store.under("entries/")
    late.store.put(key.replace("2026-05-04", "2026-05-03"), late.store.objects.pop(key), "application/x-ndjson")
    assert replay(late.store, FakeBus(), START, AFTER).objects == 1


def test_a_dry_run_counts_and_sends_nothing(world):
    bus = FakeBus()
    done = replay(world.store, bus, EVER, AFTER, dry_run=True)
    assert (done.objects, done.events.total(), bus.sent) == (3, 6, [])


@pytest.mark.parametrize("body", [b"", b"\n", b"not json\n", b'{"title": "somebody else\'s"}\n'])
def test_an_object_that_is_no_object_of_entries_is_named_and_passed_over(world, body):
    key = "entries/date=2026-05-04/feed=0123456789abcdef/9.jsonl"
    world.store.put(key, body, "application/x-ndjson")
    world.store.put("entries/date=2026-05-04/feed=_/readme.txt", b"?", "text/plain")
    done = replay(world.store, FakeBus(), EVER, AFTER)
    assert (done.objects, done.unreadable) == (3, [key])


def test_a_bus_that_refuses_ends_the_replay_and_each_object_before_it_was_told(world):
    calls = Calls()
    bus = FakeBus(calls)
    bus.refuse_after(3)
    told = []
    with pytest.raises(EdgeError):
        replay(world.store, bus, EVER, AFTER, on_object=lambda done: told.append(done.objects))
    assert told == [1]


def test_a_store_that_fails_ends_the_replay(world):
    world.at("store.get", FAILED)
    with pytest.raises(EdgeError):
        replay(world.store, FakeBus(), EVER, AFTER)


def test_few_objects_are_held_at_once_however_many_there_are(world):
    (key, *_), lines = world.store.under("entries/"), None
    lines = world.store.objects[key]
    for rev in range(100, 150):
        world.store.put(key.rpartition("/")[0] + f"/{rev}.jsonl", lines, "application/x-ndjson")
    world.log.clear()
    replay(world.store, FakeBus(world.calls), EVER, AFTER)
    first = world.log.index("bus.announce")
    assert world.log[:first].count("store.get") <= 16
    assert world.log.count("bus.announce") == 53
