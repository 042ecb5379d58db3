"""What the bus carries: typed for publisher and subscriber alike.

    source       feedriver
    detail-type  Entry Published | Entry Updated | Entry Deleted
                 Feed Failing | Feed Recovered | Feed Silent | Feed Moved | Feed Gone
                 Feed Gap Suspected | Feed Identity Changed | Feed Flooding
    detail       {"metadata": {"version", "event_id", "occurred_at"}, "data": {…}}

A repeat of an announcement is the same to the letter, `event_id` included; where this code was deployed anew between
the two, the later one may have other fields trimmed, and fields that were added meanwhile. Delivery is at least once,
and in no order: keep the highest `revision` of each entry `id`, with a deletion as the last word on its own revision,
and you converge: `feedriver.subscriber` does.

Every event has 64 KB at most, whatever its record holds. Where it would have more, fields are emptied
(`feedriver.trimming`) and `trimmed` names them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from feedriver.models import Entry, FeedState, Pending, Plain, Record, Source, Text, Utc
from feedriver.ports import Announcement
from feedriver.trimming import json_bytes, trimmed
from feedriver.values import AddressOrNone, OwnAddress

SOURCE = "feedriver"
DELETED = "Entry Deleted"
EVENT_BYTES = 64 * 1024  # EventBridge bills by 64 KB
ENVELOPE_BYTES = 256  # room for source, detail-type and time, which count too
# What subscribers filter on: it is emptied only where nothing else makes an event fit.
WANTED_OF_ENTRIES = frozenset(
    {"title", "link", "guid", "language", "categories", "authors", "published", "marks", "changed"}
    | {"feed.title", "feed.link"}
)
WANTED_OF_FEEDS = frozenset({"title", "link", "code", "feed.title", "feed.link"})


class Metadata(Record):
    """Which announcement this is. A repeat has the same `event_id` and the same `occurred_at`."""

    version: Literal["1"] = "1"
    event_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    occurred_at: Utc


class ObjectPointer(Record):
    """Where the entry's line is: one ranged GET of `length` bytes from `offset`, whose SHA-256 is `sha256`."""

    bucket: Text
    key: Text
    offset: int
    length: int
    sha256: Text


class EntryData(Record):
    """An entry version. `trimmed` names the fields that were emptied to fit 64 KB: `object` has them all.

    A field of a record within is named by its path: `feed.title`. A text that may not be empty is cut. A rule on a
    field that may be trimmed has to match `trimmed` too, or it misses the entries that have it trimmed.
    """

    entry: Entry
    trimmed: tuple[Text, ...] = ()
    object: ObjectPointer


class EntryEvent(Record):
    """The detail of `Entry Published` and `Entry Updated` (then `entry.changed` names the changed fields)."""

    metadata: Metadata
    data: EntryData


class DeletionData(Record):
    """An entry that its publisher says is deleted (RFC 6721), in the last `revision` that is known of it.

    Where it is held of a flood, that revision may be announced later; the deletion is its last word all the same.

    `guid` is what the publisher refers to it by, at most 300 characters of it; `when` its own time of the deletion.
    `trimmed` names the fields that were emptied or cut to fit 64 KB, as `feed.title`.
    """

    entry_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    revision: Annotated[int, Field(ge=1)]
    guid: Plain
    when: Utc | None = None
    feed: Source
    trimmed: tuple[Text, ...] = ()


class DeletionEvent(Record):
    """The detail of `Entry Deleted`. An entry that comes back later does so as a higher revision."""

    metadata: Metadata
    data: DeletionData


class FeedData(Record):
    """What happened to a feed. Which of `code`, `detail`, … are there depends on the detail-type.

    `feed_id` stays for ever; `url` is the feed's address, after a move the new one, and `moved_from` then the old one.
    `title` and `link` are what the feed calls itself and its site now, `title_before` and `link_before` where the feed
    at this address is another one: there as far as they are known, and not too long. `trimmed` names the fields that
    were emptied or cut to fit 64 KB.
    """

    feed_id: Text
    url: OwnAddress
    title: Plain | None = None
    link: AddressOrNone = None
    code: Text | None = None
    detail: Plain | None = None
    status: int | None = None
    count: int | None = None
    since: Utc | None = None
    items: int | None = None
    known: int | None = None
    moved_from: AddressOrNone = None
    title_before: Plain | None = None
    link_before: AddressOrNone = None
    trimmed: tuple[Text, ...] = ()


class FeedEvent(Record):
    """The detail of `Feed Failing`, `Feed Recovered`, `Feed Silent`, `Feed Moved`, `Feed Gone` and the rest."""

    metadata: Metadata
    data: FeedData


class _Envelope(BaseModel):
    """EventBridge's own envelope, of which only these are ours to read."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    source: Literal["feedriver"]


class EntryPublished(_Envelope):
    """A new entry."""

    detail_type: Annotated[Literal["Entry Published"], Field(alias="detail-type")]
    detail: EntryEvent


class EntryUpdated(_Envelope):
    """A new revision of a known entry."""

    detail_type: Annotated[Literal["Entry Updated"], Field(alias="detail-type")]
    detail: EntryEvent


class EntryDeleted(_Envelope):
    """A known entry was deleted by its publisher."""

    detail_type: Annotated[Literal["Entry Deleted"], Field(alias="detail-type")]
    detail: DeletionEvent


class FeedReported(_Envelope):
    """Something about the feed itself."""

    detail_type: Annotated[
        Literal[
            "Feed Failing",
            "Feed Recovered",
            "Feed Silent",
            "Feed Moved",
            "Feed Gone",
            "Feed Gap Suspected",
            "Feed Identity Changed",
            "Feed Flooding",
        ],
        Field(alias="detail-type"),
    ]
    detail: FeedEvent


Event = Annotated[EntryPublished | EntryUpdated | EntryDeleted | FeedReported, Field(discriminator="detail_type")]
_EVENT: TypeAdapter[Event] = TypeAdapter(Event)


def parse_event(envelope: str | bytes) -> Event:
    """An event as a target of the bus receives it, JSON; raises pydantic's `ValidationError` for anything else.

    Fields that a newer publisher added are passed over.
    """
    return _EVENT.validate_json(envelope, extra="ignore")


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
        event = FeedEvent(metadata=metadata, data=fitting.model_copy(update={"trimmed": names}))
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
        event = DeletionEvent(metadata=metadata, data=fitting.model_copy(update={"trimmed": names}))
    return event


def _over(event: BaseModel) -> int:
    """By how many bytes an event is too long."""
    return json_bytes(event) - (EVENT_BYTES - ENVELOPE_BYTES)
