"""Hosts that asked for rest, batches whose time is over, networks that are closed: who is asked, and who is blamed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.calls import FAILED, START, Crash
from fakes.origin import FakeOrigin, rss, story
from fakes.world import THREADS, World

from feedriver.credentials import Secret
from feedriver.decide.decision import Now
from feedriver.decide.wheel import floor_minute
from feedriver.errors import FetchCode
from feedriver.fetch.body import EMPTY
from feedriver.fetch.throttle import HostThrottle
from feedriver.http import Answer
from feedriver.poll.batch import BatchPoller
from feedriver.poll.context import BatchContext
from feedriver.poll.feed import FeedPoll, PollEdges
from feedriver.state import FeedState
from feedriver.urls import host_of

BUSY = [f"https://busy.example/{number}" for number in range(20)]
OTHER = "https://other.example/rss"
DAY = "86400"


class Polite(FakeOrigin):
    """An origin whose hosts are asked one request at a time, each after its gate, as the client does it."""

    throttle: HostThrottle

    async def fetch(self, request):
        async with self.throttle.request(host_of(request.url), request.gate):
            return await super().fetch(replace(request, gate=None))


class PoliteWorld(World):
    def __init__(self):
        super().__init__()
        self.origin = Polite(self.calls)

    def poll(self, *feed_ids, **options):
        self.origin.throttle = HostThrottle(at_once=100, per_host=1)
        return super().poll(*feed_ids, **options)


@pytest.fixture
def world():
    return PoliteWorld()


def outcomes(outcome):
    return [report.outcome for report in outcome.reports]


def busy(world, **said):
    """All feeds of the busy host, which answers each of them like this."""
    feeds = [world.add(url) for url in BUSY]
    for url in BUSY:
        world.origin.serve(url, **said)
    return feeds


# Hosts that asked for rest


@pytest.mark.case("F21")
@pytest.mark.parametrize("said", [{"status": 429}, {"status": 503}])
def test_f21_once_a_host_asks_for_rest_its_other_feeds_of_the_batch_are_not_asked(world, said):
    feeds = [*busy(world, headers={"retry-after": DAY}, **said), world.add(OTHER)]
    world.origin.serve(OTHER, rss(story("a")))
    outcome = world.poll(*feeds)
    assert outcomes(outcome) == ["rate_limited", *["waiting"] * 19, "published"]
    assert len(world.origin.requests) == 2
    assert world.log.count("states.commit") == 2
    assert world.log.count("states.hold") == 1
    assert (outcome.unfinished, outcome.deferred) == ((), ())


@pytest.mark.case("F21")
def test_f21_a_feed_of_a_held_host_waits_says_why_and_costs_no_write(world):
    feeds = busy(world, status=429, headers={"retry-after": DAY})
    world.poll(*feeds[:1])
    world.later(hours=3)
    (report,) = world.poll(feeds[1], force=True).reports
    assert (report.outcome, report.asked, report.status) == ("waiting", False, None)
    assert report.why == "busy.example asked for rest until 2026-05-05 12:00 UTC, for all its feeds"
    assert report.next >= START + timedelta(days=1)
    assert world.log == ["states.load", "states.holds", "store.put polls"]
    assert "states.commit" not in world.log


@pytest.mark.long
@pytest.mark.case("F21")
def test_f21_a_thousand_ticks_of_two_workers_make_no_request_until_the_time_has_come(world):
    feeds = busy(world, status=429, headers={"retry-after": DAY})
    until = START + timedelta(days=1)

    def worker():
        origin = Polite(world.calls, world.origin.documents, requests=world.origin.requests)
        origin.throttle = HostThrottle(at_once=100, per_host=1)
        return BatchPoller(origin, world.states, world.store, world.bus, world.clock, world.parser, threads=THREADS)

    async def tick():
        now = Now(floor_minute(world.clock()), world.clock())
        half = len(feeds) // 2
        await asyncio.gather(worker().poll_batch(feeds[:half], now), worker().poll_batch(feeds[half:], now))

    asyncio.run(tick())
    assert len(world.origin.requests) <= 2
    asked = len(world.origin.requests)
    for _ in range(1000):
        world.later(minutes=1)
        world.calls.log.clear()
        asyncio.run(tick())
        assert not {"states.commit", "states.hold", "fetch"} & set(world.log)
    assert len(world.origin.requests) == asked
    for url in BUSY:
        world.origin.serve(url, rss(story("a")))
    world.clock.time = until - timedelta(seconds=1)
    asyncio.run(tick())
    assert len(world.origin.requests) == asked
    world.clock.time = until + timedelta(minutes=1)
    asyncio.run(tick())
    assert len(world.origin.requests) == asked + len(BUSY)


def test_an_error_without_a_time_is_the_feeds_own(world):
    feeds = busy(world, status=503)
    outcome = world.poll(*feeds)
    assert outcomes(outcome) == ["http_503"] * 20
    assert "states.hold" not in world.log


def test_an_answer_to_a_private_feed_is_its_own():
    state = FeedState(feed_id="a", url=OTHER, added=START, slot="new", every=60)
    context = BatchContext(Now(START, START), {}, force=False, until=0.0)
    feed_poll = FeedPoll(state, context, PollEdges(None, None, None), context.now)  # it calls none of them
    said = Answer(429, {"retry-after": DAY}, OTHER, EMPTY, 0, 5)
    feed_poll.secret = Secret("https://other.example")
    assert feed_poll._record(said) is None
    feed_poll.secret = None
    assert feed_poll._record(said) == ("other.example", START + timedelta(days=1))


def test_the_host_that_answered_is_held_not_the_one_that_sent_us_there(world):
    for number, url in enumerate(BUSY[:2]):
        world.origin.redirects[f"https://start.example/{number}"] = url
        world.origin.serve(url, status=429, headers={"retry-after": DAY})
    feed, other = world.add("https://start.example/0"), world.add("https://start.example/other")
    world.origin.serve("https://start.example/other", rss(story("a")))
    world.poll(feed)
    assert set(world.states.held) == {"busy.example"}
    assert outcomes(world.poll(feed, other)) == ["waiting", "published"]


@pytest.mark.parametrize("after", [False, True])
def test_a_hold_that_could_not_be_written_holds_the_feed_at_least_and_the_batch_is_tried_again(world, after):
    feeds = busy(world, status=429, headers={"retry-after": DAY})
    world.at("states.hold", FAILED, after=after)
    outcome = world.poll(*feeds)
    assert outcome.unfinished == (feeds[0],)
    assert len(world.origin.requests) == 1
    world.later(minutes=12)
    world.poll(feeds[0])
    assert len(world.origin.requests) == 1


def test_a_crash_between_the_hold_and_the_commit_leaves_the_host_alone(world):
    feeds = busy(world, status=429, headers={"retry-after": DAY})
    world.at("states.commit", Crash())
    with pytest.raises(Crash):
        world.poll(*feeds)
    assert outcomes(world.poll(*feeds)) == ["waiting"] * 20
    assert len(world.origin.requests) == 1


def test_what_a_crashed_poll_left_is_announced_though_the_host_is_held(world):
    feed = world.add(OTHER)
    world.origin.serve(OTHER, rss(story("a")))
    world.bus.refuse_after(0)
    world.poll(feed)
    world.bus.accept()
    world.states.hold("other.example", START + timedelta(days=1), START)
    assert outcomes(world.poll(feed)) == ["waiting"]
    assert [sent.detail_type for sent in world.bus.sent] == ["Entry Published"]


# A batch whose time is over


class Slow(Polite):
    """Answering takes `takes` seconds, by the event loop's clock, which is turned forward: nobody waits."""

    takes = 0.0

    def _answer(self, request):
        loop, takes = asyncio.get_running_loop(), self.takes
        time = loop.time
        loop.time = lambda: time() + takes
        return super()._answer(request)


