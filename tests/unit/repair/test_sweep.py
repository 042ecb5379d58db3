"""The sweep: what nobody asked for again is announced, by age, with the ids that it would have had."""

from __future__ import annotations

import asyncio

import pytest
from fakes.calls import FAILED, Crash
from fakes.origin import rss, story
from fakes.world import THREADS, World

from feedriver.errors import EdgeError
from feedriver.poll.edges import Edges
from feedriver.repair.sweep import Swept, sweep

URLS = [f"https://paper{number}.example/rss" for number in range(5)]


def swept(world, **bounds) -> Swept:
    edges = Edges(world.states, world.store, world.bus, THREADS)
    return asyncio.run(sweep(edges, world.clock, **bounds))


@pytest.fixture
def world():
    return World()


def committed_and_left(world, urls=URLS[:1]) -> list[str]:
    """Feeds whose poll died between commit and announcement; and the events that it would have sent."""
    feeds = [world.add(url) for url in urls]
    for feed_id, url in zip(feeds, urls, strict=True):
        world.origin.serve(url, rss(story("one"), story("two")))
        world.at("bus.announce", Crash())
        with pytest.raises(Crash):
            world.poll(feed_id)
    assert world.bus.sent == []
    assert all(world.state(feed_id).outbox for feed_id in feeds)
    return feeds


def told(world) -> list[str]:
    return sorted(event.detail for event in world.bus.sent)


@pytest.mark.case("D20")
def test_d20_a_relay_that_never_ran_for_three_days_is_made_up_for_with_the_same_ids(world):
    (feed_id,) = committed_and_left(world)
    undisturbed = World()
    undisturbed.add(URLS[0])
    undisturbed.origin.serve(URLS[0], rss(story("one"), story("two")))
    undisturbed.poll(feed_id)

    world.later(days=3)
    assert swept(world) == Swept(left=1, announced=1, oldest=3 * 86_400, finished=True)
    assert told(world) == told(undisturbed)
    assert world.state(feed_id).outbox == ()
    assert world.store.under("staging/") == []
    assert swept(world) == Swept(finished=True)


@pytest.mark.case("D20")
def test_d20_a_sweep_that_crashes_between_event_and_clearing_repeats_to_the_letter(world):
    committed_and_left(world)
    world.later(minutes=10)
    world.at("states.clear_outbox", Crash())
    with pytest.raises(Crash):
        swept(world)
    assert len(told(world)) == 2
    assert swept(world).announced == 1
    assert told(world) == sorted(told(world)[::2] * 2)


@pytest.mark.case("D20")
def test_d20_two_sweeps_at_once_end_with_the_same(world):
    committed_and_left(world, URLS)
    world.later(minutes=10)
    edges = Edges(world.states, world.store, world.bus, THREADS)

    async def both() -> list[Swept]:
        return await asyncio.gather(sweep(edges, world.clock), sweep(edges, world.clock))

    assert all(done.failed == 0 for done in asyncio.run(both()))
    assert len(set(told(world))) == 10
    assert not any(state.outbox for state in world.states.every())


@pytest.mark.case("D27")
def test_d27_an_event_that_was_dropped_is_found_by_its_outbox_counted_and_sent(world):
    committed_and_left(world)
    world.later(minutes=30)
    done = swept(world)
    assert done.counts == {"LeftOvers": 1, "Repaired": 1, "NotRepaired": 0, "PassedOver": 0}
    assert (done.oldest, len(world.bus.sent)) == (1_800, 2)


def test_an_outbox_of_nine_minutes_is_left_to_its_own_poll(world):
    committed_and_left(world)
    world.later(minutes=9)
    assert swept(world) == Swept(finished=True)
    assert world.bus.sent == []


def test_what_the_bus_refuses_is_counted_and_tried_again(world):
    committed_and_left(world, URLS[:3])
    world.later(hours=1)
    world.bus.refuse_after(2)
    done = swept(world)
    assert (done.left, done.announced, done.failed) == (3, 1, 2)
    world.calm()
    assert swept(world).announced == 2
    assert len(set(told(world))) == 6


def test_a_feed_that_announced_or_went_away_meanwhile_is_no_failure(world):
    first, second = committed_and_left(world, URLS[:2])
    world.later(hours=1)
    stale = world.states.stretch(None, 100, unannounced=True)
    world.poll(first, force=True)
    world.states.remove(second)
    world.states.stretch = lambda after, most, *, unannounced: stale
    before = told(world)
    assert swept(world).failed == 0
    assert told(world) == before


def test_a_sweep_out_of_time_goes_on_where_it_stopped(world):
    committed_and_left(world, URLS)
    world.later(hours=1)
    rounds = [swept(world, in_time=lambda: False, stretch=2) for _ in range(3)]
    assert [(done.left, done.finished) for done in rounds] == [(2, False), (2, False), (1, True)]
    assert len(set(told(world))) == 10
    assert world.states.stopped("sweep") is None


def test_a_sweep_reads_no_more_stretches_than_it_may(world):
    committed_and_left(world, URLS)
    world.later(hours=1)
    world.log.clear()
    assert not swept(world, stretch=1, most=2).finished
    assert world.log.count("states.stretch") == 2
    assert len(set(told(world))) == 4


def test_a_table_that_cannot_be_read_ends_the_sweep(world):
    world.at("states.stretch", FAILED)
    with pytest.raises(EdgeError):
        swept(world)
