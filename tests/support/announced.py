"""Entries as they are stored, what is announced of them, and the envelope in which a target gets it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from feedriver.events import SOURCE
from feedriver.models import Entry, Source
from feedriver.poll import announcements
from feedriver.state import FeedState

AT = datetime(2026, 5, 4, 12, 0, 30, 123_456, tzinfo=UTC)
KEY = "entries/date=2026-05-04/feed=00000000000000a7/1.jsonl"
STATE = FeedState(feed_id="00000000000000a7", url="https://a.example/", added=AT, slot="new", every=60, title="Ü")


def entry(**changes) -> Entry:
    return Entry(
        **{
            "id": "0" * 32,
            "revision": 1,
            "identified_by": "guid",
            "content_hash": "1:00",
            "feed": Source(id="00000000000000a7", url="https://a.example/", title="The Paper"),
            "first_seen": AT,
            "seen": AT,
            "title": "Grüße",
            "published": AT,
        }
        | changes
    )


def lines(*entries: Entry) -> bytes:
    return "".join(each.model_dump_json() + "\n" for each in entries).encode()


def announced(*entries: Entry):
    return list(announcements.entry_announcements(lines(*entries), "the-bucket", KEY, AT))


def envelope(announcement, **changes) -> str:
    """As a target of the bus gets it."""
    return json.dumps(
        {
            "version": "0",
            "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
            "detail-type": announcement.detail_type,
            "source": SOURCE,
            "account": "111122223333",
            "time": "2026-05-04T12:00:30Z",
            "region": "eu-central-1",
            "resources": [],
            "detail": json.loads(announcement.detail),
        }
        | changes
    )


def deepened(value):
    """The JSON with a field more in each of its objects, as a newer version may add one."""
    if isinstance(value, dict):
        return {name: deepened(each) for name, each in value.items()} | {"a_newer_field": {"of": ["any", "shape"]}}
    return [deepened(each) for each in value] if isinstance(value, list) else value
