"""The state of a feed between polls: what older and newer versions of the code make of it."""

from __future__ import annotations

import json

import pytest
from documents import FEED_ID, URL, at, fresh
from pydantic import ValidationError

from feedriver.state import Failing, FeedState, Moving, Pending, StateChanges


def test_the_changes_of_a_state_are_its_fields_each_with_its_type():
    fields = dict(FeedState.__annotations__)
    del fields["schema_version"]
    assert StateChanges.__annotations__.keys() == fields.keys()
    assert {name: each.__forward_arg__ for name, each in StateChanges.__annotations__.items()} == fields


def test_a_feed_that_was_never_polled_needs_no_more_than_its_address_its_slot_and_its_interval():
    state = FeedState(feed_id=FEED_ID, url=URL, added=at().time, slot="new", every=60)
    assert (state.rev, state.outbox, state.validators, state.seen) == (0, (), None, b"")
    assert not any((state.gone, state.failing, state.secret, state.quarantined))


def test_a_copy_with_changes_leaves_the_state_as_it_was():
    state = fresh()
    after = state.replace(rev=1, title="The Paper")
    assert (after.rev, after.title, after.url) == (1, "The Paper", URL)
    assert (state.rev, state.title) == (0, None)


def test_a_field_that_a_state_does_not_have_is_refused():
    with pytest.raises(TypeError, match="FeedState has no field titel"):
        fresh().replace(titel="The Paper")


def test_a_state_cannot_be_changed_in_place():
    with pytest.raises(ValidationError):
        fresh().rev = 1


def test_a_state_that_a_newer_version_wrote_is_read_without_its_new_fields():
    newer = fresh(failing=Failing(count=1, since=at().time, code="dns", detail="x")).model_dump(mode="json")
    newer["mood"] = newer["failing"]["mood"] = "sunny"
    state = FeedState.model_validate_json(json.dumps(newer))
    assert state.failing == Failing(count=1, since=at().time, code="dns", detail="x")
    assert not hasattr(state, "mood")


@pytest.mark.parametrize("count", [0, -1])
def test_an_episode_begins_with_one(count):
    with pytest.raises(ValidationError):
        Failing(count=count, since=at().time, code="dns", detail="x")
    with pytest.raises(ValidationError):
        Moving(to=URL, count=count, since=at().time)


def test_times_without_a_zone_are_refused():
    with pytest.raises(ValidationError):
        Pending(at=at().time.replace(tzinfo=None))


def test_an_address_of_the_feeds_own_that_is_too_long_is_kept_and_one_of_its_site_is_left_out():
    long = "https://paper.example/" + "x" * 3_000
    state = FeedState(feed_id=FEED_ID, url=long, added=at().time, slot="new", every=60, link=long)
    assert (state.url, state.link) == (long, None)
