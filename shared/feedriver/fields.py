"""The types of fields, and the two base classes of records.

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
# What subscribers have to know of a text before they show it. The schemas in events/ repeat it for each field.
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
    address = urls.serialized(url)
    if address is None:
        raise PydanticCustomError(NO_ADDRESS, "no web address of 2,048 bytes at most")
    return address


def _address_or_none(url: str | None) -> str | None:
    return urls.serialized(url) if url else None


def _own_address(url: str) -> str:
    return urls.serialized(url, 9 * urls.MAX_URL) or urls.encoded(url)


def _without_address(error: ValidationError) -> set[int | str]:
    """The places of values without an address, of the first level; raises `error` where anything else is wrong."""
    flaws = error.errors(include_url=False, include_input=False)
    if any(flaw["type"] != NO_ADDRESS for flaw in flaws):
        raise error
    return {place for flaw in flaws for place in flaw["loc"][:1]}


def _with_address(values: object, handler: ValidatorFunctionWrapHandler) -> object:
    try:
        return handler(values)
    except ValidationError as error:
        without = _without_address(error)
    kept = (
        [each for place, each in enumerate(values) if place not in without] if isinstance(values, list | tuple) else ()
    )
    return handler(kept)


def _with_address_or_none(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    try:
        return handler(value)
    except ValidationError as error:
        _without_address(error)
        return None


# A web address in the form that is sent (`feedriver.urls.serialized`). Records are made with such addresses. An address
# that an older version of this code stored otherwise is serialized when it is read. Where it cannot be, it is left out:
# `AddressOrNone` and `OneOrNone` are then None, and `Several` has the other values.
Address = Annotated[_AddressText, AfterValidator(_address)]
AddressOrNone = Annotated[_AddressText | None, AfterValidator(_address_or_none)]
Several = Annotated[tuple[T, ...], WrapValidator(_with_address)]
OneOrNone = Annotated[T | None, WrapValidator(_with_address_or_none)]
# The address of a feed. It was checked when the feed was added; it is a file's where a file is parsed by hand.
OwnAddress = Annotated[_AddressText, AfterValidator(_own_address)]


def _in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Utc = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)

    def replace(self, **changes: Any) -> Self:  # noqa: ANN401  # of whatever types its fields are
        """A copy with these fields changed. Raises `TypeError` for an unknown field. Values are not validated."""
        if unknown := changes.keys() - type(self).model_fields.keys():
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}")
        return self.model_copy(update=changes)


class Record(_Frozen):
    """A frozen record that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StoredRecord(_Frozen):
    """A frozen record that one version of this code stores and another reads: fields that it does not know are ignored.

    A field may be added only where an older version can do without it. Otherwise the `schema_version` is raised.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
