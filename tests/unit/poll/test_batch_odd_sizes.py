"""Entries of too much and of too little: the largest are delivered whole, the smallest have a key or a reason."""

from __future__ import annotations

import hashlib

import pytest
from fakes.origin import rss
from fakes.world import World

from feedriver.events import SOURCE, parse_event
from feedriver.models import Entry
from feedriver.parse import parse
from feedriver.poll.announcements import ENVELOPE_BYTES, EVENT_BYTES

URL = "https://paper.example/rss"
OTHER = "<guid>other</guid><title>Other</title>"


@pytest.fixture
def world():
    return World()


def polled(world, *items):
    feed = world.add(URL)
    world.origin.serve(URL, rss(*items))
    (report,) = world.poll(feed).reports
    return report


def envelope(sent):
    return f'{{"source": "{SOURCE}", "detail-type": "{sent.detail_type}", "detail": {sent.detail}}}'


def lines(world):
    """Each entry stored, as bytes."""
    return [line for key in world.store.under("entries/") for line in world.store.objects[key].splitlines()]


@pytest.mark.case("P16")
@pytest.mark.parametrize("size", [256 * 1024, 400 * 1024, 990_000])  # a body has a million bytes at most
@pytest.mark.parametrize("letter", ["a", "新"])
def test_p16_an_entry_of_any_size_is_stored_whole_and_its_event_points_to_it(world, letter, size):
    text = letter * (size // len(letter.encode()) + 1)
    polled(world, f"<guid>1</guid><title>Long</title><description>{text}</description>")
    (line,) = lines(world)
    assert len(line) > size
    assert Entry.model_validate_json(line).text == text

    (sent,) = world.bus.sent
    assert len((SOURCE + sent.detail_type + sent.detail).encode()) + 14 <= EVENT_BYTES
    data = parse_event(envelope(sent)).detail.data
    assert {"html", "text"} <= set(data.trimmed)
    assert data.entry.title == "Long"
    pointed = world.store.objects[data.object.key][data.object.offset :][: data.object.length]
    assert (pointed, data.object.sha256) == (line, hashlib.sha256(line).hexdigest())


@pytest.mark.case("P16")
def test_p16_the_limit_is_counted_in_bytes_of_utf_8_and_not_in_letters(world):
    letters = (EVENT_BYTES - ENVELOPE_BYTES) * 2 // 5  # twice: as text and HTML
    texts = {letter: letter * letters for letter in "a新"}
    polled(world, *(f"<guid>{each}</guid><description>{text}</description>" for each, text in texts.items()))
    trimmed = {}
    for sent in world.bus.sent:
        data = parse_event(envelope(sent)).detail.data
        trimmed[data.entry.guid] = data.trimmed
    assert trimmed == {"a": (), "新": ("html", "text")}


LITTLE = {
    "only a title": ("<title>Alone</title>", "content"),
    "only a text": ("<description>Alone</description>", "content"),
    "only an enclosure": ('<enclosure url="https://paper.example/a.mp3" type="audio/mpeg" length="1"/>', "content"),
    "only a link": ("<link>https://paper.example/1</link>", "link"),
    "only a guid": ("<guid>1</guid>", "guid"),
}


@pytest.mark.case("P17")
@pytest.mark.parametrize("kind", LITTLE)
def test_p17_an_item_that_says_one_thing_alone_has_a_key_that_stays(world, kind):
    inner, rung = LITTLE[kind]
    polled(world, inner, OTHER)
    found = [Entry.model_validate_json(line) for line in lines(world)]
    (alone,) = [entry for entry in found if entry.guid != "other"]
    assert alone.identified_by == rung

    world.later(hours=25)
    world.bus.sent.clear()
    moved = rss("<guid>new</guid><title>New</title>", f"\n{inner}\n", OTHER)
    world.origin.serve(URL, moved)
    (report,) = world.poll(alone.feed.id).reports
    assert (report.new, report.updated, report.rejected) == (1, 0, 0)


@pytest.mark.case("P17")
def test_p17_two_items_that_say_one_thing_each_are_two_entries(world):
    report = polled(world, *(inner for inner, _ in LITTLE.values()))
    assert report.new == len({Entry.model_validate_json(line).id for line in lines(world)}) == len(LITTLE)


@pytest.mark.case("P17")
@pytest.mark.parametrize("empty", ["<item/>", "<item></item>", "<item><guid> </guid><title/><link>\n</link></item>"])
def test_p17_an_item_that_says_nothing_is_counted_with_its_reason_and_has_no_key(world, empty):
    feed = world.add(URL)
    world.origin.serve(URL, rss("", OTHER, "").replace(b"<item></item>", empty.encode()))
    (report,) = world.poll(feed).reports
    assert (report.new, report.rejected) == (1, 2)
    assert [Entry.model_validate_json(line).guid for line in lines(world)] == ["other"]
    parsed = parse(rss("", OTHER).replace(b"<item></item>", empty.encode()), URL)
    assert [(each.index, each.reason) for each in parsed.rejected] == [(0, "empty")]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("text/xml; charset=\xe2\x80\x9cutf-8\xe2\x80\x9d", "text/xml; charset=???utf-8???"),
        (f"text/xml; boundary={'x' * 30_000}", f"text/xml; boundary={'x' * 30_000}"[:1_000]),
        ("", "application/octet-stream"),
    ],
)
def test_a_document_is_kept_whatever_its_content_type_and_with_one_that_s3_takes(world, said, kept):
    feed = world.add(URL)
    world.origin.serve(URL, rss(OTHER), headers={"content-type": said})
    (report,) = world.poll(feed).reports
    assert report.outcome == "published"
    (raw,) = world.store.under("raw/")
    assert world.store.labels[raw] == (kept, "gzip")
