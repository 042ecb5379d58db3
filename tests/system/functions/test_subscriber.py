"""The example subscriber: events in any order, any number of times, and the table holds the highest revision."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from itertools import permutations

import faults
import pytest
from functions.subscriber import app

from feedriver.events import SOURCE
from feedriver.messaging import Announcement
from feedriver.models import Entry, Source
from feedriver.poll.announcements import entry_announcements, feed_announcement
from feedriver.state import FeedState, Pending

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh_table(river):
    app._edges.cache_clear()
    yield
    app._edges.cache_clear()


def envelope(announcement: Announcement) -> str:
    """As a queue behind an EventBridge rule receives it."""
    return json.dumps(
        {
            "version": "0",
            "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
            "detail-type": announcement.detail_type,
            "source": SOURCE,
            "account": "123456789012",
            "time": "2026-05-04T12:00:00Z",
            "region": "us-east-1",
            "resources": [],
            "detail": json.loads(announcement.detail),
        }
    )


def revision(number: int, entry_id: str = "e" * 32) -> str:
    (announcement,) = entry_announcements(line_of(number, entry_id), "bucket", "key", NOON)
    return envelope(announcement)


def line_of(number: int, entry_id: str = "e" * 32, text: str = "") -> bytes:
    entry = Entry(
        id=entry_id,
        revision=number,
        identified_by="guid",
        changed=("title",) if number > 1 else (),
        content_hash="0" * 32,
        feed=Source(id="f" * 16, url="https://a.example/feed", title="A"),
        first_seen=NOON,
        seen=NOON,
        title=f"title {number}",
        link="https://a.example/1",
        text=text,
    )
    return entry.model_dump_json().encode() + b"\n"


def feed_event(name: str) -> str:
    state = FeedState(feed_id="f" * 16, url="https://a.example/feed", added=NOON, slot="new", every=60)
    return envelope(feed_announcement(state, Pending(at=NOON, event=name, about={"status": 410})))


def deletion(number: int) -> str:
    state = FeedState(feed_id="f" * 16, url="https://a.example/feed", added=NOON, slot="new", every=60)
    about = {"entry_id": "e" * 32, "revision": number, "guid": "urn:1", "when": None}
    return envelope(feed_announcement(state, Pending(at=NOON, event="Entry Deleted", about=about)))


def deliver(context, *bodies: str) -> list[str]:
    """The numbers of the messages that are to be redelivered."""
    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
    answer = app.handler({"Records": records}, context)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def latest(river) -> dict[str, tuple[int, str]]:
    items = river.clients("dynamodb").scan(TableName=river.stack["LatestTable"])["Items"]
    return {item["entry_id"]["S"]: (int(item["revision"]["N"]), item["title"]["S"]) for item in items}


@pytest.mark.case("D14")
@pytest.mark.parametrize("order", list(permutations([1, 2, 3])), ids=str)
def test_d14_the_highest_revision_stays_whatever_the_order(order, river, context):
    assert deliver(context, *map(revision, order)) == []
    assert latest(river) == {"e" * 32: (3, "title 3")}


@pytest.mark.case("I17")
@pytest.mark.parametrize("order", list(permutations([revision(1), deletion(1), revision(2)])), ids=range(6))
def test_i17_an_entry_that_came_back_is_there_whatever_the_order(order, river, context):
    assert deliver(context, *order) == []
    assert latest(river) == {"e" * 32: (2, "title 2")}


@pytest.mark.case("I17")
@pytest.mark.parametrize("order", list(permutations([revision(1), revision(2), deletion(2)])), ids=range(6))
def test_i17_a_deleted_entry_is_marked_so_whatever_the_order(order, river, context):
    assert deliver(context, *order) == []
    (item,) = river.clients("dynamodb").scan(TableName=river.stack["LatestTable"])["Items"]
    assert (item["revision"]["N"], item["deleted"]["BOOL"]) == ("2", True)


@pytest.mark.case("D14")
def test_d14_repeats_change_nothing(river, context):
    assert deliver(context, revision(2), revision(2), revision(1), revision(2)) == []
    assert latest(river) == {"e" * 32: (2, "title 2")}


def test_each_entry_has_its_own_latest(river, context):
    deliver(context, revision(1, "a" * 32), revision(4, "b" * 32))
    assert {entry_id: number for entry_id, (number, _) in latest(river).items()} == {"a" * 32: 1, "b" * 32: 4}


@pytest.mark.parametrize(
    "name", ["Feed Gone", "Feed Failing", "Feed Silent", "Feed Moved", "Feed Gap Suspected", "Feed Identity Changed"]
)
def test_an_event_on_a_feed_is_logged_and_keeps_nothing(name, river, context, caplog):
    with caplog.at_level(logging.INFO, logger="feedriver-subscriber"):
        assert deliver(context, feed_event(name)) == []
    assert latest(river) == {}
    assert [record.getMessage() for record in caplog.records] == [name]


@pytest.mark.parametrize(
    "body",
    ["", "not JSON", "{}", '{"source": "aws.s3", "detail-type": "Entry Published", "detail": {}}'],
)
def test_what_is_no_event_of_ours_is_a_failure_and_the_rest_is_kept(body, river, context):
    assert deliver(context, revision(1), body, revision(2)) == ["1"]
    assert latest(river) == {"e" * 32: (2, "title 2")}


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_an_event_that_the_table_refuses_is_redelivered_and_no_other(code, river, context):
    faults.refuse(app._edges()[0], "PutItem", code, times=1)
    assert deliver(context, revision(1, "a" * 32), revision(1, "b" * 32)) == ["0"]
    assert set(latest(river)) == {"b" * 32}


def test_a_table_that_cannot_be_reached_costs_its_messages_and_raises_nothing(river, context, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    faults.lose_reply(app._edges()[0], "PutItem", times=faults.ALWAYS)
    assert deliver(context, revision(1), feed_event("Feed Gone")) == ["0"]


@pytest.mark.case("L01")
def test_l01_a_failure_logs_no_body(river, context, caplog):
    with caplog.at_level(logging.DEBUG, logger="feedriver-subscriber"):
        deliver(context, '{"canary": true')
    assert len(caplog.records) == 1
    assert "canary" not in str(vars(caplog.records[0]))


def test_what_an_event_left_out_is_read_from_its_object(river, context):
    line = line_of(1, text="All of it. " * 10_000)
    bucket = river.stack["EntriesBucket"]
    river.clients("s3").put_object(Bucket=bucket, Key="entries/1.jsonl", Body=line)
    (announcement,) = entry_announcements(line, bucket, "entries/1.jsonl", NOON)
    assert deliver(context, envelope(announcement)) == []
    (item,) = river.clients("dynamodb").scan(TableName=river.stack["LatestTable"])["Items"]
    assert item["text"]["S"] == ("All of it. " * 10_000)[:1000]


@pytest.mark.case("D26")
@pytest.mark.parametrize("there", [None, b"something else"])
def test_d26_an_event_whose_object_is_not_what_was_announced_is_redelivered_and_keeps_nothing(there, river, context):
    bucket = river.stack["EntriesBucket"]
    if there:
        river.clients("s3").put_object(Bucket=bucket, Key="entries/1.jsonl", Body=there)
    (announcement,) = entry_announcements(line_of(1, text="x" * 70_000), bucket, "entries/1.jsonl", NOON)
    assert deliver(context, envelope(announcement)) == ["0"]
    assert latest(river) == {}
