"""What AWS takes in no form is the feed's own failure: counted, backed off from, told, and no retry of the batch."""

from __future__ import annotations

import pytest
from fakes.origin import rss, story
from fakes.world import World

from feedriver.errors import InvalidWriteError

URL = "https://paper.example/rss"
REFUSED = InvalidWriteError("dynamodb PutItem: ValidationException")


@pytest.fixture
def world():
    world = World()
    world.feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), etag='"1"')
    return world


def polled(world):
    outcome = world.poll(world.feed, force=True)
    world.later(hours=30)
    return outcome


@pytest.mark.case("X10")
@pytest.mark.parametrize("call", ["states.commit", "store.put staging", "store.put raw"])
def test_x10_a_write_that_aws_refuses_as_invalid_is_the_feeds_failure_and_not_retried(world, call):
    world.at(call, REFUSED)
    outcome = polled(world)
    (report,) = outcome.reports
    assert (report.outcome, outcome.unfinished) == ("unwritable", ())
    assert "ValidationException" in report.why
    assert (world.state(world.feed).failing.code, world.state(world.feed).failing.count) == ("unwritable", 1)
    assert world.state(world.feed).validators is None
    assert world.bus.sent == []


@pytest.mark.case("X10")
def test_x10_its_failing_is_announced_it_backs_off_and_recovers_with_every_entry(world):
    waits = []
    for _ in range(3):
        world.at("states.commit", REFUSED)
        outcome = polled(world)
        waits.append(outcome.reports[0].next)
    assert [each.detail_type for each in world.bus.sent] == ["Feed Failing"]
    assert world.state(world.feed).failing.count == 3
    (report,) = polled(world).reports
    assert (report.outcome, report.new) == ("published", 1)
    assert [each.detail_type for each in world.bus.sent][1:] == ["Entry Published", "Feed Recovered"]


def test_where_the_failure_itself_cannot_be_written_the_batch_goes_on_with_the_others(world):
    other = world.add("https://other.example/rss")
    world.origin.serve("https://other.example/rss", rss(story("b")))
    world.origin.calls.faults.clear()
    commit = world.states.commit

    def refuse(state):
        if state.feed_id == world.feed:
            raise REFUSED
        commit(state)

    world.states.commit = refuse
    outcomes = {each.feed_id: each.outcome for each in world.poll(world.feed, other).reports}
    assert outcomes == {world.feed: "unwritable", other: "published"}
