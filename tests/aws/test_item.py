"""A feed's item stays under the 400 KB that DynamoDB takes, however much its publisher says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes import START, World, rss, story

from feedriver.aws.item import MOST_BYTES, from_item, size, to_item
from feedriver.decide import seen
from feedriver.decide.change import FINGERPRINT_VERSION
from feedriver.decide.seen import Fingerprint, Seen, SeenEntry
from feedriver.models import FeedState, Pending

URL = "https://paper.example/rss"
DAY = START.date()
LONG = "https://paper.example/" + "x" * 2_000
TOMBSTONE = "<at:deleted-entry xmlns:at='http://purl.org/atompub/tombstones/1.0' ref='id-{}'/>"


def full(*names: str) -> bytes:
    """A seen-set with no room left, which knows the stories of these names beside many others."""
    world = World()
    feed = world.add(URL)
    world.origin.serve(URL, rss(*map(story, names)))
    world.poll(feed)
    known, _ = seen.unpack(world.state(feed).seen)
    prints = Fingerprint((7,) * 8, 7)
    others = [
        SeenEntry(number.to_bytes(6, "big"), bytes(6), prints, 1, DAY, START)
        for number in range(seen.CAPACITY - len(known))
    ]
    return seen.pack(Seen({}), (), [*others, *known.values()], DAY, FINGERPRINT_VERSION)


@pytest.mark.parametrize("letter", ["x", "新", "📰"])
def test_a_full_feed_that_says_the_most_it_can_fits_into_its_item(letter):
    names = [str(number) for number in range(184)]
    world = World()
    feed = world.add(f"{URL}?{'x' * 1_900}")
    url = world.state(feed).url
    filled = world.state(feed).model_copy(update={"seen": full(*names)})
    world.states.items[feed] = filled
    head = f"<title>{letter * 3_000}</title><link>{LONG}</link><image><url>{LONG}</url></image>" + "".join(
        TOMBSTONE.format(name) for name in names[160:]
    )
    said = {"etag": f'"{"e" * 32_000}"', "last_modified": "m" * 32_000}
    world.origin.serve(url, rss(*map(story, names[:160]), story("new"), head=head), **said)
    (report,) = world.poll(feed).reports
    assert report.new == 1
    (committed,) = [told for name, told in world.calls.about if name == "states.commit"]
    assert len(committed.outbox) == 25
    assert committed.validators.body_sha256
    item = to_item(committed)
    assert size(item) < MOST_BYTES
    assert len(item["seen"]["B"]) == len(filled.seen)


def test_a_window_that_has_no_room_in_the_item_is_left_out_and_nothing_else_is():
    event = Pending(at=START, event="Feed Moved", about={"moved_from": "x" * 25_000})
    state = FeedState(
        feed_id="a7", url=URL, added=START - timedelta(days=1), slot="60:1", every=60,
        seen=bytes(380_002), window=bytes(9_000), outbox=(event,),
    )  # fmt: skip
    assert size(to_item(state)) < MOST_BYTES
    assert from_item(to_item(state)) == state.model_copy(update={"window": b""})
    smaller = state.model_copy(update={"outbox": ()})
    assert from_item(to_item(smaller)) == smaller
