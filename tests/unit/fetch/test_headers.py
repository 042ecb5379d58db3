import pytest

from feedriver.fetch.headers import ACCEPT, is_conditional, request_headers, response_headers
from feedriver.state import Validators

URL = "https://paper.example/feed"


def conditions(**validators):
    headers = request_headers("feedriver", Validators(**{"url": URL} | validators), URL)
    return {name: value for name, value in headers.items() if name.startswith("If-")}


def test_a_first_request_says_who_asks_and_what_is_understood():
    headers = request_headers("feedriver/0.1", None, URL)
    assert headers == {"Accept": ACCEPT, "Accept-Encoding": "gzip, br, zstd", "User-Agent": "feedriver/0.1"}


def test_validators_make_a_request_conditional():
    assert conditions(etag='W/"a"', last_modified="Sun, 06 Nov 1994 08:49:37 GMT") == {
        "If-None-Match": 'W/"a"',
        "If-Modified-Since": "Sun, 06 Nov 1994 08:49:37 GMT",
    }
    assert conditions(etag='"a"') == {"If-None-Match": '"a"'}


@pytest.mark.parametrize("url", ["https://paper.example/feed?", "http://paper.example/feed", "https://paper.example/"])
def test_validators_of_another_url_are_not_sent(url):
    assert conditions(url=url, etag='"a"', last_modified="yesterday") == {}


@pytest.mark.parametrize("etag", ['"a\r\nX: 1"', '"a\0"', '"\x7f"', '"caf\xe9"', '"日本"'])
def test_a_validator_that_would_arrive_altered_is_left_out_and_the_other_one_is_sent(etag):
    assert conditions(etag=etag, last_modified="yesterday") == {"If-Modified-Since": "yesterday"}


def test_a_validator_in_utf_8_goes_back_as_the_bytes_that_came():
    (received,) = response_headers([(b"ETag", '"日本"'.encode())]).values()
    assert conditions(etag=received)["If-None-Match"].encode() == '"日本"'.encode()


def test_a_tab_in_a_validator_is_allowed():
    assert conditions(etag='"a\tb"') == {"If-None-Match": '"a\tb"'}


def test_the_feeds_own_headers_are_added_and_its_accept_takes_the_place_of_ours():
    headers = request_headers("feedriver", None, URL, [("accept", "text/xml"), ("X-Key", "k")])
    assert headers["Accept"] == "text/xml"
    assert headers["X-Key"] == "k"
    assert "accept" not in headers


@pytest.mark.parametrize(
    ("headers", "conditional"),
    [({"If-None-Match": '"a"'}, True), ({"If-Modified-Since": "yesterday"}, True), ({"Accept": ACCEPT}, False)],
)
def test_only_a_conditional_request_may_be_answered_304(headers, conditional):
    assert is_conditional(headers) is conditional


def test_the_headers_of_an_answer_have_lower_case_names_and_repeated_ones_are_joined():
    raw = [(b"ETag", b'"a"'), (b"Link", b"<a>"), (b"LINK", b"<b>"), (b"X", b"caf\xe9")]
    assert response_headers(raw) == {"etag": '"a"', "link": "<a>, <b>", "x": "caf\xe9"}
