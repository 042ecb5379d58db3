import pytest

from feedriver.parse.sniff import Kind, sniff

ATOM = 'xmlns="http://www.w3.org/2005/Atom"'


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('<rss version="2.0">', "rss2.0"),
        ('<RSS VERSION="2.0.1">', "rss2.0"),
        ("<rss version = '0.91'>", "rss0.91"),
        ('<rss version="0.92">', "rss0.92"),
        ('<rss version="0.93">', "rss0.93"),
        ('<rss version="0.94">', "rss0.94"),
        ('<rss version="3">', "rss"),
        ("<rss>", "rss"),
        ('<rdf:RDF xmlns="http://purl.org/rss/1.0/">', "rss1.0"),
        ('<RDF xmlns="http://my.netscape.com/rdf/simple/0.9/">', "rss0.90"),
        ("<rdf>", "rdf"),
        (f"<feed {ATOM}>", "atom1.0"),
        ('<a:feed xmlns="urn:x" xmlns:a="http://www.w3.org/2005/Atom">', "atom1.0"),
        ('<feed xmlns:a="http://www.w3.org/2005/Atom" xmlns="urn:x">', "atom"),
        ('<feed version="0.3" xmlns="http://purl.org/atom/ns#">', "atom0.3"),
        ('<feed version="0.3">', "atom0.3"),
        ('<feed xmlns="urn:x">', "atom"),
        ('<channel href="x">', "cdf"),
    ],
)
def test_a_feed_is_named_by_its_format(text, name):
    found = sniff(text)
    assert (found.kind, found.name, found.flaw) == (Kind.XML_FEED, name, None)


@pytest.mark.parametrize(
    "prolog",
    [
        '<?xml version="1.0"?>\n',
        "\ufeff \r\n\t",
        "<!-- <rss> is below -->",
        '<?xml-stylesheet href="x"?><!DOCTYPE rss>',
        '<!DOCTYPE rss [<!ENTITY a "<feed>"> <!-- ] --> ]>\n',
    ],
)
def test_what_may_stand_before_the_root_element_is_passed_over(prolog):
    found = sniff(f'{prolog}<rss version="2.0">')
    assert (found.name, found.root, found.flaw) == ("rss2.0", "rss", None)


@pytest.mark.parametrize(("text", "start"), [('{"version": 1}', 0), ("\ufeff\n [1]", 3)])
def test_json_is_told_by_its_first_character(text, start):
    found = sniff(text)
    assert (found.kind, found.start) == (Kind.JSON, start)


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("<!DOCTYPE html><x>", Kind.HTML, "an HTML page"),
        ("<html><body><rss>", Kind.HTML, "an HTML page"),
        ("<p>Checking your browser", Kind.HTML, "an HTML page"),
        ("<opml>", Kind.OTHER, "an OPML list of feeds"),
        ("<urlset>", Kind.OTHER, "a sitemap"),
        ("<sitemapindex>", Kind.OTHER, "a sitemap"),
        ("<s:project>", Kind.OTHER, "XML whose root element is <s:project>"),
        (f"<{'x' * 100}>", Kind.OTHER, f"XML whose root element is <{'x' * 60}>"),
        ("Service unavailable", Kind.OTHER, "plain text"),
        ("\x89PNG\x1a\x00\x01\x02", Kind.OTHER, "binary data"),
        ("", Kind.OTHER, "plain text"),
        ('<?xml version="1.0"?>', Kind.CUT_OFF, "XML"),
        ("<?xml version", Kind.CUT_OFF, "XML"),
        ("<?xml version='1.0'?><!-- never closed", Kind.CUT_OFF, "XML"),
    ],
)
def test_what_is_no_feed_is_named_for_people(text, kind, name):
    found = sniff(text)
    assert (found.kind, found.name) == (kind, name)


@pytest.mark.parametrize(
    "junk",
    ["PHP Warning: something\n", "<br />\n<b>Notice</b>:  Undefined variable in <b>/x.php</b>\n", "<!-- cached -->"],
)
def test_a_feed_behind_junk_begins_where_its_declaration_stands_and_that_is_a_flaw(junk):
    found = sniff(f'{junk}<?xml version="1.0"?><rss version="2.0">')
    assert (found.kind, found.name, found.start) == (Kind.XML_FEED, "rss2.0", len(junk))
    assert found.flaw == f"{len(junk)} characters stand before the document"


def test_a_feed_behind_a_warning_is_found_without_a_declaration():
    found = sniff("<b>Warning</b>: out of memory\n<rss version='2.0'>")
    assert (found.name, found.start, found.root) == ("rss2.0", 30, "rss")


@pytest.mark.parametrize("text", ["<html><?xml version='1.0'?><rss>", "<project><b>x</b><rss version='2.0'>"])
def test_a_page_or_document_that_merely_shows_a_feed_is_no_feed(text):
    assert sniff(text).kind is not Kind.XML_FEED
