"""From what is in an outbox to the events that announce it, each within EventBridge's size."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from pydantic import BaseModel

from feedriver.events import (
    DELETED,
    DeletionData,
    DeletionEvent,
    EntryData,
    EntryEvent,
    FeedData,
    FeedEvent,
    Metadata,
    ObjectPointer,
)
from feedriver.messaging import Announcement
from feedriver.models import Entry, Source
from feedriver.state import FeedState, Pending
from feedriver.trimming import json_bytes, trimmed

EVENT_BYTES = 64 * 1024  # EventBridge bills by 64 KB
ENVELOPE_BYTES = 256  # room for source, detail-type and time, which count too
# What subscribers filter on: it is emptied only where nothing else makes an event fit.
WANTED_OF_ENTRIES = frozenset(
    {"title", "link", "guid", "language", "categories", "authors", "published", "marks", "changed"}
    | {"feed.title", "feed.link"}
)
WANTED_OF_FEEDS = frozenset({"title", "link", "code", "feed.title", "feed.link"})


def event_id(*parts: object) -> str:
    """The id of an announcement: 32 hex digits of a hash of what it is about, never of when it was sent."""
    return hashlib.sha256("\x00".join(map(str, parts)).encode()).hexdigest()[:32]


def entry_announcements(lines: bytes, bucket: str, key: str, at: datetime) -> Iterator[Announcement]:
    """The events of one stored object of entries: the same from memory just now as from S3 days later."""
    offset = 0
    for line in lines.splitlines(keepends=True):
        text = line.rstrip(b"\n")
        pointer = ObjectPointer(
            bucket=bucket, key=key, offset=offset, length=len(text), sha256=hashlib.sha256(text).hexdigest()
        )
        yield _entry_announcement(Entry.model_validate_json(text, extra="ignore"), pointer, at)
        offset += len(line)


def _entry_announcement(entry: Entry, pointer: ObjectPointer, at: datetime) -> Announcement:
    metadata = Metadata(event_id=event_id(entry.feed.id, entry.id, entry.revision), occurred_at=at)
    event = EntryEvent(metadata=metadata, data=EntryData(entry=entry, object=pointer))
    if (over := _over(event)) > 0:
        fitting, names = trimmed(entry, over, WANTED_OF_ENTRIES)
        event = EntryEvent(metadata=metadata, data=EntryData(entry=fitting, trimmed=names, object=pointer))
    return Announcement("Entry Updated" if entry.changed else "Entry Published", event.model_dump_json(), at)


def feed_announcement(state: FeedState, pending: Pending) -> Announcement:
    """The event of one thing that happened to a feed, or of the deletion of an entry.

    What a newer version of this code noted of it, and this one does not know, is passed over.
    """
    if pending.event is None:
        raise ValueError("this is an object of entries, not an event on the feed")
    event = (_deletion if pending.event == DELETED else _feed_event)(state, pending)
    return Announcement(pending.event, event.model_dump_json(), pending.at)


def _feed_event(state: FeedState, pending: Pending) -> FeedEvent:
    metadata = Metadata(event_id=event_id(state.feed_id, pending.event, pending.at.isoformat()), occurred_at=pending.at)
    feed = {"feed_id": state.feed_id, "url": state.url, "title": state.title, "link": state.link}
    data = FeedData.model_validate(feed | pending.about, extra="ignore")
    event = FeedEvent(metadata=metadata, data=data)
    if (over := _over(event)) > 0:
        fitting, names = trimmed(data, over, WANTED_OF_FEEDS)
        event = FeedEvent(metadata=metadata, data=fitting.replace(trimmed=names))
    return event


def _deletion(state: FeedState, pending: Pending) -> DeletionEvent:
    source = Source(id=state.feed_id, url=state.url, title=state.title, link=state.link, icon=state.icon)
    data = DeletionData.model_validate(pending.about | {"feed": source}, extra="ignore")
    metadata = Metadata(
        event_id=event_id(state.feed_id, data.entry_id, "deleted", data.revision), occurred_at=pending.at
    )
    event = DeletionEvent(metadata=metadata, data=data)
    if (over := _over(event)) > 0:
        fitting, names = trimmed(data, over, WANTED_OF_FEEDS)
        event = DeletionEvent(metadata=metadata, data=fitting.replace(trimmed=names))
    return event


def _over(event: BaseModel) -> int:
    """By how many bytes an event is too long."""
    return json_bytes(event) - (EVENT_BYTES - ENVELOPE_BYTES)
