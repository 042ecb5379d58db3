"""The types of fields, and the two kinds of records: what all records are made of.

Text is Unicode without lone surrogates: each `str` of a record is a `Text`, or has a pattern that allows none.
Addresses are absolute http(s) URLs. Times are UTC-aware.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Self, TypeVar

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


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)

    def replace(self, **changes: Any) -> Self:  # noqa: ANN401  # of whatever types its fields are
        """The same, but for these fields. A field that it has not raises `TypeError`; values are not validated."""
        if unknown := changes.keys() - type(self).model_fields.keys():
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}")
        return self.model_copy(update=changes)


class Record(_Frozen):
    """A frozen, closed value."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Kept(_Frozen):
    """What one version of this code writes down for another to read: fields that a newer one added are ignored.

    Such a field is one that an older version may do without: what it may not is a new `schema_version`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
