"""From what an outbox names to events: their ids, their pointers into S3, and their size."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from announced import AT, KEY, STATE, announced, deepened, entry, envelope, lines
from hypothesis import given, settings
from hypothesis import strategies as st

from feedriver.events import SOURCE, parse_event
from feedriver.models import (
    Category,
    Comments,
    Enclosure,
    Entry,
    Image,
    Origin,
    Person,
    Place,
    Podcast,
    Reply,
    Resource,
    Source,
)
from feedriver.poll import announcements
from feedriver.poll.announcements import EVENT_BYTES
from feedriver.state import Pending


def size(announcement) -> int:
    """As EventBridge counts: source, detail-type and detail in UTF-8, and 14 for the time."""
    return len((SOURCE + announcement.detail_type + announcement.detail).encode()) + 14


DELETION = {"entry_id": "e" * 32, "revision": 3, "guid": "urn:1", "when": (AT - timedelta(hours=1)).isoformat()}


@pytest.mark.case("I17")
def test_i17_the_id_of_a_deletion_follows_feed_entry_and_revision_and_is_no_entry_versions():
    def identified(at=AT, **changes):
        pending = Pending(at=at, event="Entry Deleted", about=DELETION | changes)
        return parse_event(envelope(announcements.feed_announcement(STATE, pending))).detail.metadata.event_id

    assert identified(at=AT + timedelta(days=1), when=None) == identified()
    version = announcements.event_id(STATE.feed_id, DELETION["entry_id"], DELETION["revision"])
    assert len({identified(), identified(revision=4), identified(entry_id="f" * 32), version}) == 4


def test_an_object_of_entries_is_no_event_on_the_feed():
    with pytest.raises(ValueError, match="object of entries"):
        announcements.feed_announcement(STATE, Pending(at=AT, key=KEY))


def test_an_announcement_made_from_memory_and_one_made_from_the_store_are_the_same_to_the_letter():
    stored = lines(entry(), entry(id="1" * 32, text="Grüße"))
    from_memory = list(announcements.entry_announcements(stored, "the-bucket", KEY, AT))
    assert list(announcements.entry_announcements(bytes(bytearray(stored)), "the-bucket", KEY, AT)) == from_memory


def test_an_event_id_follows_feed_entry_and_revision_and_nothing_else():
    def identified(**changes):
        (announcement,) = announced(entry(**changes))
        return json.loads(announcement.detail)["metadata"]["event_id"]

    same = identified()
    assert identified(text="other", seen=AT + timedelta(days=1)) == same
    others = [
        identified(id="1" * 32),
        identified(revision=2),
        identified(feed=Source(id="00000000000000a8", url="https://a.example/")),
    ]
    assert len({same, *others}) == 4


def test_the_parts_of_an_event_id_do_not_run_into_each_other():
    assert announcements.event_id("a", 11) != announcements.event_id("a1", 1)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.lists(texts, max_size=5))
@settings(max_examples=50)
def test_each_pointer_gives_the_bytes_of_its_own_entry(found):
    entries = [entry(id=f"{number:032x}", text=text) for number, text in enumerate(found)]
    stored = lines(*entries)
    for sent, announcement in zip(entries, announced(*entries), strict=True):
        pointer = parse_event(envelope(announcement)).detail.data.object
        line = stored[pointer.offset : pointer.offset + pointer.length]
        assert Entry.model_validate_json(line) == sent
        assert hashlib.sha256(line).hexdigest() == pointer.sha256
        assert (pointer.bucket, pointer.key) == ("the-bucket", KEY)
        assert stored[pointer.offset + pointer.length :][:1] == b"\n"


def room(**changes) -> int:
    """How many bytes of text an entry like this leaves."""
    (announcement,) = announced(entry(**changes))
    return EVENT_BYTES - announcements.ENVELOPE_BYTES - len(announcement.detail.encode())


@pytest.mark.case("P16")
@pytest.mark.parametrize(("over", "trimmed"), [(-1, ()), (0, ()), (1, ("text",))])
@pytest.mark.parametrize("letter", ["a", "ü", "新", "🗞"])
def test_p16_an_entry_is_trimmed_from_the_first_byte_too_many_on(letter, over, trimmed):
    wanted = room() - (
        len(str(EVENT_BYTES)) - len(str(json.loads(announced(entry())[0].detail)["data"]["object"]["length"]))
    )
    count, rest = divmod(wanted + over, len(letter.encode()))
    (announcement,) = announced(entry(text=letter * count + "." * rest))
    data = parse_event(envelope(announcement)).detail.data
    assert data.trimmed == trimmed
    assert bool(data.entry.text) is not bool(trimmed)
    if not trimmed:
        assert len(announcement.detail.encode()) == EVENT_BYTES - announcements.ENVELOPE_BYTES + over
    assert size(announcement) <= EVENT_BYTES


def test_what_is_trimmed_goes_by_its_length_and_is_named_and_no_more_goes_than_must():
    large = "新" * 15_000
    (announcement,) = announced(entry(html=f"<p>{large}</p>", text=large, summary="short", images=()))
    data = parse_event(envelope(announcement)).detail.data
    assert data.trimmed == ("html",)
    assert (data.entry.html, data.entry.text, data.entry.summary) == (None, large, "short")
    (announcement,) = announced(entry(html=f"<p>{large}</p>", text=large, summary=large + large))
    assert parse_event(envelope(announcement)).detail.data.trimmed == ("summary", "html")


def test_an_entry_with_every_field_at_its_parsers_bound_still_fits():
    letter = "🗞"
    url = "https://a.example/" + letter * 169  # 12 bytes each as they are sent
    image = Image(url=url, source="media")
    large = entry(
        title=letter * 2_000,
        link=url,
        guid=letter * 4_096,
        published_raw=letter * 300,
        language=letter * 300,
        html=letter * 50_000,
        text=letter * 50_000,
        summary=letter * 50_000,
        authors=(Person(name=letter * 300),) * 100,
        categories=(Category(term=letter * 300),) * 100,
        enclosures=(Enclosure(url=url),) * 100,
        image=image,
        images=(image,) * 100,
        comments=Comments(url=url, feed=url),
        in_reply_to=Reply(id=letter * 4_096, url=url),
        origin=Origin(title=letter * 2_000, url=url, link=url, id=letter * 4_096),
        place=Place(name=letter * 300),
        podcast=Podcast(transcripts=(Resource(url=url),) * 20, chapters=Resource(url=url)),
        marks=("bidi", "title_cut", "future", "volatile"),
        feed=Source(id="00000000000000a7", url="https://a.example/", title=letter * 2_000, link=url, icon=url),
    )
    (announcement,) = announced(large)
    assert size(announcement) <= EVENT_BYTES
    data = parse_event(envelope(announcement)).detail.data
    assert data.entry.title == large.title
    assert {"html", "text", "images"} <= set(data.trimmed)
    assert data.object.length == len(large.model_dump_json().encode())


@pytest.mark.case("D24")
def test_d24_what_a_newer_poller_stored_and_did_not_announce_an_older_one_announces():
    line = json.dumps(deepened(json.loads(lines(entry())))).encode() + b"\n"
    (newer,), (own,) = announcements.entry_announcements(line, "the-bucket", KEY, AT), announced(entry())
    told, known = parse_event(envelope(newer)).detail, parse_event(envelope(own)).detail
    assert (told.metadata, told.data.entry) == (known.metadata, known.data.entry)
    assert told.data.object.sha256 == hashlib.sha256(line[:-1]).hexdigest()


def feed_event(event="Feed Gone", at=AT, **about):
    return announcements.feed_announcement(STATE, Pending(at=at, event=event, about=about or {"status": 410}))


def test_an_event_on_a_feed_is_of_the_time_when_it_happened_and_so_is_its_id():
    found = feed_event()
    assert (found.detail_type, found.time) == ("Feed Gone", AT)
    metadata = json.loads(found.detail)["metadata"]
    assert metadata["event_id"] == announcements.event_id(STATE.feed_id, "Feed Gone", AT.isoformat())
    assert len({feed_event().detail, feed_event(at=AT + timedelta(seconds=1)).detail}) == 2


def test_what_a_newer_version_noted_of_an_event_is_passed_over():
    assert feed_event(status=410, mood="sunny") == feed_event(status=410)


def test_an_event_on_a_feed_that_is_too_long_is_trimmed_and_names_what_was():
    found = feed_event("Feed Failing", code="dns", detail="x" * 100_000, count=3, since=AT.isoformat())
    assert size(found) <= EVENT_BYTES
    data = json.loads(found.detail)["data"]
    assert (data["code"], data["trimmed"], data["detail"]) == ("dns", ["detail"], None)
