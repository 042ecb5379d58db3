"""Feeds that move: when a permanent redirect is believed, and what stays as it was."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from documents import URL, at, at_rest, fresh
from fakes.origin import rss, story
from fakes.world import World

from feedriver.decide import redirects
from feedriver.errors import FetchCode
from feedriver.state import Moving

NEW = "https://new.example/feed"


@pytest.fixture
def world():
    world = World()
    world.feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), etag='"old"')
    world.poll(world.feed)
    world.origin.serve(NEW, rss(story("a")), etag='"new"')
    return world


def poll(world, times=1, hours=3):
    for _ in range(times):
        world.later(hours=hours)
        world.poll(world.feed)
    return world.state(world.feed)


def told(world):
    return [sent.detail_type for sent in world.bus.sent]


@pytest.mark.case("F26")
def test_f26_a_permanent_redirect_is_believed_after_ten_sightings(world):
    world.origin.moved[URL] = NEW
    state = poll(world, 9)
    assert (state.url, state.moving.to, state.moving.count) == (URL, NEW, 9)
    state = poll(world)
    assert (state.url, state.moving) == (NEW, None)
    assert told(world) == ["Entry Published", "Feed Moved"]
    data = json.loads(world.bus.sent[-1].detail)["data"]
    assert (data["feed_id"], data["url"], data["moved_from"], data["count"]) == (world.feed, NEW, URL, 10)


@pytest.mark.case("F26")
def test_f26_ten_sightings_in_an_afternoon_are_not_enough(world):
    world.origin.moved[URL] = NEW
    state = poll(world, 23, hours=1)
    assert (state.url, state.moving.count) == (URL, 23)
    assert poll(world, 2, hours=1).url == NEW


@pytest.mark.case("F26")
def test_f26_a_redirect_that_is_taken_back_begins_anew(world):
    world.origin.moved[URL] = NEW
    poll(world, 9)
    del world.origin.moved[URL]
    assert poll(world).moving is None
    world.origin.moved[URL] = NEW
    state = poll(world, 9)
    assert (state.url, state.moving.count) == (URL, 9)


@pytest.mark.case("F26")
def test_f26_a_redirect_to_elsewhere_begins_anew(world):
    world.origin.moved[URL] = NEW
    poll(world, 9)
    world.origin.serve("https://third.example/", rss(story("a")), etag='"3"')
    world.origin.moved[URL] = "https://third.example/"
    state = poll(world)
    assert (state.url, state.moving.to, state.moving.count) == (URL, "https://third.example/", 1)


@pytest.mark.case("F26")
@pytest.mark.parametrize("body", [b"<!doctype html><html><body>This domain is for sale</body></html>", b""])
def test_f26_a_redirect_to_what_is_no_feed_moves_nothing(world, body):
    world.origin.moved[URL] = NEW
    world.origin.serve(NEW, body)
    state = poll(world, 20, hours=24)
    assert (state.url, state.moving) == (URL, None)
    assert "Feed Moved" not in told(world)


@pytest.mark.case("F26")
def test_f26_a_failure_in_between_neither_counts_nor_begins_anew(world):
    world.origin.moved[URL] = NEW
    poll(world, 5)
    world.origin.fail(URL, FetchCode.TIMEOUT)
    poll(world, 3)
    world.origin.errors.clear()
    assert poll(world, hours=24).moving.count == 6


@pytest.mark.case("F26")
def test_f26_watching_a_redirect_costs_a_write_a_poll_and_nothing_once_it_is_followed(world):
    world.origin.moved[URL] = NEW
    poll(world, 10)
    world.states.items[world.feed] = at_rest(world.state(world.feed))
    rev = world.state(world.feed).rev
    for _ in range(5):
        world.until_its_turn(world.feed)
        world.poll(world.feed)
    assert world.state(world.feed).rev == rev
    assert world.origin.requests[-1].url == NEW
    assert world.origin.requests[-1].validators.etag == '"new"'


@pytest.mark.case("F27")
def test_f27_a_temporary_redirect_moves_nothing(world):
    world.origin.redirects[URL] = NEW
    state = poll(world, 30)
    assert (state.url, state.moving) == (URL, None)


@pytest.mark.case("F28")
def test_f28_validators_of_the_one_address_are_kept_for_it_alone(world):
    world.origin.moved[URL] = NEW
    state = poll(world)
    assert (state.validators.url, state.validators.etag) == (NEW, '"new"')
    del world.origin.moved[URL]
    state = poll(world)
    assert (state.validators.url, state.validators.etag) == (URL, '"old"')


@pytest.mark.case("I21")
def test_i21_history_ids_and_revisions_move_with_the_feed(world):
    first = json.loads(world.bus.sent[0].detail)["data"]["entry"]
    world.origin.moved[URL] = NEW
    poll(world, 10)
    assert told(world).count("Entry Published") == 1
    world.origin.serve(NEW, rss(story("a", "Edited."), story("b")), etag='"newer"')
    poll(world)
    assert told(world)[-2:] == ["Entry Updated", "Entry Published"]
    edited = json.loads(world.bus.sent[-2].detail)["data"]["entry"]
    assert (edited["id"], edited["revision"], edited["feed"]["id"]) == (first["id"], 2, world.feed)
    assert edited["feed"]["url"] == NEW


def test_a_feed_with_credentials_is_not_moved():
    state = fresh(secret=True)
    assert redirects.followed(state, NEW, at().time) is state


def test_entries_and_the_move_that_came_with_them_are_told_together(world):
    world.origin.moved[URL] = NEW
    poll(world, 9)
    world.origin.serve(NEW, rss(story("a"), story("b")), etag='"newer"')
    poll(world)
    assert sorted(told(world)) == ["Entry Published", "Entry Published", "Feed Moved"]
    assert world.state(world.feed).outbox == ()


@pytest.mark.parametrize("target", [None, URL, "https://me:secret@new.example/"])
def test_what_is_no_move_is_not_remembered(target):
    state = fresh()
    assert redirects.followed(state, target, at().time) is state
    watched = fresh(moving=Moving(to=NEW, count=3, since=at().time - timedelta(hours=9)))
    assert redirects.followed(watched, target, at().time) == state
