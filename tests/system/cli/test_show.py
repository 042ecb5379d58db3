"""`feedriver feeds show`: one feed, all that is known of it, and its last polls from the log."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console
from website import Page

from feedriver.cli import show as view
from feedriver.state import FeedState, Silence

PRIVATE = "?token=canary-1"


@pytest.fixture
def show(feedriver, river, tmp_path):
    return lambda *arguments: feedriver("feeds", "show", *arguments, "--data", tmp_path / "data")


@pytest.fixture
def run(feedriver, river, tmp_path):
    return lambda *arguments: feedriver(
        "run", *arguments, "--all", "--allow-private", "--json", "--data", tmp_path / "data"
    )


def test_a_feed_that_is_well_is_shown_with_its_polls_newest_first(show, run, origin):
    origin.pages["/rss"] = Page(headers={"ETag": '"a"', "Content-Type": "text/xml"})
    url = f"{origin.url}/rss"
    now = datetime.now(UTC)
    for ago in (3, 1):
        run(url, "--at", (now - timedelta(hours=ago)).isoformat())
    found = json.loads(show(url, "--json").out)
    assert list(found) == [
        "feed_id", "url", "private", "title", "link", "added", "every", "intervals",
        "freshness", "floor", "asked_for", "rhythm", "why_next", "next", "entries", "validators",
        "answers_from", "held_until", "failing", "silent", "gone", "quarantined", "outbox", "held", "polls",
    ]  # fmt: skip
    assert (found["url"], found["private"], found["title"], found["entries"]) == (url, False, "The Weir", 2)
    assert (found["validators"]["etag"], found["answers_from"], found["failing"]) == ('"a"', None, None)
    assert [(poll["outcome"], poll["status"], poll["new"]) for poll in found["polls"]] == [
        ("unchanged", 200, 0),
        ("published", 200, 2),
    ]
    assert list(found["polls"][0]) == ["time", "outcome", "status", "milliseconds", "bytes", "new", "updated", "why"]
    newest = (now - timedelta(hours=1)).replace(second=0, microsecond=0)
    assert datetime.fromisoformat(found["polls"][0]["time"]) == newest
    assert found["why_next"] == found["polls"][0]["why"]
    assert datetime.fromisoformat(found["next"]) > now


def test_for_people_it_is_a_page(show, run, origin):
    origin.pages["/rss"] = Page(headers={"ETag": '"a"'})
    run(f"{origin.url}/rss")
    shown = show(f"{origin.url}/rss").out
    for part in (f"{origin.url}/rss", "The Weir", 'etag "a"', "2 known", "the last poll", "published", "rhythm"):
        assert part in shown
    assert "failing" not in shown


def test_a_feed_in_trouble_says_which_and_since_when(show, run, origin):
    url = f"{origin.url}/missing"
    run(url)
    shown = show(url).out
    assert "http_404, 1 in a row since" in shown
    assert "HTTP 404 Not Found" in shown


@pytest.mark.parametrize("announced", [True, False])
def test_a_feed_that_fell_silent_says_since_when_and_one_that_is_quiet_does_not(announced):
    since = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)
    silence = Silence(since=since, after=since + timedelta(days=7), announced=announced)
    state = FeedState(feed_id="0" * 16, url="https://a.example/", added=since, slot="60:0", every=60, silence=silence)
    found = view.known(state, [], since + timedelta(days=8))
    assert found["silent"] == ("2026-05-04T12:00:30+00:00" if announced else None)
    console = Console(record=True, width=120, file=io.StringIO())
    console.print(view.screenful(found, wide=False))
    assert ("nothing new since 2026-05-04 12:00" in console.export_text()) is announced


def test_a_feed_that_is_gone_has_no_next_turn(show, run, origin):
    origin.pages["/gone"] = Page(410, b"")
    run(f"{origin.url}/gone")
    found = json.loads(show(f"{origin.url}/gone", "--json").out)
    assert found["next"] is None
    assert found["gone"]
    assert "never" in show(f"{origin.url}/gone").out


def test_a_feed_that_was_never_polled_says_so(show, feedriver, river, tmp_path):
    feedriver("feeds", "add", "https://a.example/", "--data", tmp_path / "data")
    assert "No polls in the last two days." in show("https://a.example/").out
    assert json.loads(show("https://a.example/", "--json").out)["polls"] == []


def test_a_private_feed_is_found_as_it_is_listed_and_shown_without_its_credentials(show, run, origin):
    run(f"{origin.url}/rss{PRIVATE}")
    for wanted in (f"{origin.url}/rss", f"{origin.url}/rss{PRIVATE}"):
        said = show(wanted)
        assert "(with credentials)" in said.out
        assert "canary" not in said.out + said.err


def test_a_feed_that_is_not_there_is_one_line_and_exit_1(show):
    said = show(f"https://a.example/{PRIVATE}")
    assert (said.code, said.out) == (1, "")
    assert said.err == "feedriver: not there: https://a.example/?token=…; see `feedriver feeds list`\n"