class SlowWorld(PoliteWorld):
    def __init__(self, takes):
        super().__init__()
        self.origin = Slow(self.calls)
        self.origin.takes = takes


@pytest.mark.case("D08")
def test_d08_when_a_batchs_time_is_over_no_feed_is_asked_any_more_and_what_is_under_way_is_done():
    world = SlowWorld(takes=40)
    feeds = busy(world, body=rss(story("a")))
    outcome = world.poll(*feeds, seconds=100)
    assert outcomes(outcome) == [*["published"] * 3, *["deferred"] * 17]
    assert outcome.deferred == tuple(feeds[3:])
    assert outcome.unfinished == ()
    assert len(world.origin.requests) == 3
    assert {report.asked for report in outcome.reports if report.outcome == "deferred"} == {False}
    assert [bool(world.state(feed).validators) for feed in feeds] == [True] * 3 + [False] * 17


@pytest.mark.case("D08")
def test_d08_feeds_that_were_deferred_are_polled_in_the_next_round():
    world = SlowWorld(takes=40)
    feeds = busy(world, body=rss(story("a")))
    left, rounds = tuple(feeds), 0
    while left:
        left, rounds = world.poll(*left, seconds=100).deferred, rounds + 1
    assert rounds == 7
    assert len(world.origin.requests) == len(feeds)


