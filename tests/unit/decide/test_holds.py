"""What an answer says for the whole host, and what for the one feed alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feedriver.decide.holds import held, hold
from feedriver.fetch.body import EMPTY
from feedriver.http import Answer
from feedriver.state import FeedState, Validators

NOW = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def answer(status, retry_after=None, url="https://Paper.example:8443/rss"):
    return Answer(status, {"retry-after": retry_after} if retry_after else {}, url, EMPTY, 0, 5)


@pytest.mark.case("F21")
@pytest.mark.parametrize(
    ("status", "retry_after", "rest"),
    [
        (429, "86400", DAY),
        (429, str(14 * 86400), 14 * DAY),
        (429, "Tue, 05 May 2026 12:00:30 GMT", DAY),
        (429, None, HOUR),
        (429, "soon", HOUR),
        (429, "-5", HOUR),
        (503, "600", timedelta(minutes=10)),
        (503, str(14 * 86400), DAY),
        (503, None, None),
        (503, "soon", None),
        (500, "600", None),
        (403, "600", None),
        (404, "600", None),
        (200, "600", None),
        (304, "600", None),
    ],
)
def test_f21_which_answers_hold_the_whole_host_and_for_how_long(status, retry_after, rest):
    assert hold(answer(status, retry_after), NOW) == (rest and ("paper.example", NOW + rest))


def feed(url="https://paper.example/rss", answered_from=None):
    validators = Validators(url=answered_from) if answered_from else None
    return FeedState(feed_id="0" * 16, url=url, added=NOW, slot="new", every=60, validators=validators)


@pytest.mark.parametrize(
    ("state", "host"),
    [
        (feed(), "paper.example"),
        (feed("http://PAPER.example:8080/other"), "paper.example"),
        (feed("https://www.paper.example/rss"), None),
        (feed("https://example/rss"), None),
        (feed("https://moved.example/rss", "https://paper.example/rss"), "paper.example"),
        (feed("https://moved.example/rss", "https://elsewhere.example/rss"), None),
    ],
)
def test_a_feed_is_held_by_its_host_and_by_the_one_that_last_answered_it(state, host):
    assert held(state, {"paper.example": NOW + HOUR}, NOW) == host


def test_a_hold_ends_at_its_second():
    holds = {"paper.example": NOW + HOUR}
    assert held(feed(), holds, NOW + HOUR - timedelta(microseconds=1)) == "paper.example"
    assert held(feed(), holds, NOW + HOUR) is None
