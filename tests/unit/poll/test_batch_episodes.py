"""What is told once an episode is told once an episode, whatever dies in between: failing, recovered, silent, a gap."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress

import pytest
from fakes.calls import FAILED, Crash
from fakes.origin import rss, story
from fakes.world import World

from feedriver.errors import EdgeError

URL = "https://paper.example/rss"
DAYS = ("<pubDate>Sat, 02 May 2026 08:00:00 GMT</pubDate>", "<pubDate>Sun, 03 May 2026 08:00:00 GMT</pubDate>")
OFTEN = 3  # polls within each state of affairs


def dated(*names: str) -> bytes:
    """A feed that publishes daily, if these two are all there is to go by."""
    return rss(*(story(name) + day for name, day in zip(names, DAYS, strict=True)))


def poll(world, feed):
    """A poll, and where it died, those that come after."""
    for _ in range(3):
        with suppress(Crash, EdgeError):
            world.poll(feed, force=True)
        world.later(minutes=20)


def episodes(world, feed):
    """Failing, recovered, silent, woken with nothing known any more; and the first three of these again."""
    world.origin.serve(URL, dated("a", "b"), etag='"1"')
    poll(world, feed)
    yield
    for number in range(2):
        world.origin.fail(URL)
        for _ in range(OFTEN):
            poll(world, feed)
        yield
        world.origin.serve(URL, dated(f"a{number}", f"b{number}"), etag=f'"{number}-2"')
        for _ in range(OFTEN):
            poll(world, feed)
        yield
        for _ in range(OFTEN):
            world.later(days=7, hours=13)
            poll(world, feed)
        yield


def told(world) -> Counter[str]:
    """How often each event on the feed was announced, repeats by their id apart."""
    ids = {json.loads(event.detail)["metadata"]["event_id"]: event.detail_type for event in world.bus.sent}
    return Counter(detail_type for detail_type in ids.values() if detail_type.startswith("Feed "))


EXPECTED = {"Feed Failing": 2, "Feed Recovered": 2, "Feed Gap Suspected": 2, "Feed Silent": 2}


def test_each_is_told_once_an_episode():
    world = World()
    for _ in episodes(world, world.add(URL)):
        pass
    assert told(world) == EXPECTED
    assert len(world.bus.sent) == sum(EXPECTED.values()) + 6


@pytest.mark.long
@pytest.mark.case("D01")
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", [Crash(), FAILED], ids=["crash", "failure"])
@pytest.mark.parametrize("call", ["states.commit", "bus.announce", "states.clear_outbox"])
def test_a_crash_anywhere_between_commit_and_clear_tells_none_twice_and_forgets_none(call, error, after):
    world = World()
    feed = world.add(URL)
    world.at(call, error, after=after)
    for _ in episodes(world, feed):
        world.calm()
        world.at(call, error, after=after)
    assert told(world) == EXPECTED
    assert world.state(feed).outbox == ()


def test_an_unchanged_poll_before_a_silence_and_after_it_costs_no_write():
    world = World()
    feed = world.add(URL)
    daily = {"cache-control": "max-age=86400"}  # so that its pace stays as it is
    world.origin.serve(URL, dated("a", "b"), etag='"1"', headers=daily)
    world.poll(feed)
    writes = []
    for _ in range(12):
        world.later(hours=12)
        world.until_its_turn(feed)
        world.poll(feed)
        writes.append(world.log.count("states.commit"))
    silent = next(event for event in world.bus.sent if event.detail_type == "Feed Silent")
    assert json.loads(silent.detail)["data"]["since"] == "2026-05-04T12:00:30Z"
    assert writes.count(1) <= 2  # the silence, and a document asked for without validators after eight days
    assert told(world) == {"Feed Silent": 1}