@pytest.mark.case("D08")
@pytest.mark.parametrize("seconds", [0, 0.0, -5])
def test_d08_no_time_at_all_is_not_any_time(world, seconds):
    feeds = busy(world, body=rss(story("a")))
    outcome = world.poll(*feeds, seconds=seconds)
    assert outcome.deferred == tuple(feeds)
    assert world.log == ["states.load", "states.holds", "store.put polls"]


@pytest.mark.case("F34")
def test_one_host_with_many_feeds_does_not_keep_the_others_from_their_turns():
    world = SlowWorld(takes=40)
    feeds = [*busy(world, body=rss(story("a"))), world.add(OTHER)]
    world.origin.serve(OTHER, rss(story("a")))
    outcome = world.poll(*feeds, seconds=100, feeds_at_once=2)
    assert outcomes(outcome)[-1] == "published"
    assert len(outcome.deferred) > 10


class Hanging(FakeOrigin):
    """Its first hop is answered at once, the turn at the next never comes."""

    async def fetch(self, request):
        await request.gate("first.example")
        loop = asyncio.get_running_loop()
        time = loop.time
        loop.time = lambda: time() + 1000
        await asyncio.Event().wait()


@pytest.mark.case("D08")
def test_d08_a_fetch_that_waits_at_its_second_host_for_too_long_is_deferred_too(world):
    world.origin = Hanging(world.calls)
    outcome = World.poll(world, world.add(OTHER), seconds=100)
    assert len(outcome.deferred) == 1


# A poller that is late itself


class Late(FakeOrigin):
    """Whose answers hold up the event loop for some seconds each, by the clock that the lag is measured with."""

    def __init__(self, calls):
        super().__init__(calls)
        self.time, self.seconds = 0.0, 0.0

    def _answer(self, request):
        self.time += self.seconds
        return super()._answer(request)


@pytest.fixture
def late(monkeypatch):
    def world_that_is_late(seconds):
        world = World()
        world.origin = Late(world.calls)
        world.origin.seconds = seconds
        monkeypatch.setattr("feedriver.poll.lag.monotonic", lambda: world.origin.time)
        return world

    return world_that_is_late


@pytest.mark.case("X08")
def test_no_feed_is_blamed_for_a_time_out_where_the_poller_was_late_itself(late):
    world = late(seconds=4)
    feeds = [*silent(world, FetchCode.TIMEOUT, FetchCode.DNS), world.add(OTHER)]
    world.origin.serve(OTHER, rss(story("a")))
    outcome = world.poll(*feeds)
    assert outcomes(outcome) == ["network", "dns", "published"]
    assert "the poller was" in outcome.reports[0].why
    assert outcome.unfinished == (feeds[0],)
    assert world.state(feeds[0]).failing is None
    assert outcome.lag > 3
    assert outcome.counts["LoopLag"] == round(outcome.lag * 1000)


