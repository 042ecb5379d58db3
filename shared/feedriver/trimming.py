"""Trimming: fields of a record are emptied, the largest first, until it fits where it is to go. Pure.

    rung 1   what few filter on          each field that may be empty, but those `wanted`
    rung 2   what subscribers filter on  the `wanted` fields too
    rung 3   what frees next to nothing  all fields that may be empty
    rung 4   what may not be empty       long texts are cut

The first rung that frees enough is taken. On it the largest fields are emptied first, those of earlier rungs too: a
short text is not emptied because a list of categories is long. A record may be older, and longer, than any that is
written today.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel
from pydantic_core import from_json, to_json

R = TypeVar("R", bound=BaseModel)
LITTLE = 256  # bytes; a field that frees less stays while others can go
LONGEST_TEXT = 2_048  # bytes of JSON that are left of a text that may not be empty, as many as an address may have
_LONGEST_CHARACTER = 6  # bytes of JSON: \u0000


class _Field(NamedTuple):
    """A field by its path, what is left of it where it goes, and how many bytes that frees."""

    name: str
    left: Any
    frees: int


def json_bytes(value: object) -> int:
    """The length of a value as JSON in UTF-8."""
    return len(to_json(value))


def cut(text: str, most: int) -> str:
    """The longest beginning of `text` that takes `most` bytes or less as JSON, between its quotes."""
    written = to_json(text)[1:-1]
    if len(written) <= most:
        return text
    for end in range(most, max(most - _LONGEST_CHARACTER, 0), -1):
        try:
            return str(from_json(b'"' + written[:end] + b'"'))
        except ValueError:  # in the middle of a character, or of what is written for one
            continue
    return ""


def trimmed(record: R, over: int, wanted: Collection[str] = ()) -> tuple[R, tuple[str, ...]]:
    """`record` with fields emptied that free `over` bytes of its JSON, and their names, for which there is room too.

    `wanted` are fields, or fields of a record in it (`feed.title`), that stay where the others free enough.
    """
    may_go = [field for field in _optional(record) if field.frees > 0]
    large = [field for field in may_go if field.frees >= LITTLE]
    rungs = (
        [field for field in large if field.name not in wanted],
        large,
        may_go,
        [*may_go, *(field for field in _required(record) if field.frees > 0)],
    )
    rung = next((each for each in rungs if sum(field.frees for field in each) >= over), rungs[-1])
    names: list[str] = []
    for field in sorted(rung, key=lambda each: -each.frees):
        if over <= 0:
            break
        record = _with(record, field.name, field.left)
        names.append(field.name)
        over -= field.frees
    return record, tuple(names)


def _optional(record: BaseModel, within: str = "") -> Iterator[_Field]:
    for name, field in type(record).model_fields.items():
        value = getattr(record, name)
        if not field.is_required():
            yield _field(within + name, value, field.get_default(call_default_factory=True))
        elif isinstance(value, BaseModel):
            yield from _optional(value, f"{within}{name}.")


def _required(record: BaseModel, within: str = "") -> Iterator[_Field]:
    for name, field in type(record).model_fields.items():
        value = getattr(record, name)
        if field.is_required() and isinstance(value, str):
            yield _field(within + name, value, cut(value, LONGEST_TEXT))
        elif field.is_required() and isinstance(value, BaseModel):
            yield from _required(value, f"{within}{name}.")


def _field(name: str, value: object, left: object) -> _Field:
    return _Field(name, left, json_bytes(value) - json_bytes(left) - json_bytes(name) - 1)


def _with(record: R, name: str, value: object) -> R:
    first, _, rest = name.partition(".")
    return record.model_copy(update={first: _with(getattr(record, first), rest, value) if rest else value})
