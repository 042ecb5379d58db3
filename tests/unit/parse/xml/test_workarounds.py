import pytest

from feedriver.parse.xml.workarounds import AT, NO_LINK, prepare, with_ampersands


def text(document):
    return prepare(document).text


@pytest.mark.parametrize(
    ("written", "prepared"),
    [
        ("<guid>1</guid>", "<source_guid>1</source_guid>"),
        ("<ID >1</ID>", "<source_guid>1</source_guid>"),
        ("<atom:id>1</atom:id>", "<source_guid>1</source_guid>"),
        ('<guid isPermaLink="true">1</guid>', "<source_guid>1</source_guid>"),
        ('<guid isPermaLink="false">1</guid>', f"<source_guid>{NO_LINK}1</source_guid>"),
        ("<guid ispermalink = 'No'>1</guid>", f"<source_guid>{NO_LINK}1</source_guid>"),
        ('<guid isPermaLink="false"/>', "<source_guid/>"),
        ("<dc:date>d</dc:date>", "<dc:when>d</dc:when>"),
        ("<dc:description a='b'>d</dc:description>", "<dc:abstract>d</dc:abstract>"),
        ("<itunes:summary>s</itunes:summary>", "<itunes:blurb>s</itunes:blurb>"),
        ('<itunes:image href="i"/>', '<itunes:artwork href="i"/>'),
        ('<podcast:season name="Two">2</podcast:season>', "<podcast:series>2</podcast:series>"),
        (
            '<podcast:transcript url="1" rel="captions" type="t"/>',
            '<link rel="transcript" href="about:blank" url="1" type="t"/>',
        ),
        ("<guide>1</guide>", "<guide>1</guide>"),
        ("<identity>1</identity>", "<identity>1</identity>"),
        ("<description>d</description>", "<description>d</description>"),
    ],
)
def test_elements_that_feedparser_would_mix_up_have_names_that_it_does_not_know(written, prepared):
    assert text(written) == prepared


@pytest.mark.parametrize(
    ("written", "prepared"),
    [
        ("a\x00\x08\x1f\ufffeb", "ab"),
        ("a&#0;b", "a\ufffdb"),
        ("a&#xD800;b", "a\ufffdb"),
        ("a&#x110000;b", "a\ufffdb"),
        (f"a&#{'9' * 5_000};b", "a\ufffdb"),
    ],
)
def test_characters_that_xml_forbids_are_taken_out_or_replaced_and_that_is_a_flaw(written, prepared):
    assert prepare(written) == (prepared, "characters that XML forbids")


@pytest.mark.parametrize("written", ["a\t\r\nb", "a&#9;&#xA;&#13;b", "a&#0000000065;&#x1F600;b", "&amp;&nbsp;", "é😀"])
def test_characters_that_xml_allows_stay_and_are_no_flaw(written):
    assert prepare(written) == (written, None)


@pytest.mark.parametrize("name", ["author", "dc:creator", "managingEditor", "webMaster", "dc:publisher"])
def test_an_author_is_hidden_from_feedparsers_search_for_an_address(name):
    assert text(f"<{name} a='b'>ann@a.example</{name}>") == f"<{name} a='b'>ann{AT}a.example</{name}>"


def test_an_author_of_any_length_is_cut_and_loses_its_markup():
    cut = text(f"<author><![CDATA[<b>{'a b ' * 1_000}]]></author>")
    assert cut == f"<author>{'a b ' * 150}</author>"


def test_a_long_run_of_letters_in_an_author_is_cut():
    assert text(f"<author>{'a' * 1_000} b</author>") == f"<author>{'a' * 300} b</author>"


def test_an_author_that_is_not_closed_before_the_next_item_is_none():
    document = "<author>a@b.example<item><author>c@d.example</author></item>"
    assert text(document) == f"<author>a@b.example<item><author>c{AT}d.example</author></item>"


def test_a_tag_of_more_than_a_hundred_attributes_loses_them_and_any_other_keeps_them():
    many = " ".join(f"attribute-{number}='value'" for number in range(101))
    few = " ".join(f"attribute-{number}='{'v' * 100}'" for number in range(100))
    assert text(f"<item {many}>a</item><br {many}/>") == "<item>a</item><br/>"
    assert text(f"<item {few}>") == f"<item {few}>"


def test_of_more_than_a_hundred_prefixes_the_first_hundred_stay_declared():
    flood = "".join(f'<p{number}:a xmlns:p{number}="urn:{number}"/>' for number in range(150))
    again = '<x xmlns:p7="urn:7"/>'
    prepared = text(flood + again)
    assert prepared.count("xmlns:") == 101
    assert prepared.endswith(again)
    assert "<p100:a/>" in prepared


def test_a_hundred_prefixes_are_left_alone():
    declared = "".join(f'<p{number}:a xmlns:p{number}="urn:{number}"/>' for number in range(100))
    assert text(declared) == declared


def test_comments_that_never_close_are_taken_out_where_they_are_many():
    closed = "<!-- a --><!-- b -->"
    assert text(closed + "<!--" * 101 + "c") == closed + "c"
    assert text(closed + "<!--" * 100 + "c") == closed + "<!--" * 100 + "c"


@pytest.mark.parametrize(
    ("written", "escaped"),
    [
        ("R&D", "R&amp;D"),
        ("a & b &", "a &amp; b &amp;"),
        ("&amp; &#38; &#x26; &eacute;", "&amp; &#38; &#x26; &eacute;"),
        ("<![CDATA[R&D]]>&<![CDATA[&", "<![CDATA[R&D]]>&amp;<![CDATA[&"),
        ("&" + "x" * 41 + ";", "&amp;" + "x" * 41 + ";"),
    ],
)
def test_an_ampersand_that_begins_no_reference_is_escaped_outside_of_cdata_sections(written, escaped):
    assert with_ampersands(written) == escaped
