"""The reconcile function's work: how far it goes in its time, and the edges that its settings name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.calls import START, Crash
from fakes.origin import rss, story
from fakes.world import THREADS, World

from feedriver.poll.edges import Edges
from feedriver.settings import ReconcileSettings
from feedriver.wiring import reconcile
from feedriver.wiring.reconcile import Reconciler, reconciler

URLS = [f"https://paper{number}.example/rss" for number in range(3)]


@pytest.fixture
def world():
    """Three feeds whose polls died before their entries were announced, an hour ago. The table gives one at a time."""
    world = World()
    for url in URLS:
        feed = world.add(url)
        world.origin.serve(url, rss(story("a")))
        world.at("bus.announce", Crash())
        with pytest.raises(Crash):
            world.poll(feed)
    world.later(hours=1)
    stretch = world.states.stretch
    world.states.stretch = lambda after, most, **how: stretch(after, 1, **how)
    return world


@pytest.fixture
def work(world):
    return Reconciler(Edges(world.states, world.store, world.bus, THREADS), world.clock)


def test_the_sweep_announces_what_was_left(work, world):
    done = work.sweep(seconds=60.0)
    assert (done.announced, done.finished) == (3, True)
    assert [sent.detail_type for sent in world.bus.sent] == ["Entry Published"] * 3


def test_the_sweep_begins_nothing_when_its_time_is_over_and_the_next_goes_on(work):
    assert [work.sweep(seconds=0.0).announced for _ in range(3)] == [1, 1, 1]


def test_the_day_is_compared_once(work, world):
    work.sweep(seconds=60.0)
    done = work.compare(seconds=60.0)
    assert (done.round.after, done.done.objects, done.done.findings) == (None, 3, [])
    assert work.compare(seconds=60.0) is None
    world.later(days=1)
    assert work.compare(seconds=60.0) is not None


def test_the_comparison_goes_on_in_the_next_hour_where_its_time_is_over(work):
    first = work.compare(seconds=0.0)
    assert first.round.after is not None
    assert work.compare(seconds=60.0).round.began == first.round.began == START + timedelta(hours=1)


def test_its_edges_are_those_that_its_settings_name():
    settings = ReconcileSettings(state_table="the-table", entries_bucket="the-bucket", event_bus="the-bus")
    edges = reconciler(settings, clients=lambda service: service).edges
    assert (edges.states._client, edges.states._table) == ("dynamodb", "the-table")
    assert (edges.store._client, edges.store.bucket) == ("s3", "the-bucket")
    assert (edges.bus._client, edges.bus._bus) == ("events", "the-bus")
    assert reconcile.edges(settings, clients=lambda service: service).store.bucket == "the-bucket"
