import pytest

from feedriver.parse import parse
from feedriver.parse.xml.entities import resolved

URL = "https://feeds.example/dir/feed"
DECLARED = ("<!ENTITY id 'tag:a.example,2025'>", '<!ENTITY co "Tea &amp; Sons">', '<!ENTITY e "&#233;">')


def document(declarations, body, between=""):
    return (
        f'<?xml version="1.0"?>{between}<!DOCTYPE feed [{between}{between.join(declarations)}{between}]>'
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>{body}</feed>'
    )


@pytest.mark.case("P07")
@pytest.mark.parametrize("between", ["", " ", "\n", "\n  "])
def test_p07_harmless_entities_are_read_the_same_way_however_the_lines_are_broken(between):
    body = "<entry><id>&id;/1</id><title>&co;, caf&e;</title></entry>"
    parsed = parse(document(DECLARED, body, between).encode(), URL)

    assert [(each.item.guid, each.item.title) for each in parsed.items] == [
        ("tag:a.example,2025/1", "Tea & Sons, café")
    ]
    assert parsed.flaw is None


@pytest.mark.case("P01", "P07")
@pytest.mark.parametrize(
    "declaration",
    [
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
        '<!ENTITY x PUBLIC "p" "https://a.example/">',
        '<!ENTITY x "&y;&y;"><!ENTITY y "ha">',
        '<!ENTITY x "<b>bold</b>">',
        '<!ENTITY % x "v">',
        '<!-- <!ENTITY x "v"> -->',
        f'<!ENTITY x "{"v" * 1_001}">',
    ],
)
def test_p01_p07_an_entity_that_may_do_harm_is_left_alone(declaration):
    text = document([declaration], "<entry><id>&x;</id></entry>")

    assert resolved(text) == text


@pytest.mark.case("P01")
def test_p01_a_document_that_would_grow_without_measure_is_left_alone():
    text = document(
        ['<!ENTITY x "' + "v" * 1_000 + '">'], "<entry><id>1</id><title>" + "&x;" * 1_001 + "</title></entry>"
    )

    assert resolved(text) == text


@pytest.mark.case("P07")
def test_p07_what_stands_in_a_cdata_section_is_no_reference():
    text = resolved(document(DECLARED, "<title><![CDATA[&co;]]></title><subtitle>&co;</subtitle>"))

    assert "<![CDATA[&co;]]>" in text
    assert "<subtitle>Tea &amp; Sons</subtitle>" in text


@pytest.mark.case("P07")
def test_p07_of_two_declarations_the_first_counts():
    assert "<title>one</title>" in resolved(
        document(['<!ENTITY x "one">', '<!ENTITY x "two">'], "<title>&x;</title>")
    ).replace("<title>t</title>", "")