def test_a_time_out_is_the_feeds_where_the_poller_was_hardly_late(late):
    world = late(seconds=0.3)
    feeds = [*silent(world, FetchCode.TIMEOUT, FetchCode.DNS), world.add(OTHER)]
    world.origin.serve(OTHER, rss(story("a")))
    outcome = world.poll(*feeds)
    assert outcomes(outcome) == ["timeout", "dns", "published"]
    assert world.state(feeds[0]).failing.count == 1


# A network that is closed


def silent(world, *codes):
    """A feed on a host of its own for each, none of which answers."""
    urls = [f"https://{number}.example/" for number in range(len(codes))]
    for url, code in zip(urls, codes, strict=True):
        world.origin.fail(url, code)
    return [world.add(url) for url in urls]


def test_when_our_own_network_is_closed_no_feed_is_blamed_and_the_batch_comes_again(world):
    feeds = silent(world, *[FetchCode.DNS] * 3, FetchCode.UNREACHABLE, FetchCode.TIMEOUT, FetchCode.TLS)
    told = []
    outcome = world.poll(*feeds, on_report=told.append)
    assert outcomes(outcome) == ["network"] * 6
    assert outcome.unfinished == tuple(feeds)
    assert tuple(told) == outcome.reports
    assert "none of the 6 hosts asked could be reached: check the connection" in told[0].why
    assert "states.commit" not in world.log
    assert outcome.counts["Failed"] == 0


@pytest.mark.long
def test_a_week_of_closed_network_leaves_every_feed_as_it_was(world):
    feeds = silent(world, *[FetchCode.UNREACHABLE] * 5)
    before = [world.state(feed) for feed in feeds]
    for _ in range(200):
        world.poll(*feeds)
        world.later(hours=1)
    assert [world.state(feed) for feed in feeds] == before
    assert world.bus.sent == []


@pytest.mark.parametrize("status", [200, 304, 404, 500, 429])
def test_one_host_that_answers_anything_acquits_the_network(world, status):
    feeds = [*silent(world, *[FetchCode.DNS] * 30), world.add(OTHER)]
    world.origin.serve(OTHER, rss(story("a")), status=status)
    outcome = world.poll(*feeds)
    assert outcomes(outcome)[:-1] == ["dns"] * 30
    assert outcome.unfinished == ()
    assert {world.state(feed).failing.code for feed in feeds[:-1]} == {"dns"}


@pytest.mark.parametrize("count", [1, 4])
def test_with_few_hosts_each_failure_is_the_feeds_own(world, count):
    feeds = silent(world, *[FetchCode.DNS] * count)
    assert outcomes(world.poll(*feeds)) == ["dns"] * count
    assert {world.state(feed).failing.count for feed in feeds} == {1}


def test_feeds_that_were_not_asked_say_nothing_of_the_network(world):
    feeds = [*silent(world, *[FetchCode.DNS] * 4), *busy(world)]
    world.states.hold("busy.example", START + timedelta(days=1), START)
    assert outcomes(world.poll(*feeds)) == ["dns"] * 4 + ["waiting"] * 20


def test_a_failure_that_could_not_be_kept_leaves_its_feed_unfinished(world):
    feeds = [*silent(world, FetchCode.DNS), world.add(OTHER)]
    world.origin.serve(OTHER, rss(story("a")))
    world.poll(feeds[1])
    world.at("states.commit", FAILED)
    outcome = world.poll(*feeds)
    assert outcome.unfinished == (feeds[0],)
    assert [json.loads(sent.detail)["data"]["entry"]["title"] for sent in world.bus.sent] == ["Story a"]
