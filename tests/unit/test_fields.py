"""What holds of each field of each record, found by looking: a new field is in it without anyone remembering."""

from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from checkout import ROOT
from contracts import NOON, a_state
from pydantic import BaseModel, TypeAdapter, ValidationError
from records import fields

from feedriver.decide import decision
from feedriver.decide.schedule import Pace
from feedriver.state import FeedState, StateChanges

CUT = "https://e.example/\ud83d"


def hostile(kind: Any) -> Iterator[Any]:
    """Values of this type in which each string, one after another, has a lone surrogate."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        yield from hostile(inner[0])
    elif origin in {Union, types.UnionType}:
        for each in inner:
            yield from hostile(each)
    elif origin is tuple:
        yield from ((value,) for value in hostile(inner[0]))
    elif origin is dict:
        yield from ({value: None} for value in hostile(inner[0]))
        yield from ({"key": value} for value in hostile(inner[1]))
    elif origin is Literal:
        yield inner[0]
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        sound = {name: next(hostile(field.annotation)) for name, field in kind.model_fields.items()}
        for name, field in kind.model_fields.items():
            yield from (sound | {name: value} for value in islice(hostile(field.annotation), 20))
    else:
        yield {str: CUT, int: 1, float: 1.0, bool: True, bytes: b"", datetime: datetime(2026, 1, 1, tzinfo=UTC)}.get(
            kind
        )


@pytest.mark.case("W02")
@pytest.mark.parametrize("kind", fields())
def test_w2_no_field_of_a_record_keeps_a_lone_surrogate(kind):
    adapter = TypeAdapter(kind)
    for value in hostile(kind):
        try:
            kept = adapter.validate_python(value)
        except ValidationError:
            continue
        adapter.dump_json(kept).decode()


def test_d2_a_field_that_is_misspelt_is_refused_and_each_change_of_a_state_has_its_fields_type():
    with pytest.raises(TypeError, match="FeedState has no field validatrs"):
        a_state("0" * 16).replace(validatrs=None)
    with pytest.raises(TypeError, match="validatrs"):
        decision.next_revision(a_state("0" * 16), decision.Now(NOON, NOON), Pace(60, 60), validatrs=None)
    fields = {name: FeedState.__annotations__[name] for name in FeedState.model_fields if name != "schema_version"}
    assert StateChanges.__annotations__.keys() == fields.keys()
    assert {name: hint.__forward_arg__ for name, hint in StateChanges.__annotations__.items()} == fields


def test_d2_what_changes_a_record_names_its_fields():
    """`replace` refuses what is misspelt; pydantic's own way takes anything."""
    sources = [*(ROOT / "shared").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    assert {path.name for path in sources if "model_copy(" in path.read_text()} == {"fields.py", "trimming.py"}
