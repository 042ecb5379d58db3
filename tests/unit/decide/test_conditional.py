"""How far a host's 304 is trusted, and what is done about hosts that choke on validators: a feed over weeks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from documents import URL, answer, at, document, fresh, item, settled
from fakes.origin import rss, story
from fakes.world import World

from feedriver.decide import conditional as trust
from feedriver.decide.document import decide
from feedriver.decide.status import without_document
from feedriver.errors import FetchCode
from feedriver.state import Validators

KNOWN = Validators(url=URL, etag='"a"', body_sha256="0" * 64, got=at().time)
HOUR = timedelta(hours=1)


@pytest.fixture
def world():
    return World()


def unconditional(world):
    """Which of the requests so far had no validators, by number."""
    return [
        number
        for number, request in enumerate(world.origin.requests)
        if not (request.validators and (request.validators.etag or request.validators.last_modified))
    ]


def poll_for(world, feed, days, hours=6):
    for _ in range(int(days * 24 / hours)):
        world.later(hours=hours)
        world.poll(feed)


@pytest.mark.case("F03")
def test_f03_exactly_the_validators_that_a_host_gave_go_back(world):
    for said in ({"etag": '"1"'}, {"last_modified": "Mon"}, {"etag": '"1"', "last_modified": "Mon"}, {}):
        url = f"https://{len(world.origin.documents)}.example/"
        feed = world.add(url)
        world.origin.serve(url, rss(story("a")), **said)
        world.poll(feed)
        world.later(hours=2)
        world.poll(feed)
        sent = world.origin.requests[-1].validators
        assert (sent.etag, sent.last_modified) == (said.get("etag"), said.get("last_modified"))


@pytest.mark.case("F03")
def test_f03_a_feed_without_validators_is_asked_once_an_hour_at_most():
    busy = [item(str(number), published=at(minutes=-number).time) for number in range(20)]
    assert decide(fresh(), answer(etag='"a"'), document(*busy), at()).state.every == 14
    decided = decide(fresh(), answer(), document(*busy), at())
    assert decided.state.every == 60
    assert decided.why == "every 60 min: no more often, since its host gives no validators to ask with"


@pytest.mark.case("F03")
def test_f03_a_host_that_stops_giving_validators_is_asked_less_often_from_then_on():
    state = decide(fresh(), answer(etag='"a"'), document(), at()).state.model_copy(update={"every": 15})
    decided = without_document(state, answer(), at(hours=1))
    assert (decided.state.every, decided.state.not_before) == (60, at(hours=2).minute)


@pytest.mark.case("F10")
def test_f10_a_host_that_says_304_for_ever_is_asked_without_validators_once_in_eight_days_or_nine(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), etag='"1"')
    world.poll(feed)
    poll_for(world, feed, 30)
    first, *rest = unconditional(world)
    assert first == 0
    gaps = [(later - earlier) * 6 for earlier, later in zip([first, *rest], rest, strict=False)]
    assert len(rest) == 3
    assert all(8 * 24 <= hours <= 9 * 24 + 6 for hours in gaps)
    assert len(world.bus.sent) == 1


@pytest.mark.case("F10")
def test_f10_what_such_a_host_kept_from_us_is_found(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), etag='"1"')
    world.poll(feed)
    world.origin.serve(URL, rss(story("a"), story("b")), etag='"1"')  # and says 304 to "1" all the same
    poll_for(world, feed, 8)
    assert len(world.bus.sent) == 1
    poll_for(world, feed, 1.25)
    assert len(world.bus.sent) == 2


@pytest.mark.case("F10")
def test_f10_the_same_body_to_such_a_request_is_written_down_and_not_announced():
    state = decide(fresh(), answer(etag='"a"'), document(item("x")), at()).state
    later = at(days=10)
    assert not trust.may_answer_304(state, later.time)
    decided = without_document(state, answer(etag='"a"'), later)
    assert decided.outcome == "unchanged"
    assert decided.entries == ()
    assert decided.state.validators == state.validators.model_copy(update={"got": later.time})
    assert trust.may_answer_304(decided.state, later.time + HOUR)


@pytest.mark.case("F10")
def test_f10_a_doubt_in_vain_is_not_repeated_within_a_day(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), etag='"1"')
    world.poll(feed)
    world.later(days=10)
    world.origin.fail(URL, FetchCode.TIMEOUT)
    asked = len(world.origin.requests)
    for _ in range(48):
        world.poll(feed, force=True)
        world.later(hours=1)
    assert [number - asked for number in unconditional(world) if number >= asked] == [0, 24]
    assert world.state(feed).validators.etag == '"1"'


@pytest.mark.case("F10")
def test_f10_a_304_to_a_request_without_validators_is_no_good_answer():
    state = settled(validators=KNOWN)
    decided = without_document(state, answer(b"", 304), at(days=10))
    assert decided.outcome == "protocol"
    assert decided.state.validators == KNOWN.model_copy(update={"doubted": at(days=10).time})


@pytest.mark.case("F10")
def test_f10_the_days_on_which_feeds_doubt_are_spread():
    hours = [
        next(hour for hour in range(8 * 24, 10 * 24) if trust.overdue(state, at(hours=hour).time))
        for state in (settled(validators=KNOWN, feed_id=f"{number * 7919:016x}") for number in range(400))
    ]
    assert min(hours) >= 8 * 24
    assert max(hours) <= 9 * 24
    assert max(hours.count(hour) for hour in set(hours)) < 400 / 24 * 2


@pytest.mark.case("F10")
def test_f10_a_last_modified_in_2041_is_a_string_like_any_other(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), last_modified="Fri, 01 Mar 2041 10:00:00 GMT")
    world.poll(feed)
    world.later(hours=2)
    world.poll(feed)
    assert world.origin.requests[-1].validators.last_modified == "Fri, 01 Mar 2041 10:00:00 GMT"


@pytest.mark.case("F11")
def test_f11_a_host_that_ignores_validators_costs_a_write_in_seven_days_and_is_never_asked_without_them(world):
    feed = world.add(URL)
    daily = {"cache-control": "max-age=86400"}
    world.origin.serve(URL, rss(story("a")), etag='"1"', stubborn=True, headers=daily)
    world.poll(feed)
    rev, revs = world.state(feed).rev, []
    for _ in range(16):
        world.until_its_turn(feed)
        world.poll(feed)
        revs.append(world.state(feed).rev - rev)
    assert revs[:6] == [0] * 6
    assert revs[-1] == 2
    assert all(request.validators for request in world.origin.requests[1:])
    assert len(world.bus.sent) == 1


@pytest.mark.case("F13")
@pytest.mark.parametrize("headers", [{"cache-control": "no-cache"}, {"expires": "0"}, {"cache-control": "no-store"}])
def test_f13_no_cache_means_revalidate(world, headers):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), etag='"1"', headers=headers)
    world.poll(feed)
    world.later(hours=2)
    (report,) = world.poll(feed).reports
    assert report.status == 304


@pytest.mark.case("F15")
@pytest.mark.parametrize("status", [400, 412, 416, 431])
def test_f15_validators_that_a_host_chokes_on_are_left_out_for_eight_days_and_then_tried_again(world, status):
    feed = world.add(URL)
    choked = 0
    for _ in range(40):
        conditional = trust.may_answer_304(world.state(feed), world.clock())
        choked += conditional
        world.origin.serve(
            URL, b"" if conditional else rss(story("a")), etag='"1"', status=status if conditional else 200
        )
        world.poll(feed)
        world.later(hours=12)
    assert choked == 3  # at once, after eight days, after sixteen: and not at every second poll
    assert world.state(feed).failing is None
    assert len(world.bus.sent) == 1


@pytest.mark.case("F15")
def test_f15_an_error_without_validators_is_not_blamed_on_them():
    state = settled(validators=Validators(url=URL, etag='"a"', refused=at(days=-1).time))
    decided = without_document(state, answer(b"", 400), at())
    assert decided.state.validators == Validators(url=URL, etag='"a"')
    assert "validators" not in decided.why


@pytest.mark.long
@pytest.mark.case("F16")
def test_f16_validators_live_in_the_table_so_that_a_restart_makes_no_burst(world):
    feeds = [world.add(f"https://{number}.example/") for number in range(50)]
    for number in range(50):
        world.origin.serve(f"https://{number}.example/", rss(story("a")), etag='"1"')
    world.poll(*feeds)
    world.later(hours=2)
    reports = world.poll(*feeds).reports  # each poll of a World has a pipeline of its own: nothing is left in memory
    assert {report.status for report in reports} == {304}


def test_after_an_unfinished_document_nothing_tells_it_unchanged():
    known = Validators(url="https://a.example/", etag='"1"', last_modified="then", body_sha256="2", digest="3")
    assert trust.unfinished(known) == Validators(url="https://a.example/")
