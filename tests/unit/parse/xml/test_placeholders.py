import pytest

from feedriver.parse.xml.placeholders import WithPlaceholders, with_placeholders

LONG = "long " * 40
SHORT = "x" * 149


def element(name, text=LONG, attributes=""):
    return f"<item><{name}{attributes}>{text}</{name.split()[0]}></item>"


def replaced(document):
    return with_placeholders(document).texts


@pytest.mark.parametrize(
    "name", ["description", "content:encoded", "dc:description", "media:description", "itunes:summary"]
)
def test_a_long_text_of_an_element_that_is_taken_for_html_is_replaced_and_comes_back(name):
    shortened = with_placeholders(element(name, f"<![CDATA[{LONG}]]>"))
    assert len(shortened.text) < 60
    assert shortened.texts == (LONG.strip(),)
    assert shortened.restored(shortened.text) == element(name, LONG.strip())


@pytest.mark.parametrize("name", ["summary", "content"])
@pytest.mark.parametrize(
    ("attributes", "count"),
    [(' type="html"', 1), (" type='text/html'", 1), ("", 0), (' type="text"', 0), (' type="html" mode="escaped"', 0)],
)
def test_a_text_of_atom_is_replaced_only_where_it_says_that_it_is_html(name, attributes, count):
    assert len(replaced(element(name, attributes=attributes))) == count


@pytest.mark.parametrize("attributes", [' type="plain"', ' mode="escaped"'])
def test_a_description_that_says_what_it_is_may_be_no_html_and_stays(attributes):
    assert replaced(element("description", attributes=attributes)) == ()
    assert len(replaced(element("dc:description", attributes=attributes))) == 1  # of which feedparser knows no type


def test_escaped_text_is_decoded_as_feedparser_would():
    assert replaced(element("description", f"&lt;p&gt;{LONG}&amp;amp; &#233;&#xe9;&quot;")) == (f'<p>{LONG}&amp; éé"',)


def test_within_a_cdata_section_nothing_is_decoded():
    assert replaced(element("description", f"<![CDATA[{LONG}&amp;<b>]]>")) == (f"{LONG}&amp;<b>",)


@pytest.mark.parametrize(
    "document",
    [
        element("description", SHORT),
        element("description", f"<![CDATA[{SHORT}]]>"),
        element("title"),
        element("description", f"{LONG}&nbsp;"),
        element("description", f"{LONG}<b>bold</b>"),
        element("description", f"<![CDATA[{LONG}]]> and more"),
        element("description", f"<![CDATA[{LONG}"),
        f"<description>{LONG}</summary>",
        f"<description>{LONG}",
        f"<description/>{LONG}</description>",
        '<!DOCTYPE rss [<!ENTITY a "b">]>' + element("description"),
        element("description", f"{LONG}\uf8f3"),
    ],
)
def test_what_can_be_read_in_more_than_one_way_is_left_to_feedparser(document):
    assert with_placeholders(document) == WithPlaceholders(document)


def test_each_text_has_its_own_number():
    shortened = with_placeholders("".join(element("description", f"{LONG}{number}") for number in range(12)))
    assert [text.rpartition(" ")[2] for text in shortened.texts] == [str(number) for number in range(12)]
    mark = shortened.text.split("<description>")[11].partition("<")[0]
    assert shortened.restored(f"a{mark}b") == f"a{LONG}10b"


def test_a_value_without_placeholders_is_restored_as_it_is():
    assert WithPlaceholders("").restored("a & b") == "a & b"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("caf\xc3\xa9", "café"),
        ("\x93quoted\x94 \x97", "“quoted” —"),
        ("unassigned \x81", "unassigned \x81"),
        ("“café”", "“café”"),
    ],
)
def test_a_text_has_the_repairs_that_feedparser_makes(written, read):
    assert replaced(element("description", LONG + written)) == (LONG + read,)
