import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedriver.errors import ParseCode, ParseError
from feedriver.parse import Parsed, parse

URL = "https://feeds.example/dir/feed"
RSS = (
    '<rss version="2.0"><channel><title>{title}</title>'
    "<item><guid>1</guid><title>{title}</title></item></channel></rss>"
)
PAGE = """<!DOCTYPE html><html><head><title>Sign in</title><base href="https://site.example/a/">
<link rel="alternate" type="application/rss+xml" href="../rss"><link rel='stylesheet' href="x.css">
<link rel="Alternate" type="application/atom+xml; charset=utf-8" href="https://site.example/atom">
<link rel="alternate" type="application/feed+json" href="feed.json"><link rel="alternate" hreflang="de" href="/de">
<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)"></head><body><p>x</p></body></html>"""


def refused(body, content_type=None):
    with pytest.raises(ParseError) as caught:
        parse(body, URL, content_type)
    return caught.value


def title(body, content_type=None):
    return parse(body, URL, content_type).items[0].item.title


@pytest.mark.case("B07")
@pytest.mark.parametrize("body", [b"", b" \r\n\t ", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n", b"\xff\xfe", b"\xfe\xff\x00 "])
def test_b07_a_body_of_nothing_is_an_error_and_not_a_feed_without_entries(body):
    assert refused(body).code is ParseCode.EMPTY


@pytest.mark.case("B08", "P21")
@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (PAGE, "an HTML page"),
        ("<p>Checking your browser", "an HTML page"),
        ("<b>Fatal error</b>: out of memory", "XML whose root element is <b>"),
        ('<?xml version="1.0"?><opml version="2.0"><body/></opml>', "an OPML list of feeds"),
        ('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>', "a sitemap"),
        ("<sitemapindex/>", "a sitemap"),
        ("<project><name/></project>", "XML whose root element is <project>"),
        ("Service unavailable", "plain text"),
        ('{"error": "no such feed"}', "JSON that is no JSON Feed"),
        ("[1, 2]", "JSON that is no JSON Feed"),
        ("{not json", "text that begins like JSON and is none"),
    ],
)
def test_b08_what_is_no_feed_is_named(body, detail):
    error = refused(body.encode())
    assert (error.code, error.detail) == (ParseCode.NOT_A_FEED, detail)


