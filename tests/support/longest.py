"""Records as long as they can be made, by what their fields are declared to be: a field that is added is in them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel

from feedriver import fields

AT = datetime(2026, 5, 4, 12, 0, 30, 123_456, tzinfo=UTC)
LETTERS = ("x", "ü", "新", "🗞", '"', "\\", "\n", "\x01", "\x7f", "\u2028")  # of 1 to 6 bytes as JSON
PATTERNED = {"id", "entry_id", "event_id"}  # 32 hex digits, where a pattern says so
ADDRESSES = [kind.__metadata__[-1] for kind in (fields.Address, fields.AddressOrNone, fields.OwnAddress)]
Text = Callable[[], str]  # the next text


def record(kind: type[BaseModel], text: Text, many: int, /, **known: object) -> Any:
    """A record of this kind with something in each field: lists of `many`, texts as they come."""
    said = {
        name: "e" * 32 if name in PATTERNED and field.metadata else _value(field.annotation, text, many)
        for name, field in kind.model_fields.items()
        if name not in known
    }
    for name in said:
        if any(rule in ADDRESSES for rule in kind.model_fields[name].metadata):
            said[name] = f"https://e.example/{quote(text(), safe='')}"[:2_048]
    return kind.model_validate(said | known)


def _value(kind: Any, text: Text, many: int) -> object:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return record(kind, text, many)
    origin, args = get_origin(kind), get_args(kind)
    if origin in {tuple, dict}:
        values = [_value(args[-1] if origin is dict else args[0], text, many) for _ in range(many)]
        return {f"{number}": value for number, value in enumerate(values)} if origin is dict else tuple(values)
    if origin is Literal:
        return max(args, key=lambda each: len(str(each)))
    if origin in {Union, UnionType, Annotated}:
        return _value(args[0], text, many)
    if kind is str:
        return text()
    plain = {
        int: 2**53,
        float: -89.123_456_789_012_3,
        bool: True,
        bytes: b"",
        date: AT.date(),
        datetime: AT,
        AwareDatetime: AT,
    }
    return plain[kind]
