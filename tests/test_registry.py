"""Which feeds are polled: one each however its address is spelled, and what is wrong with the rest."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes import START, FakeStates

from feedriver import registry, urls
from feedriver.decide import wheel
from feedriver.errors import InputError
from feedriver.models import Failing, Validators

URL = "https://paper.example/rss"
FEED = urls.feed_id(URL)


@pytest.fixture
def states():
    return FakeStates()


def test_a_new_feed_has_its_turn_in_the_next_minute(states):
    assert registry.register(states, URL, START) == "added"
    state = states.items[FEED]
    assert (state.feed_id, state.url, state.slot, state.rev) == (FEED, URL, wheel.NEW, 0)
    assert state.not_before is None
    assert list(states.in_slots(wheel.slots_between(START, START + wheel.MINUTE))) == [FEED]


@pytest.mark.parametrize(
    "variant", [URL, "HTTPS://Paper.example:443/rss#top", f" {URL} ", "feed:https://paper.example/rss"]
)
def test_a_variant_of_a_known_address_is_known_and_left_as_it_is(states, variant):
    registry.register(states, URL, START)
    before = states.items[FEED]
    assert registry.register(states, variant, START + timedelta(days=1)) == "known"
    assert registry.register_or_revive(states, variant, START + timedelta(days=1)) == "known"
    assert states.items == {FEED: before}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("paper.example/rss", "paper.example/rss: not a feed's address: give one that begins with http:// or https://"),
        ("", ": not a feed's address"),
        ("https://paper.example/" + "x" * 3_000, "longer than 2048 characters"),
        ("https://ann:hush@paper.example/rss", "https://paper.example/rss: holds a user name or password"),
        ("ftp://paper.example/?token=hush", "ftp://paper.example/?token=…: not a feed's address"),
    ],
)
def test_what_is_no_feeds_address_is_refused_with_what_to_do_and_no_secret(states, url, said):
    with pytest.raises(InputError) as refused:
        registry.register(states, url, START)
    assert said in str(refused.value)
    assert "hush" not in str(refused.value)
    assert "\n" not in str(refused.value)
    assert states.items == {}


def test_an_at_sign_in_a_path_is_no_password(states):
    assert registry.register(states, "https://paper.example/@ann/rss", START) == "added"


def test_a_feed_that_is_gone_is_revived_by_hand_with_all_that_is_known_of_it(states):
    registry.register(states, URL, START)
    gone = states.items[FEED].model_copy(
        update={
            "rev": 1,
            "gone": START,
            "slot": wheel.slot(FEED, wheel.LONGEST),
            "not_before": START + timedelta(days=1),
            "seen": b"\x01\x01",
            "validators": Validators(url=URL, etag='"a"'),
            "failing": Failing(count=1, since=START, code="dns", detail=""),
        }
    )
    states.commit(gone)
    assert registry.register(states, URL, START) == "known"
    assert states.items[FEED].gone
    assert registry.register_or_revive(states, URL, START) == "revived"
    revived = states.items[FEED]
    assert (revived.gone, revived.slot, revived.not_before, revived.rev) == (None, wheel.NEW, None, 2)
    assert (revived.seen, revived.validators) == (gone.seen, gone.validators)
    assert registry.register_or_revive(states, URL, START) == "known"


def test_a_new_feed_by_hand_is_added(states):
    assert registry.register_or_revive(states, URL, START) == "added"
