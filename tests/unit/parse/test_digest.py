"""The digest of a document less its own dates."""

from __future__ import annotations

import pytest

from feedriver.parse.digest import digest_of

URL = "https://paper.example/rss"
ITEM = "<item><title>One</title><pubDate>Mon, 04 May 2026 10:00:00 GMT</pubDate></item>"
RSS = "<rss><channel><title>Paper</title>{head}{items}{tail}</channel></rss>"


def rss(head="", items=ITEM, tail=""):
    return RSS.format(head=head, items=items, tail=tail).encode()


def of(body, url=URL, content_type="application/xml", version=1):
    return digest_of(body, url, content_type, version)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            rss("<lastBuildDate>Monday</lastBuildDate>"),
            rss("<lastBuildDate>now</lastBuildDate>"),
        ),
        (rss("<pubDate>a</pubDate>"), rss("<pubDate>b</pubDate>")),
        (rss("<dc:date>a</dc:date>"), rss()),
        (rss(tail="<lastBuildDate>a</lastBuildDate>"), rss(tail="<lastBuildDate>b</lastBuildDate>")),
        (rss("<!-- made in 0.04 s -->"), rss("<!-- made in 0.05 s -->")),
        (rss() + b"<!-- cached at 10:00 -->", rss() + b"<!-- cached at 11:00 -->"),
        (
            b"<feed><updated>1</updated><entry><id>a</id><updated>1</updated></entry></feed>",
            b"<feed><updated>2</updated><entry><id>a</id><updated>1</updated></entry></feed>",
        ),
        (rss("<lastBuildDate>a</lastBuildDate>", "<item><title>not closed"), rss(items="<item><title>not closed")),
    ],
)
def test_documents_that_differ_in_their_own_dates_and_comments_alone_have_one_digest(one, other):
    assert of(one) == of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (rss(), rss(items=ITEM.replace("One", "Two"))),
        (rss(), rss(items=ITEM.replace("10:00", "11:00"))),
        (rss(), rss(items=ITEM + ITEM)),
        (rss(), rss(items="")),
        (rss("<link>https://a.example/</link>"), rss("<link>https://b.example/</link>")),
        (rss(items=f"{ITEM}<!-- a -->{ITEM}"), rss(items=f"{ITEM}<!-- b -->{ITEM}")),
        # Items in other words: what looks like the head may hold items.
        (
            b"<a:feed><a:entry><updated>1</updated></a:entry><entry/></a:feed>",
            b"<a:feed><a:entry><updated>2</updated></a:entry><entry/></a:feed>",
        ),
        (
            b"<R><ITEM><pubDate>1</pubDate></ITEM><item/></R>",
            b"<R><ITEM><pubDate>2</pubDate></ITEM><item/></R>",
        ),
        # An item without an end is not what stands behind the items.
        (rss(items=f"{ITEM}<item><updated>1</updated>"), rss(items=f"{ITEM}<item><updated>2</updated>")),
        (rss(items=f"{ITEM}<x:item><pubDate>1</pubDate>"), rss(items=f"{ITEM}<x:item><pubDate>2</pubDate>")),
        (rss(items=f"{ITEM}<item><!-- 1"), rss(items=f"{ITEM}<item><!-- 2")),
        # A comment that is none, or that has no end.
        (rss("<d><![CDATA[ <!-- ]]></d><title>1</title>"), rss("<d><![CDATA[ <!-- ]]></d><title>2</title>")),
        (rss("<d><![CDATA[ <!-- 1 --> ]]></d>"), rss("<d><![CDATA[ <!-- 2 --> ]]></d>")),
        (rss("<!-- <title>1</title>"), rss("<!-- <title>2</title>")),
        (rss(tail="<!-- <title>1</title>"), rss(tail="<!-- <title>2</title>")),
        # In JSON, tags are text.
        (b'{"items": ["<!-- 1 --> <item>"]}', b'{"items": ["<!-- 2 --> <item>"]}'),
        (b'{"items": [{"id": 1}]}', b'{"items": [{"id": 2}]}'),
        (b"<rss><pubDate>1</pubDate></rss>", b"<rss><pubDate>2</pubDate></rss>"),
        (b"", b" "),
    ],
)
def test_documents_that_differ_in_anything_else_do_not(one, other):
    assert of(one) != of(other)


@pytest.mark.parametrize("how", [{"url": "https://b.example/"}, {"content_type": "text/xml"}, {"version": 2}])
def test_the_address_the_content_type_and_the_version_count(how):
    assert of(rss(), **how) != of(rss())


def test_a_head_that_is_too_large_to_be_a_head_is_taken_as_it_is():
    long = "x" * 300_000
    assert of(rss(f"<a>{long}</a><pubDate>a</pubDate>")) != of(rss(f"<a>{long}</a><pubDate>b</pubDate>"))
    assert of(rss(tail=f"<a>{long}</a><pubDate>a</pubDate>")) != of(rss(tail=f"<a>{long}</a><pubDate>b</pubDate>"))
