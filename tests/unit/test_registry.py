"""Which feeds are polled: one each however its address is spelled, and what is wrong with the rest."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.calls import START, Fault
from fakes.secrets import FakeSecrets
from fakes.states import FakeStates

from feedriver import urls
from feedriver.decide import wheel
from feedriver.errors import CommitConflict, InputError
from feedriver.registry import Registry, Subscription, first_revision
from feedriver.state import Failing, Validators

URL = "https://paper.example/rss"
FEED = urls.feed_id(URL)
FIRST = first_revision(START)


def register(states, url, now, secrets=None, *, revive=False, **given):
    return Registry(states, secrets).add(Subscription(url, **given), now, revive=revive)


@pytest.fixture
def states():
    return FakeStates()


def test_a_new_feed_has_its_turn_in_the_next_minute(states):
    assert register(states, URL, START) == "added"
    state = states.items[FEED]
    assert (state.feed_id, state.url, state.slot, state.rev) == (FEED, URL, wheel.NEW, FIRST)
    assert state.not_before is None
    (placed,) = states.in_slots(wheel.slots_between(START, START + wheel.MINUTE))
    assert placed == (FEED, "new", "paper.example", "")


@pytest.mark.case("I22")
@pytest.mark.parametrize(
    "variant", [URL, "HTTPS://Paper.example:443/rss#top", f" {URL} ", "feed:https://paper.example/rss"]
)
def test_i22_a_variant_of_a_known_address_is_known_and_left_as_it_is(states, variant):
    register(states, URL, START)
    before = states.items[FEED]
    assert register(states, variant, START + timedelta(days=1)) == "known"
    assert register(states, variant, START + timedelta(days=1), revive=True) == "known"
    assert states.items == {FEED: before}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("paper.example/rss", "paper.example/rss: not a feed's address: give one that begins with http:// or https://"),
        ("", ": not a feed's address"),
        ("https://paper.example/" + "x" * 3_000, "longer than 2048 characters"),
        ("ann:hush@paper.example/rss", "ann:paper.example/rss: not a feed's address"),
        ("ftp://paper.example/?token=hush", "ftp://paper.example/?token=…: not a feed's address"),
    ],
)
def test_what_is_no_feeds_address_is_refused_with_what_to_do_and_no_secret(states, url, said):
    with pytest.raises(InputError) as refused:
        register(states, url, START)
    assert said in str(refused.value)
    assert "hush" not in str(refused.value)
    assert "\n" not in str(refused.value)
    assert states.items == {}


def test_an_at_sign_in_a_path_is_no_password(states):
    assert register(states, "https://paper.example/@ann/rss", START) == "added"


@pytest.mark.case("F25")
def test_a_feed_that_is_gone_is_revived_by_hand_with_all_that_is_known_of_it(states):
    register(states, URL, START)
    gone = states.items[FEED].model_copy(
        update={
            "rev": FIRST + 1,
            "gone": START,
            "slot": wheel.slot(FEED, wheel.LONGEST),
            "not_before": START + timedelta(days=1),
            "seen": b"\x01\x01",
            "validators": Validators(url=URL, etag='"a"'),
            "failing": Failing(count=1, since=START, code="dns", detail=""),
        }
    )
    states.commit(gone)
    assert register(states, URL, START) == "known"
    assert states.items[FEED].gone
    assert register(states, URL, START, revive=True) == "revived"
    revived = states.items[FEED]
    assert (revived.gone, revived.slot, revived.not_before, revived.rev) == (None, wheel.NEW, None, FIRST + 2)
    assert (revived.seen, revived.validators) == (gone.seen, gone.validators)
    assert register(states, URL, START, revive=True) == "known"


def test_a_new_feed_by_hand_is_added(states):
    assert register(states, URL, START, revive=True) == "added"


PRIVATE = "https://ann:hush@paper.example/rss?page=2&token=hush2"


@pytest.fixture
def secrets(states):
    return FakeSecrets(states.calls)


@pytest.mark.case("S13")
def test_s13_credentials_are_kept_apart_and_before_the_state_speaks_of_them(states, secrets):
    assert register(states, PRIVATE, START, secrets) == "added"
    (state,) = states.items.values()
    assert (state.url, state.secret, state.feed_id) == ("https://paper.example/rss?page=2", True, urls.feed_id(PRIVATE))
    assert secrets.kept[state.feed_id].query == "token=hush2"
    assert states.calls.log.index("secrets.keep") < states.calls.log.index("states.register")
    assert "hush" not in state.model_dump_json()


def test_a_feed_without_credentials_has_none_to_keep(states, secrets):
    register(states, URL, START, secrets)
    assert not states.items[FEED].secret
    assert states.calls.log == ["states.register"]


def test_two_feeds_that_differ_by_their_token_are_two(states, secrets):
    for token in ("one1", "two2"):
        register(states, f"{URL}?token={token}", START, secrets)
    assert [state.url for state in states.items.values()] == [URL, URL]
    assert sorted(secret.query for secret in secrets.kept.values()) == ["token=one1", "token=two2"]


def test_the_same_credentials_again_change_nothing_and_write_nothing(states, secrets):
    register(states, URL, START, secrets, user="ann:hush")
    states.calls.log.clear()
    assert register(states, URL, START, secrets, user="ann:hush") == "known"
    assert states.calls.log == ["secrets.load", "states.register", "states.load"]
    assert states.items[FEED].rev == FIRST


@pytest.mark.parametrize("before", [None, "ann:old1"])
def test_a_known_feed_is_asked_soon_with_its_new_credentials(before, states, secrets):
    register(states, URL, START, secrets, user=before)
    late = {"rev": FIRST + 1, "slot": "1440:7", "not_before": START + timedelta(days=1)}
    states.commit(states.items[FEED].model_copy(update=late))
    assert register(states, URL, START, secrets, user="ann:new1") == "updated"
    state = states.items[FEED]
    assert (state.rev, state.secret, state.slot, state.not_before) == (FIRST + 2, True, wheel.NEW, None)
    assert secrets.kept[FEED].headers[0][1] == "Basic YW5uOm5ldzE="


def test_what_a_conflict_kept_from_being_done_is_done_by_the_next_try(states, secrets):
    register(states, URL, START, secrets)
    states.calls.faults.append(Fault(CommitConflict("the poller was first"), name="states.commit"))
    with pytest.raises(CommitConflict):
        register(states, URL, START, secrets, user="ann:hush")
    assert not states.items[FEED].secret
    assert register(states, URL, START, secrets, user="ann:hush") == "updated"
    assert states.items[FEED].secret


def test_a_feed_in_quarantine_is_released_by_hand_and_polled_among_others(states):
    register(states, URL, START)
    kept = {"rev": FIRST + 1, "quarantined": START, "slot": wheel.slot_alone(FEED), "not_before": START}
    states.commit(states.items[FEED].model_copy(update=kept))
    assert register(states, URL, START, revive=True) == "revived"
    revived = states.items[FEED]
    assert (revived.quarantined, revived.slot, revived.not_before, revived.rev) == (None, wheel.NEW, None, FIRST + 2)


def test_a_feed_that_is_gone_is_revived_with_its_new_credentials(states, secrets):
    register(states, URL, START, secrets)
    states.commit(states.items[FEED].model_copy(update={"rev": FIRST + 1, "gone": START}))
    assert register(states, URL, START, secrets, user="ann:old1") == "updated"
    assert register(states, URL, START, secrets, user="ann:new1", revive=True) == "revived"
    assert (states.items[FEED].gone, states.items[FEED].secret) == (None, True)


def test_credentials_with_no_place_to_be_kept_in_are_refused(states):
    with pytest.raises(InputError, match="no place to keep its credentials in") as refused:
        register(states, PRIVATE, START)
    assert "hush" not in str(refused.value)
    assert states.items == {}


def test_a_private_feed_is_found_by_its_whole_address_by_its_id_and_as_it_is_listed(states, secrets):
    register(states, PRIVATE, START, secrets)
    (state,) = states.items.values()
    for wanted in (PRIVATE, state.feed_id, "HTTPS://paper.example/rss?page=2"):
        assert Registry(states).find(wanted) == state
    assert Registry(states).find(URL) is None
    assert Registry(states).find("0" * 16) is None


def test_of_two_that_are_listed_alike_one_is_named_by_its_id(states, secrets):
    for token in ("one1", "two2"):
        register(states, f"{URL}?token={token}", START, secrets)
    with pytest.raises(InputError, match="2 private feeds are listed so") as refused:
        Registry(states).find(URL)
    assert all(feed_id in str(refused.value) for feed_id in states.items)


def test_a_removed_feeds_credentials_are_forgotten(states, secrets):
    register(states, PRIVATE, START, secrets)
    (state,) = states.items.values()
    assert Registry(states, secrets).remove(state)
    assert (states.items, secrets.kept) == ({}, {})
    assert not Registry(states, secrets).remove(state)
