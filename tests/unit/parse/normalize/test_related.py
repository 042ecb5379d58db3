import pytest

from feedriver.models import Comments, Origin, Place, Reply
from feedriver.parse.normalize.related import comments, identifier, origin, place, reply
from feedriver.parse.source import Markup, SourceComments, SourceOrigin, SourcePlace, SourceReply

BASE = "https://a.example/b/"


def test_an_entry_that_says_nothing_is_related_to_nothing():
    assert comments(SourceComments(), BASE) is None
    assert reply(SourceReply(), BASE) is None
    assert origin(SourceOrigin(), BASE) is None
    assert place(SourcePlace()) is None


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (SourceComments("#talk", "/c", " 3 "), Comments(url=f"{BASE}#talk", feed="https://a.example/c", count=3)),
        (SourceComments(total="0"), Comments(count=0)),
        (SourceComments("javascript:1", "ftp://a.example/", "many"), None),
        (SourceComments(total="-3"), None),
    ],
)
def test_comments_have_a_page_a_feed_and_a_number(written, found):
    assert comments(written, BASE) == found


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (SourceReply(" urn:b ", "/b"), Reply(id="urn:b", url="https://a.example/b")),
        (SourceReply("urn:b", "data:,"), Reply(id="urn:b")),
        (SourceReply(" ", ""), None),
    ],
)
def test_a_reply_is_to_an_id_or_a_page(written, found):
    assert reply(written, BASE) == found


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (
            SourceOrigin(Markup("<b>O</b> &amp; P", "html", BASE), "/atom", "/", " urn:o "),
            Origin(title="O & P", url="https://a.example/atom", link="https://a.example/", id="urn:o"),
        ),
        (SourceOrigin(Markup(" ", "html", BASE), "javascript:1"), None),
    ],
)
def test_an_origin_has_a_title_addresses_and_an_id(written, found):
    assert origin(written, BASE) == found


@pytest.mark.parametrize(
    ("latitude", "longitude", "found"),
    [
        ("45.25", " -71.5 ", (45.25, -71.5)),
        ("-90", "+180.0", (-90, 180)),
        ("90.1", "0", None),
        ("0", "-180.5", None),
        ("45.25", "", None),
        ("", "1", None),
        ("nan", "inf", None),
        ("1e1", "1", None),
        ("1,5", "2", None),
    ],
)
def test_a_place_is_two_degrees_on_earth_or_none(latitude, longitude, found):
    made = place(SourcePlace(latitude, longitude))
    assert (made and (made.latitude, made.longitude)) == found


def test_a_place_may_have_a_name_alone_and_keeps_it_where_its_degrees_are_none():
    assert place(SourcePlace("91", "0", "Bay\n Bridge")) == Place(name="Bay Bridge")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" Relative/../id\n", "Relative/../id"),
        ("HTTPS://A.example/%7e", "HTTPS://A.example/%7e"),
        ("a\x00b\ud83d", "ab\ufffd"),
        (" \x00 ", None),
        ("x" * 5_000, "x" * 4_096),
    ],
    ids=range(5),
)
def test_an_id_is_kept_as_written_but_for_what_nothing_can_store(text, found):
    assert identifier(text) == found
