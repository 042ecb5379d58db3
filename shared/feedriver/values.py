"""The small values that feeds and entries are made of: people, pictures, files, places, and what extensions tell.

Every value is frozen and closed. Addresses are absolute http(s) URLs. What is empty or broken in a document is None.
Text is Unicode without lone surrogates: each `str` of a record is a `Text`, or has a pattern that allows none.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from feedriver import urls

# What a consumer should know of an entry before showing or counting it.
Mark = Annotated[
    Literal["bidi", "title_cut", "body_cut", "future", "volatile", "flood"],
    Field(
        description='A warning. "bidi": the title or an author\'s name holds characters that turn the direction of'
        " writing (U+202A-202E, U+2066-2069); it says nothing of other fields, nor of U+200E, U+200F and U+061C."
        ' "title_cut": the title had more than 2,000 characters. "body_cut": `html`, `text` or `summary` was longer'
        " than is kept (1 MB, 1 MB and 250 KB of JSON); the document in `raw/` has all of it."
        ' "future": a date lay after the poll and became `first_seen`. "volatile": it changes so often that not each of'
        ' its versions is announced. "flood": it came with so many others that it was held until a person released it.'
    ),
]

_SURROGATES = re.compile("[\ud800-\udfff]")


def encodable(text: str) -> str:
    """`text` such that UTF-8 can write it: each lone surrogate is U+FFFD, as the WHATWG Encoding Standard has it."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text)
    return text


Text = Annotated[str, AfterValidator(encodable)]
# What subscribers have to know of a text before they show it. The schemas in events/ say it of each field.
Plain = Annotated[
    Text,
    Field(
        description="Plain text by the publisher, never markup: what looks like a tag or a reference is text, as"
        " `<script>` or `=HYPERLINK(…)`. Escape it for wherever it is shown: HTML, a spreadsheet, a terminal. It may"
        " hold C1 controls, and characters that turn the direction of writing or are invisible."
    ),
]
_AddressText = Annotated[
    Text,
    Field(
        description="An absolute http or https address, percent-encoded. It is the publisher's word: it may lead to"
        " anybody, also into a private network, and nothing was asked for there unless this says so."
    ),
]
Html = Annotated[
    Text,
    Field(
        description="Sanitized HTML: elements and attributes of a fixed list, no scripts, styles, forms, frames, ids or"
        ' classes. Links are http, https or mailto, with rel="noopener noreferrer". Pictures (`img src`) are loaded'
        " when it is shown, from the publisher and from third parties, who see it; those that nobody sees (a pixel a"
        " side, hidden) are taken out. Its text may turn the direction of writing: isolate it."
    ),
]
T = TypeVar("T")
NO_ADDRESS = "no_address"


def _address(url: str) -> str:
    written = urls.written(url)
    if written is None:
        raise PydanticCustomError(NO_ADDRESS, "no web address of 2,048 bytes at most")
    return written


def _address_or_none(url: str | None) -> str | None:
    return urls.written(url) if url else None


def _own_address(url: str) -> str:
    return urls.written(url, 9 * urls.MAX_URL) or urls.encoded(url)


def _refused(error: ValidationError) -> set[int | str]:
    """Where values have no address, of the first level; raises `error` where anything else is wrong with one."""
    flaws = error.errors(include_url=False, include_input=False)
    if any(flaw["type"] != NO_ADDRESS for flaw in flaws):
        raise error
    return {place for flaw in flaws for place in flaw["loc"][:1]}


def _those_with_one(values: object, handler: ValidatorFunctionWrapHandler) -> object:
    try:
        return handler(values)
    except ValidationError as error:
        refused = _refused(error)
    kept = (
        [each for place, each in enumerate(values) if place not in refused] if isinstance(values, list | tuple) else ()
    )
    return handler(kept)


