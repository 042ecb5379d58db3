"""Repair goes past whatever one feed, one object or one state item does: it is named, and all else is done."""

from __future__ import annotations

import asyncio
import gzip
from datetime import timedelta

import pytest
from fakes.calls import START, Crash
from fakes.origin import rss, story
from fakes.parser import FakeParser
from fakes.world import THREADS, World

from feedriver import keys
from feedriver.decide import seen
from feedriver.errors import EdgeError
from feedriver.poll.edges import Edges
from feedriver.repair.daily import reconcile_daily
from feedriver.repair.reconcile import reconcile
from feedriver.repair.reparse import MOST_DOCUMENT, reparse
from feedriver.repair.replay import replay
from feedriver.repair.sweep import sweep

URLS = [f"https://paper{number}.example/rss" for number in range(3)]
EVER = START - timedelta(days=3)
DEFECT = "a defect of ours"


def shouting() -> FakeParser:
    """A parser that reads each title otherwise: so that a reparse has something to correct."""
    parser, plain = FakeParser(), FakeParser().parse_with

    def parse_with(*document):
        parsed = plain(*document)
        for each in parsed.items:
            object.__setattr__(each, "item", each.item.model_copy(update={"title": each.item.title.upper()}))
        return parsed

    parser.parse_with = parse_with
    return parser


def left_behind() -> World:
    """Three feeds, each with an object; of each the second poll died between commit and store."""
    world = World()
    for url in URLS:
        world.add(url)
        world.origin.serve(url, rss(story("one")))
    world.poll(*world.states.items)
    for feed_id, state in list(world.states.items.items()):
        world.origin.serve(state.url, rss(story("two"), story("one")))
        world.at("store.put entries", Crash())
        with pytest.raises(Crash):
            world.poll(feed_id, force=True)
    world.later(hours=1)
    world.calm()
    world.log.clear()
    world.calls.about.clear()
    world.bus.sent.clear()
    return world


def edges(world: World) -> Edges:
    return Edges(world.states, world.store, world.bus, THREADS)


def sweeping(world):
    done = asyncio.run(sweep(edges(world), world.clock))
    return [each.feed_id for each in done.passed_over]


def replaying(world):
    return [each.feed_id for each in replay(world.store, world.bus, EVER, world.clock()).passed_over]


def reconciling(world):
    done = reconcile(edges(world), world.clock, EVER, repair=True)
    return [finding.feed_id for finding in done.findings if finding.kind == "passed_over"]


def daily(world):
    done = reconcile_daily(edges(world), world.clock, lambda: True)
    assert (done.failure, done.round.after) == (None, None)
    return [finding.feed_id for finding in done.done.findings if finding.kind == "passed_over"]


def reparsing(world):
    done = asyncio.run(reparse(edges(world), shouting(), world.clock, EVER))
    return done.passed_over


JOBS = (sweeping, replaying, reconciling, daily, reparsing)


def events_of(world: World, feed_id: str) -> list[str]:
    return sorted(sent.detail for sent in world.bus.sent if feed_id in sent.detail)


def calls_about_one_feed(world: World, feeds: list[str]) -> list[tuple[int, str]]:
    """The calls that were about one feed, or one object of it, by their number from 1."""
    found = []
    for number, (_, about) in enumerate(world.calls.about, 1):
        named = [feed_id for feed_id in feeds if feed_id in str(about)]
        if len(named) == 1:
            found.append((number, named[0]))
    return found


