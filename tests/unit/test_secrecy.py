"""Secrets are told by the words that their names are made of, and what is none is left in the open."""

from __future__ import annotations

import pytest

from feedriver.secrecy import is_secret, like_a_key, suspected

KEY = "3f9a1c77e0b24d5896aa"


@pytest.mark.case("T03", "X11")
@pytest.mark.parametrize(
    "name",
    [
        "token", "key", "api_key", "apikey", "auth", "access_token", "password", "secret", "sig", "signature",
        # x11: the commonest that a list missed
        "rss_token", "feed_token", "private_token", "os_password", "X-Plex-Token", "passkey", "torrent_pass", "authkey",
        "auth_token", "api-key", "pass", "passwd", "pwd", "jwt", "client_secret", "user_credentials",
        "Bugzilla_api_key", "X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "AWSAccessKeyId",
        "token[]", "amp;token", "user_token", "apitoken", "access_key", "privaterss",
        # and others of their kind
        "feedToken", "rsstoken", "RSSKey", "APIKey2", "X-Goog-Signature", "sessionid", "PHPSESSID", "jsessionid",
        "oauth_token", "auth_hash", "authcode", "to%6ben", "secretkey", "license_key", "mytoken", "csrfToken",
        "passphrase", "user[password]", "token_id", "rss_key", "torrentpass", "credentials", "OAUTH",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["x", KEY, "hunter2"])
def test_x11_t3_a_name_that_says_so_is_of_a_secret(name, value):
    assert is_secret(f"{name}={value}")


@pytest.mark.case("T03")
@pytest.mark.parametrize(
    "name", ["hash", "code", "session", "sid", "feed", "sign", "hmac", "digest", "access_code", "Policy", "unlock_key"]
)
def test_t3_some_names_say_so_of_a_value_that_looks_like_a_key(name):
    assert is_secret(f"{name}={KEY}")
    assert is_secret(f"{name}=0b51d1cd-2f24-4bc5-9a0c-aa2f7f0f9d11")


@pytest.mark.parametrize(
    "pair",
    [
        "author=jane", "authors=1234567890123456789a", "authority=who", "keyword=token", "keywords=secret",
        "q=password", "monkey=1", "turkey=1", "design=1", "signal=red", "passage=12", "compass=n", "bypass=1",
        "token_type=bearer", "tokenize=1", "sort_key=date", "hash=", "hash=latest", "code=US", "session=2024",
        "feed=rss2", "feed=comments", "sid=12", "id=3f9a1c77e0b24d5896aa", "channel_id=UCBR8-60-B28hp2BmDPdntcQ",
        "playlist_id=PL590L5WQmH8fJ54F369BLDSqI", "user=jane", "token=", "token", "format=xml", "page=2",
        "tag=secret", "category=authentication", "authenticated=1", "ticket=open-tickets-of-the-week",
        "utm_source=feed", "v=2", "passing=1", "sigma=2", "hashtag=a", "encoding=utf-8",
        "", "=", "=x", "[]=1", "2=3",
    ],
)  # fmt: skip
def test_what_is_no_secret_stays_in_the_open(pair):
    assert not is_secret(pair)


def test_of_pairs_apart_by_semicolons_one_makes_all_secret():
    assert is_secret("a=1;token=x")
    assert not is_secret("a=1;b=2")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/private/3f9a1c77-e0b2-4d58-96aa-aa2f7f0f9d11.rss", ["3f9a1c77-e0b2-4d58-96aa-aa2f7f0f9d11"]),
        ("/calendar/ical/a%40b.example/private-3f9a1c77e0b24d5896aa/basic.ics", ["3f9a1c77e0b24d5896aa"]),
        ("/rss/secret:3f9a1c77e0b24d5896aa/u:jane", ["3f9a1c77e0b24d5896aa"]),
        ("/feed/aB3dE5gH7jK9mN1pQ3sT5v/audio.rss", ["aB3dE5gH7jK9mN1pQ3sT5v"]),
        ("/feed;jsessionid=3F9A1C77E0B24D5896AA", ["3F9A1C77E0B24D5896AA"]),
        ("/2026/11/28/ten-reasons-why-2026-was-a-good-year-for-1234-of-us", []),
        ("/news/feed.xml", []),
        ("/a-title-with-4-numbers-10-20-30-and-words/feed", []),
        ("/20261128120000123456/feed", []),
        ("/internationalisation_of_things/rss", []),
        ("", []),
    ],
)
def test_a_part_of_a_path_that_looks_like_a_key_is_suspected(path, found):
    assert list(suspected(path)) == found


def test_words_are_no_key():
    assert not like_a_key("all-the-news-of-2026-and-of-2027")
    assert not like_a_key("12345678901234567890")
    assert not like_a_key("short1a2b")
