"""The daily reconcile: a round a day, in as many parts as it takes, and each thing found once."""

from __future__ import annotations

import pytest
from fakes.calls import FAILED
from fakes.origin import rss, story
from fakes.world import THREADS, World

from feedriver import keys
from feedriver.poll.edges import Edges
from feedriver.repair.daily import Compared, reconcile_daily

URLS = [f"https://paper{number}.example/rss" for number in range(120)]


def compared(world, *, steps: int = 1_000) -> Compared | None:
    """An hour's part of it, which has time for so many steps."""
    left = iter(range(steps - 1))
    edges = Edges(world.states, world.store, world.bus, THREADS)
    return reconcile_daily(edges, world.clock, lambda: next(left, None) is not None)


def kinds(done: Compared | None) -> list[str]:
    return sorted(finding.kind for finding in done.done.findings)


@pytest.fixture
def world():
    """120 feeds, each with an object; the ids of the first three, in the order that they are gone through."""
    world = World()
    feeds = [world.add(url) for url in URLS]
    for url in URLS:
        world.origin.serve(url, rss(story("one"), story("two")))
    world.poll(*feeds)
    world.later(hours=1)
    return world


@pytest.mark.long
def test_a_world_in_order_has_one_round_a_day(world):
    first = compared(world)
    assert (first.done.feeds, first.done.objects, first.done.findings) == (120, 120, [])
    assert (first.round.after, first.failure) == (None, None)
    world.later(hours=1)
    assert compared(world) is None
    world.later(days=1)
    second = compared(world)
    assert (second.round.since, second.done.objects, second.done.findings) == (first.round.began, 0, [])


@pytest.mark.long
def test_a_round_without_time_goes_on_each_hour_and_sees_each_thing_once(world):
    parts = []
    while (part := compared(world, steps=1)) is not None:
        parts.append(part)
        world.later(minutes=5)
        assert len(parts) < 10
    assert [part.round.after is None for part in parts] == [False, False, False, False, False, True]
    assert [part.round.part for part in parts] == ["objects", "objects", "objects", "states", "staging", "staging"]
    assert [part.done.objects for part in parts] == [50, 50, 20, 0, 0, 0]
    assert [part.done.feeds for part in parts] == [0, 0, 0, 0, 120, 0]
    assert not any(part.done.findings for part in parts)
    assert len({part.round.began for part in parts}) == 1


@pytest.mark.long
@pytest.mark.case("D27")
@pytest.mark.parametrize("steps", [1, 2, 1_000])
def test_d27_whatever_is_wrong_is_found_once_in_a_round_of_any_number_of_parts(world, steps):
    first, *_, last = sorted(world.states.items)
    day = world.clock().date()
    stray = keys.entries_key(last, world.state(last).rev + 99, day)
    world.store.put(stray, world.store.get(world.store.under("entries/")[0]), "text/plain")
    world.store.discard([key for key in world.store.under("entries/") if first in key])
    world.store.put(keys.staging_key(first, 1, b"over"), b"over", "text/plain")
    world.later(minutes=1)
    found = []
    while (part := compared(world, steps=steps)) is not None:
        found += part.done.findings
    assert sorted((finding.kind, finding.feed_id) for finding in found) == [
        ("missing", first),
        ("missing", first),
        ("staged", first),
        ("uncommitted", last),
    ]
    assert [finding.repaired for finding in found] == [finding.kind == "staged" for finding in found]
    world.later(days=1)
    assert kinds(compared(world)) == []


@pytest.mark.long
def test_what_is_written_while_a_round_is_under_way_is_in_the_next(world):
    compared(world, steps=1)
    gone_through = min(world.states.items)
    url = world.state(gone_through).url
    world.origin.serve(url, rss(story("three"), story("one")))
    world.later(hours=1)
    world.poll(gone_through, force=True)
    newest = f"/{world.state(gone_through).rev}.jsonl"
    (key,) = [key for key in world.store.under("entries/") if gone_through in key and key.endswith(newest)]
    world.store.discard([key])
    while compared(world) is not None:
        pass
    world.later(days=1)
    assert kinds(compared(world)) == ["missing"]


@pytest.mark.long
def test_after_a_month_at_rest_the_round_is_on_all_that_was_written_since(world):
    compared(world)
    world.poll(*world.states.items, force=True)
    world.later(days=1)
    feed_id = min(world.states.items)
    world.origin.serve(world.state(feed_id).url, rss(story("three"), story("one")))
    world.poll(feed_id, force=True)
    world.later(days=30)
    done = compared(world).done
    assert (done.objects, done.findings) == (1, [])


def test_the_step_that_aws_fails_in_is_done_again_and_nothing_found_is_forgotten(world):
    first, *_, last = sorted(world.states.items)
    world.store.objects.update({key: b"no entry" for key in world.store.under("entries/") if first in key})
    world.store.discard([key for key in world.store.under("entries/") if last in key])
    world.at("states.stretch", FAILED)
    interrupted = compared(world)
    assert (interrupted.round.part, interrupted.round.after, interrupted.failure) == ("states", "", FAILED)
    assert kinds(interrupted) == ["missing", "missing", "unreadable"]
    resumed = compared(world)
    assert (resumed.round.part, resumed.round.after, resumed.failure) == ("staging", "", None)
    assert interrupted.done.objects + resumed.done.objects == 119
    assert [finding.feed_id for finding in resumed.done.findings] == [last, last]


def test_an_hour_that_goes_on_with_a_round_leaves_the_next_part_to_the_hour_after_it(world):
    parts = [compared(world, steps=1)]
    while parts[-1].round.after is not None:
        parts.append(compared(world))
    assert [part.round.part for part in parts] == ["objects", "states", "staging", "staging"]
    assert [part.done.objects for part in parts] == [50, 70, 0, 0]
    assert compared(world) is None


@pytest.mark.long
def test_a_place_that_another_version_wrote_begins_a_round(world):
    world.states.stop("reconcile", '{"part": "poems"}')
    assert compared(world).done.objects == 120


@pytest.mark.long
def test_an_outbox_that_was_left_is_announced_and_what_cannot_be_is_counted(world):
    feed_id, other, *_ = sorted(world.states.items)
    for each in (feed_id, other):
        world.origin.serve(world.state(each).url, rss(story("three"), story("one")))
        world.at("store.put entries", FAILED)
        world.poll(each, force=True)
        world.calm()
    world.store.discard([pending.staged for pending in world.state(other).outbox])
    world.later(hours=1)
    done = compared(world).done
    assert sorted((finding.feed_id, finding.kind, finding.repaired) for finding in done.findings) == sorted(
        [(feed_id, "outbox", True), (other, "outbox", True), (other, "lost", False)]
    )
    assert done.counts["Disagreements"] == 1
    assert world.state(feed_id).outbox == ()
