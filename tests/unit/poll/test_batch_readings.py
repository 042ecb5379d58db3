"""One feed read again and again, whole pipeline: who is who, what is gone, and what a better parser changes."""

from __future__ import annotations

import json

import pytest
from fakes.origin import rss, story
from fakes.world import World

from feedriver.events import EntryDeleted, parse_event
from feedriver.models import Entry
from feedriver.parse.normalize import entry, text
from feedriver.parse.xml.tombstones import NAMESPACE

URL = "https://paper.example/rss"
OTHER = "https://other.example/rss"


@pytest.fixture
def world():
    return World()


def told(world):
    """Each event sent: its detail-type, and the title and revision of its entry, if any."""
    found = []
    for sent in world.bus.sent:
        about = json.loads(sent.detail)["data"].get("entry", {})
        found.append((sent.detail_type, about.get("title"), about.get("revision")))
    return found


def read(world, feed, body, **said):
    world.later(hours=25)
    world.bus.sent.clear()
    world.origin.serve(URL, body, **said)
    (report,) = world.poll(feed).reports
    return report


@pytest.mark.case("I04")
def test_i04_one_guid_in_two_feeds_is_two_entries_in_two_objects(world):
    feeds = [world.add(URL), world.add(OTHER)]
    for url in (URL, OTHER):
        world.origin.serve(url, rss(story("a")))
    world.poll(*feeds)
    keys = world.store.under("entries/")
    lines = [Entry.model_validate_json(world.store.objects[key]) for key in keys]
    assert len({line.id for line in lines}) == len(keys) == len(world.bus.sent) == 2
    assert [line.guid for line in lines] == ["id-a", "id-a"]


@pytest.mark.case("P22")
@pytest.mark.parametrize("number", [0, 50, 99])
def test_p22_one_bad_item_among_ninety_nine_good_ones_is_rejected_with_its_reason(world, monkeypatch, number):
    built = entry._item

    def fragile(source, *rest):
        if source.guid == f"id-{number}":
            raise RecursionError
        return built(source, *rest)

    monkeypatch.setattr(entry, "_item", fragile)
    report = read(world, world.add(URL), rss(*(story(str(each)) for each in range(100))))
    assert (report.outcome, report.new, report.rejected) == ("published", 99, 1)
    assert ("Entry Published", f"Story {number}", 1) not in told(world)


@pytest.mark.case("P24")
def test_p24_a_parser_that_reads_the_same_otherwise_announces_nothing(world, monkeypatch):
    feed = world.add(URL)
    stories = [story(str(number), "&lt;p&gt;All of it.&lt;/p&gt;") for number in range(20)]
    assert read(world, feed, rss(*stories)).new == 20
    read_before = text.body_of

    def better(*given):
        body = read_before(*given)
        return body._replace(text=f"{body.text} Better.", html=body.html.upper())

    monkeypatch.setattr(entry, "body_of", better)
    report = read(world, feed, rss(*stories, head="<title>The Paper</title><ttl>60</ttl>"))
    assert (report.new, report.updated, told(world)) == (0, 0, [])
    (sent,) = read(world, feed, rss(story("0", "Edited."), *stories[1:])) and world.bus.sent
    assert json.loads(sent.detail)["data"]["entry"]["text"] == "Edited. Better."


@pytest.mark.case("P23")
def test_p23_another_feed_at_the_address_is_told_before_its_entries(world):
    feed = world.add(URL)
    read(world, feed, rss(story("a"), head="<title>The Paper</title><link>https://paper.example/</link>"))
    read(world, feed, rss(story("x"), head="<title>Bonuses</title><link>https://bonuses.example/</link>"))
    assert told(world) == [("Feed Identity Changed", None, None), ("Entry Published", "Story x", 1)]
    data = json.loads(world.bus.sent[0].detail)["data"]
    assert (data["title_before"], data["title"]) == ("The Paper", "Bonuses")
    assert (data["link_before"], data["link"]) == ("https://paper.example/", "https://bonuses.example/")


