"""Nobody is asked by one who cannot remember it: leases, what is written down first, what was asked, quarantine."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from fakes.calls import FAILED, START, Fault
from fakes.origin import rss, story
from fakes.world import World

from feedriver.decide import wheel
from feedriver.decide.decision import Now, next_turn
from feedriver.poll.batch import BatchPoller
from feedriver.poll.batches import Batch
from feedriver.poll.context import MOST_REFUSED

URL = "https://paper.example/rss"
MINUTE = wheel.floor_minute(START)


@pytest.fixture
def world():
    return World()


def message(world, *feeds, **more):
    return Batch(minute=wheel.floor_minute(world.clock()), feeds=feeds, **more)


def received(world, *feeds, **more):
    return world.poll(message=message(world, *feeds, **more))


def outcomes(outcome):
    return [report.outcome for report in outcome.reports]


def known(world, *urls):
    """Feeds that were polled before and whose turn it is, each with something new."""
    feeds = [world.add(url) for url in urls]
    for url in urls:
        world.origin.serve(url, rss(story("a")), etag='"1"')
    world.poll(*feeds)
    for url in urls:
        world.origin.serve(url, rss(story("b"), story("a")), etag='"2"')
    world.later(days=2)
    world.origin.requests.clear()
    return feeds


def hosts(count):
    return [f"https://{number}.example/" for number in range(count)]


# Leases


def test_the_first_write_of_a_batch_is_its_lease_and_the_last_gives_it_back(world):
    (feed,) = known(world, URL)
    received(world, feed)
    assert world.log[:4] == ["states.load", "states.holds", "leases.take", "fetch"]
    assert world.log[-2:] == ["leases.finish", "store.put polls"]


@pytest.mark.case("Y01")
def test_where_the_lease_is_refused_nobody_is_asked_and_all_come_again(world):
    feeds = known(world, *hosts(3))
    world.at("leases.take", FAILED)
    outcome = received(world, *feeds)
    assert outcomes(outcome) == ["aws"] * 3
    assert world.origin.requests == []
    assert (outcome.unfinished, outcome.asked) == (tuple(feeds), ())
    assert "nobody was asked" in outcome.reports[0].why


@pytest.mark.case("Y05")
def test_a_copy_of_a_message_asks_an_unchanged_feed_once(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), etag='"1"')
    world.poll(feed)
    world.until_its_turn(feed)
    world.origin.requests.clear()
    assert outcomes(received(world, feed)) == ["not_modified"]
    for _ in range(3):
        outcome = received(world, feed)
        assert (outcome.copy, outcome.reports) == ("done", ())
    assert len(world.origin.requests) == 1


def test_a_batch_in_which_nobody_is_to_be_asked_takes_no_lease(world):
    (feed,) = known(world, URL)
    received(world, feed)
    world.later(minutes=1)
    assert outcomes(received(world, feed)) == ["waiting"]
    assert "leases.take" not in world.log


@pytest.mark.case("Y06")
def test_feeds_of_a_host_at_which_another_worker_is_are_put_back_unasked(world):
    feeds = known(world, "https://a.example/1", "https://a.example/2", "https://b.example/")
    world.leases.take("another", ("a.example",), world.clock(), world.clock() + timedelta(minutes=2))
    outcome = received(world, *feeds)
    assert outcomes(outcome) == ["deferred", "deferred", "published"]
    assert outcome.deferred == tuple(feeds[:2])
    assert [request.url for request in world.origin.requests] == ["https://b.example/"]


def test_the_host_that_answered_a_feed_last_counts_as_its_host_too(world):
    feed = world.add(URL)
    world.origin.redirects[URL] = "https://cdn.example/"
    world.origin.serve("https://cdn.example/", rss(story("a")), etag='"1"')
    world.poll(feed)
    world.until_its_turn(feed)
    world.leases.take("another", ("cdn.example",), world.clock(), world.clock() + timedelta(minutes=2))
    assert outcomes(received(world, feed)) == ["deferred"]


def test_a_lease_that_cannot_be_given_back_changes_nothing(world):
    (feed,) = known(world, URL)
    world.at("leases.finish", FAILED)
    assert outcomes(received(world, feed)) == ["published"]


def test_an_unchanged_poll_of_a_known_feed_writes_nothing_of_its_own(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), etag='"1"')
    world.poll(feed)
    for _ in range(3):
        world.until_its_turn(feed)
        outcome = received(world, feed)
    assert outcomes(outcome) == ["not_modified"]
    assert world.log == [
        *("states.load", "states.holds", "leases.take", "fetch"),
        *("leases.finish", "store.put polls"),
    ]


# What is written down before


def test_a_new_feed_is_placed_on_the_wheel_before_its_first_request(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")))
    world.at("store.put staging", FAILED)
    outcome = received(world, feed)
    assert outcomes(outcome) == ["aws"]
    assert world.log.index("states.commit") < world.log.index("fetch")
    state = world.state(feed)
    assert state.slot == wheel.slot(feed, 60)
    assert next_turn(state, MINUTE) - MINUTE > timedelta(minutes=60)


@pytest.mark.case("Y01")
def test_a_new_feed_that_cannot_be_placed_is_not_asked_and_left_to_the_dispatcher(world):
    feed = world.add(URL)
    world.at("states.commit", FAILED)
    outcome = received(world, feed)
    assert outcomes(outcome) == ["aws"]
    assert world.origin.requests == []
    assert (outcome.unfinished, outcome.deferred) == ((), ())
    assert world.state(feed).slot == wheel.NEW


def test_a_new_feed_that_there_was_no_time_for_is_not_placed_and_left_to_the_dispatcher(world):
    feed = world.add(URL)
    outcome = world.poll(message=message(world, feed), seconds=0)
    assert outcomes(outcome) == ["deferred"]
    assert (outcome.deferred, world.state(feed).slot) == ((), wheel.NEW)


@pytest.mark.parametrize("more", [{"alone": True}, {"again": True}])
def test_a_feed_that_may_have_been_asked_is_written_down_first_and_not_asked_again_in_its_interval(world, more):
    (feed,) = known(world, URL)
    world.at("store.put staging", FAILED)
    assert outcomes(received(world, feed, **more)) == ["aws"]
    every = world.state(feed).every
    world.later(minutes=every - 2)
    assert outcomes(received(world, feed, round=1)) == ["waiting"]
    assert len(world.origin.requests) == 1


def test_a_person_asks_again_what_was_broken_off(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")))
    world.at("store.put staging", FAILED)
    received(world, feed)
    assert outcomes(world.poll(feed, force=True)) == ["published"]


# What was asked


def test_what_was_asked_and_not_committed_says_so_and_is_not_asked_again_in_its_turn(world):
    feeds = known(world, *hosts(2))
    world.at("store.put staging", FAILED)
    outcome = received(world, *feeds)
    assert sorted(outcomes(outcome)) == ["aws", "published"]
    assert outcome.asked == outcome.unfinished
    again = received(world, *outcome.unfinished, asked=outcome.asked)
    assert outcomes(again) == ["waiting"]
    assert len(world.origin.requests) == 2
    assert "leases.take" not in world.log


def test_what_was_asked_and_committed_is_announced_by_the_next_message_without_asking(world):
    (feed,) = known(world, URL)
    world.at("states.commit", FAILED, after=True)
    outcome = received(world, feed)
    assert outcome.asked == (feed,)
    sent = len(world.bus.sent)
    received(world, feed, asked=(feed,))
    assert len(world.bus.sent) == sent + 1
    assert world.state(feed).outbox == ()
    assert len(world.origin.requests) == 1


@pytest.mark.case("Y01")
def test_after_a_few_feeds_that_aws_stopped_nobody_else_is_asked(world):
    feeds = known(world, *hosts(20))
    put = world.store.put

    def refused(key, *arguments):
        if key.startswith("staging/"):
            raise FAILED
        put(key, *arguments)

    world.store.put = refused
    outcome = world.poll(message=message(world, *feeds), feeds_at_once=1)
    assert len(world.origin.requests) == MOST_REFUSED
    assert outcomes(outcome) == ["aws"] * 20
    assert len(outcome.unfinished) == 20
    assert len(outcome.asked) == MOST_REFUSED


def test_a_message_that_is_older_than_the_feeds_next_turn_does_not_ask(world):
    (feed,) = known(world, URL)
    world.until_its_turn(feed)
    late = message(world, feed)
    world.until_its_turn(feed)
    outcome = world.poll(message=late)
    assert outcomes(outcome) == ["waiting"]
    assert "late" in outcome.reports[0].why
    assert world.origin.requests == []


# Quarantine


def quarantine(world, feed):
    edges = (world.origin, world.states, world.store, world.bus, world.clock, world.parser)
    now = Now(wheel.floor_minute(world.clock()), world.clock())
    return asyncio.run(BatchPoller(*edges, leases=world.leases).quarantine([feed], now))


def told(world):
    return [(sent.detail_type, json.loads(sent.detail)["data"].get("code")) for sent in world.bus.sent]


def test_a_feed_that_killed_twice_is_announced_at_once_and_asked_once_a_day_alone(world):
    (feed,) = known(world, URL)
    world.bus.sent.clear()
    assert outcomes(quarantine(world, feed)) == ["killed_worker"]
    assert told(world) == [("Feed Failing", "killed_worker")]
    state = world.state(feed)
    assert (state.quarantined, state.failing.code) == (world.clock(), "killed_worker")
    assert wheel.apart(state.slot)
    assert next_turn(state, MINUTE) - wheel.floor_minute(world.clock()) > timedelta(hours=24)
    quarantine(world, feed)
    assert told(world) == [("Feed Failing", "killed_worker")]
    assert world.origin.requests == []


def test_a_feed_in_quarantine_that_behaves_is_released_by_itself(world):
    (feed,) = known(world, URL)
    quarantine(world, feed)
    world.bus.sent.clear()
    world.until_its_turn(feed)
    assert outcomes(received(world, feed, alone=True)) == ["published"]
    state = world.state(feed)
    assert (state.quarantined, state.failing) == (None, None)
    assert not wheel.apart(state.slot)
    assert ("Feed Recovered", "killed_worker") in told(world)


def test_a_feed_in_quarantine_whose_host_fails_stays_there(world):
    (feed,) = known(world, URL)
    quarantine(world, feed)
    world.origin.serve(URL, status=500)
    world.until_its_turn(feed)
    received(world, feed, alone=True)
    assert world.state(feed).quarantined
    assert wheel.apart(world.state(feed).slot)


def test_a_quarantine_that_aws_refuses_is_unfinished(world):
    (feed,) = known(world, URL)
    world.calls.faults.append(Fault(FAILED, name="states.commit"))
    assert quarantine(world, feed).unfinished == (feed,)
    assert not world.state(feed).quarantined
