"""What the bus carries: each event is read back as it was sent, by older and newer versions too."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from announced import AT, STATE, announced, deepened, entry, envelope
from pydantic import ValidationError

from feedriver.events import EntryDeleted, EntryPublished, EntryUpdated, FeedReported, parse_event
from feedriver.models import (
    Image,
    Person,
    Source,
)
from feedriver.poll import announcements
from feedriver.state import Pending


@pytest.mark.parametrize(
    ("changed", "kind", "detail_type"),
    [((), EntryPublished, "Entry Published"), (("title", "content"), EntryUpdated, "Entry Updated")],
)
def test_an_entry_is_read_back_as_it_was_announced(changed, kind, detail_type):
    sent = entry(
        changed=changed,
        text="Grüße 🗞\n\n“Quoted” \\ and \u2028 more",
        images=(Image(url="https://a.example/i.png", source="media", width=3),),
        authors=(Person(name="Ann"),),
        updated=AT + timedelta(hours=1),
    )
    (announcement,) = announced(sent)
    told = parse_event(envelope(announcement))
    assert isinstance(told, kind)
    assert told.detail_type == announcement.detail_type == detail_type
    assert told.detail.data.entry == sent
    assert told.detail.data.trimmed == ()
    assert told.detail.metadata.occurred_at == announcement.time == AT
    assert parse_event(envelope(announcement).encode()) == told


@pytest.mark.parametrize(
    ("event", "about"),
    [
        ("Feed Failing", {"code": "dns", "detail": "no such host", "count": 3, "since": AT.isoformat()}),
        ("Feed Recovered", {"code": "dns", "count": 7, "since": AT.isoformat()}),
        ("Feed Silent", {"since": AT.isoformat()}),
        ("Feed Moved", {"moved_from": "https://old.example/", "count": 10, "since": AT.isoformat()}),
        ("Feed Gone", {"status": 410}),
        ("Feed Gap Suspected", {"items": 20, "known": 400}),
        (
            "Feed Identity Changed",
            {"detail": "another id", "title_before": "The Paper", "link_before": "https://a.example/"},
        ),
    ],
)
def test_an_event_on_a_feed_is_read_back_as_it_was_announced(event, about):
    announcement = announcements.feed_announcement(STATE, Pending(at=AT, event=event, about=about))
    told = parse_event(envelope(announcement))
    assert isinstance(told, FeedReported)
    assert told.detail_type == event
    data = told.detail.data
    assert (data.feed_id, data.url, data.title) == (STATE.feed_id, STATE.url, "Ü")
    expected = about | ({"since": AT} if "since" in about else {})
    assert data.model_dump(include=set(about)) == expected
    again = announcements.feed_announcement(
        STATE.model_copy(update={"rev": 9}), Pending(at=AT, event=event, about=about)
    )
    assert again == announcement


DELETION = {"entry_id": "e" * 32, "revision": 3, "guid": "urn:1", "when": (AT - timedelta(hours=1)).isoformat()}


@pytest.mark.case("I17")
def test_i17_a_deletion_is_read_back_as_it_was_announced():
    announcement = announcements.feed_announcement(STATE, Pending(at=AT, event="Entry Deleted", about=DELETION))
    told = parse_event(envelope(announcement))
    assert isinstance(told, EntryDeleted)
    assert told.detail_type == announcement.detail_type == "Entry Deleted"
    data = told.detail.data
    assert (data.entry_id, data.revision, data.guid, data.when) == ("e" * 32, 3, "urn:1", AT - timedelta(hours=1))
    assert data.feed == Source(id=STATE.feed_id, url=STATE.url, title="Ü")


@pytest.mark.parametrize(
    "change",
    [
        {"detail-type": "Entry Burnt"},
        {"detail-type": "entry published"},
        {"detail-type": "Feed Gone"},
        {"source": "aws.s3"},
        {"detail": {}},
        {"detail": "text"},
    ],
)
def test_what_is_no_event_of_ours_is_a_validation_error(change):
    (announcement,) = announced(entry())
    with pytest.raises(ValidationError):
        parse_event(envelope(announcement, **change))


@pytest.mark.parametrize("text", ["", "null", "[]", "{", '{"source": "feedriver"}', b"\xff\xfe"])
def test_what_is_no_event_at_all_is_a_validation_error(text):
    with pytest.raises(ValidationError):
        parse_event(text)


@pytest.mark.case("D24")
def test_d24_an_event_of_a_newer_publisher_is_read_as_this_version_understands_it():
    full = entry(authors=(Person(name="Ann"),), images=(Image(url="https://a.example/1", source="html"),))
    deleted = {"entry_id": "0" * 32, "revision": 1, "guid": "1", "when": None}
    sent = [
        *announced(full),
        announcements.feed_announcement(STATE, Pending(at=AT, event="Entry Deleted", about=deleted)),
        announcements.feed_announcement(STATE, Pending(at=AT, event="Feed Gone", about={"status": 410})),
    ]
    for announcement in sent:
        told = envelope(announcement)
        assert parse_event(json.dumps(deepened(json.loads(told)))) == parse_event(told)
