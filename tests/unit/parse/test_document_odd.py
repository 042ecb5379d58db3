"""Characters, addresses, contents and titles as the world writes them, through the whole of parsing."""

import json

import pytest

from feedriver.parse import parse

URL = "https://feeds.example/dir/feed"


def rss(item):
    return f'<rss version="2.0"><channel><title>T</title><item><guid>1</guid>{item}</item></channel></rss>'.encode()


def atom(entry):
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>1</id>{entry}</entry></feed>'.encode()


def only(body):
    (found,) = parse(body, URL).items
    return found.item


@pytest.mark.case("P05")
@pytest.mark.parametrize(
    ("body", "title"),
    [
        (rss("<title>a&#xD800;b</title>"), "a\ufffdb"),
        (rss("<title>a&#0;b&#x110000;c</title>"), "a\ufffdb\ufffdc"),
        (rss("<title>a\x00b\x08c</title>"), "abc"),
        (rss("<title>a<![CDATA[\x0b]]>b</title>"), "ab"),
        (rss("<title>a?b</title>").replace(b"?", b"\xed\xa0\x80"), None),
        (
            b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": 1, "title": "a\\ud800\\u0000\\u0008d"}]}',
            "a\ufffdd",
        ),
    ],
)
def test_p05_an_impossible_character_costs_neither_the_entry_nor_the_feed(body, title):
    item = only(body)

    assert item.guid == "1"
    assert title is None or item.title == title
    line = item.model_dump_json().encode("utf-8", "strict")
    assert json.loads(line)["title"] == item.title


@pytest.mark.case("P07")
@pytest.mark.parametrize(
    ("inner", "title"),
    [
        ("<title>R&D and AT&T</title>", "R&D and AT&T"),
        ("<link>https://a.example/?a=1&b=2</link><title>&lt;b&gt;a&lt;/b&gt;<![CDATA[ & b]]></title>", "a & b"),
        ("<title>caf&eacute;&nbsp;&rarr;</title>", "café →"),
        ("<title>&unknown; entity</title>", "&unknown; entity"),
        ("<nobody:declared>this</nobody:declared><title>t</title>", "t"),
        ("<title>a < b</title>", "a < b"),
    ],
)
def test_p07_what_xml_does_not_allow_is_read_as_it_was_meant_and_marked(inner, title):
    parsed = parse(rss(inner), URL)

    assert [each.item.title for each in parsed.items] == [title]
    assert parsed.flaw is not None
    assert parse(rss(inner), URL) == parsed


@pytest.mark.case("P09")
@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("javascript:alert(1)", None),
        ("JaVaScRiPt:alert(1)", None),
        ("java&#10;script:alert(1)", None),
        ("javascript&#58;alert(1)", None),
        ("data:text/html,x", None),
        ("vbscript:x", None),
        ("file:///etc/passwd", None),
        ("mailto:a@b.example", None),
        ("https://", None),
        ("", None),
        ("//h.example/x", "https://h.example/x"),
        ("../x?a=1", "https://feeds.example/x?a=1"),
        ("?q", "https://feeds.example/dir/feed?q"),
        ("\r\n https://a.example/\r\n1 \r\n", "https://a.example/1"),
        ("HTTPS://a.example/1", "https://a.example/1"),
    ],
)
def test_p09_a_link_is_resolved_or_dropped(link, kept):
    # In an attribute, XML makes a space of a line break (XML 1.0 §3.3.3): it cannot be told from one that is meant.
    attribute = "".join(link.split())
    found = only(rss(f'<title>t</title><link>{link}</link><enclosure url="{attribute}" type="image/png"/>'))

    assert found.link == kept
    assert [file.url for file in found.enclosures] == ([kept] if kept else [])
    assert found.image is None or found.image.url == kept


@pytest.mark.case("P13")
@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<content>a &lt;b&gt; c</content>", "a <b> c"),
        ('<content type="text">a &lt;b&gt; c</content>', "a <b> c"),
        ('<content type="html">a &lt;b&gt;c&lt;/b&gt;</content>', "a c"),
        ('<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a <b>c</b></div></content>', "a c"),
        ('<content type="text/plain">a &lt;b&gt; c</content>', "a <b> c"),
    ],
)
@pytest.mark.parametrize("arrangement", ["{}<summary>Short.</summary>", "<summary>Short.</summary>{}"])
def test_p13_a_content_of_each_type_is_the_body_wherever_the_summary_stands(content, text, arrangement):
    found = only(atom(arrangement.format(content)))

    assert (found.text, found.summary, found.body_from) == (text, "Short.", "content")


@pytest.mark.case("P13")
@pytest.mark.parametrize(
    "content", ['<content src="/film.mp4" type="video/mp4"/>', '<content type="image/png">aGVsbG8=</content>']
)
def test_p13_a_content_that_is_elsewhere_or_no_text_leaves_the_summary(content):
    found = only(atom(f"{content}<summary>Short.</summary>"))

    assert (found.text, found.body_from) == ("Short.", "summary")


@pytest.mark.case("P13")
def test_p13_of_several_contents_the_same_is_chosen_in_any_order():
    contents = (
        '<content type="text">A plain text, and by far the longest of them.</content>',
        '<content type="html">&lt;p&gt;Short.&lt;/p&gt;</content>',
        '<content type="html">&lt;p&gt;The longer one.&lt;/p&gt;</content>',
    )
    orders = [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)]

    assert {only(atom("".join(contents[at] for at in order))).text for order in orders} == {"The longer one."}


@pytest.mark.case("P14")
@pytest.mark.parametrize(
    ("inner", "title"),
    [
        ("", None),
        ("<title/>", None),
        ("<title> \n </title>", None),
        ("<title>&lt;b&gt;Bold&lt;/b&gt; &amp;amp; new</title>", "Bold & new"),
        ("<title>&amp;lt;video&amp;gt;</title>", "<video>"),
        ("<title>\U0001f600\U0001f3fd</title>", "\U0001f600\U0001f3fd"),
        ("<title>a\u202eb\u200bc</title>", "a\u202eb\u200bc"),
        (f"<title>{'x' * 1_000_000}</title>", "x" * 1_999 + "…"),
        ("<title>one\n\ttwo\u2028three</title>", "one two three"),
    ],
)
def test_p14_a_title_is_one_line_of_text_or_none(inner, title):
    assert only(rss(inner)).title == title


@pytest.mark.case("P18")
@pytest.mark.parametrize(
    ("item", "kept"),
    [
        ('{"title": "t"}', (None, "t", "")),
        ('{"id": "a", "id": "b"}', ("b", None, "")),
        ('{"id": 12.50, "content_text": "<tag> & x"}', ("12.50", None, "<tag> & x")),
        ('{"id": "\\ud83d\\ude00"}', ("\U0001f600", None, "")),
        ('{"id": null, "title": 5, "url": [], "content_text": "x"}', (None, None, "x")),
    ],
)
def test_p18_json_is_strict_and_its_fields_are_lenient(item, kept):
    body = f'{{"version": "https://jsonfeed.org/version/1", "title": "T", "items": [{item}]}}'.encode()
    found = only(body)

    assert (found.guid, found.title, found.text) == kept
