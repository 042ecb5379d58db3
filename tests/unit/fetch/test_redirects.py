"""The hops of one request. S13: a feed's credentials go to its own origin, and nowhere else."""

import pytest

from feedriver.credentials import Secret
from feedriver.errors import FetchCode, FetchError
from feedriver.fetch.redirects import RedirectChain
from feedriver.fetch.target import TargetPolicy
from feedriver.http import Request

FEED = "https://paper.example/feed"
KEY = (("X-Key", "canary-key"),)
SECRET = Secret("https://paper.example", KEY, "token=canary-token")
WEB = TargetPolicy(frozenset({80, 443}), allow_private=False)


def chain(secret=None, url=FEED):
    return RedirectChain.from_request(Request(url, None, secret), WEB)


def parts(hop):
    return hop.target.url, hop.public_url, hop.headers


def refusal(make):
    with pytest.raises(FetchError) as refused:
        make()
    assert "canary" not in f"{refused.value} {refused.value!r}"
    return refused.value


def test_a_feed_without_credentials_is_asked_by_its_address():
    assert parts(chain().first_hop()) == (FEED, FEED, ())
    assert parts(chain().next_hop("https://other.example/b")) == ("https://other.example/b",) * 2 + ((),)


def test_credentials_are_sent_with_the_first_request_and_are_not_in_its_public_address():
    assert parts(chain(SECRET).first_hop()) == (f"{FEED}?token=canary-token", FEED, KEY)


def test_where_more_of_the_address_is_secret_the_whole_address_is_asked():
    secret = Secret("https://paper.example", address="https://paper.example/canary-path/feed", parts=("canary-path",))
    shown = "https://paper.example/***/feed"
    assert parts(chain(secret, shown).first_hop()) == ("https://paper.example/canary-path/feed", shown, ())


def test_credentials_of_another_origin_than_the_feeds_are_not_sent():
    moved = Secret("https://old.example", KEY, "token=canary-token")
    assert parts(chain(moved).first_hop()) == (FEED, FEED, ())


def test_a_redirect_within_the_origin_is_followed_as_it_stands_with_the_headers():
    hop = chain(SECRET).next_hop("https://PAPER.example:443/b?token=canary-token&page=2")
    assert parts(hop) == (
        "https://paper.example/b?token=canary-token&page=2",
        "https://paper.example/b?page=2",
        KEY,
    )


@pytest.mark.parametrize("url", ["https://other.example/b", "http://paper.example/b", "https://www.paper.example/b"])
def test_a_redirect_to_another_origin_loses_what_is_secret_of_its_query(url):
    hop = chain(SECRET).next_hop(f"{url}?token=canary-token&back=%2Ffeed%3Ft%3Dcanary-token&page=2")
    assert parts(hop) == (f"{url}?page=2", f"{url}?page=2", ())


@pytest.mark.parametrize("path", ["canary-token/feed", "%63anary-token", "canary-key"])
def test_a_redirect_to_another_origin_with_the_secret_in_its_path_is_not_followed(path):
    error = refusal(lambda: chain(SECRET).next_hop(f"https://other.example/{path}"))
    assert (error.code, error.url) == (FetchCode.REDIRECT, FEED)


def test_in_the_path_of_its_own_origin_the_secret_is_not_shown():
    hop = chain(SECRET).next_hop("https://paper.example/canary-token/feed")
    assert hop.target.url == "https://paper.example/canary-token/feed"
    assert hop.public_url == "https://paper.example/%E2%80%A6/feed"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("file:///etc/passwd", FetchCode.REDIRECT),
        ("/relative", FetchCode.REDIRECT),
        ("http://169.254.169.254/", FetchCode.BLOCKED_ADDRESS),
        ("http://other.example:22/", FetchCode.BLOCKED_ADDRESS),
    ],
)
def test_a_redirect_that_may_not_be_requested_is_refused(url, code):
    assert refusal(lambda: chain(SECRET).next_hop(url)).code is code


def test_a_feed_whose_own_address_is_no_url_is_a_bad_url():
    assert refusal(chain(url="paper.example/feed").first_hop).code is FetchCode.BAD_URL
