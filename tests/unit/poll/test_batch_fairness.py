"""One batch, one parser: slow documents cost the quick ones nothing, and what was fetched is never asked for again."""

from __future__ import annotations

import asyncio
import math

import pytest
from fakes.calls import FAILED
from fakes.origin import rss, story
from fakes.world import World

from feedriver import keys
from feedriver.decide.wheel import floor_minute
from feedriver.errors import EdgeError, FetchCode, OverQuantum, ParseCode, ParseError
from feedriver.parse import NOTHING_KNOWN, parse
from feedriver.poll import batch, parse_queue

GOOD = 20


class Timed:
    """A parser whose documents take the seconds that their title says, of a processor that nobody else uses.

    `left` is what the batch has: when it is used up, its time is over.
    """

    def __init__(self, left=math.inf):
        self.left = left
        self.read = []

    async def parse(self, body, url, content_type, known=NOTHING_KNOWN, quantum=None):
        needed = float(body.partition(b"needs ")[2].partition(b" s")[0] or 0)
        await asyncio.sleep(0)
        self.left -= min(needed, quantum or 10.0)
        if self.left < 0:
            raise TimeoutError
        if quantum and needed > quantum:
            raise OverQuantum
        if needed > 10:
            raise ParseError(url, ParseCode.TOO_SLOW, "too slow")
        self.read.append(url)
        parsed = parse(body, url, content_type, known)
        object.__setattr__(parsed, "seconds", needed)
        return parsed


def needs(seconds, name="a", padding=0):
    return rss(story(name), head=f"<title>needs {seconds} s{'x' * padding}</title>")


@pytest.fixture
def world():
    world = World()
    world.parser = Timed()
    return world


def served(world, prefix, count, document, **said):
    feeds = []
    for number in range(count):
        url = f"https://{prefix}{number}.example/rss" if "." not in prefix else f"https://{prefix}/{number}"
        feeds.append(world.add(url))
        world.origin.serve(url, document(number), etag='"1"', **said)
    return feeds


@pytest.mark.long
@pytest.mark.case("X09")
@pytest.mark.parametrize("hostile", [4, 10, 40])
@pytest.mark.parametrize("seconds", [0.4, 9.9, 60.0], ids=["within its quantum", "under the bound", "over it"])
@pytest.mark.parametrize("padding", [0, 50_000], ids=["larger", "smaller"])
def test_good_feeds_beside_hostile_ones_are_all_published_in_their_batch(world, hostile, seconds, padding):
    world.parser.left = 25.0
    bad = served(world, "evil", hostile, lambda _: needs(seconds))
    good = served(world, "good", GOOD, lambda number: needs(0.05, str(number), padding))
    outcome = world.poll(*bad, *good, seconds=60)
    assert [report.outcome for report in outcome.reports[hostile:]] == ["published"] * GOOD
    assert {report.outcome for report in outcome.reports[:hostile]} <= {"published", "too_slow", "deferred"}


def test_a_host_has_one_slow_document_a_batch_and_the_others_are_read_in_later_ones(world):
    feeds = served(world, "evil.example", 3, lambda number: needs(9.0, str(number)))
    left, unread, rounds = feeds, {}, 0
    while left:
        outcome = world.poll(*left, seconds=60, unread=unread)
        assert outcome.outcomes["published"] == 1
        left, unread, rounds = outcome.deferred, outcome.unread, rounds + 1
        assert set(unread) == set(left)
    assert rounds == 3
    assert len(world.origin.requests) == 3
    assert world.store.under("unread/") == []


@pytest.mark.case("Y02")
def test_what_was_fetched_and_not_read_is_read_in_the_next_round_and_nobody_is_asked_again(world):
    world.parser.left = 4.0
    feeds = served(world, "paper", 9, lambda number: needs(0.45, str(number), number))
    outcome = world.poll(*feeds, seconds=60)
    assert (len(outcome.deferred), outcome.counts["FeedsPolled"]) == (1, 9)
    assert outcome.deferred == tuple(outcome.unread) == (feeds[8],)
    assert world.store.under("unread/") == [keys.unread_key(feeds[8], floor_minute(world.clock()))]
    world.parser.left = 4.0
    world.later(seconds=5)
    again = world.poll(*outcome.deferred, seconds=60, unread=outcome.unread)
    (report,) = again.reports
    assert (report.outcome, report.asked, report.bytes, again.counts["FeedsPolled"]) == ("published", False, 0, 0)
    assert len(world.origin.requests) == 9
    assert world.store.under("unread/") == []
    assert world.state(feeds[8]).validators.etag == '"1"'


def test_a_document_that_fails_in_a_later_round_is_a_failure_of_its_feed_and_counted(world):
    (feed,) = served(world, "paper", 1, lambda _: needs(60.0))
    world.parser.left = 1.0
    first = world.poll(feed, seconds=60)
    world.parser.left = 100.0
    second = world.poll(feed, seconds=60, unread=first.unread)
    assert second.outcomes == {"too_slow": 1}
    assert (second.counts["Failed"], world.state(feed).slow, len(world.origin.requests)) == (1, 1, 1)
    assert world.store.under("unread/") == []