def atom(*entries, head=""):
    inside = "".join(f"<entry><id>urn:{name}</id><title>{name}</title></entry>" for name in entries)
    bound = f'xmlns="http://www.w3.org/2005/Atom" xmlns:at="{NAMESPACE}"'
    return f"<feed {bound}><id>urn:feed</id><title>T</title>{head}{inside}</feed>".encode()


TOMBSTONE = '<at:deleted-entry ref="urn:a" when="2026-05-04T12:00:00Z"/>'


@pytest.mark.case("I17")
def test_i17_a_tombstone_in_the_document_becomes_an_event_and_its_absence_none(world):
    feed = world.add(URL)
    read(world, feed, atom("a", "b"))
    published = {json.loads(sent.detail)["data"]["entry"]["title"]: sent for sent in world.bus.sent}
    read(world, feed, atom("b"))
    assert told(world) == []
    read(world, feed, atom("b", head=TOMBSTONE))
    (sent,) = world.bus.sent
    envelope = {"source": "feedriver", "detail-type": sent.detail_type, "detail": json.loads(sent.detail)}
    deleted = parse_event(json.dumps(envelope))
    assert isinstance(deleted, EntryDeleted)
    assert deleted.detail.data.entry_id == json.loads(published["a"].detail)["data"]["entry"]["id"]
    read(world, feed, atom("c", "b", head=TOMBSTONE))
    assert told(world) == [("Entry Published", "c", 1)]
    read(world, feed, atom("a", "b"))
    assert told(world) == [("Entry Updated", "a", 2)]


@pytest.mark.case("I17")
def test_i17_a_deletion_that_was_not_sent_is_sent_with_the_next_poll_to_the_letter(world):
    feed = world.add(URL)
    read(world, feed, atom("a", "b"))
    world.later(hours=25)
    world.origin.serve(URL, atom("b", head=TOMBSTONE))
    world.bus.sent.clear()
    world.bus.refuse_after(0)
    world.poll(feed)
    world.bus.accept()
    world.later(hours=25)
    world.poll(feed)
    (sent,) = world.bus.sent
    assert (sent.detail_type, world.state(feed).outbox) == ("Entry Deleted", ())


@pytest.mark.case("I19")
def test_i19_the_last_version_of_a_volatile_entry_arrives_though_its_host_offers_validators(world):
    feed = world.add(URL)
    for views in range(20):
        world.later(hours=1)
        world.origin.serve(URL, rss(story("a", f"read {views} times")), etag=f'"{views}"')
        world.poll(feed)
    assert told(world)[-1] == ("Entry Updated", "Story a", 6)
    while world.clock().day == 4 or len(world.bus.sent) < 7:
        world.until_its_turn(feed)
        world.poll(feed)
    entry_now = json.loads(world.bus.sent[-1].detail)["data"]["entry"]
    assert (entry_now["text"], entry_now["revision"], entry_now["marks"]) == ("read 19 times", 7, ["volatile"])
    world.until_its_turn(feed)
    (report,) = world.poll(feed).reports
    assert (report.outcome, len(world.bus.sent)) == ("not_modified", 7)


@pytest.mark.case("I17")
def test_i17_more_deletions_than_one_outbox_takes_are_all_told_though_the_document_stays_as_it_is(world):
    feed = world.add(URL)
    names = [f"{number:0200}" for number in range(100)]
    read(world, feed, atom(*names, "b"), etag='"1"')
    stones = "".join(f'<at:deleted-entry ref="urn:{name}"/>' for name in names)
    world.bus.sent.clear()
    world.origin.serve(URL, atom("b", head=stones), etag='"2"')
    polls = 0
    while polls == 0 or world.log[-2] == "states.clear_outbox":
        world.later(hours=25)
        world.poll(feed)
        polls += 1
    assert 3 < polls < 10
    ids = [json.loads(sent.detail)["data"]["entry_id"] for sent in world.bus.sent]
    assert len(ids) == len(set(ids)) == 100
