import pytest

from feedriver.parse.source import Author, Markup
from feedriver.parse.xml.element import ElementReader, listed, relation_of
from feedriver.parse.xml.placeholders import with_placeholders
from feedriver.parse.xml.workarounds import AT, NO_LINK

URL = "https://a.example/feed"
LONG = "<p>" + "long " * 50 + "</p>"
SHORTENED = with_placeholders(f"<rss><item><description><![CDATA[{LONG}]]></description></item></rss>")
PLACEHOLDER = SHORTENED.text.partition("<description>")[2].partition("</description>")[0]
VALUES = ElementReader(URL, loose=False, placeholders=SHORTENED)
LOOSE = VALUES._replace(loose=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" a\n", "a"),
        (f"ann{AT}a.example", "ann@a.example"),
        (f"see {PLACEHOLDER}", f"see {LONG}"),
        ("&amp;", "&amp;"),
        (None, ""),
        (7, ""),
        (["a"], ""),
    ],
)
def test_a_plain_value_is_what_the_publisher_wrote_and_what_is_no_text_is_empty(value, text):
    assert VALUES.plain(value) == text


def test_in_a_document_that_is_not_well_formed_references_are_decoded():
    assert LOOSE.plain("R&amp;D &eacute;") == "R&D é"


def test_what_was_escaped_twice_can_be_decoded_once_more():
    assert VALUES.decoded_twice("R&amp;D &#233; & co &zzz;") == "R&D é & co &zzz;"


def test_of_several_values_the_first_that_is_not_empty_is_taken():
    element = {"a": " ", "b": None, "c": "found", "d": "later"}
    assert VALUES.first(element, "missing", "a", "b", "c", "d") == "found"
    assert VALUES.first(element, "missing", "a") == ""


@pytest.mark.parametrize(
    ("said", "value", "kind"),
    [
        ({}, "a</br>b", "html"),
        ({"type": "text/html; charset=utf-8"}, "a</br>b", "html"),
        ({"type": "application/xhtml+xml"}, "ab", "html"),
        ({"type": "text/plain"}, "a</br>b", "text"),
        ({"type": "text/x-markdown"}, "a</br>b", "text"),
    ],
)
def test_a_text_is_read_by_its_type_and_is_html_where_none_is_stated(said, value, kind):
    assert VALUES.markup({"value": "a</br>b"} | said) == Markup(value, kind, URL)


@pytest.mark.parametrize(
    "detail",
    [None, "text", {}, {"value": " "}, {"value": None}, {"value": "x", "type": "image/png"}],
)
def test_what_is_no_text_is_none(detail):
    assert VALUES.markup(detail) is None


def test_a_text_keeps_the_base_that_stood_over_it_and_loses_our_own_marks():
    detail = {"value": f"{NO_LINK}ann{AT}a.example {PLACEHOLDER}", "base": "https://b.example/"}
    assert VALUES.markup(detail) == Markup(f"ann@a.example {LONG}", "html", "https://b.example/")


def test_a_text_that_was_read_already_stays_as_it_is():
    markup = Markup("a", "text", URL)
    assert VALUES.markup(markup) is markup


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("a <b>b</b>", "html"),
        ("a<br/>b", "html"),
        ("a<BR>b", "text"),
        ("R&amp;D", "html"),
        ("1 < 2", "text"),
        ("<tag> & co", "text"),
    ],
)
def test_a_text_without_details_is_html_by_what_stands_in_it(value, kind):
    assert VALUES.text({"summary": value}, "summary") == Markup(value, kind, URL)


def test_an_empty_text_without_details_is_none():
    assert VALUES.text({"summary": " "}, "summary") is None


@pytest.mark.parametrize(
    ("element", "link"),
    [
        ({"link": " /a ", "links": [{"rel": "alternate", "href": "/b"}]}, "/a"),
        ({"link": "", "links": [{"rel": "self", "href": "/s"}, {"rel": "Alternate", "href": "/b"}]}, "/b"),
        ({"links": [{"rel": "alternate"}]}, ""),
        ({"links": "none"}, ""),
        ({}, ""),
    ],
)
def test_the_link_of_an_element_is_its_own_or_its_first_alternate(element, link):
    assert VALUES.link(element) == link


def test_links_are_found_by_their_relation_and_those_without_an_address_are_left_out():
    links = [{"rel": "hub", "href": "/1"}, {"rel": "hub"}, {"rel": "hub", "href": 7}, "x", {"rel": "hub", "href": "/2"}]
    assert VALUES.related({"links": links}, "hub") == ("/1", "/2")


@pytest.mark.parametrize(
    "relation",
    [
        "self",
        " Self\n",
        "http://www.iana.org/assignments/relation/self",
        "HTTP://www.iana.org/assignments/relation/self",
    ],
)
def test_a_relation_is_known_by_its_short_name(relation):
    assert relation_of({"rel": relation}) == "self"


def test_a_link_without_a_relation_has_none():
    assert relation_of({}) == relation_of({"rel": None}) == ""


def test_authors_are_read_with_their_addresses_and_pages():
    element = {"authors": [{"name": "Ann", "email": f"ann{AT}a.example", "href": "/ann"}, {}, None, {"name": " Bo "}]}
    assert VALUES.authors(element) == (Author("Ann", "ann@a.example", "/ann"), Author(), Author("Bo"))


@pytest.mark.parametrize("value", [None, "text", {"a": 1}, [], ["text", None]])
def test_what_is_no_list_of_elements_has_none(value):
    assert listed({"links": value}, "links") == []
