"""URLs as values: one feed has one id however its address is spelled, and nothing secret is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedriver import urls

anything = st.text() | st.text().map("https://".__add__) | st.from_regex(r"(https?|feed)://\S*", fullmatch=True)


@pytest.mark.case("I22")
@pytest.mark.parametrize(
    ("spelled", "canonical"),
    [
        ("https://a.example", "https://a.example/"),
        ("HTTPS://A.Example/Feed", "https://a.example/Feed"),
        ("  https://a.example/\n", "https://a.example/"),
        ("https://a.example:443/rss", "https://a.example/rss"),
        ("http://a.example:80/rss", "http://a.example/rss"),
        ("https://a.example:80/rss", "https://a.example:80/rss"),
        ("https://a.example/rss#top", "https://a.example/rss"),
        ("https://a.example/rss?b=2&a=1", "https://a.example/rss?b=2&a=1"),
        ("https://a.example/%7ea/../b", "https://a.example/%7ea/../b"),
        ("feed://a.example/rss", "http://a.example/rss"),
        ("feed:https://a.example/rss", "https://a.example/rss"),
        ("FEED:HTTP://a.example/rss", "http://a.example/rss"),
        ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080/"),
        ("https://ann:pass@a.example/", "https://ann:pass@a.example/"),
    ],
)
def test_i22_variants_of_an_address_have_one_spelling(spelled, canonical):
    assert urls.canonical(spelled) == canonical
    assert urls.canonical(canonical) == canonical


@pytest.mark.parametrize(
    "url",
    [
        "", "a.example/rss", "//a.example/rss", "ftp://a.example/", "file:///etc/passwd", "javascript:alert(1)",
        "https://", "https:///rss", "http://[", "http://[::1", "https://a.example:99999/", "https://a.example:x/",
        "https://a.example/a b", "https://a.example/\x00", "https://a\n.example/", "https://a.example/" + "x" * 2_048,
        "feed:", "feed:feed:https://a.example/",
    ],
)  # fmt: skip
def test_what_cannot_be_a_feeds_address_has_none(url):
    assert urls.canonical(url) is None


@pytest.mark.long
@given(anything)
def test_a_canonical_address_is_its_own(url):
    canonical = urls.canonical(url)
    assert canonical is None or urls.canonical(canonical) == canonical


def test_http_and_https_are_two_feeds():
    assert urls.feed_id("http://a.example/") != urls.feed_id("https://a.example/")


def test_an_id_never_changes():
    assert urls.feed_id("https://a.example/") == "befde498a45b6c82"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ann:hush@a.example/rss", "https://a.example/rss"),
        ("https://a.example/rss?token=hush&page=2", "https://a.example/rss?token=…&page=…"),
        ("https://a.example/rss?hush", "https://a.example/rss?…"),
        ("https://a.example/rss#hush", "https://a.example/rss"),
        ("http://[hush", "(not a URL)"),
        ("https://a.example:8443/rss", "https://a.example:8443/rss"),
    ],
)
def test_what_may_be_secret_is_not_shown(url, shown):
    assert urls.redact(url) == shown


@given(anything)
def test_anything_can_be_redacted_and_stays_short(url):
    assert len(urls.redact(url)) <= urls.MAX_URL


@pytest.mark.parametrize(
    ("reference", "absolute"),
    [
        ("b.html", "https://a.example/x/b.html"),
        ("/b.html", "https://a.example/b.html"),
        ("//b.example/", "https://b.example/"),
        ("?p=1", "https://a.example/x/a.xml?p=1"),
        ("../../../b", "https://a.example/b"),
        ("https://b.example/ü", "https://b.example/%C3%BC"),
        (" https://b.example/a\n b ", "https://b.example/ab"),
        (None, None),
        ("", None),
        ("javascript:alert(1)", None),
        ("mailto:a@b.example", None),
        ("data:text/html,x", None),
        ("http://[", None),
        ("https://", None),
        ("HTTP://", None),
        ("https:", None),
        ("x" * 2_049, None),
    ],
)
def test_a_reference_is_made_absolute_or_is_none(reference, absolute):
    assert urls.resolve("https://a.example/x/a.xml", reference) == absolute


@given(anything, anything)
def test_what_is_resolved_is_always_a_web_address(base, reference):
    absolute = urls.resolve(base, reference)
    assert absolute is None or urls.host_of(absolute)


@pytest.mark.parametrize(("url", "host"), [("https://A.example:1/", "a.example"), ("http://[", ""), ("text", "")])
def test_the_host_of_a_url(url, host):
    assert urls.host_of(url) == host