@pytest.mark.long
@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.__name__)
def test_a_defect_at_any_call_about_one_feed_costs_no_other_feed_its_work_and_is_told(job):
    undisturbed = left_behind()
    feeds = sorted(undisturbed.states.items)
    assert job(undisturbed) == []
    assert all(events_of(undisturbed, feed_id) for feed_id in feeds)
    numbers = calls_about_one_feed(undisturbed, feeds)
    assert len(numbers) >= 3
    for number, _ in numbers[: max(4, len(numbers) // 3)]:
        world = left_behind()
        world.at_call(number, RuntimeError(DEFECT))
        job(world)
        _, about = world.calls.about[number - 1]
        for feed_id in feeds:
            if feed_id not in str(about):
                assert set(events_of(undisturbed, feed_id)) <= set(events_of(world, feed_id)), (number, about)


@pytest.mark.case("X12")
@pytest.mark.parametrize("job", [sweeping, reconciling, daily, reparsing], ids=lambda job: job.__name__)
def test_an_item_that_cannot_be_read_is_named_and_left_as_it_is_and_its_neighbours_are_repaired(job):
    world = left_behind()
    first, *others = sorted(world.states.items)
    world.states.broken.add(first)
    before = world.states.items[first]
    assert any(first in each for each in job(world))
    assert world.states.items[first] is before
    assert all(world.state(feed_id).outbox == () for feed_id in others)


@pytest.mark.parametrize("job", [reconciling, daily, reparsing], ids=lambda job: job.__name__)
def test_a_seen_set_of_another_layout_is_named_and_its_neighbours_are_compared(job):
    world = left_behind()
    first, *others = sorted(world.states.items)
    strange = world.state(first).model_copy(update={"seen": b"\x09\x01" + bytes(38)})
    world.states.items[first] = strange
    with pytest.raises(ValueError, match="layout 9"):
        seen.unpack(strange.seen)
    assert any(first in each for each in job(world))
    assert all(world.state(feed_id).outbox == () for feed_id in others)


BODIES = {
    "empty": b"",
    "not UTF-8": b"\xff\xfe\n",
    "not JSON": b"{\n",
    "another": b'{"a": 1}\n',
    "binary": bytes(99),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_an_object_that_is_none_of_entries_is_named_by_replay_and_the_others_are_told(body):
    world = left_behind()
    (key, *_) = world.store.under("entries/")
    world.store.objects[key] = body
    done = replay(world.store, world.bus, EVER, world.clock())
    assert (done.objects, done.unreadable) == (2, [key])


def test_an_object_that_is_gone_between_listing_and_reading_is_named_and_the_others_are_told():
    world = left_behind()
    (key, *_) = world.store.under("entries/")
    listed = list(world.store.listed("entries/"))
    del world.store.objects[key]
    world.store.listed = lambda prefix, after="": (each for each in listed if each.key.startswith(prefix))
    done = replay(world.store, world.bus, EVER, world.clock())
    assert (done.objects, done.unreadable) == (2, [key])


@pytest.mark.parametrize(
    ("body", "why"),
    [(b"no gzip", "not gzip"), (b"", "empty"), (gzip.compress(bytes(MOST_DOCUMENT + 1)), "not gzip")],
    ids=["no", "none", "bomb"],
)
def test_a_document_that_does_not_unpack_is_named_and_the_others_are_read(body, why):
    world = left_behind()
    (key, *_) = world.store.under("raw/")
    world.store.objects[key] = body
    done = asyncio.run(reparse(edges(world), world.parser, world.clock, EVER))
    assert done.passed_over == [f"{key}: {why}"]
    assert done.documents == 5


def test_aws_itself_failing_ends_the_work():
    world = left_behind()
    world.at("bus.announce", EdgeError("throttled"))
    with pytest.raises(EdgeError):
        replay(world.store, world.bus, EVER, world.clock())


def test_a_feed_whose_item_cannot_be_read_is_its_own_outcome_and_its_neighbours_are_polled():
    world = left_behind()
    first, *others = sorted(world.states.items)
    world.states.broken.add(first)
    reports = {report.feed_id: report for report in world.poll(first, *others, force=True).reports}
    assert (reports[first].outcome, reports[first].asked) == ("unreadable", False)
    assert {reports[feed_id].outcome for feed_id in others} <= {"published", "unchanged"}
    assert world.poll(first).reports[0].outcome == "unreadable"


@pytest.mark.parametrize(
    "key",
    [
        "entries/date=2026-02-31/feed=0123456789abcdef/1.jsonl",
        "entries/date=\u0662\u0660\u0662\u0666-05-04/feed=0123456789abcdef/1.jsonl",
        f"entries/date=2026-05-04/feed=0123456789abcdef/{'9' * 900}.jsonl",
    ],
)
def test_a_key_that_is_none_of_ours_is_none(key):
    assert keys.parse(key) is None
