"""The events on the bus, with types for publisher and subscriber.

    source       feedriver
    detail-type  Entry Published | Entry Updated | Entry Deleted
                 Feed Failing | Feed Recovered | Feed Silent | Feed Moved | Feed Gone
                 Feed Gap Suspected | Feed Identity Changed | Feed Flooding
    detail       {"metadata": {"version", "event_id", "occurred_at"}, "data": {…}}

A repeated announcement is the same byte for byte, `event_id` included. Where a new version of this code was deployed
between the two, the later one may have other fields trimmed, and new fields. Delivery is at least once, in no order.
Keep the highest `revision` of each entry `id`, with a deletion as the last word on its own revision, and you converge:
`feedriver.subscriber` does so.

Every event has 64 KB at most, whatever its record holds. Where it would have more, fields are emptied
(`feedriver.trimming`) and `trimmed` names them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from feedriver.fields import AddressOrNone, OwnAddress, Plain, Record, Text, Utc
from feedriver.models import Entry, Source

__all__ = [
    "DELETED",
    "SOURCE",
    "DeletionData",
    "DeletionEvent",
    "EntryData",
    "EntryDeleted",
    "EntryEvent",
    "EntryPublished",
    "EntryUpdated",
    "Event",
    "FeedData",
    "FeedEvent",
    "FeedReported",
    "Metadata",
    "ObjectPointer",
    "parse_event",
]

SOURCE = "feedriver"
DELETED = "Entry Deleted"


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
    """EventBridge's envelope: the fields of it that are read here."""

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
