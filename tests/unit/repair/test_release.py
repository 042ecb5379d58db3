"""Held entries are released from the store, whole and once, whatever comes in between."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import timedelta

import pytest
from fakes.calls import START, Crash
from fakes.origin import rss, story
from fakes.parser import FakeParser
from fakes.store import sha256_of
from fakes.world import THREADS, World

from feedriver import urls
from feedriver.decide import flood, seen
from feedriver.errors import CommitConflict, EdgeError
from feedriver.poll.edges import Edges
from feedriver.registry import Registry
from feedriver.repair.reconcile import reconcile
from feedriver.repair.release import TRIES, release
from feedriver.repair.reparse import reparse
from feedriver.repair.replay import replay
from feedriver.repair.sweep import sweep

URL = "https://paper.example/rss"
FEED = urls.feed_id(URL)
NEW = [f"n{number}" for number in range(6)]


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    monkeypatch.setattr(flood, "LEAST", 2)
    monkeypatch.setattr(flood, "TIMES", 1)


@pytest.fixture
def world():
    """A feed that two of six new entries were announced of; in the next poll two of those that are held changed."""
    world = World()
    world.add(URL)
    world.origin.serve(URL, rss(story("a"), story("b")))
    world.poll(FEED)
    later(world, *map(story, NEW), story("a"), story("b"))
    later(world, *map(story, NEW[:4]), story("n4", "edited"), story("n5", "edited"), story("a"), story("b"))
    return world


def later(world, *items: str) -> None:
    world.later(hours=1)
    world.origin.serve(URL, rss(*items))
    world.poll(FEED, force=True)


def edges(world) -> Edges:
    return Edges(world.states, world.store, world.bus, THREADS)


def released(world):
    return asyncio.run(release(edges(world), world.clock, FEED))


def told(world) -> list[tuple[str, int]]:
    """Title and revision of each entry event, in order."""
    details = [json.loads(each.detail)["data"] for each in world.bus.sent if each.detail_type.startswith("Entry")]
    return [(detail["entry"]["title"], detail["entry"]["revision"]) for detail in details]


def by_id(world) -> dict[str, set[str]]:
    """The details that each event id came with."""
    found: dict[str, set[str]] = {}
    for each in world.bus.sent:
        found.setdefault(json.loads(each.detail)["metadata"]["event_id"], set()).add(each.detail)
    return found


def everything(world) -> None:
    """All of it was announced, and lies once under entries/."""
    versions = {(f"Story {name}", 1) for name in ("a", "b", *NEW)} | {("Story n4", 2), ("Story n5", 2)}
    assert set(told(world)) == versions
    assert all(len(details) == 1 for details in by_id(world).values())
    lines = [line for key in world.store.under("entries/") for line in world.store.objects[key].splitlines()]
    assert len(lines) == len(versions)
    assert world.store.under("held/") == []
    assert world.state(FEED).outbox == ()
    assert world.state(FEED).flood.held == 0
    found = reconcile(edges(world), world.clock, START - timedelta(days=3))
    assert found.findings == []


def test_what_is_held_is_stored_and_not_announced(world):
    assert told(world) == [("Story a", 1), ("Story b", 1), ("Story n0", 1), ("Story n1", 1)]
    assert [len(world.store.objects[key].splitlines()) for key in world.store.under("held/")] == [4, 2]
    assert world.store.under("staging/") == []
    assert [each.detail_type for each in world.bus.sent].count("Feed Flooding") == 1


@pytest.mark.case("X06")
def test_a_release_announces_all_that_is_held_from_the_store_in_its_order(world):
    before = len(told(world))
    done = released(world)
    assert (done.objects, done.entries, done.unreadable) == (2, 6, [])
    assert told(world)[before:] == [*((f"Story {name}", 1) for name in NEW[2:]), ("Story n4", 2), ("Story n5", 2)]
    everything(world)


def test_what_was_released_is_marked_and_its_events_point_to_it(world):
    released(world)
    for each in [each for each in world.bus.sent if each.detail_type.startswith("Entry")]:
        data = json.loads(each.detail)["data"]
        pointer = data["object"]
        line = world.store.objects[pointer["key"]][pointer["offset"] : pointer["offset"] + pointer["length"]]
        assert sha256_of(line) == pointer["sha256"]
        assert ("flood" in data["entry"]["marks"]) == (data["entry"]["title"] in {f"Story {n}" for n in NEW[2:]})


def test_a_second_release_has_nothing_to_announce(world):
    released(world)
    count = len(world.bus.sent)
    assert released(world).entries == 0
    assert len(world.bus.sent) == count


def test_what_was_released_is_known_and_its_next_version_is_announced_at_once(world):
    released(world)
    later(world, story("n5", "edited again"), *map(story, NEW[:4]))
    assert told(world)[-1] == ("Story n5", 3)
    assert not list(seen.unpack(world.state(FEED).seen)[0].held())


@pytest.mark.long
@pytest.mark.parametrize("finisher", ["poll", "sweep", "release"])
@pytest.mark.parametrize("number", range(1, 17))
def test_a_release_that_dies_at_any_call_is_finished_and_nothing_is_lost_or_new_twice(world, number, finisher):
    world.calls.log.clear()
    world.at_call(number, Crash())
    with pytest.raises(Crash):
        released(world)
    world.calm()
    if finisher == "poll":
        world.later(hours=1)
        world.poll(FEED, force=True)
    elif finisher == "sweep":
        world.later(minutes=11)
        asyncio.run(sweep(edges(world), world.clock))
    assert world.state(FEED).outbox == () or finisher == "release"
    released(world)
    everything(world)


@pytest.mark.long
@pytest.mark.parametrize("number", range(1, 17))
@pytest.mark.parametrize("after", [False, True])
def test_a_release_that_aws_refuses_can_be_done_again(world, number, after):
    world.calls.log.clear()
    world.at_call(number, EdgeError("fake"), after=after)
    with suppress(EdgeError):  # what was listed in vain is listed again
        released(world)
    world.calm()
    released(world)
    everything(world)


def test_a_poll_in_between_makes_it_begin_again(world, monkeypatch):
    sound, polled = world.states.commit, []

    def commit(state):
        if not polled:
            polled.append(True)
            standing = world.states.items[FEED]
            sound(standing.model_copy(update={"rev": standing.rev + 1}))
        sound(state)

    monkeypatch.setattr(world.states, "commit", commit)
    assert released(world).entries == 6
    everything(world)


def test_it_gives_up_where_polls_come_in_between_for_ever(world, monkeypatch):
    def commit(state):
        raise CommitConflict("always")

    monkeypatch.setattr(world.states, "commit", commit)
    with pytest.raises(CommitConflict):
        released(world)
    assert world.log.count("states.load") >= TRIES


def test_a_slow_worker_that_stores_a_held_object_once_more_does_not_have_it_released_twice(world):
    (key, *_) = world.store.under("held/")
    body = world.store.objects[key]
    released(world)
    world.store.put(key, body, "application/x-ndjson")
    assert released(world).entries == 0
    world.store.discard([key])
    everything(world)


def test_what_a_feed_held_before_it_was_taken_out_is_not_released_for_the_one_that_is_added_again(world):
    Registry(world.states).remove(world.state(FEED))
    world.later(days=1)
    world.add(URL)
    world.poll(FEED)
    assert released(world).entries == 0
    assert len(world.store.under("held/")) == 2


def test_where_the_held_objects_are_gone_the_count_is_set_right(world):
    world.store.discard(world.store.under("held/"))
    assert released(world).entries == 0
    assert world.state(FEED).flood.held == 0


def test_what_cannot_be_read_is_named_and_the_rest_released(world):
    (first, _) = world.store.under("held/")
    world.store.put(first, b"no entry\n", "text/plain")
    done = released(world)
    assert (done.unreadable, done.entries) == ([first], 2)
    assert first in world.store.objects


def test_reconcile_and_reparse_find_nothing_in_what_is_held(world):
    assert reconcile(edges(world), world.clock, START - timedelta(days=3)).findings == []
    done = asyncio.run(reparse(edges(world), FakeParser(), world.clock, START - timedelta(days=3)))
    assert (done.updated, done.published) == (0, 0)
    released(world)
    done = asyncio.run(reparse(edges(world), FakeParser(), world.clock, START - timedelta(days=3)))
    assert (done.updated, done.published) == (0, 0)


def test_a_replay_tells_what_is_held_only_when_it_was_released_and_then_to_the_letter(world):
    def replayed(since):
        world.later(minutes=1)
        return replay(world.store, world.bus, since, world.clock(), FEED).events.total()

    assert replayed(START - timedelta(days=1)) == 4
    world.later(days=3)
    before = world.clock()
    world.later(minutes=5)
    released(world)
    assert replayed(before) == 6
    assert all(len(details) == 1 for details in by_id(world).values())


def test_after_a_release_as_many_a_day_are_usual(world, monkeypatch):
    monkeypatch.setattr(flood, "TIMES", 3)
    released(world)
    later(world, *(story(f"m{number}") for number in range(10)))
    assert world.state(FEED).flood.held == 0
