"""Who is due in this minute: every feed once an interval, through outages, crashes and clocks set back."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from fakes import START, Crash, World

from feedriver.batches import Batch
from feedriver.decide import wheel
from feedriver.dispatch import dispatch, due
from feedriver.models import FeedState
from feedriver.urls import feed_id

MINUTE = wheel.floor_minute(START)


@pytest.fixture
def world():
    return World()


def place(world, count, every=60):
    """So many feeds that were polled before and stand in their slots."""
    ids = [feed_id(f"https://{number}.example/") for number in range(count)]
    for each in ids:
        slot = wheel.slot(each, every)
        world.states.register(FeedState(feed_id=each, url="https://a.example/", added=START, slot=slot, every=every))
    return ids


def sent(world):
    return [feed for body in world.queue.bodies for feed in Batch.model_validate_json(body).feeds]


def run(world, per_batch=500):
    return dispatch(world.states, world.queue, world.clock(), per_batch)


def test_every_feed_is_sent_once_in_each_period(world):
    feeds = place(world, 40, 60) + place(world, 0)
    run(world)
    world.queue.bodies.clear()
    for _ in range(2 * wheel.period(60)):
        world.later(minutes=1)
        run(world)
    assert Counter(sent(world)) == dict.fromkeys(feeds, 2)


def test_after_an_outage_every_feed_whose_turn_came_is_sent_once(world):
    feeds = place(world, 60, 15)
    run(world)
    world.queue.bodies.clear()
    world.later(hours=5)
    found = run(world)
    assert sorted(sent(world)) == sorted(feeds)
    assert (found.since, found.minute) == (MINUTE, MINUTE + timedelta(hours=5))
    assert world.states.minute == found.minute


def test_after_a_month_of_outage_no_more_than_a_day_is_caught_up(world):
    feeds = place(world, 50, 1440)
    world.states.minute = MINUTE - timedelta(days=30)
    run(world)
    assert sorted(sent(world)) == sorted(feeds)


def test_a_feed_just_added_is_sent_in_the_next_minute_and_until_it_was_polled(world):
    feed = world.add("https://paper.example/")
    assert run(world).feeds == (feed,)
    world.later(minutes=1)
    assert run(world).feeds == (feed,)


def test_a_schedule_that_fires_twice_in_a_minute_sends_once(world):
    world.add("https://paper.example/")
    assert len(run(world).feeds) == 1
    world.later(seconds=20)
    assert run(world).feeds == ()
    assert len(world.queue.bodies) == 1


def test_a_clock_set_back_sends_nothing_and_moves_no_cursor(world):
    world.add("https://paper.example/")
    run(world)
    world.later(hours=-1)
    assert run(world).feeds == ()
    assert world.states.minute == MINUTE


@pytest.mark.parametrize(("feeds", "sizes"), [(0, []), (1, [1]), (10, [10]), (11, [10, 1]), (25, [10, 10, 5])])
def test_feeds_are_sent_in_batches_that_name_their_minute(world, feeds, sizes):
    for number in range(feeds):
        world.add(f"https://{number}.example/")
    run(world, per_batch=10)
    batches = [Batch.model_validate_json(body) for body in world.queue.bodies]
    assert [len(batch.feeds) for batch in batches] == sizes
    assert {batch.minute for batch in batches} <= {MINUTE}


def test_the_cursor_moves_after_the_batches_are_sent(world):
    world.add("https://paper.example/")
    world.calls.log.clear()
    run(world)
    assert world.log == ["states.cursor", "states.in_slots", "queue.send", "states.advance"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", ["queue.send", "states.advance"])
def test_a_crash_sends_again_and_leaves_no_feed_out(world, call, after):
    feeds = place(world, 60, 15)
    world.states.minute = MINUTE - timedelta(minutes=15)
    world.at(call, Crash(), after=after)
    with pytest.raises(Crash):
        run(world)
    world.later(minutes=1)
    run(world)
    assert set(sent(world)) == set(feeds)


def test_asking_who_is_due_changes_nothing(world):
    world.add("https://paper.example/")
    assert due(world.states, world.clock()) == due(world.states, world.clock())
    assert world.states.minute is None
