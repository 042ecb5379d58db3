"""What is known need not be read: documents cut into items, and parsed without those that were seen before."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedriver.parse import NOTHING_KNOWN, Known, nothing_new, parse, slices
from feedriver.parse.document import MOST_AT_ONCE
from feedriver.parse.slices import cut

URL = "https://feeds.example/news/feed"
ITEM = "<item><guid>{0}</guid><title>Story {0}</title><link>/{0}</link><description>{1}</description></item>"
LONG = "&lt;p&gt;" + "A long story, told at length. " * 20 + "&lt;/p&gt;"


def rss(*items: str, head: str = "<title>News</title>", root: str = '<rss version="2.0">') -> bytes:
    return f"{root}<channel>{head}{''.join(items)}</channel></rss>".encode()


def story(name: str, text: str = LONG) -> str:
    return ITEM.format(name, text)


def atom(*entries: str, attributes: str = "") -> bytes:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"{attributes}><title>News</title>{"".join(entries)}</feed>'.encode()
    )


def hashes(body: bytes, url: str = URL, content_type: str | None = None) -> tuple[bytes, ...]:
    slices = cut(body, url, content_type)
    assert slices is not None
    return slices.hashes


def test_an_item_has_the_same_hash_wherever_it_stands():
    assert hashes(rss(story("a"), story("b"))) == hashes(rss(story("b"), story("a"), story("c")))[1::-1]


def test_an_item_that_differs_in_one_character_has_another_hash():
    assert hashes(rss(story("a"))) != hashes(rss(story("a", LONG + ".")))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (rss(story("a")), rss(story("a"), root='<rss version="2.0" xml:base="https://other.example/">')),
        (rss(story("a")), rss(story("a"), root='<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">')),
        (rss(story("a")), rss(story("a")).replace(b"<channel>", b'<channel xml:lang="fr">')),
        (rss(story("a")), b'<?xml version="1.0" encoding="koi8-r"?>' + rss(story("a"))),
    ],
    ids=["base", "namespaces", "language", "encoding"],
)
def test_an_item_in_another_setting_is_another_item(before, after):
    assert hashes(before) != hashes(after)


def test_an_item_got_from_another_address_is_another_item():
    assert hashes(rss(story("a"))) != hashes(rss(story("a")), url="https://feeds.example/other/feed")


def test_the_headers_charset_is_part_of_the_setting():
    assert hashes(rss(story("a"))) != hashes(rss(story("a")), content_type="text/xml; charset=koi8-r")


@pytest.mark.parametrize("element", ["lastBuildDate", "pubDate", "updated", "modified", "dc:date"])
def test_the_documents_own_date_is_not_part_of_its_head(element):
    heads = [
        cut(rss(story("a"), head=f"<title>News</title><{element}>{when}</{element}>"), URL)
        for when in ("Sun, 22 Nov 2026 12:00:00 GMT", "Sun, 22 Nov 2026 13:00:00 GMT")
    ]
    assert heads[0]
    assert heads[1]
    assert heads[0].head == heads[1].head


@pytest.mark.parametrize("head", ["<title>Gazette</title>", "<title>News</title><ttl>60</ttl>"])
def test_another_head_is_told(head):
    before, after = cut(rss(story("a")), URL), cut(rss(story("a"), head=head), URL)
    assert before
    assert after
    assert before.head != after.head


@pytest.mark.parametrize(
    "odd",
    [
        rss("<item><title>a</title><item><title>b</title></item></item>"),
        rss(story("a"), "<item>"),
        rss("</item>", story("a")),
        rss(story("a"), "<entry><title>b</title></entry>"),
        rss("<item/>", story("a")),
        rss(f"<!-- {story('a')}"),
        rss(story("a"), "<![CDATA["),
        b'<!DOCTYPE rss [<!ENTITY a "<item/>">]>' + rss(story("a")),
        b'<!DOCTYPE rss SYSTEM "a>b"\n[<!ENTITY a "b">]>' + rss(story("a")),
        b"<!DOCTYPE rss><!DOCTYPE rss>" + rss(story("a")),
        rss(story("a")).decode().encode("utf-16"),
        b'<?xml version="1.0" encoding="iso-2022-jp"?>' + rss(story("a")),
        b'<?xml version="1.0" encoding="UTF-7"?>' + rss(story("a")),
        rss(),
        b"",
        b"{}",
        b"<html><body>No feed</body></html>",
        b"<item</item>",
        b"<item></item",
    ],
)
def test_a_document_that_cannot_be_cut_safely_is_not_cut(odd):
    assert cut(odd, URL) is None


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://example.com/rss-0.91.dtd">',
        "<!DOCTYPE rss><!-- [a] -->",
        "<?xml-stylesheet href='a[1].xsl'?>",
    ],
)
def test_a_document_type_without_declarations_is_no_reason_not_to_cut(head):
    assert cut(head.encode() + rss(story("a"), head="<title>[News]</title>"), URL)


def test_a_document_with_too_much_around_its_items_or_too_many_of_them_is_not_cut():
    much = "<!-- a long licence -->" * (slices.MOST_AROUND // 23)
    assert cut(rss(story("a"), head=much[: -23 * 10]), URL)
    assert cut(rss(story("a"), head=much + much), URL) is None
    assert cut(rss(story("a"), much + much), URL) is None
    few = "<item></item>" * slices.MOST_ITEMS
    assert cut(rss(few), URL)
    assert cut(rss(few, story("a")), URL) is None


@pytest.mark.case("X01")
def test_a_large_body_is_left_to_the_process_that_can_be_killed_and_read_as_ever():
    body = rss(story("a"), story("b", "A long story. " * (MOST_AT_ONCE // 14)))
    known = Known(frozenset(hashes(body)), cut(body, URL).head)
    assert not nothing_new(body, URL, None, known)
    parsed = parse(body, URL, None, known)
    assert [each.index for each in parsed.kept] == [0, 1]
    assert parsed.items == ()


@pytest.mark.parametrize(
    "odd",
    [
        rss(story("a"), '<x:item xmlns:x="http://purl.org/rss/1.0/"><title>b</title></x:item>'),
        rss(story("a"), "<ITEM><title>b</title></ITEM>"),
        rss(story("a"), story("b", "&nbsp; undeclared &foo;")),
    ],
    ids=["prefixed", "upper case", "not well-formed"],
)
def test_where_the_reader_sees_other_items_than_were_cut_all_is_read(odd):
    slices = cut(odd, URL)
    known = set(slices.hashes[:1]) if slices else set()
    parsed = parse(odd, URL, None, Known(frozenset(known)))
    assert (parsed.kept, parsed.head) == ((), b"")
    assert parsed == parse(odd, URL)


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (rss(f"<!-- {story('a')} -->", story("b")), 1),
        (rss(f"<!-- {story('a')}", story("b"), f"{story('c')} -->", story("d")), 1),
        (rss(f"<description><![CDATA[{story('a')}]]></description>", story("b")), 1),
        (rss("<item><guid>a</guid><description><![CDATA[</item><item>]]></description></item>", story("b")), 2),
    ],
)
def test_items_in_comments_and_cdata_sections_are_none(body, count):
    whole = parse(body, URL)
    assert len(whole.items) == len(hashes(body)) == count
    assert parse(body, URL, None, Known(frozenset(hashes(body)[-1:]))).items == whole.items[:-1]


def test_what_is_known_is_left_out_and_keeps_its_place():
    body = rss(story("a"), story("b"), story("c"))
    parsed = parse(body, URL, None, Known(frozenset({hashes(body)[1]})))
    assert [(each.index, each.item.title) for each in parsed.items] == [(0, "Story a"), (2, "Story c")]
    assert [(each.index, each.slice) for each in parsed.kept] == [(1, hashes(body)[1])]


def test_an_empty_item_among_known_ones_is_rejected_at_its_place():
    body = rss(story("a"), "<item></item>", story("b"))
    parsed = parse(body, URL, None, Known(frozenset({hashes(body)[0]})))
    assert [(each.index, each.reason) for each in parsed.rejected] == [(1, "empty")]
    assert [each.index for each in parsed.items] == [2]


def test_a_document_whose_every_item_is_known_brings_nothing_new():
    first, later = rss(story("a"), story("b")), rss(story("b"), story("a"))
    read = parse(first, URL)
    known = Known(frozenset(each.slice for each in read.items), read.head)
    assert nothing_new(later, URL, None, known)
    assert not nothing_new(rss(story("a"), story("c")), URL, None, known)
    assert not nothing_new(rss(story("a"), head="<title>Gazette</title>"), URL, None, known)
    assert not nothing_new(first, URL, None, NOTHING_KNOWN)


def test_where_all_is_known_but_the_head_the_feed_is_read_alone():
    known = Known(frozenset(hashes(rss(story("a"), story("b")))))
    parsed = parse(rss(story("a"), story("b"), head="<title>Gazette</title>"), URL, None, known)
    assert (parsed.feed.title, parsed.items, len(parsed.kept)) == ("Gazette", (), 2)


def test_a_document_cut_short_is_refused_whole_whatever_is_known_of_it():
    body = rss(story("a"), story("b"))
    cut_short = body[: body.rindex(b"</channel>")]
    with pytest.raises(Exception, match="ends before its root"):
        parse(cut_short, URL, None, Known(frozenset(hashes(body))))


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co")), max_size=40)
bodies = st.one_of(
    texts.map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace("]]>", "")),
    texts.map(lambda text: f"<![CDATA[<p>{text.replace(']]>', '')}</p>]]>"),
    st.integers(1, 40).map(lambda count: f"<![CDATA[<p>{'Said at length. ' * count}</p><img src='/a.png'>]]>"),
    st.integers(1, 40).map(lambda count: f"&lt;p&gt;{'Said &amp;amp; done. ' * count}&lt;/p&gt;"),
)
extras = st.sampled_from(
    [
        "",
        "<pubDate>Wed, 08 Oct 2025 18:46:00 GMT</pubDate>",
        "<author>ada@hill.example (Ada Quill)</author>",
        '<enclosure url="/a.mp3" type="audio/mpeg" length="1"/>',
        "<category>News</category>",
        '<link xml:base="https://deep.example/x/">y</link>',
        "<!-- a remark -->",
    ]
)
items = st.builds(
    lambda number, text, extra: (
        f"<item><guid>{number}</guid><title>T{number}</title>{extra}<description>{text}</description></item>"
    ),
    st.integers(0, 8),
    bodies,
    extras,
)
heads = st.sampled_from(["<title>News</title>", "<title>News</title><link>/home</link><language>fr</language>", ""])


@pytest.mark.long
@given(st.lists(items, min_size=1, max_size=8), heads, st.randoms(use_true_random=False))
def test_what_is_read_beside_known_items_is_what_it_is_in_the_whole_document(written, head, chance: random.Random):
    body = rss(*written, head=head, root='<rss version="2.0" xml:base="https://base.example/dir/">')
    whole = parse(body, URL)
    known = {each.slice for each in whole.items if each.slice and chance.random() < 0.6}
    partly = parse(body, URL, None, Known(frozenset(known)))
    assert partly.feed == whole.feed
    assert partly.items == tuple(each for each in whole.items if each.slice not in known)
    assert sorted([*(each.index for each in partly.items), *(each.index for each in partly.kept)]) == [
        each.index for each in whole.items
    ]
