"""Lone surrogates: no string of any record has one, whatever document it was read from, and none costs a feed."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest
from every_text import ITEM_OF_JSON, OF_ATOM, OF_JSON, OF_RSS
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from feedriver.errors import ParseError
from feedriver.parse import Parsed, jsonfeed, parse
from feedriver.sandbox.messages import Defect, read_outcome, replies, send

URL = "https://feeds.example/dir/feed"
# What stands in a document for a surrogate, or half of one: as JSON and as XML spell it, and as bytes.
CUT = ["\\ud83d", "\\uDE00", "\\ud83d\\ud83d", "\\ude00\\ud83d", "\\\\\\ud83d", "\\ud83dx", "/\\udfff/"]
REFERENCES = ["&#xD83D;", "&#55357;", "&#xDE00;&#xD83D;", "&amp;#xD83D;", "\ud83d", "&#x110000;", "&#xFFFE;"]


def strings(value: object) -> Iterator[str]:
    """Each string in a record, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from strings(getattr(value, name))
    elif is_dataclass(value):
        for field in fields(value):
            yield from strings(getattr(value, field.name))
    elif isinstance(value, dict):
        for pair in value.items():
            yield from strings(pair)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from strings(each)


def through_the_pipe(parsed: Parsed) -> Parsed | Defect:
    """What the poller hears of a document."""
    pipe = io.BytesIO()
    for reply in replies(parsed):
        send(pipe, reply)
    pipe.seek(0)
    return read_outcome(pipe.read)


def whole(body: bytes) -> Parsed:
    """A document that was read, and has come through the pipe as it was."""
    parsed = parse(body, URL)
    assert [each for each in strings(parsed) if each.encode() is None] == []
    assert through_the_pipe(parsed) == parsed
    return parsed


def of_json(cut: str, *, places: dict[str, object] = ITEM_OF_JSON) -> bytes:
    """A JSON Feed that says `cut`, as JSON spells it, wherever a string may stand."""
    document = OF_JSON | {"items": [{"id": "good", "title": "good"}, places]}
    return json.dumps(document).replace("%", cut).encode()


@pytest.mark.case("W02", "X03")
@pytest.mark.parametrize("cut", CUT)
def test_w2_a_json_feed_of_surrogates_in_every_string_is_read(cut):
    parsed = whole(of_json(cut))
    assert [each.item.guid for each in parsed.items] == ["good", "1"]
    assert "\ufffd" in parsed.feed.title


@pytest.mark.case("W02")
@pytest.mark.parametrize("cut", CUT)
def test_w2_what_is_read_of_json_has_none_before_anything_looks_at_it(cut):
    for text in strings(jsonfeed.read(of_json(cut).decode(), URL)):
        text.encode()


@pytest.mark.case("W02")
def test_w2_a_pair_of_surrogates_is_one_character_and_an_escaped_backslash_is_no_escape():
    parsed = whole(of_json("\\ud83d\\ude00"))
    assert parsed.feed.title == "😀"
    assert whole(of_json("\\\\ud83d")).feed.title == "\\ud83d"
    assert whole(of_json("\\\\\\ud83d\\ude00\\ude00")).feed.title == "\\😀\ufffd"


@pytest.mark.case("W02")
@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize("form", [OF_RSS, OF_ATOM], ids=["rss", "atom"])
@pytest.mark.parametrize("flaw", ["", "<b>&nbsp;"], ids=["well-formed", "loose"])
def test_w2_an_xml_feed_of_surrogates_in_every_string_is_read(form, reference, flaw):
    body = form.replace("%", reference).replace("<title>", f"<title>{flaw}", 1)
    parsed = whole(body.encode("utf-8", "surrogatepass"))
    assert len(parsed.items) == 2


hostile = st.text(
    st.characters(categories=["Cs", "Cc", "Cn", "Co", "Cf", "So"]) | st.sampled_from('a/&<\\"%'), max_size=9
)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(["json", OF_RSS, OF_ATOM]), hostile)
def test_no_document_makes_a_string_that_utf8_cannot_write(form, text):
    if form == "json":
        body = of_json(json.dumps(text)[1:-1])
    else:
        body = form.replace("%", "".join(f"&#x{ord(character):x};" for character in text)).encode()
    try:
        whole(body)
    except ParseError as error:
        str(error).encode()
