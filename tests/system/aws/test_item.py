"""A feed's item stays under the 400 KB that DynamoDB takes, however much its publisher says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.calls import START
from fakes.origin import rss, story
from fakes.world import World
from hypothesis import example, given, settings
from hypothesis import strategies as st
from longest import LETTERS, record

from feedriver.aws.item import MOST_BYTES, from_item, size, to_item
from feedriver.decide import item_limit, seen
from feedriver.decide.fingerprint import FINGERPRINT_VERSION
from feedriver.decide.seen import Fingerprint, Seen, SeenEntry
from feedriver.parse import heading
from feedriver.state import FeedState, Pending
from feedriver.trimming import json_bytes

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


@settings(max_examples=60)
@given(st.sampled_from(LETTERS), st.integers(1, 300), st.integers(0, 12), st.integers(0, seen.CAPACITY))
@example("🗞", 300, 12, seen.CAPACITY)
@example("\x01", 300, 12, seen.CAPACITY)
def test_a_state_with_the_longest_of_everything_in_each_of_its_fields_fits_into_an_item(letter, length, many, entries):
    """Each field of the state, those that are still to come too, as long as its type lets it be."""
    known = seen.pack(Seen({}), (), entries_of(entries), DAY, FINGERPRINT_VERSION)
    packed = {"seen": known, "bare": bytes(6_001), "window": bytes(60_000), "heading": bytes(heading.MOST)}
    state = record(FeedState, lambda: letter * length, many, schema_version=1, **packed)
    fitting = item_limit.fitted(state)
    assert size(to_item(fitting)) <= MOST_BYTES
    assert size(to_item(fitting)) <= item_limit.size(fitting)
    assert fitting == item_limit.fitted(fitting)
    assert from_item(to_item(fitting)) == fitting
    if item_limit.size(state) <= MOST_BYTES:
        assert fitting == state
    if len(fitting.seen) < len(known):
        assert item_limit.size(fitting) > MOST_BYTES - 38
        assert not fitting.window


def entries_of(count: int) -> list[SeenEntry]:
    """Known entries, last seen a day apart."""
    prints = Fingerprint((7,) * 8, 7)
    days = timedelta(days=1)
    return [SeenEntry(n.to_bytes(6, "big"), bytes(6), prints, 1, DAY + days * (n % 400), START) for n in range(count)]


def hostile_atom(letter: str, name: str, entries: int) -> bytes:
    """A head that says the most it can, in four bytes a character, and a document of many entries."""
    items = "".join(f"<entry><id>tag:{name}-{number}</id><title>t</title></entry>" for number in range(entries))
    link = f"https://{name}.example/{letter * 168}"
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><id>{letter * 290}{name}</id><title>{letter * 1_999}{name}</title>'
        f'<link href="{link}"/><icon>{link}</icon>{items}</feed>'
    ).encode()


@pytest.mark.case("X10")
@pytest.mark.parametrize("letter", ["😀", '"', "é"])
def test_x10_a_full_feed_that_becomes_another_one_fits_with_all_that_it_knew(letter):
    world = World()
    feed = world.add("https://evil.example/" + "x" * 2_020)
    url = world.state(feed).url
    known = seen.pack(Seen({}), (), entries_of(seen.CAPACITY), DAY - timedelta(days=400), FINGERPRINT_VERSION)
    for name in "ab":
        etag = f'"{letter.encode().decode("latin-1") * 60}{name}"'
        world.origin.serve(url, hostile_atom(letter, name, 20), etag=etag, last_modified="m" * 1_000)
        (report,) = world.poll(feed, force=True).reports
        assert (report.outcome, report.new) == ("published", 20)
        (committed,) = [told for called, told in world.calls.about if called == "states.commit"]
        assert size(to_item(committed)) <= MOST_BYTES
        assert json_bytes(committed.title) <= item_limit.LONGEST_TITLE + len('""')
        world.states.items[feed] = world.state(feed).model_copy(update={"seen": known})
        world.later(hours=2)
    assert len(seen.unpack(committed.seen)[0]) == seen.CAPACITY
    assert "Feed Identity Changed" in {each.event for each in committed.outbox}


def test_a_window_that_has_no_room_in_the_item_is_left_out_and_nothing_else_is():
    event = Pending(at=START, event="Feed Moved", about={"moved_from": "x" * 25_000})
    state = FeedState(
        feed_id="a7", url=URL, added=START - timedelta(days=1), slot="60:1", every=60,
        seen=bytes(380_002), window=bytes(9_000), outbox=(event,),
    )  # fmt: skip
    assert item_limit.fitted(state) == state.model_copy(update={"window": b""})
    assert size(to_item(item_limit.fitted(state))) < MOST_BYTES
    smaller = state.model_copy(update={"outbox": ()})
    assert item_limit.fitted(smaller) == from_item(to_item(smaller)) == smaller
