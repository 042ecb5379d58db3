"""Reconcile: each way in which store and state can disagree is found, named, and repaired where it can be."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from fakes.calls import START, Crash
from fakes.origin import rss, story
from fakes.world import THREADS, World

from feedriver import keys, urls
from feedriver.errors import CommitConflict
from feedriver.poll.edges import Edges
from feedriver.registry import Registry, Subscription
from feedriver.repair.reconcile import reconcile

URL = "https://paper.example/rss"
FEED = urls.feed_id(URL)
EVER = START - timedelta(days=3)


def reconciled(world, **how):
    edges = Edges(world.states, world.store, world.bus, THREADS)
    return reconcile(edges, world.clock, how.pop("since", EVER), **how)


def kinds(world, **how):
    return sorted(finding.kind for finding in reconciled(world, **how).findings)


@pytest.fixture
def world():
    """A feed with two objects: three entries, one of them in two revisions."""
    world = World()
    world.add(URL)
    world.origin.serve(URL, rss(story("one"), story("two")))
    world.poll(FEED)
    world.later(days=1)
    world.origin.serve(URL, rss(story("one", "An edit."), story("two"), story("three")))
    world.poll(FEED, force=True)
    world.later(hours=1)
    return world


def crashed(world, at: str, *items: str) -> None:
    world.origin.serve(URL, rss(*items, story("two")))
    world.at(at, Crash())
    with pytest.raises(Crash):
        world.poll(FEED, force=True)


def test_a_world_in_order_agrees(world):
    world.add("https://quiet.example/rss")
    done = reconciled(world)
    assert (done.feeds, done.objects, done.entries, done.findings) == (2, 2, 4, [])


@pytest.mark.case("D27")
def test_d27_a_dropped_event_is_found_reported_with_its_age_and_repaired(world):
    crashed(world, "bus.announce", story("four"))
    before = len(world.bus.sent)
    world.later(minutes=30)
    (finding,) = reconciled(world).findings
    assert (finding.kind, finding.feed_id, finding.repaired) == ("outbox", FEED, False)
    assert finding.detail.startswith("not announced for 0:30:00: entries/date=2026-05-05/")
    assert len(world.bus.sent) == before
    (finding,) = reconciled(world, repair=True).findings
    assert finding.repaired
    assert len(world.bus.sent) == before + 1
    assert kinds(world) == []


@pytest.mark.case("D27")
def test_d27_a_crash_before_the_entries_are_stored_is_repaired_from_staging(world):
    crashed(world, "store.put entries", story("four"))
    world.later(minutes=30)
    assert len(world.store.under("entries/")) == 2
    assert kinds(world, repair=True) == ["outbox"]
    assert len(world.store.under("entries/")) == 3
    assert world.store.under("staging/") == []
    assert kinds(world) == []


def test_an_outbox_whose_entries_are_gone_is_said_and_holds_the_feed_up_until_it_is_repaired(world):
    crashed(world, "store.put entries", story("four"))
    world.later(minutes=30)
    world.store.discard(world.store.under("staging/"))
    for _ in range(2):
        lost, outbox = reconciled(world).findings
        assert (lost.kind, outbox.kind) == ("lost", "outbox")
        assert "before it was announced: entries/date=2026-05-05/" in lost.detail
        assert world.poll(FEED, force=True).unfinished == (FEED,)
    world.bus.sent.clear()
    lost, outbox = reconciled(world, repair=True).findings
    assert (lost.repaired, outbox.repaired) == (False, True)
    assert [sent.detail_type for sent in world.bus.sent] == ["Feed Gap Suspected"]
    world.origin.serve(URL, rss(story("five"), story("four")))
    assert [(report.outcome, report.new) for report in world.poll(FEED, force=True).reports] == [("published", 1)]


def test_an_outbox_that_a_poll_gave_up_or_changed_meanwhile_is_left_to_the_next_repair(world):
    crashed(world, "store.put entries", story("four"))
    world.later(minutes=30)
    world.store.discard(world.store.under("staging/"))
    world.at("states.commit", CommitConflict("another came first"))
    assert [finding.repaired for finding in reconciled(world, repair=True).findings] == [False, False]
    assert [finding.repaired for finding in reconciled(world, repair=True).findings] == [False, True]


def test_an_outbox_that_a_poll_may_be_at_work_on_is_no_finding(world):
    crashed(world, "bus.announce", story("four"))
    world.later(minutes=9)
    assert kinds(world) == []


def test_what_a_poll_staged_and_forgot_is_found_and_discarded(world):
    world.at("store.discard", Crash())
    world.origin.serve(URL, rss(story("four"), story("two")))
    with pytest.raises(Crash):
        world.poll(FEED, force=True)
    assert kinds(world) == ["staged"]
    assert kinds(world, repair=True, feed_id=FEED) == ["staged"]
    assert world.store.under("staging/") == []
    assert kinds(world) == []


def test_what_is_staged_for_the_next_revision_may_yet_be_committed_and_stays(world):
    crashed(world, "states.commit", story("four"))
    world.later(days=1)
    assert kinds(world, repair=True) == []
    assert len(world.store.under("staging/")) == 1


def test_an_object_that_was_never_committed_is_found_and_left(world):
    (key, *_) = world.store.under("entries/")
    stray = keys.entries_key(FEED, world.state(FEED).rev + 99, world.clock().date())
    world.store.put(stray, world.store.objects[key], "application/x-ndjson")
    done = reconciled(world, repair=True)
    assert [(finding.kind, finding.key) for finding in done.findings] == [("uncommitted", stray)]
    assert stray in world.store.objects


def test_an_object_that_holds_what_another_holds_is_found(world):
    first, second = world.store.under("entries/")
    world.store.objects[second] += world.store.objects[first].splitlines(keepends=True)[0]
    assert kinds(world) == ["twice"]


@pytest.mark.parametrize("body", [b"", b"no json\n"])
def test_an_object_that_cannot_be_read_is_found_and_so_is_what_it_held(world, body):
    world.store.objects[world.store.under("entries/")[0]] = body
    assert kinds(world) == ["missing", "missing", "unreadable"]


def test_a_revision_or_an_entry_that_the_state_does_not_know_is_found(world):
    later = world.state(FEED)
    first = World()
    first.add(URL)
    first.origin.serve(URL, rss(story("one"), story("two")))
    first.poll(FEED)
    world.states._replace(FEED, first.state(FEED).model_copy(update={"rev": later.rev}))
    assert kinds(world) == ["ahead", "unknown"]


@pytest.mark.parametrize("lost", [0, 1])
def test_entries_that_are_known_and_nowhere_stored_are_found(world, lost):
    world.store.discard([world.store.under("entries/")[lost]])
    done = reconciled(world)
    assert [finding.kind for finding in done.findings] == ["missing", "missing"]
    assert all("not stored, and announced" in finding.detail for finding in done.findings)


def test_a_feed_of_which_nothing_is_stored_is_found_too(world):
    world.store.discard(world.store.under("entries/"))
    assert kinds(world) == ["missing"] * 3


def test_what_lies_before_the_day_is_not_asked_for(world):
    first, _ = world.store.under("entries/")
    world.store.discard([first])
    done = reconciled(world, since=START + timedelta(hours=12))
    assert (done.objects, done.findings) == (1, [])


def test_what_a_new_only_feed_passed_over_is_not_missing():
    world = World()
    Registry(world.states, world.secrets).add(Subscription(URL, new_only=True), world.clock())
    world.origin.serve(URL, rss(story("one"), story("two")))
    world.poll(FEED)
    world.later(days=1)
    world.origin.serve(URL, rss(story("one", "An edit."), story("two"), story("three")))
    world.poll(FEED, force=True)
    assert kinds(world) == []
    world.store.discard(world.store.under("entries/"))
    assert kinds(world) == ["missing"]


def test_what_a_feed_brought_before_it_was_removed_and_added_again_is_its_own_matter(world):
    world.states.remove(FEED)
    assert kinds(world) == []
    world.add(URL)
    assert kinds(world) == []


def test_a_poll_that_comes_between_listing_and_state_is_no_finding(world):
    load, polled = world.states.load, []

    def and_a_poll_meanwhile(feed_ids):
        if not polled:
            polled.append(True)
            world.origin.serve(URL, rss(story("two"), story("four")))
            world.states.load = load
            with ThreadPoolExecutor(1) as another:
                another.submit(world.poll, FEED, force=True).result()
        return load(feed_ids)

    world.states.load = and_a_poll_meanwhile
    assert kinds(world) == []
    assert polled
