"""A head that is known need not be read: what is kept of it, and the entries beneath it as if it had been."""

from __future__ import annotations

from dataclasses import replace

import pytest

from feedriver.models import Feed, Wishes
from feedriver.parse import NOTHING_KNOWN, Known, Parsed, heading, parse
from feedriver.parse.slices import cut
from feedriver.parse.xml import reader
from feedriver.parse.xml.tombstones import NAMESPACE

URL = "https://feeds.example/news/feed"
FIRST = "<item><guid>1</guid><title>One</title><link>/1</link></item>"
SECOND = (
    "<item><guid>2</guid><title>Two</title><link>two</link><description>&lt;img src='b.png'&gt;</description></item>"
)
ENTRY = "<entry><id>{0}</id><title>Story {0}</title><link href='{0}'/>{1}</entry>"
ENTRIES = ENTRY.format("1", "") + ENTRY.format("2", "") + ENTRY.format("3", "<author><name>Own</name></author>")
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"'
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
)


def rss(*items: str, head: str = "<title>News</title>", channel: str = "<channel>") -> bytes:
    return f'<rss version="2.0">{channel}{head}{"".join(items)}</channel></rss>'.encode()


def knowing(whole: Parsed, *items: bytes) -> Known:
    """What is known after a document was read: its head, and some of its items."""
    return Known(frozenset(items), whole.head, heading.pack(whole))


@pytest.fixture
def given(monkeypatch):
    """The texts that feedparser was given."""
    texts: list[str] = []
    real = reader._feedparser

    def listening(text: str, url: str) -> object:
        texts.append(text)
        return real(text, url)

    monkeypatch.setattr(reader, "_feedparser", listening)
    return texts


def test_a_known_head_is_not_given_to_feedparser(given):
    whole = parse(rss(FIRST, head="<title>News</title><ttl>90</ttl>"), URL)
    later = parse(
        rss(SECOND, FIRST, head="<title>News</title><ttl>90</ttl>"), URL, None, knowing(whole, whole.items[0].slice)
    )
    assert "News" in given[0]
    assert given[1] == f'<rss version="2.0"><channel>{SECOND}</channel></rss>'.replace("guid>", "source_guid>")
    assert (later.feed.title, later.feed.wishes.ttl, later.head) == ("News", 90, whole.head)


def test_also_where_every_item_is_new_a_known_head_is_not_read(given):
    later = parse(rss(SECOND), URL, None, knowing(parse(rss(FIRST), URL)))
    assert "News" not in given[1]
    assert (later.feed.title, [each.item.title for each in later.items]) == ("News", ["Two"])


@pytest.mark.parametrize("head", ["<title>Gazette</title>", "<title>News</title><language>fr</language>"])
def test_another_head_is_read(head, given):
    whole = parse(rss(FIRST), URL)
    body = rss(SECOND, FIRST, head=head)
    later = parse(body, URL, None, knowing(whole, whole.items[0].slice))
    assert head in given[1]
    assert later.feed == parse(body, URL).feed


@pytest.mark.parametrize(
    "body",
    [
        rss(FIRST, SECOND, head="<title>News</title><language>en-GB</language>"),
        rss(FIRST, SECOND, channel='<channel xml:lang="fr" xml:base="https://base.example/dir/">'),
        rss(FIRST, SECOND, head="<image><url>i.png</url><title>I</title></image><link>https://home.example/</link>"),
        rss(FIRST, SECOND, head="<textInput><title>T</title><name>q</name></textInput><author>ed@a.example</author>"),
        rss(FIRST, SECOND, head="<title><![CDATA[</channel> & <b>News</b>]]></title><!-- <channel> --><cloud/>"),
        rss(f"<list xml:lang='de'>{FIRST}", f"{SECOND}</list>"),
        f'{ATOM} xml:lang="fr" xml:base="https://base.example/d/"><title>N</title>{ENTRIES}</feed>'.encode(),
        f"{ATOM}><author><name>Ann</name><uri>/ann</uri></author><id>x</id>{ENTRIES}</feed>".encode(),
        f'{ATOM} xml:base="/deep/"><author><name>Ann</name><uri>ann</uri></author>{ENTRIES}</feed>'.encode(),
        f"{ATOM}><icon>i.png</icon><subtitle type='html'>&lt;p&gt;</subtitle>{ENTRIES}</feed>".encode(),
        f"<?xml version='1.0' encoding='iso-8859-1'?><!-- <feed> -->{ATOM}><title>N</title>{ENTRIES}</feed>".encode(),
        f"{RDF}<channel><title>N</title><dc:language>it</dc:language><items/></channel>{FIRST}{SECOND}"
        f"<image><url>i.png</url></image><textinput><title>T</title></textinput></rdf:RDF>".encode(),
        f"<!DOCTYPE rss SYSTEM 'x'>{rss(FIRST, SECOND, head='').decode()}".encode(),
    ],
)
def test_entries_are_the_same_whether_their_head_is_read_or_known(body, given):
    whole = parse(body, URL)
    feed = heading.unpack(heading.pack(whole))
    assert feed
    assert parse(body, URL, None, knowing(whole)) == replace(whole, feed=feed)
    assert parse(body, URL, None, knowing(whole, whole.items[0].slice)).items == whole.items[1:]
    assert len(given[1]) < len(given[0]) or "<title>" not in given[0].partition("<item")[0].partition("<entry")[0]


