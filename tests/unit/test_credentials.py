"""What is secret of an address and beside it: taken apart, put together again, and put out wherever it is repeated."""

from __future__ import annotations

import base64

import pytest

from feedriver import credentials, urls
from feedriver.credentials import Secret
from feedriver.errors import InputError
from feedriver.http import Request

URL = "https://paper.example/rss"


def basic(pair: bytes) -> tuple[str, str]:
    return "Authorization", f"Basic {base64.b64encode(pair).decode()}"


@pytest.mark.case("S13")
@pytest.mark.parametrize(
    ("given", "url", "query", "headers"),
    [
        (URL, URL, None, None),
        (f"{URL}?page=2&b", f"{URL}?page=2&b", None, None),
        (f"{URL}?token=", f"{URL}?token=", None, None),
        (f"{URL}?tokens=1&monkey=2", f"{URL}?tokens=1&monkey=2", None, None),
        (f"{URL}?token=hush", URL, "token=hush", ()),
        (f"{URL}?TOKEN=hush&page=2&Api_Key=a%3Db", f"{URL}?page=2", "TOKEN=hush&Api_Key=a%3Db", ()),
        (f"{URL}?%74oken=hush", URL, "%74oken=hush", ()),
        ("https://ann:hush@paper.example/rss", URL, "", (basic(b"ann:hush"),)),
        ("https://ann@paper.example/rss", URL, "", (basic(b"ann:"),)),
        ("https://a%40b:h%C3%BCsh%3A@paper.example/rss", URL, "", (basic("a@b:hüsh:".encode()),)),
        ("https://a@b:hush@paper.example/rss", URL, "", (basic(b"a@b:hush"),)),
        ("https://ann:hush@paper.example/rss?key=k1", URL, "key=k1", (basic(b"ann:hush"),)),
    ],
)
def test_s13_an_address_is_taken_apart(given, url, query, headers):
    feed = credentials.split(given)
    assert (feed.url, feed.feed_id) == (url, urls.feed_id(given))
    assert feed.secret == (None if query is None else Secret("https://paper.example", headers, query))


@pytest.mark.case("S13")
@pytest.mark.parametrize(
    "name", ["token", "key", "api_key", "apikey", "auth", "access_token", "password", "secret", "sig"]
)
def test_s13_each_parameter_that_is_secret_by_its_name_is_kept_apart(name):
    assert credentials.split(f"{URL}?{name.title()}=hush").url == URL


@pytest.mark.parametrize("whole", [f"{URL}?token=hush", f"{URL}?page=2&sig=hush&key=1"])
def test_what_was_taken_apart_is_put_together_again(whole):
    feed = credentials.split(whole)
    assert credentials.with_secret(feed.url, feed.secret) == whole


def test_what_is_given_by_hand_is_no_part_of_which_feed_it_is():
    feed = credentials.split(URL, "ann:hu:sh", ["X-Key:  abc ", "accept: text/xml"])
    assert feed.feed_id == urls.feed_id(URL)
    assert feed.secret.headers == (("X-Key", "abc"), ("accept", "text/xml"), basic(b"ann:hu:sh"))


@pytest.mark.parametrize(
    "name",
    [
        "Host", "content-length", "Connection", "Cookie", "Accept-Encoding", "If-None-Match", "IF-MODIFIED-SINCE",
        "if-range", "Transfer-Encoding", "TE", "Upgrade", "Proxy-Authorization", "User-Agent", "Referer", "Range",
    ],
)  # fmt: skip
def test_a_header_that_is_not_the_users_to_give_is_refused_by_its_name_alone(name):
    with pytest.raises(InputError) as refused:
        credentials.split(URL, None, [f"{name}: canary"])
    assert str(refused.value).startswith(f"--header {name}: ")
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    ("user", "headers"),
    [
        ("canary", []),
        (":canary", []),
        ("ann:canary\n", []),
        (None, ["canary"]),
        (None, [": canary"]),
        (None, ["X Key: canary"]),
        (None, ["X-Key:"]),
        (None, ["X-Key: canary\r\nHost: evil.example"]),
        (None, ["X-Key: cänary"]),
        (None, ["X-Key: canary", "x-key: canary"]),
        ("ann:canary", ["authorization: Bearer canary"]),
    ],
)
def test_what_cannot_be_sent_is_refused_in_a_line_that_does_not_repeat_it(user, headers):
    with pytest.raises(InputError) as refused:
        credentials.split(URL, user, headers)
    assert not any(part in str(refused.value) for part in ("canary", "cänary", "evil", "\n"))


def test_a_user_in_the_address_and_one_beside_it_are_one_too_many():
    with pytest.raises(InputError, match="given twice"):
        credentials.split("https://ann:hush@paper.example/rss", "bob:hush")


