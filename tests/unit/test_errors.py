"""Errors as people read them: one line, without secrets, with a code that stays."""

from __future__ import annotations

import pytest

from feedriver import errors
from feedriver.decide import seen
from feedriver.errors import (
    LONGEST_LINE,
    FeedriverError,
    FetchCode,
    FetchError,
    InputError,
    ParseCode,
    ParseError,
    one_line,
)
from feedriver.poll.batches import Batch

URL = "https://paper.example/rss"


def test_what_was_raised_is_told_in_a_line_with_where():
    with pytest.raises(ValueError, match="layout") as raised:
        seen.unpack(b"\x09\x01")
    assert one_line(raised.value).startswith("ValueError at seen.py:")
    assert "layout 9" in one_line(raised.value)


def test_an_error_of_ours_is_its_message():
    assert one_line(InputError("not there: https://a.example/")) == "not there: https://a.example/"


def test_a_line_is_no_longer_than_its_bound():
    assert len(one_line(InputError("x" * 1_000))) == len(one_line(ValueError("x" * 1_000))) == LONGEST_LINE


def test_an_error_that_was_not_raised_in_our_code_has_no_place_and_one_line():
    assert one_line(ValueError("two\nlines,  and spaces")) == "ValueError: two lines, and spaces"


def test_of_what_does_not_validate_the_places_are_named_and_not_the_values():
    with pytest.raises(ValueError, match="canary") as raised:
        Batch.model_validate({"minute": "canary", "feeds": ["a"], "round": -1})
    said = one_line(raised.value)
    assert said == "ValidationError: minute (datetime_from_date_parsing), round (greater_than_equal)"


def test_an_error_of_a_feed_says_where_in_the_poll_it_failed_and_how():
    fetch = FetchError(URL, FetchCode.DNS, "no such host")
    assert str(fetch) == "https://paper.example/rss: fetch: dns: no such host"
    assert (fetch.url, fetch.code, fetch.detail) == (URL, "dns", "no such host")
    parse = ParseError(URL, ParseCode.NOT_A_FEED, "a web page", ("https://paper.example/feed",))
    assert str(parse) == "https://paper.example/rss: parse: not_a_feed: a web page"
    assert parse.hint == ("https://paper.example/feed",)


def test_an_error_of_a_feed_carries_no_secret_of_its_address():
    said = str(FetchError("https://user:canary@paper.example/rss?token=canary", FetchCode.TIMEOUT, "no answer"))
    assert "canary" not in said
    assert said.startswith("https://paper.example/rss?token=")


def test_the_detail_of_a_feeds_error_is_one_line_of_text_that_can_be_written():
    error = FetchError(URL, FetchCode.PROTOCOL, "a\n b\t\udc9b " + "x" * 1_000)
    assert error.detail.startswith("a b \ufffd x")
    assert len(error.detail) == 300
    assert str(error).encode()


def test_every_error_of_ours_is_caught_by_the_root():
    found = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert len(found) > 10
    assert all(issubclass(each, FeedriverError) for each in found)
