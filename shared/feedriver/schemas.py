"""The contract with subscribers, generated from `feedriver.events`: JSON Schemas, an AsyncAPI document, a reference.

`python -m feedriver.schemas events` writes them (`make events`); a test finds out where they were not.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from feedriver.events import SOURCE, DeletionEvent, EntryEvent, FeedEvent
from feedriver.poll.announcements import WANTED_OF_ENTRIES

# What each detail-type says, and the model of its detail.
DETAIL_TYPES: dict[str, tuple[type[BaseModel], str]] = {
    "Entry Published": (EntryEvent, "A new entry, in its first revision."),
    "Entry Updated": (EntryEvent, "A new revision of a known entry; `entry.changed` names the fields that differ."),
    "Entry Deleted": (
        DeletionEvent,
        "The publisher says that a known entry is deleted (RFC 6721); absence never says so.",
    ),
    "Feed Failing": (FeedEvent, "Three polls in a row failed. Once an episode; polling goes on, backing off."),
    "Feed Recovered": (FeedEvent, "A feed that was announced as failing answers again."),
    "Feed Silent": (
        FeedEvent,
        "Nothing new `since` then, far longer than usual for it. Once an episode: the next new entry ends it.",
    ),
    "Feed Moved": (FeedEvent, "A permanent redirect has held: `url` is the new address, `moved_from` the old one."),
    "Feed Gone": (FeedEvent, "The publisher said 410 Gone. Polling stops until somebody adds the feed again."),
    "Feed Gap Suspected": (
        FeedEvent,
        "Entries may have come unseen: the document held none that was known, or `count` more than can be remembered.",
    ),
    "Feed Identity Changed": (
        FeedEvent,
        "Another feed stands at the address: no entry was known, and its id, or its title and host, are others.",
    ),
    "Feed Flooding": (
        FeedEvent,
        "Far more new entries than usual: `count` are held until somebody releases them. Once an episode.",
    ),
}
SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def file_name(detail_type: str) -> str:
    """`Entry Published` → `entry-published`: of its sample and its schema."""
    return detail_type.lower().replace(" ", "-")


def json_schema(detail_type: str) -> dict[str, Any]:
    """The JSON Schema of an event as a target of the bus receives it."""
    model, says = DETAIL_TYPES[detail_type]
    detail = model.model_json_schema(mode="serialization", ref_template="#/$defs/{model}")
    definitions = detail.pop("$defs") | {model.__name__: detail}
    return {
        "$schema": SCHEMA,
        "title": detail_type,
        "description": says,
        "type": "object",
        "required": ["source", "detail-type", "detail"],
        "properties": {
            "source": {"const": SOURCE},
            "detail-type": {"const": detail_type},
            "time": {"type": "string", "format": "date-time"},
            "detail": {"$ref": f"#/$defs/{model.__name__}"},
        },
        "$defs": dict(sorted(definitions.items())),
    }


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3 document of the bus."""
    models = [(model, "serialization") for model in (EntryEvent, DeletionEvent, FeedEvent)]
    _, shared = models_json_schema(models, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]  # a list of literals
    names = {detail_type: file_name(detail_type) for detail_type in DETAIL_TYPES}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "feedriver", "version": "1", "description": "Every new article of your feeds, as events."},
        "defaultContentType": "application/json",
        "channels": {
            "bus": {
                "address": "the stack's output EventBus",
                "description": "An EventBridge bus. Delivery is at least once and in no order.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names.values()},
            }
        },
        "operations": {"announce": {"action": "send", "channel": {"$ref": "#/channels/bus"}}},
        "components": {
            "messages": {
                names[detail_type]: {
                    "name": detail_type,
                    "summary": says,
                    "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
                }
                for detail_type, (model, says) in DETAIL_TYPES.items()
            },
            "schemas": shared["$defs"],
        },
    }


def reference() -> str:
    """The page that a subscriber reads."""
    rows = "\n".join(
        f"| `{detail_type}` | {says} | [sample]({name}.json) · [schema](schema/{name}.json) |"
        for detail_type, (_, says) in DETAIL_TYPES.items()
        for name in [file_name(detail_type)]
    )
    wanted = ", ".join(f"`{name}`" for name in sorted(WANTED_OF_ENTRIES))
    return f"""# Events

Source `{SOURCE}`. Delivery is at least once and in no order: keep the highest `revision` of each entry `id`.
A deletion is the last word on its own revision; an entry that comes back after it does so in the next one.
A repeat has the same `event_id`. In Python, `feedriver.events.parse_event` reads any of them, and
`feedriver.subscriber` follows them to their objects and keeps the highest revision.

| detail-type | what it says | |
|---|---|---|
{rows}

`detail.data.object` of an entry event points to the entry's line in S3: one ranged GET of `length` bytes from `offset`,
whose SHA-256 is `sha256`. All of it in one document: [asyncapi.json](asyncapi.json).

## Trimmed events

No event is over 64 KB. One that would be is trimmed: fields are emptied, the largest first, and `detail.data.trimmed`
names them. A field within a record has its path there (`feed.title`). The line that `object` points to has them all.
A text that may not be empty, such as `feed.url`, is cut at 2,048 bytes, and named too. What subscribers filter on is
emptied only where the rest does not free enough:
{wanted}.

A publisher can write so much that a field is trimmed. A rule that filters on one has to match `trimmed` as well, or it
misses such entries; its target then reads the line:

```json
{{"detail": {{"data": {{"$or": [
  {{"entry": {{"categories": {{"term": ["politics"]}}}}}},
  {{"trimmed": ["categories"]}}
]}}}}}}
```

A repeat of an event is the same byte for byte. Where a new version of feedriver was deployed in between, the later one
may have new fields, and others trimmed; `event_id` stays.

Each field's description in the schemas says what may stand in it. Titles, texts, names and categories are plain text by
publishers: escape them for HTML, spreadsheets and terminals. Addresses are http or https, percent-encoded. `html` is
sanitized: nothing in it runs, and its pictures are loaded from the publisher and third parties when it is shown.

`dispatch.json`, `poll.json` and `subscriber.json` are what these functions receive, for `sam local invoke`.

Generated from `feedriver.events` by `make events`.
"""


def files() -> dict[str, str]:
    """Every generated file: its path below `events/`, its text."""

    def text(document: dict[str, Any]) -> str:
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

    schemas = {f"schema/{file_name(name)}.json": text(json_schema(name)) for name in DETAIL_TYPES}
    return schemas | {"asyncapi.json": text(asyncapi()), "README.md": reference()}


def main(folder: Path) -> None:
    """Write every generated file below `folder`."""
    for name, text in files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