SECRET = credentials.split("https://ann:pass%20word@paper.example/?token=ab%2Fcd&key=7", None, ["X-Key: header"]).secret


@pytest.mark.parametrize("shown", [repr, str, "{0}".format, "{0!r}".format, "%s".__mod__])
def test_a_secret_shows_nothing(shown):
    for value in (SECRET, Request(URL, None, SECRET)):
        assert not any(part in shown(value) for part in ("ab", "pass", "header", "YW5u", "paper.example/?"))
    assert shown(SECRET) == "Secret(…)"


@pytest.mark.parametrize(
    ("location", "left"),
    [
        ("https://other.example/rss?token=ab%2Fcd&page=2", "https://other.example/rss?page=2"),
        ("https://other.example/rss?t=ab/cd", "https://other.example/rss"),
        ("https://other.example/in?next=%2Frss%3Ftoken%3Dab%252Fcd", "https://other.example/in"),
        ("https://other.example/in?u=ann:pass+word&p=pass%20word", "https://other.example/in?u=ann:pass+word"),
        ("https://other.example/in?key=7&n=7&m=70", "https://other.example/in?m=70"),
        ("https://other.example/in?a&&b=1", "https://other.example/in?a&b=1"),
        ("https://other.example/in", "https://other.example/in"),
    ],
)
def test_a_redirect_is_freed_of_what_it_repeats(location, left):
    assert credentials.without_secret(location, SECRET) == left


def test_each_part_of_a_secret_is_put_out_in_a_text_and_short_ones_only_as_a_whole():
    text = "ab%2Fcd, ab/cd, pass word, ann:pass word, header, YW5uOnBhc3Mgd29yZA== and 7 of 77"
    assert credentials.scrub(text, SECRET) == "…, …, …, …, …, … and 7 of 77"
    assert credentials.reveals("x%2561b/cd", Secret("", query="t=xab/cd")) is True
    assert credentials.reveals("nothing", SECRET) is False


@pytest.mark.case("T03")
def test_t3_what_a_person_marks_is_asked_whole_shown_without_and_known_by_the_whole():
    said = credentials.marked("https://paper.example/{canary-1}/rss?a=1&b={canary%202}")
    whole = "https://paper.example/canary-1/rss?a=1&b=canary%202"
    feed = credentials.split(whole, None, (), said)
    assert (feed.url, feed.feed_id) == ("https://paper.example/***/rss?a=1&b=***", urls.feed_id(whole))
    assert credentials.with_secret(feed.url, feed.secret) == whole
    assert "canary" not in repr(feed)
    for told in ("x canary-1 y", "canary 2", "b=canary%202"):
        assert "canary" not in credentials.scrub(told, feed.secret)
    assert credentials.reveals("https://other.example/canary%2D1/", feed.secret)
    assert (
        credentials.without_secret("https://other.example/?u=canary-1&v=1", feed.secret) == "https://other.example/?v=1"
    )


@pytest.mark.parametrize(
    "url",
    ["https://{canary}.example/", "https://a.example/{canary", "https://a.example/canary}", "https://a.example/{}canary",
     "https://a.example/{{canary}}", "{https}://canary.example/"],
)  # fmt: skip
def test_braces_that_cannot_be_meant_are_refused_and_nothing_of_the_address_is_repeated(url):
    with pytest.raises(InputError, match="put braces around what is secret") as refused:
        credentials.marked(url)
    assert "canary" not in str(refused.value)


def test_of_an_address_that_is_secret_as_a_whole_each_part_is_but_plain_words():
    whole = "https://ann:pw12@paper.example/@hunter2/{x/feed.xml?u=3f9a1c77&format=rss".replace("{", "")
    feed = credentials.split(whole, None, (), credentials.marked(whole))
    assert feed.url == "https://paper.example/***"
    assert credentials.with_secret(feed.url, feed.secret) == whole.replace("ann:pw12@", "")
    assert credentials.reveals("https://other.example/@hunter2", feed.secret)
    assert credentials.reveals("https://other.example/3f9a1c77/", feed.secret)
    assert not credentials.reveals("https://other.example/feed.xml?format=rss", feed.secret)


@pytest.mark.parametrize("userinfo", ["", "ann:pw12@"])
def test_what_is_shown_of_a_marked_address_is_all_the_rest_of_it(userinfo):
    said = credentials.marked(f"https://{userinfo}paper.example/@ann/{{canary}}/rss?a=b@c")
    feed = credentials.split(said.whole, None, (), said)
    assert feed.url == "https://paper.example/@ann/***/rss?a=b@c"