def test_what_decisions_need_of_a_feed_is_kept_and_its_own_date_is_not():
    head = (
        "<title>News</title><link>https://home.example/</link><description>All of it.</description><ttl>60</ttl>"
        "<skipDays><day>Sunday</day></skipDays><pubDate>Wed, 08 Oct 2025 18:46:00 GMT</pubDate><language>en</language>"
    )
    whole = parse(rss(FIRST, head=head), URL)
    assert whole.feed.updated
    assert whole.feed.description
    assert heading.unpack(heading.pack(whole)) == Feed(
        url=URL,
        title="News",
        link="https://home.example/",
        language="en",
        format="rss2.0",
        wishes=Wishes(ttl=60, skip_days=("Sunday",)),
    )


@pytest.mark.parametrize(
    "odd",
    [
        rss(FIRST, "<generator>G</generator>", SECOND),
        rss(FIRST, "</channel><channel xml:lang='fr'>", SECOND),
        rss(FIRST, SECOND, head=f"<title>News</title>{'<a>' * 9}").replace(b"</channel>", b"</a>" * 9 + b"</channel>"),
    ],
    ids=["an element between items", "two channels", "items deep within"],
)
def test_where_it_cannot_be_told_what_reaches_the_items_the_head_is_read(odd, given):
    whole = parse(odd, URL)
    assert parse(odd, URL, None, knowing(whole, whole.items[0].slice)) == parse(
        odd, URL, None, Known(frozenset({whole.items[0].slice}))
    )
    assert "News" in given[-1]


def test_a_tag_that_is_hard_to_tell_has_its_document_read_whole(given):
    whole = parse(odd := rss(FIRST, SECOND, channel='<channel note="a > b">'), URL)
    assert parse(odd, URL, None, knowing(whole, whole.items[0].slice)) == whole
    assert "News" in given[-1]


def test_an_item_that_is_not_in_order_has_its_document_read_whole(given):
    whole = parse(rss(FIRST), URL)
    body = rss(SECOND.replace("Two", "Two &undeclared;"), FIRST)
    assert parse(body, URL, None, knowing(whole, whole.items[0].slice)) == parse(body, URL)
    assert "News" in given[-1]


@pytest.mark.case("I17")
def test_i17_a_head_with_tombstones_is_read_each_time():
    tomb = '<at:deleted-entry ref="https://feeds.example/gone" when="2026-05-04T12:00:00Z"/>'
    body = f'{ATOM} xmlns:at="{NAMESPACE}"><title>N</title>{tomb}{ENTRIES}</feed>'.encode()
    whole = parse(body, URL)
    assert [each.ref for each in whole.deleted] == ["https://feeds.example/gone"]
    assert parse(body, URL, None, knowing(whole, whole.items[0].slice)).deleted == whole.deleted


def test_nothing_is_kept_of_a_document_that_cannot_be_cut_nor_of_a_head_that_says_too_much():
    assert heading.pack(parse(rss(FIRST, "<title>loose & open</title>"), URL)) == b""
    people = "".join(f"<author><name>{number} {'n' * 200}</name></author>" for number in range(30))
    assert heading.pack(parse(f"{ATOM}>{people}{ENTRIES}</feed>".encode(), URL)) == b""


def test_what_another_version_packed_is_not_taken():
    packed = heading.pack(parse(rss(FIRST), URL))
    assert heading.unpack(packed)
    assert heading.unpack(bytes([heading.VERSION + 1]) + packed[1:]) is None
    assert heading.unpack(packed.replace(b'"title"', b'"a_newer_field"')) is None
    assert heading.unpack(NOTHING_KNOWN.heading) is None


def test_many_tags_in_a_head_that_never_close_are_told_in_linear_time():
    slices = cut(b"<rss><channel>" + b"<a <b> <![x <?y </c <d e='" * 5_000 + FIRST.encode() + b"</channel></rss>", URL)
    assert slices
    assert slices.without_head(()) is None
