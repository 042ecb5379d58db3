"""Lone surrogates: no string of any record has one, whatever document it was read from, and none costs a feed."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from feedriver.errors import ParseError
from feedriver.parse import Parsed, jsonfeed, parse
from feedriver.sandbox.messages import Defect, replies, send, told

URL = "https://feeds.example/dir/feed"
# What stands in a document for a surrogate, or half of one: as JSON and as XML spell it, and as bytes.
CUT = ["\\ud83d", "\\uDE00", "\\ud83d\\ud83d", "\\ude00\\ud83d", "\\\\\\ud83d", "\\ud83dx", "/\\udfff/"]
REFERENCES = ["&#xD83D;", "&#55357;", "&#xDE00;&#xD83D;", "&amp;#xD83D;", "\ud83d", "&#x110000;", "&#xFFFE;"]

ITEM_OF_JSON = {
    "id": "1",
    "url": "https://e.example/%",
    "external_url": "https://e.example/%",
    "title": "%",
    "content_html": "<p title='%'>%<a href='https://e.example/%'>x</a><img src='%.png'></p>",
    "content_text": "%",
    "summary": "%",
    "image": "https://e.example/%",
    "banner_image": "%",
    "date_published": "%",
    "date_modified": "%",
    "language": "%",
    "tags": ["%"],
    "authors": [{"name": "%", "url": "%", "avatar": "%"}],
    "author": {"name": "%", "url": "%"},
    "attachments": [{"url": "%", "mime_type": "audio/%", "size_in_bytes": "%", "title": "%"}],
    "%": "%",
}
OF_JSON = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "%",
    "description": "%",
    "home_page_url": "https://e.example/%",
    "feed_url": "%",
    "next_url": "https://e.example/%",
    "icon": "https://e.example/%.png",
    "favicon": "%",
    "language": "%",
    "authors": [{"name": "%", "url": "https://e.example/%"}],
    "hubs": [{"type": "%", "url": "https://e.example/%"}],
}
ITEM_OF_XML = """<title>%</title><link>https://e.example/%</link><guid>%1</guid><author>%</author><pubDate>%</pubDate>
<description>&lt;a href="%"&gt;x&lt;/a&gt;&lt;img src="%.png"/&gt;</description><category domain="%">%</category>
<comments>%</comments><enclosure url="https://e.example/%" type="audio/%" length="%"/><source url="%">%</source>
<media:content url="https://e.example/%" type="video/%" medium="%" width="%"/><itunes:image href="%"/>
<itunes:duration>%</itunes:duration><georss:point>%</georss:point><georss:featurename>%</georss:featurename>
<thr:in-reply-to ref="%" href="%"/><podcast:transcript url="%" type="text/%"/><podcast:chapters url="%" type="%"/>"""
OF_RSS = f"""<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:georss="http://www.georss.org/georss"
xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:thr="http://purl.org/syndication/thread/1.0"
xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>%</title><link>https://e.example/%</link>
<description>%</description><language>%</language><image><url>%</url></image><managingEditor>%</managingEditor>
<item><guid>good</guid><title>good</title></item><item>{ITEM_OF_XML}</item></channel></rss>"""
OF_ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0" xml:lang="%">
<id>%</id><title>%</title><link href="https://e.example/%"/><link rel="self" href="%"/><link rel="hub" href="%"/>
<link rel="next" href="%"/><icon>%</icon><author><name>%</name><uri>%</uri><email>%@%</email></author>
<updated>%</updated>
<at:deleted-entry ref="%" when="%"/><entry><id>good</id><title>good</title></entry><entry><id>%2</id><title>%</title>
<link href="%"/><link rel="enclosure" type="a/%" href="%"/><category term="%" scheme="%" label="%"/><updated>%</updated>
<content type="html" xml:base="https://e.example/%">&lt;a href="%"&gt;%&lt;/a&gt;</content></entry></feed>"""


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
    return told(pipe.read)


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


@pytest.mark.parametrize("cut", CUT)
def test_w2_a_json_feed_of_surrogates_in_every_string_is_read(cut):
    parsed = whole(of_json(cut))
    assert [each.item.guid for each in parsed.items] == ["good", "1"]
    assert "\ufffd" in parsed.feed.title


@pytest.mark.parametrize("cut", CUT)
def test_w2_what_is_read_of_json_has_none_before_anything_looks_at_it(cut):
    for text in strings(jsonfeed.read(of_json(cut).decode(), URL)):
        text.encode()


def test_w2_a_pair_of_surrogates_is_one_character_and_an_escaped_backslash_is_no_escape():
    parsed = whole(of_json("\\ud83d\\ude00"))
    assert parsed.feed.title == "😀"
    assert whole(of_json("\\\\ud83d")).feed.title == "\\ud83d"
    assert whole(of_json("\\\\\\ud83d\\ude00\\ude00")).feed.title == "\\😀\ufffd"


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


def unwritable(parsed: Parsed, index: int) -> Parsed:
    """What no reader of ours may make: an item with a surrogate in a string that no record checks."""
    items = [
        replace(each, source=each.source._replace(title="\ud83d")) if each.index == index else each
        for each in parsed.items
    ]
    return replace(parsed, items=tuple(items))


def test_an_item_that_cannot_be_written_to_the_pipe_costs_itself_alone():
    document = OF_JSON | {"items": [{"id": str(number)} for number in range(120)]}
    parsed = parse(json.dumps(document).encode(), URL)
    heard = through_the_pipe(unwritable(parsed, 70))
    assert [each.index for each in heard.items] == [number for number in range(120) if number != 70]
    assert [(each.index, each.reason) for each in heard.rejected] == [(70, "unreadable")]


def test_a_head_that_cannot_be_written_to_the_pipe_is_a_defect_that_is_told():
    assert isinstance(through_the_pipe(replace(parse(of_json("x"), URL), flaw="\ud83d")), Defect)
