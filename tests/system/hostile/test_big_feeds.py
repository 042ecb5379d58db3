"""Feeds of ten thousand entries and more, of which a few are new."""

import pytest
from documents import Reader, brought, item
from fakes.origin import rss, story
from fakes.world import World

from feedriver.aws.item import MOST_BYTES, size, to_item

pytestmark = pytest.mark.long

URL = "https://paper.example/rss"
ENTRIES = 10_000


@pytest.mark.case("B22")
def test_b22_three_new_entries_among_ten_thousand_are_three_events():
    world = World()
    feed = world.add(URL)
    old = [story(str(number), "x") for number in range(ENTRIES - 3)]
    world.origin.serve(URL, rss(*old), etag='"1"')
    world.poll(feed)
    announced = len(world.bus.sent)
    assert announced == ENTRIES - 3
    world.later(days=1)
    world.origin.serve(URL, rss(*(story(f"new-{number}") for number in range(3)), *old), etag='"2"')
    (report,) = world.poll(feed).reports
    assert (report.new, report.updated) == (3, 0)
    assert len(world.bus.sent) == announced + 3
    assert len(world.state(feed).seen) < 400_000  # what an item of the table may hold


@pytest.mark.case("X07")
def test_x7_a_feed_in_ascending_order_over_the_capacity_has_each_new_entry_announced():
    """With 10,001 items and more the new ones stand where nothing was read any more."""
    reader = Reader()
    items = [item(f"Story {number}", guid=f"urn:{number}", text="x") for number in range(12_002)]
    assert reader.read(*items[:12_000]).new == 12_000
    for last in (12_001, 12_002):
        decided = reader.read(*items[:last])
        assert brought(decided) == [(f"Story {last - 1}", 1)]
        assert len(decided.state.seen) + len(decided.state.bare) < 381_000
        assert size(to_item(reader.state)) < MOST_BYTES
