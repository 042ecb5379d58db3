"""Tombstones: what a feed says was deleted, read from the text of the document."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedriver.parse import parse
from feedriver.parse.result import Tombstone
from feedriver.parse.xml import tombstones

BOUND = f'xmlns="http://www.w3.org/2005/Atom" xmlns:at="{tombstones.NAMESPACE}"'
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
STONE = '<at:deleted-entry ref="urn:1" when="2026-05-04T12:00:00Z"/>'


def atom(inside: str, bound: str = BOUND) -> str:
    return f"<?xml version='1.0'?><feed {bound}><id>urn:feed</id><title>T</title>{inside}</feed>"


def stones(document: str) -> tuple[Tombstone, ...]:
    return tombstones.read(document).tombstones


@pytest.mark.case("I17")
@pytest.mark.parametrize(
    "written",
    [
        STONE,
        "<at:deleted-entry\n  when = '2026-05-04T14:00:00+02:00'\n  ref = 'urn:1' ></at:deleted-entry>",
        STONE.replace("/>", "><at:comment>a <![CDATA[</b>]]></at:comment></at:deleted-entry>"),
        f"<entry><id>urn:2</id><title>A</title></entry>{STONE}",
        f"<entry/>{STONE}",
        f"<!-- <entry> -->{STONE}",
    ],
)
def test_i17_a_tombstone_is_read_however_it_is_written(written):
    assert stones(atom(written)) == (Tombstone("urn:1", NOON),)
    assert parse(atom(written).encode(), "https://a.example/").deleted == (Tombstone("urn:1", NOON),)


@pytest.mark.case("I17")
@pytest.mark.parametrize(
    ("bound", "name"),
    [
        (f'xmlns="http://www.w3.org/2005/Atom" xmlns:grave.1="{tombstones.NAMESPACE}"', "grave.1:deleted-entry"),
        (f"xmlns:a='{tombstones.NAMESPACE}'", "a:deleted-entry"),
        ("", f'deleted-entry xmlns="{tombstones.NAMESPACE}"'),
    ],
)
def test_i17_any_prefix_or_none_is_good(bound, name):
    assert [stone.ref for stone in stones(atom(f'<{name} ref="urn:1"/>', bound))] == ["urn:1"]


@pytest.mark.case("I17")
@pytest.mark.parametrize(
    "written",
    [
        f"<!-- {STONE} -->",
        f"<subtitle><![CDATA[{STONE}]]></subtitle>",
        f"<entry><content type='xhtml'>{STONE}</content></entry>",
        f"<!-- never closed {STONE}",
        STONE.replace("at:", "other:"),
        STONE.replace("at:", ""),
        STONE.replace("ref", "reference"),
        STONE.replace("urn:1", "  "),
        STONE.replace("<at:", "&lt;at:"),
        STONE.replace("deleted-entry", "deleted-entry-count"),
        "</at:deleted-entry ref='urn:1'>",
        "<at:deleted-entry ref='urn:1'>",
    ],
)
def test_i17_what_is_no_tombstone_of_the_feed_deletes_nothing(written):
    assert stones(atom(written)) == ()


@pytest.mark.case("I17")
def test_i17_a_namespace_that_is_not_bound_deletes_nothing():
    assert stones(atom(f"{STONE}<!-- {tombstones.NAMESPACE} -->", 'xmlns:at="urn:other"')) == ()


@pytest.mark.case("I17")
@pytest.mark.parametrize(("when", "read"), [("", None), ("soon", None), ("2026-05-04T12:00:00Z", NOON)])
def test_i17_a_time_that_cannot_be_read_costs_no_tombstone(when, read):
    assert stones(atom(f'<at:deleted-entry ref="urn:1" when="{when}"/>')) == (Tombstone("urn:1", read),)


@pytest.mark.case("I17")
def test_i17_what_a_tombstone_holds_is_not_the_feeds_own():
    inside = '<at:by><name>Ann</name></at:by><link href="https://other.example/"/><title>Gone</title>'
    buried = atom(f'<link href="https://a.example/"/>{STONE.replace("/>", ">")}{inside}</at:deleted-entry>')
    found = parse(buried.encode(), "https://a.example/")
    assert (found.feed.title, found.feed.link, found.feed.authors) == ("T", "https://a.example/", ())
    assert tombstones.read(buried).text == atom('<link href="https://a.example/"/>')


@pytest.mark.case("I17")
def test_i17_entities_in_a_reference_are_decoded():
    (stone,) = stones(atom('<at:deleted-entry ref="https://a.example/?a=1&amp;b=&#x32;"/>'))
    assert stone.ref == "https://a.example/?a=1&b=2"


@pytest.mark.case("I17")
def test_i17_tombstones_are_read_in_order_and_no_more_than_a_thousand():
    written = "".join(f'<at:deleted-entry ref="urn:{number}"/>' for number in range(1_100))
    assert [stone.ref for stone in stones(atom(written))] == [f"urn:{number}" for number in range(1_000)]


@pytest.mark.case("I17")
def test_i17_a_feed_without_them_has_none_and_a_json_feed_never():
    assert parse(atom("<entry><id>urn:1</id></entry>").encode(), "https://a.example/").deleted == ()
    text = f'{{"version": "https://jsonfeed.org/version/1.1", "title": "{tombstones.NAMESPACE}", "items": []}}'
    assert parse(text.encode(), "https://a.example/").deleted == ()


@pytest.mark.case("I17")
@given(st.text(alphabet="<>!-[]/:='\" adeilntryCDATAx", max_size=200))
def test_i17_no_text_is_an_error(text):
    assert isinstance(stones(atom(text)), tuple)


@pytest.mark.case("I17")
@pytest.mark.parametrize(
    "unit",
    [
        "<at:deleted-entry ",
        "<at:deleted-entry ref='",
        "<!--",
        "<![CDATA[",
        "<entry ",
        " ",
        "a" * 50,
        " xmlns:at=",
        "<a:b",
    ],
)
def test_i17_a_megabyte_made_to_be_slow_is_read_in_one_pass(unit):
    # Were it not, this would take minutes.
    assert stones(atom(unit * (1_000_000 // len(unit)) + f"</entry>{STONE}")) in {
        (),
        (Tombstone("urn:1", NOON),),
    }
