import json

import pytest

from feedriver.errors import ParseCode, ParseError
from feedriver.parse import parse

URL = "https://feeds.example/dir/feed"


def feed(items, **more):
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": items, **more}).encode()


@pytest.mark.case("P18")
@pytest.mark.parametrize("items", [None, [], {}, "none"])
def test_p18_no_list_of_items_is_no_items(items):
    assert parse(feed(items), URL).items == ()


@pytest.mark.case("P18")
@pytest.mark.parametrize(
    ("written", "guid"), [("7", "7"), ("1.10", "1.10"), ('"0"', "0"), ('" "', None), ("null", None), ("true", None)]
)
def test_p18_an_id_may_be_a_number(written, guid):
    body = feed([{"id": "ID", "title": "x"}]).replace(b'"ID"', written.encode())
    assert parse(body, URL).items[0].item.guid == guid


@pytest.mark.case("P18")
@pytest.mark.parametrize(
    "value",
    ["NaN", "Infinity", "-Infinity", "9" * 5_000, "1." + "9" * 5_000, "[" * 100_000 + "]" * 100_000, "01", "'x'"],
)
def test_p18_what_is_not_json_or_an_attack_is_malformed(value):
    with pytest.raises(ParseError) as caught:
        parse(feed([{"id": "ID"}]).replace(b'"ID"', value.encode()), URL)
    assert caught.value.code is ParseCode.MALFORMED


@pytest.mark.case("P18")
def test_p18_a_byte_order_mark_and_double_keys_are_no_obstacle():
    body = b'\xef\xbb\xbf{"version": "x", "version": "https://jsonfeed.org/version/1", "items": [{"id": "1"}]}'
    parsed = parse(body, URL)
    assert (parsed.feed.format, len(parsed.items)) == ("jsonfeed1.0", 1)


@pytest.mark.case("P18")
def test_p18_text_with_tags_is_text_and_is_escaped_as_html():
    item = parse(feed([{"id": "1", "content_text": "a <b>tag</b>\n\nnext"}]), URL).items[0].item
    assert item.text == "a <b>tag</b>\nnext"
    assert item.html == "<p>a &lt;b&gt;tag&lt;/b&gt;</p><p>next</p>"


def test_fields_of_the_wrong_type_are_fields_that_are_not_there():
    wrong = {
        "id": "1",
        "title": ["x"],
        "url": 5,
        "authors": "me",
        "author": [],
        "attachments": [None],
        "tags": {"a": 1},
    }
    item = parse(feed([wrong], authors=7, icon=[]), URL).items[0].item
    assert (item.guid, item.title, item.link, item.authors, item.enclosures, item.categories) == (
        "1",
        None,
        None,
        (),
        (),
        (),
    )


def test_items_that_are_no_objects_are_counted():
    parsed = parse(feed([1, {"id": "1"}, None]), URL)
    assert [each.index for each in parsed.items] == [1]
    assert [(each.index, each.reason) for each in parsed.rejected] == [(0, "unreadable"), (2, "unreadable")]


def test_the_icon_goes_before_the_favicon():
    assert parse(feed([], icon="/i.png", favicon="/f.ico"), URL).feed.icon == "https://feeds.example/i.png"
    assert parse(feed([], icon="data:x", favicon="/f.ico"), URL).feed.icon == "https://feeds.example/f.ico"
