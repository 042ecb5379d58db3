"""A feed's state as an item of the table.

feed_id  S  partition key            slot   S  partition key of the index `by-slot` (keys, and host)
rev      N  the guard                state  S  the rest of FeedState, JSON
seen     B  the packed seen-set      outbox S  JSON; absent when there is nothing to announce
host     S  of the feed's URL, and after a space its timetable, if it has one: the index projects it
window, heading  B  as packed, of the last document
bare     B  packed keys of entries that have no room in the seen-set
rhythm   B  packed
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from feedriver.errors import FeedriverError
from feedriver.models import SCHEMA_VERSION
from feedriver.state import FeedState, Pending
from feedriver.urls import host_of

Item = dict[str, Any]  # DynamoDB's own typed JSON
PACKED = ("seen", "bare", "window", "heading", "rhythm")  # binary, absent where empty
MOST_BYTES = 400 * 1024  # of an item, as DynamoDB counts them
_NUMBER_BYTES = 21  # what a number counts for at most


def to_item(state: FeedState) -> Item:
    """The item of a state. It has room in one (`feedriver.decide.item_limit`)."""
    rest = state.model_dump_json(
        exclude={"feed_id", "rev", "slot", "timetable", *PACKED, "outbox"}, exclude_defaults=True
    )
    item: Item = {
        "feed_id": {"S": state.feed_id},
        "rev": {"N": str(state.rev)},
        "slot": {"S": state.slot},
        "host": {"S": f"{host_of(state.url)} {state.timetable}".rstrip()},
        "state": {"S": rest},
    }
    item |= {name: {"B": packed} for name in PACKED if (packed := getattr(state, name))}
    if state.outbox:
        item["outbox"] = {"S": _compact(state.outbox)}
    return item


def placed(item: Item) -> tuple[str, str]:
    """The host of a feed and its timetable, from its item or what the index has of it; "" where either is not there."""
    host, _, timetable = item.get("host", {"S": ""})["S"].partition(" ")
    return host, timetable


def _compact(outbox: Iterable[Pending]) -> str:
    records = [pending.model_dump(mode="json") for pending in outbox]
    return json.dumps(records, ensure_ascii=False, separators=(",", ":"))


def size(item: Item) -> int:
    """How many bytes DynamoDB counts for an item of strings, bytes and numbers, at most: names and values."""
    return sum(len(name.encode()) + _bytes(*value.items()) for name, value in item.items())


def _bytes(value: tuple[str, Any]) -> int:
    kind, content = value
    if kind == "N":
        return _NUMBER_BYTES
    return len(content) if kind == "B" else len(content.encode())


def from_item(item: Item) -> FeedState:
    """The state of an item; `FeedriverError` for one that newer code wrote so that this code may not read it."""
    state = FeedState.model_validate(
        json.loads(item["state"]["S"])
        | {
            "feed_id": item["feed_id"]["S"],
            "rev": int(item["rev"]["N"]),
            "slot": item["slot"]["S"],
            "timetable": placed(item)[1],
            "outbox": json.loads(item["outbox"]["S"]) if "outbox" in item else (),
        }
        | {name: bytes(item[name]["B"]) for name in PACKED if name in item}
    )
    if state.schema_version > SCHEMA_VERSION:
        detail = f"schema version {state.schema_version}; this version of feedriver reads {SCHEMA_VERSION}"
        raise FeedriverError(f"the state of feed {state.feed_id} has {detail}")
    return state
