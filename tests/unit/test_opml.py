"""Lists of feeds: what is read, what is refused and how it is said, and that writing and reading agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedriver import opml
from feedriver.errors import InputError
from feedriver.opml import Outline
from feedriver.urls import canonical

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def listing(body: str, head: str = "", version: str = "2.0") -> bytes:
    return f'{head}<opml version="{version}"><head/><body>{body}</body></opml>'.encode()


def refusal(document: bytes, name: str = "mine.opml") -> str:
    with pytest.raises(InputError) as caught:
        opml.read(document, name)
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert "\n" not in message
    return message


def test_a_feed_carries_its_url_title_page_and_folder():
    document = listing(
        '<outline text="Rivers"><outline type="rss" text="Weir" title="The Weir" '
        'xmlUrl="https://weir.example/rss?a=1&amp;b=2" htmlUrl="https://weir.example/"/></outline>'
    )
    assert opml.read(document, "mine.opml") == (
        Outline("https://weir.example/rss?a=1&b=2", "The Weir", "https://weir.example/", "Rivers"),
    )


@pytest.mark.parametrize("attribute", ["xmlUrl", "xmlurl", "XMLURL", "xmlURL"])
def test_the_address_is_found_in_any_letter_case(attribute: str):
    document = listing(f'<outline text="Weir" {attribute}="https://weir.example/rss"/>', version="1.0")
    assert opml.read(document, "mine.opml") == (Outline("https://weir.example/rss", "Weir"),)


def test_folders_in_folders_are_one_path_and_the_documents_order_stays():
    document = listing(
        '<outline text="b" xmlUrl="https://b.example/"/>'
        '<outline text="News"><outline text="Local"><outline text="a" xmlUrl="https://a.example/"/></outline>'
        '<outline text="c" xmlUrl="https://c.example/"/></outline>'
        '<outline text="d" category="/Tags/D" xmlUrl="https://d.example/"/>'
    )
    assert [(feed.title, feed.category) for feed in opml.read(document, "mine.opml")] == [
        ("b", None),
        ("a", "News/Local"),
        ("c", "News"),
        ("d", "/Tags/D"),
    ]


def test_an_address_that_comes_twice_is_kept_once():
    document = listing(
        '<outline text="first" xmlUrl="https://weir.example/rss"/>'
        '<outline text="again" xmlUrl="https://WEIR.example:443/rss"/>'
        '<outline text="as feed:" xmlUrl="feed:https://weir.example/rss"/>'
    )
    assert opml.read(document, "mine.opml") == (Outline("https://weir.example/rss", "first"),)


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("utf-8", "Вёрша"),
        ("utf-8-sig", "Écluse"),
        ("utf-16", "水車"),
        ("iso-8859-1", "Écluse"),
        ("windows-1251", "Плотина"),
        ("Shift_JIS", "水車だより"),
        ("EUC-JP", "水車だより"),
        ("gb18030", "水车"),
    ],
)
def test_it_is_read_in_the_encoding_that_it_declares(encoding: str, title: str):
    declared = encoding.removesuffix("-sig")
    document = (
        f'<?xml version="1.0" encoding="{declared}"?>\n<opml version="1.1"><body>'
        f'<outline text="{title}" xmlUrl="https://a.example/"/></body></opml>'
    )
    assert opml.read(document.encode(encoding), "mine.opml")[0].title == title


def test_a_blank_line_before_the_declaration_is_forgiven_and_still_counted():
    declaration = b'\n\n<?xml version="1.0"?>\n'
    assert opml.read(declaration + listing('<outline xmlUrl="https://a.example/"/>'), "mine.opml")
    assert "line 4 " in refusal(declaration + b"<opml><body></opml>")


@pytest.mark.long
def test_folders_a_hundred_thousand_deep_are_no_stack_overflow():
    depth = 100_000
    document = listing(
        '<outline text="deep">' * depth + '<outline xmlUrl="https://a.example/"/>' + "</outline>" * depth
    )
    (feed,) = opml.read(document, "mine.opml")
    assert feed.category.startswith("deep/deep")
    assert len(feed.category) < opml.MAX_FOLDER + len("/deep")


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (b"just words", "line 1 is no well-formed XML"),
        (b"<opml>\n<body>\n<outline xmlUrl='https://a.example/?a=1&b=2'/></body></opml>", "line 3 is no well-formed"),
        (b"<opml version='2.0'>\n<body>", "line 2 is no well-formed XML (no element found)"),
        (b"<?xml version='1.0' encoding='klingon'?><opml/>", "encoding"),
        (b"<?xml version='1.0' encoding='euc-jp'?><opml>\xff\xff</opml>", "encoding"),
        (b"<rss version='2.0'><channel/></rss>", "no OPML but <rss>; if it is a feed, give its URL"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "no OPML but <feed>"),
        (b"<opml version='2.0'><body/></opml>", "there is no feed in this OPML"),
        (listing("<outline text='folder'/><outline text='blank' xmlUrl=' '/>"), "there is no feed in this OPML"),
        (listing("<outline text='&bomb;' xmlUrl='a'/>", head="<!DOCTYPE opml [<!ENTITY bomb 'x'>]>"), "entities"),
        (listing("&it;", head="<!DOCTYPE opml [<!ENTITY it SYSTEM 'file:///etc/passwd'>]>"), "entities"),
        (listing("<outline xmlUrl='https://a.example/'/>") + b" " * opml.MAX_BYTES, "larger than the 10 MB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_list_of_feeds_is_refused_in_one_line(document: bytes, said: str):
    assert said in refusal(document)


def test_it_is_written_sorted_escaped_and_the_same_for_the_same_feeds():
    feeds = [
        Outline("https://z.example/?a=1&b=2", 'Zwölf "Uhr" <Mühle>', "https://z.example/", "Rivers & Ponds"),
        Outline("https://a.example/", None),
        Outline("https://b.example/", "aal", category="Rivers & Ponds"),
    ]
    written = opml.write(feeds, "My <feeds>", NOW.astimezone(timezone(timedelta(hours=9))))
    assert written == opml.write(reversed(feeds), "My <feeds>", NOW)
    assert written.decode() == (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<opml version="2.0">\n'
        "  <head>\n"
        "    <title>My &lt;feeds&gt;</title>\n"
        "    <dateCreated>Sun, 22 Nov 2026 08:30:00 GMT</dateCreated>\n"
        "  </head>\n"
        "  <body>\n"
        '    <outline type="rss" text="https://a.example/" xmlUrl="https://a.example/" />\n'
        '    <outline text="Rivers &amp; Ponds">\n'
        '      <outline type="rss" text="aal" title="aal" xmlUrl="https://b.example/" />\n'
        '      <outline type="rss" text="Zwölf &quot;Uhr&quot; &lt;Mühle&gt;" '
        'title="Zwölf &quot;Uhr&quot; &lt;Mühle&gt;" xmlUrl="https://z.example/?a=1&amp;b=2" '
        'htmlUrl="https://z.example/" />\n'
        "    </outline>\n"
        "  </body>\n"
        "</opml>\n"
    )


ANY_TEXT = st.text(max_size=12)
CLEAN_TEXT = ANY_TEXT.map(lambda text: opml._plain(text) or None)
URLS = st.builds("https://{}.example/{}?q={}".format, st.sampled_from("abcd"), st.sampled_from("xy"), st.integers(0, 3))


@settings(deadline=None)
@given(st.lists(st.builds(Outline, URLS, CLEAN_TEXT, CLEAN_TEXT, CLEAN_TEXT), min_size=1, max_size=8))
def test_what_is_written_is_read_back_whole(feeds: list[Outline]):
    once = {canonical(feed.url): feed for feed in feeds}.values()
    back = opml.read(opml.write(once, "list", NOW), "list")
    assert set(back) == set(once)
    assert opml.write(back, "list", NOW) == opml.write(once, "list", NOW)


@settings(deadline=None)
@given(st.builds(Outline, ANY_TEXT.map("https://a.example/{}".format), ANY_TEXT, ANY_TEXT, ANY_TEXT), ANY_TEXT)
def test_no_text_whatever_makes_a_document_that_cannot_be_read(feed: Outline, title: str):
    assert len(opml.read(opml.write([feed], title, NOW), "list")) == 1


@settings(deadline=None)
@given(st.binary(max_size=200) | st.binary(max_size=40).map(lambda inner: b"<opml>" + inner + b"</opml>"))
def test_no_bytes_whatever_raise_anything_but_the_one_error(document: bytes):
    try:
        assert opml.read(document, "list")
    except InputError as refused:
        assert "\n" not in str(refused)  # noqa: PT017  either end is right; only its shape is asserted


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_namespace_so_long_that_each_element_would_cost_it_again_is_refused(encoding):
    names = {
        size: f'<opml><body xmlns:x="{"u" * size}"><outline xmlUrl="https://a.example/"/></body></opml>'
        for size in (200, 5_000)
    }
    assert opml.read(names[200].encode(encoding), "list")
    with pytest.raises(InputError, match="namespace"):
        opml.read(names[5_000].encode(encoding), "list")
