"""A feed's state as an item of the table.

feed_id  S  partition key            slot   S  partition key of the index `by-slot` (keys, and host)
rev      N  the guard                state  S  the rest of FeedState, JSON
seen     B  the packed seen-set      outbox S  JSON; absent when there is nothing to announce
host     S  of the feed's URL
"""

from __future__ import annotations

import json
from typing import Any

from feedriver.models import FeedState
from feedriver.urls import host_of

Item = dict[str, Any]  # DynamoDB's own typed JSON


def to_item(state: FeedState) -> Item:
    """The item of a state."""
    rest = state.model_dump_json(exclude={"feed_id", "rev", "slot", "seen", "window", "outbox"}, exclude_defaults=True)
    item: Item = {
        "feed_id": {"S": state.feed_id},
        "rev": {"N": str(state.rev)},
        "slot": {"S": state.slot},
        "host": {"S": host_of(state.url)},
        "state": {"S": rest},
    }
    item |= {name: {"B": packed} for name in ("seen", "window") if (packed := getattr(state, name))}
    if state.outbox:
        item["outbox"] = {"S": json.dumps([pending.model_dump(mode="json") for pending in state.outbox])}
    return item


def from_item(item: Item) -> FeedState:
    """The state of an item."""
    return FeedState.model_validate(
        json.loads(item["state"]["S"])
        | {
            "feed_id": item["feed_id"]["S"],
            "rev": int(item["rev"]["N"]),
            "slot": item["slot"]["S"],
            "seen": bytes(item["seen"]["B"]) if "seen" in item else b"",
            "window": bytes(item["window"]["B"]) if "window" in item else b"",
            "outbox": json.loads(item["outbox"]["S"]) if "outbox" in item else (),
        }
    )
