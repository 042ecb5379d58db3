"""What subscribers are promised: samples, schemas and models say the same, and the checked-in files are today's."""

from __future__ import annotations

import json
from collections.abc import Iterator

import jsonschema
import pytest
from checkout import ROOT

from feedriver import schemas
from feedriver.events import parse_event
from feedriver.local.deploy import read_template
from feedriver.poll.batches import Batch

EVENTS = ROOT / "events"


def sample(detail_type: str) -> dict:
    return json.loads((EVENTS / f"{schemas.file_name(detail_type)}.json").read_bytes())


@pytest.mark.long
@pytest.mark.parametrize("name", schemas.files())
def test_generated_files_are_todays(name: str) -> None:
    assert (EVENTS / name).read_text(encoding="utf-8") == schemas.files()[name], "run `make events`"


@pytest.mark.parametrize("detail_type", schemas.DETAIL_TYPES)
def test_a_sample_is_read_by_the_models_and_says_the_same_again(detail_type: str) -> None:
    event = parse_event(json.dumps(sample(detail_type)))

    assert event.detail_type == detail_type
    assert event.detail.model_dump(mode="json") == event.detail.model_dump(mode="json") | sample(detail_type)["detail"]


@pytest.mark.parametrize("detail_type", schemas.DETAIL_TYPES)
def test_a_sample_is_valid_by_its_schema(detail_type: str) -> None:
    jsonschema.Draft202012Validator(schemas.json_schema(detail_type)).validate(sample(detail_type))


@pytest.mark.parametrize("detail_type", schemas.DETAIL_TYPES)
def test_a_schema_refuses_what_the_models_refuse(detail_type: str) -> None:
    strange = sample(detail_type)
    strange["detail"]["data"]["surprise"] = 1

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schemas.json_schema(detail_type)).validate(strange)


@pytest.mark.long
@pytest.mark.parametrize("detail_type", schemas.DETAIL_TYPES)
def test_the_subscribers_rule_lets_a_sample_through(detail_type: str) -> None:
    pattern = read_template(ROOT)["Resources"]["SubscriberRule"]["Properties"]["EventPattern"]

    assert sample(detail_type)["source"] in pattern["source"]
    assert set(pattern) == {"source"}


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = schemas.asyncapi()
    text = json.dumps(document)

    for reference in {part.split('"')[0] for part in text.split('"$ref": "#/')[1:]}:
        place = document
        for step in reference.split("/"):
            place = place[step]


def test_the_pollers_sample_is_a_batch() -> None:
    event = json.loads((EVENTS / "poll.json").read_bytes())

    assert [len(Batch.model_validate_json(record["body"]).feeds) for record in event["Records"]] == [3]


def test_the_subscribers_sample_holds_the_samples_of_both_entry_events() -> None:
    event = json.loads((EVENTS / "subscriber.json").read_bytes())

    assert [json.loads(record["body"]) for record in event["Records"]] == [
        sample("Entry Published"),
        sample("Entry Updated"),
    ]


# Strings that are ours, or of a form that nothing foreign fits.
OURS = {"bucket", "key", "sha256", "content_hash", "changed", "trimmed", "id", "feed_id", "code"}


def texts(schema: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict]]:
    """Every string of a schema that may hold anything."""
    if isinstance(schema, list):
        for each in schema:
            yield from texts(each, path)
    elif isinstance(schema, dict):
        if schema.get("type") == "string" and not schema.keys() & {"pattern", "format", "enum", "const"}:
            yield path, schema
        for name, inner in schema.items():
            named = path and path[-1] == "properties"
            yield from texts(inner, (*path, name) if named or name in {"properties", "$defs"} else path)


@pytest.mark.parametrize("detail_type", schemas.DETAIL_TYPES)
def test_a_schema_says_of_each_foreign_string_what_may_stand_in_it(detail_type: str) -> None:
    schema = schemas.json_schema(detail_type)
    found = list(texts({name: {"properties": each["properties"]} for name, each in schema["$defs"].items()}))
    assert len(found) > 5
    untold = {path[-1] for path, each in found if "description" not in each}
    assert untold <= OURS


def test_the_schema_says_what_is_plain_what_is_an_address_and_what_html_still_loads() -> None:
    entry = schemas.json_schema("Entry Published")["$defs"]["Entry"]["properties"]

    def said(name: str) -> str:
        return next(each["description"] for _, each in texts(entry[name]))

    assert all("Escape it" in said(name) for name in ("title", "text", "summary", "guid", "published_raw"))
    assert "percent-encoded" in said("link")
    assert "Pictures (`img src`) are loaded when it is shown" in said("html")
    assert "bidi" in entry["marks"]["items"]["description"]
