"""HTML that grows when it is read is read as text; what people write is not taken for it."""

import pytest
from checkout import FEEDS
from hypothesis import given, settings
from hypothesis import strategies as st

from feedriver.parse.growth import LEAST, TIMES, grows
from feedriver.parse.normalize.text import body_of
from feedriver.parse.source import Markup

BASE = "https://paper.example/a"
MANY = 400


def opened(tag, attributes=" id={}"):
    return "".join(f"<{tag}{attributes.format(number)}>" for number in range(MANY))


SHAPES = {
    "paragraphs": opened("b") + "<p>x" * 1_000,
    "paragraphs that were closed": opened("i") + "<p>x</p>x" * 1_000,
    "divisions": opened("font", " color=c{}") + "<div>x</div>x" * 1_000,
    "list items": opened("em") + "<ul>" + "<li>x" * 1_000,
    "cells": "<table>" + opened("strong") + "<tr><td>x" * 1_000,
    "headings": opened("small") + "<h1>x</h1>x" * 1_000,
    "upper case": opened("TT") + "<P>x" * 1_000,
    "one long attribute": f"<b title='{'y' * 20_000}'>" + "<p>x" * 200,
    "closed in the wrong order": opened("u") + "<div></u></div>x" * 100 + "<p>x" * 1_000,
    "mixed": "".join(opened(tag)[:2_000].rpartition("<")[0] for tag in ("b", "i", "s", "tt")) + "<p>x" * 1_000,
    "ends without a beginning": opened("b") + "</p>x" * 2_000,
}
KNOWN = {
    "closed": "<p><b id=1>x</b><i>y</i></p>" * 20_000,
    "a font never closed": "<font face='Arial, Helvetica' size=2 color='#123456'>" + "<p>words and words</p>" * 2_000,
    "links never closed": "<a href='https://paper.example/long/address'>x<p>" * 2_000,
    "a long text": "<p>" + "words " * 200_000 + "</p>",
    "many pictures": "<p><img src='https://paper.example/p.jpg' alt='x'></p>" * 5_000,
    "relative links": "<a href='/x'>y</a> " * 5_000,
}


@pytest.mark.case("X09")
@pytest.mark.parametrize("html", SHAPES.values(), ids=SHAPES)
def test_what_would_grow_is_read_as_text(html):
    assert grows(html, BASE)
    found = body_of(Markup(html, "html", BASE))
    assert "x" in found.text
    assert len(found.html) <= 8 * len(html)


def test_short_addresses_under_a_long_base_grow_too():
    base = "https://paper.example/" + "long/" * 380
    html = "<a href=x>y</a>" * 2_000
    assert grows(html, base)
    assert len(body_of(Markup(html, "html", base)).html) <= 8 * len(html)
    assert not grows("<a href=x>y</a>" * 100, base)


@pytest.mark.parametrize("html", KNOWN.values(), ids=KNOWN)
def test_what_people_write_is_left_alone(html):
    assert not grows(html, BASE)


@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.name)
def test_no_captured_feed_is_taken_for_it(path):
    assert not grows(path.read_text("utf-8", "replace"), BASE)


TAGS = st.sampled_from([*"abips", "font", "nobr", "div", "table", "td", "li", "ul", "h1", "span", "em", "blockquote"])
PIECE = st.builds(
    lambda tag, end, attribute, text: f"<{'/' if end else ''}{tag}{attribute}>{text}",
    TAGS,
    st.booleans(),
    st.sampled_from(["", " id=1", " id=2", " class='" + "y" * 300 + "'", " href=x", " href=/y title=z"]),
    st.sampled_from(["", "x", "words"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECE, min_size=1, max_size=12), st.integers(1, 300), st.lists(PIECE, max_size=6), st.integers(1, 300))
def test_whatever_is_written_what_is_read_of_it_is_bounded_by_its_length(first, times, then, more):
    html = "".join(first) * times + "".join(then) * more
    found = body_of(Markup(html, "html", BASE))
    assert len(found.html) <= LEAST + (TIMES + 6) * len(html) + 100 * html.count("<")
    assert len(found.text) <= len(html) + html.count("<")
