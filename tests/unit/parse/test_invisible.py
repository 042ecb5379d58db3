"""A picture that nobody sees is no image of its entry, and is not in its html."""

from __future__ import annotations

import time

import pytest

from feedriver.parse import parse
from feedriver.parse.normalize import sanitize, text
from feedriver.parse.source import Markup

BASE = "https://a.example/"
SEEN = '<img src="https://a.example/seen.jpg">'


def read(html: str):
    return text.body_of(Markup(html, "html", BASE))


INVISIBLE = [
    'width="1" height="1"',
    'width="0" height="0"',
    'width="1"',
    'height="1"',
    'height="0"',
    "width=1px height=1px",
    "width=' 1 ' height=20",
    'width="1.5"',
    'width="0%"',
    'width="01"',
    "hidden",
    'hidden="until-found"',
    'style="display:none"',
    'style="DISPLAY : None !important"',
    'style="border:0;display:none;"',
    'style="visibility:hidden"',
    'style="opacity:0"',
    'style="opacity: 0.0"',
    'style="width:1px;height:1px"',
    'style="width: 0"',
    'style="height:0em"',
    'style="max-height:1px"',
    'style="width:.5px"',
    'width="600" style="display:none"',
]
VISIBLE = [
    "",
    'width="100%"',
    'width="2"',
    'width="640" height="480"',
    'width="" height=""',
    'width="auto"',
    'width="-1"',
    'width="1000"',
    'style="display:block"',
    'style="width:100%;height:auto"',
    'style="width:1em"',
    'style="max-width:100px"',
    'style="opacity:0.9"',
    'style="border-width:1px"',
    'style="width:calc(100% - 1px)"',
    'style="width:1%"',
    'style="background:none"',
    'alt="display:none"',
    'alt="width=&quot;1&quot; hidden"',
    'title="<img hidden>"',
]


@pytest.mark.parametrize("attributes", INVISIBLE)
def test_what_nobody_sees_is_no_image_and_not_in_the_html(attributes):
    body = read(f'<p>Before<img src="/pixel.gif" {attributes}>after</p>{SEEN}')
    assert body.image.url == "https://a.example/seen.jpg"
    assert body.html == f"<p>Beforeafter</p>{SEEN}"
    assert body.text == "Beforeafter"


@pytest.mark.parametrize("attributes", VISIBLE)
def test_what_is_seen_stays(attributes):
    body = read(f'<p><img src="/seen.jpg" {attributes}></p>')
    assert body.image.url == "https://a.example/seen.jpg"
    assert 'src="https://a.example/seen.jpg"' in body.html
    assert "style" not in body.html.replace("display", "")


@pytest.mark.parametrize("hiding", ['<div style="display:none">', "<span hidden>", '<p style="visibility: hidden">'])
def test_a_picture_within_what_is_hidden_is_hidden(hiding):
    name = hiding[1:].split()[0]
    body = read(f'{hiding}<b>words<br></b><a href="/x"><img src="/pixel.gif"></a></{name}>{SEEN}<p>{SEEN}</p>')
    assert body.image.url == "https://a.example/seen.jpg"
    assert body.html.count("<img") == 2
    assert "pixel" not in body.html
    assert "words" in body.html
    assert "style" not in body.html
    assert "hidden" not in body.html


def test_a_narrow_cell_or_line_is_no_picture():
    html = f'<table><tbody><tr><td width="1" height="1">{SEEN}</td></tr></tbody></table><hr width="1"><p>x</p>'
    body = read(html)
    assert body.html.count(SEEN) == 1
    assert '<hr width="1">' in body.html
    assert body.image


def test_a_body_of_a_pixel_alone_is_empty():
    body = read('<img src="/pixel.gif" width="1" height="1">')
    assert (body.html, body.text, body.image) == ("", "", None)


def test_what_came_out_stays_the_same_when_it_is_read_again():
    html = "".join(f'<div style="display:none"><img src="/p.gif" {each}>x</div>' for each in INVISIBLE + VISIBLE)
    once = read(html).html
    assert read(once).html == once


def test_media_of_a_pixel_are_no_images():
    body = b"""<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><item><guid>1</guid>
    <media:content url="https://a.example/p0.gif" medium="image" width="0" height="0"/>
    <media:content url="https://a.example/p1.gif" medium="image" width="1" height="1"/>
    <media:content url="https://a.example/seen.jpg" medium="image" width="640" height="480"/>
    <media:thumbnail url="https://a.example/p2.gif" width="1" height="1px"/>
    <media:thumbnail url="https://a.example/small.jpg"/>
    </item></channel></rss>"""
    (item,) = parse(body, BASE).items
    assert [image.url for image in item.item.images] == ["https://a.example/seen.jpg", "https://a.example/small.jpg"]


@pytest.mark.parametrize(
    "piece",
    ['<img src="/p.gif" hidden>', "<div hidden>", '<p style="display:none">x', '<img alt="', "<div hidden></div>"],
)
def test_the_time_is_linear(piece):
    def spent(count: int) -> float:
        html = "<i>x</i>" + piece * count
        begun = time.process_time()
        sanitize.sanitized(html, BASE)
        text._first_image(text._tree(html), BASE) if "div" not in piece else None
        return time.process_time() - begun

    spent(100)
    assert spent(400 * 4) < 0.05 + 12 * spent(400)
