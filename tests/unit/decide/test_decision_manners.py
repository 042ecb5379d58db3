"""What one feed's host sees of us over time, and what each poll says of why: the cases of politeness, by their ids."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta

import pytest
from documents import URL, answer, at, document, fresh, item, settled
from fakes.origin import rss, story
from fakes.world import World

from feedriver.decide import decision, wheel
from feedriver.decide.document import decide
from feedriver.decide.status import without_document
from feedriver.models import Wishes
from feedriver.state import Failing, Moving, Validators

KNOWN = Validators(url=URL, etag='"a"', body_sha256="0" * 64, got=at().time)
MINUTE = timedelta(minutes=1)
HOURLY = {"cache-control": "max-age=3600"}


@pytest.fixture
def world():
    return World()


@pytest.mark.case("F25")
def test_f25_a_feed_that_is_gone_is_asked_no_more(world):
    feed = world.add(URL)
    world.origin.serve(URL, status=410)
    for _ in range(5):
        world.poll(feed)
        world.later(days=1)
    assert len(world.origin.requests) == 1
    assert [sent.detail_type for sent in world.bus.sent] == ["Feed Gone"]


@pytest.mark.case("F35")
@pytest.mark.parametrize("delay", [0, 25, 59])
@pytest.mark.parametrize("stubborn", [False, True])
def test_f35_requests_are_never_less_than_an_hour_apart_where_the_interval_is_an_hour(world, delay, stubborn):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), etag='"1"', stubborn=stubborn, headers=HOURLY)
    asked = []
    for number in range(30):
        world.poll(feed)
        asked.append(world.clock())
        if number == 14:
            world.origin.serve(URL, rss(story("a"), story("b")), etag='"2"', stubborn=stubborn, headers=HOURLY)
        world.until_its_turn(feed)
        world.clock.time = wheel.floor_minute(world.clock()) + timedelta(seconds=delay if number % 2 else 0)
    gaps = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert min(gaps) >= timedelta(hours=1)
    assert max(gaps) <= timedelta(minutes=60 + 61 + 1)


@pytest.mark.case("F35")
def test_f35_a_turn_that_is_caught_up_after_an_outage_is_not_followed_by_one_in_its_place(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), etag='"1"', headers=HOURLY)
    world.poll(feed)
    world.until_its_turn(feed)
    world.later(minutes=40)
    world.poll(feed)
    caught_up = world.clock()
    for _ in range(59):
        world.later(minutes=1)
        assert not world.poll(feed).reports[0].asked
    world.until_its_turn(feed)
    assert timedelta(hours=1) <= world.clock() - caught_up <= timedelta(hours=2)
    assert world.poll(feed).reports[0].asked


@pytest.mark.case("F36")
def test_f36_twenty_names_in_one_batch_are_one_request(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), etag='"1"')
    world.poll(*[feed] * 20, force=True)
    assert len(world.origin.requests) == 1


@pytest.mark.case("F36")
def test_f36_a_person_who_asks_twenty_times_asks_conditionally(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), etag='"1"')
    for _ in range(20):
        world.poll(feed, force=True)
    assert [request.validators and request.validators.etag for request in world.origin.requests[1:]] == ['"1"'] * 19


HTML = b"<!doctype html><html><body><h1>Before you continue</h1></body></html>"


@pytest.mark.case("B07", "B08")
@pytest.mark.parametrize(
    ("case", "bodies", "code"),
    [
        ("b07", [b"", b" \n\t ", b"\xef\xbb\xbf", b"\xff\xfe"], "empty"),
        ("b08", [HTML, b"<html><form action='/login'>", b"Fatal error: out of memory on line 3", b"{}"], "not_a_feed"),
    ],
)
def test_b07_b08_a_body_that_is_no_feed_is_an_error_and_the_feed_comes_back_as_it_was(world, case, bodies, code):
    feed = world.add(URL)
    whole = rss(story("a"), story("b"))
    world.origin.serve(URL, whole, etag='"1"')
    world.poll(feed)
    known = world.state(feed)
    for body in bodies:
        world.origin.serve(URL, body, etag='"page"')
        world.later(days=1)
        (report,) = world.poll(feed).reports
        assert (case, body, report.outcome) == (case, body, code)
        assert world.state(feed).seen == known.seen
        assert world.state(feed).validators == known.validators
    world.origin.serve(URL, whole + b"\n", etag='"2"')
    world.later(days=1)
    (report,) = world.poll(feed).reports
    assert (report.outcome, report.new, report.updated) == ("unchanged", 0, 0)
    assert [sent.detail_type for sent in world.bus.sent] == ["Entry Published"] * 2 + ["Feed Failing", "Feed Recovered"]


@pytest.mark.case("B07")
def test_b07_a_feed_without_entries_takes_nothing_back(world):
    feed = world.add(URL)
    for body in (rss(story("a")), rss(), rss(story("a"))):
        world.origin.serve(URL, body)
        world.later(days=1)
        world.poll(feed)
    assert [sent.detail_type for sent in world.bus.sent] == ["Entry Published"]


@pytest.mark.case("B11")
@pytest.mark.parametrize("kind", ["text/html", "application/octet-stream", "text/plain", "image/png", "nonsense", ""])
def test_b11_a_content_type_alone_rejects_no_feed(world, kind):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), headers={"content-type": kind})
    assert world.poll(feed).reports[0].new == 1


# Why: in plain words, what decided the next turn


def refused(status, state=None, **headers):
    return without_document(state or fresh(), answer(b"", status, **headers), at())


def read(*items, state=None, wishes=None, **headers):
    return decide(state or fresh(), answer(etag='"a"', **headers), document(*items, wishes=wishes), at())


def unchanged(status=304, state=None):
    return without_document(state or settled(validators=KNOWN), answer(b"", status), at())


STORIES = [item(str(number), published=at(hours=-number).time) for number in range(1, 5)]
ON_ITS_WAY = settled(validators=KNOWN, moving=Moving(to="https://b.example/", count=4, since=at().time))


AFTER_ONE = "; backing off to every 60 min after a failure"


@pytest.mark.parametrize(
    ("decided", "why"),
    [
        (read, "every 30 min: by its own rhythm"),
        (lambda: read(*STORIES), "every 15 min: by its own rhythm"),
        (lambda: read(wishes=Wishes(ttl=300)), "every 360 min: the publisher asks for 300 min (ttl)"),
        (lambda: read(wishes=Wishes(period=1440)), "every 1440 min: the publisher asks for 1440 min (sy:updatePeriod)"),
        (
            lambda: read(cache_control="max-age=7200"),
            "every 120 min: the publisher asks for 120 min (Cache-Control)",
        ),
        (unchanged, "not modified (304); every 60 min"),
        (
            lambda: without_document(ON_ITS_WAY, answer(b"", 304, "https://b.example/"), at()),
            "not modified (304); every 60 min",
        ),
        (
            lambda: decision.failed(fresh(), "timeout", "no whole answer within 15 seconds", at()),
            "no whole answer within 15 seconds" + AFTER_ONE,
        ),
        (
            lambda: decision.failed(
                fresh(failing=Failing(count=3, since=at().time, code="dns", detail="x")), "dns", "no such host", at()
            ),
            "no such host; backing off to every 480 min after 4 failures in a row",
        ),
        (
            lambda: unchanged(state=settled(validators=Validators(url=URL))),
            "304 to a request without validators" + AFTER_ONE,
        ),
        (lambda: refused(404), "HTTP 404 Not Found" + AFTER_ONE),
        (lambda: refused(410), "HTTP 410 Gone: not asked again unless it is added again"),
        (
            lambda: refused(429, retry_after="86400"),
            ("HTTP 429 Too Many Requests; Retry-After until 2026-05-05 12:00 UTC" + AFTER_ONE),
        ),
        (
            lambda: refused(429),
            ("HTTP 429 Too Many Requests; no Retry-After, so left alone for an hour" + AFTER_ONE),
        ),
        (
            lambda: refused(403, cf_mitigated="challenge"),
            (
                "HTTP 403 Forbidden, a challenge that only a person passes (cf-mitigated)"
                + AFTER_ONE.replace("60", "240")
            ),
        ),
        (
            lambda: refused(400, settled(validators=KNOWN)),
            ("HTTP 400 Bad Request, perhaps for the validators: asked without them next" + AFTER_ONE),
        ),
        (
            lambda: decision.not_due(fresh(not_before=at(hours=1).minute), at().minute, force=False),
            "not due before 2026-05-04 13:00 UTC",
        ),
        (
            lambda: decision.not_due(fresh(held_until=at(hours=1).minute), at().minute, force=True),
            "its host wants no request before 2026-05-04 13:00 UTC (429, or a Retry-After)",
        ),
        (
            lambda: decision.not_due(fresh(gone=at().time), at().minute, force=True),
            "the publisher said 410 Gone; `feedriver feeds add` revives it",
        ),
    ],
)
def test_each_poll_says_in_words_what_decided_the_next_turn(decided, why):
    assert decided().why == why


def test_a_move_is_spoken_of_while_it_is_watched_and_when_it_is_followed(world):
    feed = world.add(URL)
    new = "https://b.example/"
    world.origin.serve(URL, rss(story("a")), etag='"a"')
    world.origin.serve(new, rss(story("a")), etag='"b"')
    world.poll(feed)
    world.origin.moved[URL] = new
    said = []
    for _ in range(10):
        world.later(hours=4)
        said.append(world.poll(feed).reports[0].why)
    assert [re.search(r"seen (\d+) of 10", why)[1] for why in said[:9]] == [str(number) for number in range(1, 10)]
    assert said[9].endswith("; moved for good: the new address is asked from now on")
