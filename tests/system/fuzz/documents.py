"""Documents that go wrong in the ways of the wild, and what must hold of each."""

from __future__ import annotations

import io

from checkout import FEEDS
from hypothesis import strategies as st
from xss.judges import harmful

from feedriver.errors import ParseError
from feedriver.models import Item
from feedriver.parse import Parsed, parse
from feedriver.parse.normalize.text import body_of
from feedriver.parse.source import Markup
from feedriver.sandbox.messages import Failure, read_outcome, replies, send

URL = "https://feeds.example/dir/feed"
SMALL = [path for path in FEEDS if path.stat().st_size < 20_000]
OF_JSON = [path.read_bytes() for path in SMALL if path.suffix == ".json-feed"]
GOLDEN = [path.read_bytes() for path in SMALL]
# What JSON may spell within a string: halves of characters, controls, addresses, markup, and much of it.
SPELLED = [
    *(r"\ud83d", r"\ude00", r"\ud83d\ude00", r"\u0000", r"\u001b", r"\u202e", r"\u0085", r"\\", r"\"", r"\/", r"\n"),
    *(
        "https://e.example/",
        "http://[",
        "//",
        "?",
        "#",
        "@",
        "%",
        "<b>",
        "&#xd83d;",
        "&lt;",
        "\u00e9",
        "\U0001f4f0",
        "x" * 3_000,
    ),
]
TOKENS = [
    *(b"<rss>", b"</rss>", b"<channel>", b"</channel>", b"<item>", b"</item>", b"<entry>", b"</entry>", b"<title>"),
    *(b"<guid>", b"<link/>", b"<link>http://[</link>", b"<author>a@b", b"<dc:creator>", b"<pubDate>", b"<!--", b"-->"),
    *(b"<![CDATA[", b"]]>", b"<!DOCTYPE x [", b"<!ENTITY e 'x'>", b"]>", b"<?xml version='1.0'?>", b"<?x", b"?>", b"&"),
    *(
        b"&#xD800;",
        b"&#0;",
        b"&#x110000;",
        b"&e;",
        b"&amp;lt;",
        b"&nbsp",
        b"\x00",
        b"\xff\xfe",
        b"\xc3",
        b"\xed\xa0\x80",
    ),
    *(b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"xml:base='http://['", b"<content type='xhtml'>", b"type='html'"),
    *(
        b"<media:group>",
        b"<itunes:image href='x'/>",
        b"<enclosure url='//['/>",
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"\\ud800",
    ),
    *(
        b'{"version":"https://jsonfeed.org/version/1.1","items":[',
        b"null",
        b"1e999",
        b"NaN",
        b"<",
        b">",
        b"'",
        b"=",
        b"/",
    ),
    *(
        b"<p>",
        b"</div>",
        b"<table>",
        b"<svg>",
        b"<math>",
        b"<pre>",
        b"<script>",
        b"<style>",
        b"<template>",
        b"<select>",
    ),
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A golden document after up to eight accidents."""
    body = bytearray(draw(st.sampled_from(GOLDEN) | st.sampled_from(OF_JSON)))
    for _ in range(draw(st.integers(1, 8))):
        start = draw(st.integers(0, len(body)))
        end = min(start + draw(st.sampled_from([0, 1, 2, 7, 40, 300])), len(body))
        match draw(st.sampled_from(["flip", "cut", "splice", "token", "bytes", "repeat", "end"])):
            case "flip" if start < len(body):
                body[start] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del body[start:end]
            case "splice":
                other = draw(st.sampled_from(GOLDEN))
                place = draw(st.integers(0, len(other)))
                body[start:end] = other[place : place + draw(st.integers(0, 400))]
            case "token":
                body[start:end] = draw(st.sampled_from(TOKENS))
            case "bytes":
                body[start:end] = draw(st.binary(max_size=8))
            case "repeat":
                body[start:start] = body[start:end] * draw(st.sampled_from([1, 2, 30]))
            case "end":
                del body[max(start, len(body) // 2) :]
    return bytes(body)


def pieces() -> st.SearchStrategy[bytes]:
    """Tags, declarations and bytes in any order."""
    return st.lists(st.one_of(st.sampled_from(TOKENS), st.binary(max_size=12)), max_size=40).map(b"".join)


@st.composite
def json_feeds(draw: st.DrawFn) -> bytes:
    """A JSON Feed in which strings, wherever they stand, are spelled in any way that JSON has."""
    document = draw(st.sampled_from(OF_JSON)).decode()
    pieces = document.split('"')
    for _ in range(draw(st.integers(1, 5))):
        place = draw(st.integers(1, len(pieces) - 2))
        pieces[place] += "".join(draw(st.lists(st.sampled_from(SPELLED), max_size=4)))
    return '"'.join(pieces).encode()


def texts() -> st.SearchStrategy[bytes]:
    """Any text, as the whole document or as every text of one."""
    value = st.text(max_size=200)
    item = (
        "<rss><channel><title>{0}</title><item><title>{0}</title><description>{0}</description></item></channel></rss>"
    )
    return st.one_of(value, value.map(item.format)).map(lambda text: text.encode("utf-8", "surrogatepass"))


def markup() -> st.SearchStrategy[str]:
    """HTML of tags that parsers move about, with texts in between."""
    tags = "p div b i a table tr td ul li pre br svg math mi mtext style title template select option form textarea xmp"
    names = st.sampled_from([*tags.split(), "noscript", "iframe", "x-y", "img", "section", "foreignObject", "mglyph"])
    attributes = st.sampled_from(
        ["", " href=/x", " src='a.png'", ' title="<p>"', " onclick=x", " href='java\tscript:x'"]
    )
    opened = st.builds("<{}{}>".format, names, attributes)
    closed = names.map("</{}>".format)
    text = st.sampled_from(
        ["word", " ", "\n\n", "&lt;b&gt;", "&amp;", "&#0;", "<", ">", "<!--", "-->", "--!>", "]]>", "é"]
    )
    return st.lists(st.one_of(opened, closed, text), max_size=25).map("".join)


def holds(body: bytes) -> None:
    """A feed or our error; what was read comes through the parsing process's pipe as it is, and can be written and read
    again; and its HTML says the same once more.
    """
    try:
        parsed = parse(body, URL)
    except ParseError as error:
        refusal = Failure(error.url, error.code, error.detail, error.hint)
        assert heard(refusal) == refusal
        return
    assert isinstance(parsed, Parsed)
    assert heard(parsed) == parsed
    parsed.feed.model_dump_json().encode()
    for each in parsed.items:
        assert Item.model_validate_json(each.item.model_dump_json().encode()) == each.item
        "".join(each.source).encode()
        stable(each.item.html or "")
    for rejected in parsed.rejected:
        rejected.model_dump_json().encode()


def heard(outcome: Parsed | Failure) -> object:
    """What the poller hears through the pipe of what came of a document."""
    pipe = io.BytesIO()
    for reply in replies(outcome):
        send(pipe, reply)
    pipe.seek(0)
    return read_outcome(pipe.read)


def stable(html: str) -> None:
    """Sanitized HTML, read as a document's, is the same from its second reading on, and harmless all along.

    The first may still close what nests as HTML does not: the sanitizer takes an element out and leaves its children.
    """
    second = body_of(Markup(html, "html", URL))
    third = body_of(Markup(second.html, "html", URL))
    assert (third.html, third.text) == (second.html, body_of(Markup(third.html, "html", URL)).text)
    assert harmful(html) == harmful(second.html) == set()