@pytest.mark.case("B08")
def test_b08_binary_data_is_named():
    assert refused(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x02\x03\x04").detail == "binary data"


@pytest.mark.case("B08", "P21")
def test_b08_a_page_gives_the_feeds_that_it_advertises():
    assert refused(PAGE.encode()).hint == (
        "https://site.example/rss",
        "https://site.example/atom",
        "https://site.example/a/feed.json",
    )


@pytest.mark.case("B09")
@pytest.mark.parametrize(
    "junk",
    [
        "\n\n  \n",
        "<br />\n<b>Notice</b>:  Undefined variable in <b>/srv/x.php</b> on line <b>4</b><br />\n",
        "PHP Warning: something\n",
        "<!-- cached -->\n",
    ],
)
@pytest.mark.parametrize("declaration", ['<?xml version="1.0"?>', ""])
def test_b09_what_stands_before_the_document_is_tolerated(junk, declaration):
    parsed = parse((junk + declaration + RSS.format(title="Tea")).encode(), URL)
    assert [each.item.title for each in parsed.items] == ["Tea"]
    harmless = not junk.strip() or (junk.startswith("<!--") and not declaration)
    assert (parsed.flaw is None) == harmless


@pytest.mark.case("B11")
@pytest.mark.parametrize(
    "header", ["text/html", "application/octet-stream", "text/plain", "image/png", "", "nonsense;;="]
)
def test_b11_a_content_type_alone_refuses_nothing(header):
    assert title(RSS.format(title="Tea").encode(), header) == "Tea"


@pytest.mark.case("B12")
@pytest.mark.parametrize(
    ("text", "encoding", "declared", "header"),
    [
        ("Žluťoučký kůň", "utf-8", "utf-8", None),
        ("Žluťoučký kůň", "utf-8", "iso-8859-1", None),
        ("Žluťoučký kůň", "utf-8", "utf-8", "text/xml; charset=iso-8859-1"),
        ("Žluťoučký kůň", "utf-8-sig", "windows-1251", "text/xml; charset=koi8-r"),
        ("Žluťoučký kůň", "iso-8859-2", None, "text/xml; charset=ISO-8859-2"),
        ("Žluťoučký kůň", "utf-16", "utf-16", None),
        ("Žluťoučký kůň", "utf-16-le", "utf-8", "text/xml; charset=utf-8"),
        ("Žluťoučký kůň", "utf-16-be", None, None),
        ("Žluťoučký kůň", "utf-32", None, None),
        ("Žluťoučký kůň", "utf-8", "utf-16", None),
        ("“Smart” — quotes", "windows-1252", "iso-8859-1", None),
        ("“Smart” — quotes", "windows-1252", "utf-8", None),
        ("中文新闻和更多", "gb18030", "gb2312", None),
        ("한국 뉴스", "euc-kr", "EUC-KR", None),
        ("日本のニュース①", "cp932", "Shift_JIS", None),
        ("日本のニュース", "euc-jp", None, "application/xml; charset=EUC-JP"),
        ("日本のニュース", "iso-2022-jp", "iso-2022-jp", "text/xml"),
        ("Новости дня", "koi8-r", "koi8-r", "text/xml"),
        ("Новости дня", "windows-1251", None, 'text/xml; charset="windows-1251"'),
        ("Plain", "utf-8", "unicode_escape", "text/xml; charset=punycode"),
    ],
)
def test_b12_the_right_text_whatever_is_said_of_its_encoding(text, encoding, declared, header):
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    body = (declaration + RSS.format(title=text)).encode(encoding)
    assert title(body, header) == text
    assert parse(body, URL, header) == parse(body, URL, header)


@pytest.mark.case("B12")
def test_b12_one_broken_byte_does_not_cost_the_text_around_it():
    parsed = parse(RSS.format(title="Příliš žluťoučký @").encode().replace(b"@", b"\xff"), URL)
    assert parsed.items[0].item.title == "Příliš žluťoučký �"
    assert "not UTF-8" in parsed.flaw


@pytest.mark.case("B05", "P04")
def test_b05_p04_a_document_cut_anywhere_gives_nothing():
    whole = RSS.format(title="Tea").encode()
    assert len(parse(whole, URL).items) == 1
    for end in range(len("<rss "), len(whole) - len("</rss>")):
        assert refused(whole[:end]).code is ParseCode.TRUNCATED


@pytest.mark.case("B05")
@pytest.mark.parametrize(
    "body", ['<?xml version="1.0"', "<?xml version='1.0'?>\n<!-- hello", "<rss><channel><item><![CDATA[</rss>"]
)
def test_b05_a_document_cut_early_or_in_a_quotation_is_truncated(body):
    assert refused(body.encode()).code is ParseCode.TRUNCATED


@pytest.mark.case("B05")
def test_b05_a_json_feed_cut_short_is_truncated():
    assert refused(b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1"').code is ParseCode.TRUNCATED


def test_what_means_to_be_a_feed_and_says_nothing_is_malformed():
    assert refused(b"<rss><oops></rss>").code is ParseCode.MALFORMED


@pytest.mark.case("P07")
def test_p07_a_document_that_is_not_well_formed_is_used_and_marked():
    parsed = parse(RSS.format(title="Fish & chips &nbsp;&eacute;").encode(), URL)
    assert parsed.items[0].item.title == "Fish & chips é"
    assert parsed.flaw.startswith("not well-formed:")
    assert "\n" not in parsed.flaw


@pytest.mark.long
@pytest.mark.parametrize(
    ("body", "spared"),
    [
        ("", ("feedparser", "nh3", "selectolax")),
        ("plain", ("feedparser", "nh3", "selectolax")),
        ("<opml/>", ("feedparser", "nh3", "selectolax")),
        ("<html></html>", ("feedparser", "nh3")),
        ('{"version": "https://jsonfeed.org/version/1", "items": []}', ("feedparser",)),
    ],
)
def test_what_is_heavy_is_not_imported_before_a_document_needs_it(body, spared):
    script = f"""
import sys
sys.path[:0] = {sys.path!r}
from feedriver.errors import ParseError
from feedriver.parse import parse
try:
    parse({body.encode()!r}, "https://a.example/")
except ParseError:
    pass
sys.exit(any(module in sys.modules for module in {spared!r}))
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


pieces = st.sampled_from(
    [
        *(b"<rss>", b"</rss>", b"<channel>", b"<item>", b"</item>", b"<guid>", b"<title>", b"<entry>", b"<dc:creator>"),
        *(b"&#xD800;", b"&#0;", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<!DOCTYPE x [", b"]>", b"<?xml", b"?>", b"&"),
        *(b"<", b'"', b"{", b'"version":"https://jsonfeed.org/version/1"', b"\x00", b"\xff\xfe", b"<author>a@b"),
        *(b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<pubDate>1 Jan", b"<enclosure url='//['/>"),
        *(b"<link>http://[</link>", b"<content:encoded>"),
    ]
)


@pytest.mark.long
@pytest.mark.case("P25")
@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(pieces, st.binary(max_size=12)), max_size=24).map(b"".join))
def test_p25_any_bytes_give_a_feed_or_our_error(body):
    try:
        parsed = parse(body, URL)
    except ParseError:
        return
    assert isinstance(parsed, Parsed)
    for each in parsed.items:
        each.item.model_dump_json().encode()
