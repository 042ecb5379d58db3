"""Every record of the package, found by looking: a new one is among them without anyone remembering."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from typing import Annotated, Any

import pytest
from checkout import MODULES
from pydantic import BaseModel


def records() -> Iterator[type[BaseModel]]:
    """Every model of the package, by module, but those of what the operator sets."""
    for name in MODULES:
        if name.startswith(("feedriver.local", "feedriver.settings")):
            continue
        for _, found in inspect.getmembers(import_module(name), inspect.isclass):
            if issubclass(found, BaseModel) and found.__module__ == name:
                yield found


def fields() -> list[Any]:
    """The type of each field of each of them, with the rules that are annotated to it."""
    return [
        pytest.param(Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation,
                     id=f"{record.__name__}.{name}")
        for record in records()
        for name, field in record.model_fields.items()
    ]  # fmt: skip