def _if_it_has_one(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    try:
        return handler(value)
    except ValidationError as error:
        _refused(error)
        return None


# A web address as it is sent (`feedriver.urls.written`). Records are made with such ones; what an older version of this
# code wrote down otherwise becomes one where it is read, and is left out where it cannot: as None, or of `Several`.
Address = Annotated[_AddressText, AfterValidator(_address)]
AddressOrNone = Annotated[_AddressText | None, AfterValidator(_address_or_none)]
Several = Annotated[tuple[T, ...], WrapValidator(_those_with_one)]
OneOrNone = Annotated[T | None, WrapValidator(_if_it_has_one)]
# The address that a feed is asked at. It was checked when the feed was added; a file's, where one is parsed by hand.
OwnAddress = Annotated[_AddressText, AfterValidator(_own_address)]


def _in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Utc = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class Record(BaseModel):
    """A frozen, closed value."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Kept(BaseModel):
    """What one version of this code writes down for another to read: fields that a newer one added are ignored.

    Such a field is one that an older version may do without: what it may not is a new `schema_version`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


class Person(Record):
    """An author (RFC 4287 §3.2; RSS `author`, `dc:creator`, `itunes:author`)."""

    name: Plain | None = None
    email: Plain | None = None
    url: AddressOrNone = None


class Image(Record):
    """A picture of an entry. `source` says where it stood; `width` and `height` are in pixels, where stated.

    "media" is `media:content`, "thumbnail" is `media:thumbnail`, "itunes" is `itunes:image`, "jsonfeed" is JSON Feed's
    `image` or `banner_image`, "enclosure" is an attached file, "html" is a picture in the text.
    """

    url: Address
    source: Literal["media", "enclosure", "itunes", "jsonfeed", "thumbnail", "html"]
    width: int | None = None
    height: int | None = None


class Enclosure(Record):
    """An attached file (RSS 2.0 `enclosure`, Atom `link rel=enclosure`, JSON Feed `attachments`).

    `length` is in bytes, as the publisher states it; None where it is not stated or is no number.
    """

    url: Address
    type: Plain | None = None
    length: int | None = None


class Category(Record):
    """A tag, with the scheme it is from and its label for people, where stated (RFC 4287 §4.2.2)."""

    term: Plain
    scheme: Plain | None = None
    label: Plain | None = None


class Wishes(Record):
    """How often the publisher asks to be visited.

    `ttl` in minutes (RSS 2.0 `ttl`); `period` in minutes (`sy:updatePeriod` / `sy:updateFrequency`);
    `skip_hours` 0-23 in UTC; `skip_days` in English.
    """

    ttl: int | None = None
    period: int | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[Plain, ...] = ()


class FeedLinks(Record):
    """Where else the feed is, and where more of it is.

    `self_url` is the address that it gives itself; `hubs` are its WebSub hubs (W3C WebSub §4); `next` is the next page
    (RFC 5005 §3, JSON Feed `next_url`); `prev_archive` is the archive before this document, and `current` the feed's
    newest document where this one is an archive (RFC 5005 §4).
    """

    self_url: AddressOrNone = None
    hubs: Several[Address] = ()
    next: AddressOrNone = None
    prev_archive: AddressOrNone = None
    current: AddressOrNone = None


class Comments(Record):
    """Where an entry is talked about, and how much.

    `url` is a page (RSS 2.0 `comments`), `feed` the feed of the comments (`wfw:commentRss`, RFC 4685 §4
    `link rel=replies`), `count` their number when the document was written (`slash:comments`, RFC 4685 §5 `thr:total`,
    `thr:count`).
    """

    url: AddressOrNone = None
    feed: AddressOrNone = None
    count: int | None = None


class Reply(Record):
    """What an entry answers to (RFC 4685 §3 `thr:in-reply-to`): the `id` of the other entry, and where it is shown."""

    id: Plain | None = None
    url: AddressOrNone = None


class Origin(Record):
    """The feed that an entry was first in (RSS 2.0 `source`, RFC 4287 §4.2.11 `source`).

    `url` is that feed's address, `link` the site it belongs to, `id` its atom:id as written.
    """

    title: Plain | None = None
    url: AddressOrNone = None
    link: AddressOrNone = None
    id: Plain | None = None


class Place(Record):
    """Where an entry happens (GeoRSS `point`, W3C Basic Geo `lat` and `long`): WGS 84 degrees, south and west negative.

    `name` is GeoRSS's `featurename`. Either coordinates or a name are there; the coordinates both or neither.
    """

    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    name: Plain | None = None


class Resource(Record):
    """A file that goes with an episode, and its media type, where stated."""

    url: Address
    type: Plain | None = None


class Podcast(Record):
    """What an entry says as an episode of a podcast (the namespaces `itunes` and `podcast`).

    `duration` is in seconds. `season` and `episode` are whole numbers; `episode_type` is full, trailer or bonus.
    `explicit` is None where nothing is said.
    """

    duration: int | None = None
    season: int | None = None
    episode: int | None = None
    episode_type: Literal["full", "trailer", "bonus"] | None = None
    explicit: bool | None = None
    transcripts: Several[Resource] = ()
    chapters: OneOrNone[Resource] = None
