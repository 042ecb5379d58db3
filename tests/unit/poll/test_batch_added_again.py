"""A feed that is taken out and added again: its first registration's entries stay where their events point to."""

from __future__ import annotations

import pytest
from fakes.origin import rss, story
from fakes.world import World

from feedriver.events import SOURCE, parse_event
from feedriver.registry import Registry
from feedriver.subscriber import fetch_entry

URL = "https://paper.example/rss"


@pytest.fixture
def world():
    return World()


def pointed_to(world):
    """The titles of the entries that all events point to, by the subscriber's own reader."""

    def get(_bucket, key, first, last):
        return world.store.objects[key][first : last + 1]

    envelopes = (
        f'{{"source": "{SOURCE}", "detail-type": "{sent.detail_type}", "detail": {sent.detail}}}'
        for sent in world.bus.sent
    )
    return [fetch_entry(parse_event(envelope).detail.data.object, get).title for envelope in envelopes]


@pytest.mark.parametrize("polls", [1, 3])
def test_a_feed_taken_out_and_added_again_on_one_day_overwrites_nothing_that_was_announced(world, polls):
    for _ in range(2):
        feed = world.add(URL)
        for poll in range(polls):
            world.origin.serve(URL, rss(story(f"{world.clock():%H%M}-{poll}"), story("same")))
            world.poll(feed, force=True)
            world.later(minutes=2)
        Registry(world.states, world.secrets).remove(world.state(feed))
    assert len(world.store.under("entries/date=2026-05-04/")) == 2 * polls
    assert len(pointed_to(world)) == 2 * (polls + 1)


def test_a_worker_that_was_asking_while_its_feed_was_added_anew_commits_nothing(world):
    feed = world.add(URL)
    before = world.state(feed)
    Registry(world.states, world.secrets).remove(before)
    world.later(seconds=1)
    world.add(URL)
    assert world.state(feed).rev != before.rev
