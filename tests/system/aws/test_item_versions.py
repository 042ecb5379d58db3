"""d24: items that another version of this code wrote. What stands here was written by the version of November 2026."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from feedriver.aws.state import from_item, to_item
from feedriver.errors import FeedriverError
from feedriver.fields import StoredRecord
from feedriver.state import Failing, FeedState, Moving, Pending, Silence, Validators

ADDED = {"a_newer_field": {"of": ["any", "shape"]}}
REST = {
    "url": "https://paper.example/rss",
    "added": "2026-05-04T12:00:30Z",
    "every": 60,
    "at_least": 20,
    "not_before": "2026-05-04T13:00:00Z",
    "title": "The Paper",
    "validators": {
        "url": "https://paper.example/rss",
        "etag": '"a"',
        "last_modified": None,
        "body_sha256": "0" * 64,
        "got": "2026-05-04T12:00:30Z",
        "doubted": None,
        "refused": None,
    },
    "failing": {
        "count": 3,
        "since": "2026-05-04T12:00:30Z",
        "code": "dns",
        "detail": "no such host",
        "announced": True,
    },
    "moving": {"to": "https://b.example/", "count": 3, "since": "2026-05-04T12:00:30Z"},
    "entries_committed": "2026-05-04T12:00:00Z",
}
OUTBOX = [
    {"at": "2026-05-04T12:00:30Z", "key": "entries/date=2026-05-04/feed=x/7.jsonl", "event": None, "about": {}},
    {"at": "2026-05-04T12:00:30Z", "key": None, "event": "Feed Failing", "about": {"code": "dns", "count": 3}},
]


def item(rest: dict[str, object], outbox: list[dict[str, object]]) -> dict[str, dict[str, object]]:
    return {
        "feed_id": {"S": "00000000000000aa"},
        "rev": {"N": "7"},
        "slot": {"S": "60:58"},
        "host": {"S": "paper.example"},
        "state": {"S": json.dumps(rest)},
        "seen": {"B": b"\x01\x01"},
        "outbox": {"S": json.dumps(outbox)},
    }


def deepened(record: dict[str, object]) -> dict[str, object]:
    """The record with a field more, in it and in each record within."""
    return {name: deepened(value) if isinstance(value, dict) else value for name, value in record.items()} | ADDED


@pytest.mark.case("D24")
def test_d24_an_item_of_an_older_version_is_read_and_what_it_did_not_know_is_as_if_never_said():
    state = from_item(item(REST, OUTBOX))
    at = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)
    assert (state.rev, state.every, state.silence) == (7, 60, None)
    assert state.validators == Validators(url=state.url, etag='"a"', body_sha256="0" * 64, got=at)
    assert state.failing == Failing(count=3, since=at, code="dns", detail="no such host", announced=True)
    assert state.moving == Moving(to="https://b.example/", count=3, since=at)
    assert [pending.staged for pending in state.outbox] == [None, None]


@pytest.mark.case("D24")
def test_d24_an_item_of_a_newer_version_is_read_as_this_one_understands_it_and_can_be_written_again():
    newer = item(deepened(REST), [pending | ADDED for pending in OUTBOX]) | {"another": {"N": "1"}}
    assert from_item(newer) == from_item(item(REST, OUTBOX))
    assert from_item(to_item(from_item(newer))) == from_item(newer)


@pytest.mark.case("D24")
def test_d24_an_item_without_a_heading_is_one_whose_head_is_to_be_read_and_one_with_it_keeps_it():
    older = from_item(item(REST, OUTBOX))
    assert older.heading == b""
    assert "heading" not in to_item(older)
    newer = older.model_copy(update={"heading": b'\x01{"url":"https://paper.example/rss","format":"rss"}'})
    assert from_item(to_item(newer)) == newer


@pytest.mark.case("D24")
@pytest.mark.parametrize("kept", [FeedState, Validators, Moving, Failing, Silence, Pending])
def test_d24_every_record_within_an_item_lets_newer_fields_pass(kept):
    assert issubclass(kept, StoredRecord)
    assert kept.model_config["extra"] == "ignore"


@pytest.mark.case("D24")
def test_d24_an_item_that_newer_code_keeps_from_older_code_is_refused_and_not_written_again():
    newer = item(REST | {"schema_version": 2}, OUTBOX)
    with pytest.raises(FeedriverError, match="feed 00000000000000aa has schema version 2;"):
        from_item(newer)