def test_what_cannot_be_kept_is_asked_for_again_and_says_so(world):
    (feed,) = served(world, "paper", 1, lambda _: needs(9.0))
    world.parser.left = 1.0
    world.at("store.put unread", FAILED)
    before = world.state(feed)
    outcome = world.poll(feed, seconds=60)
    assert (outcome.deferred, outcome.unread, world.state(feed)) == ((feed,), {}, before)
    assert "nor could it be kept" in outcome.reports[0].why
    world.parser.left = 100.0
    assert world.poll(feed, seconds=60, unread=outcome.unread).outcomes == {"published": 1}
    assert len(world.origin.requests) == 2


def test_what_was_kept_and_is_gone_is_asked_for_again(world):
    (feed,) = served(world, "paper", 1, lambda _: needs(9.0))
    world.parser.left = 1.0
    outcome = world.poll(feed, seconds=60)
    world.store.objects.clear()
    world.parser.left = 100.0
    assert world.poll(feed, seconds=60, unread=outcome.unread).outcomes == {"published": 1}
    assert len(world.origin.requests) == 2


def test_what_was_kept_is_older_than_what_another_has_read_since_and_is_left(world):
    (feed,) = served(world, "paper", 1, lambda _: needs(9.0, "old"))
    world.parser.left = 1.0
    outcome = world.poll(feed, seconds=60)
    world.parser.left = 100.0
    world.origin.serve("https://paper0.example/rss", needs(0.1, "new"), etag='"2"')
    world.poll(feed)
    announced = len(world.bus.sent)
    late = world.poll(feed, seconds=60, unread=outcome.unread)
    assert late.outcomes == {"waiting": 1}
    assert len(world.bus.sent) == announced


def test_what_was_kept_stays_while_aws_refuses_to_keep_what_it_comes_to(world):
    (feed,) = served(world, "paper", 1, lambda _: needs(9.0))
    world.parser.left = 1.0
    outcome = world.poll(feed, seconds=60)
    world.parser.left = 100.0
    world.at("states.commit", EdgeError("refused"))
    refused = world.poll(feed, seconds=60, unread=outcome.unread)
    assert (refused.unfinished, refused.unread) == ((feed,), outcome.unread)
    assert world.poll(feed, seconds=60, unread=refused.unread).outcomes == {"published": 1}
    assert len(world.origin.requests) == 1


def test_feeds_that_are_not_begun_in_a_round_keep_what_is_kept_of_them(world):
    (feed,) = served(world, "paper", 1, lambda _: needs(9.0))
    world.parser.left = 1.0
    outcome = world.poll(feed, seconds=60)
    again = world.poll(feed, seconds=0, unread=outcome.unread)
    assert (again.deferred, again.unread) == ((feed,), outcome.unread)


@pytest.mark.case("Y02")
def test_while_too_much_waits_to_be_read_others_are_not_asked(world, monkeypatch):
    monkeypatch.setattr(parse_queue, "MOST_WAITING", 1_000)
    feeds = served(world, "paper", 12, lambda number: needs(0.1, str(number), 900))
    waiting, most = 0, 0
    parse_one = world.parser.parse

    async def counted(*arguments):
        nonlocal most
        most = max(most, len(world.origin.requests) - len(world.parser.read))
        return await parse_one(*arguments)

    world.parser.parse = counted
    outcome = world.poll(*feeds, feeds_at_once=1)
    assert outcome.outcomes == {"published": 12}
    assert 1 <= most <= 3, waiting


def test_other_feeds_have_the_places_of_those_whose_documents_wait(world):
    slow = served(world, "slow", 3, lambda _: needs(9.0))
    good = served(world, "good", 3, lambda number: needs(0.1, str(number)))
    world.origin.fail("https://good1.example/rss", FetchCode.DNS)
    outcome = world.poll(*slow, *good, seconds=20, feeds_at_once=1)
    assert [report.outcome for report in outcome.reports[3:]] == ["published", "dns", "published"]
    assert world.parser.read[:2] == ["https://good0.example/rss", "https://good2.example/rss"]


@pytest.mark.long
@pytest.mark.case("AB04")
@pytest.mark.parametrize(("known", "documents"), [(0, 24_000_000), (120_000, 23_000_000), (380_000, 2**22)])
def test_ab04_the_states_of_a_batch_take_of_the_memory_for_its_documents(world, monkeypatch, known, documents):
    count = 100 if known < 200_000 else 700
    feeds = [world.add(f"https://{number}.example/feed") for number in range(count)]
    for feed in feeds:
        state = world.state(feed)
        world.states.commit(state.model_copy(update={"rev": state.rev + 1, "seen": bytes(known)}))
    budgets = []

    class Watched(parse_queue.ParseQueue):
        def __init__(self, *given, budget, **named):
            budgets.append(budget)
            super().__init__(*given, budget=budget, **named)

    monkeypatch.setattr(batch, "ParseQueue", Watched)
    world.poll(*feeds)
    assert budgets == [documents]
