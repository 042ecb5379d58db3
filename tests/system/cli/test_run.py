"""`feedriver run`: what it prints for people and for scripts, and that no feed's trouble is more than a row."""

from __future__ import annotations

import gzip
import json
import socket
from datetime import UTC, datetime, timedelta

import pytest
from website import RSS, Page

from feedriver.aws import index
from feedriver.settings import MAX_DOCUMENT

ROW = ["url", "outcome", "status", "new", "updated", "next", "why"]


@pytest.fixture
def run(feedriver, river, tmp_path):
    def call(*arguments: object, private: bool = True):
        allowed = ["--allow-private"] if private else []
        return feedriver("run", *arguments, *allowed, "--data", tmp_path / "data")

    return call


@pytest.fixture
def run_json(run):
    def call(*arguments: object, private: bool = True):
        said = run(*arguments, "--json", private=private)
        return said, json.loads(said.out)

    return call


def outcomes(result) -> dict[str, str]:
    return {feed["url"].rpartition("/")[2]: feed["outcome"] for feed in result["feeds"]}


def test_json_is_the_documented_shape_and_nothing_else(run_json, origin):
    origin.pages["/feed"] = Page()
    said, result = run_json(f"{origin.url}/feed")
    assert (said.code, said.err) == (0, "")
    assert said.out.count("\n") == 1
    assert list(result) == ["polled", "entries", "feeds"]
    assert result["polled"] == 1
    assert result["entries"] == {"published": 2, "updated": 0}
    (feed,) = result["feeds"]
    assert list(feed) == ROW
    assert (feed["url"], feed["outcome"], feed["status"]) == (f"{origin.url}/feed", "published", 200)
    assert (feed["new"], feed["updated"]) == (2, 0)
    assert datetime.fromisoformat(feed["next"]) > datetime.now(UTC)
    assert feed["why"]


def test_a_run_leaves_entries_as_files_and_events_as_lines(run, origin, tmp_path):
    origin.pages["/feed"] = Page()
    run(f"{origin.url}/feed")
    (entries,) = (tmp_path / "data" / "s3" / "entries-bucket" / "entries").rglob("*.jsonl")
    assert [json.loads(line)["title"] for line in entries.read_text().splitlines()] == ["High water", "Low water"]
    events = (tmp_path / "data" / "events.jsonl").read_text().splitlines()
    assert {json.loads(event)["detail"]["data"]["object"]["sha256"] for event in events}
    (raw,) = (tmp_path / "data" / "s3" / "entries-bucket" / "raw").rglob("*.gz")
    assert gzip.decompress(raw.read_bytes()) == RSS


def test_people_see_entries_outcomes_events_and_places(run, origin, tmp_path):
    origin.pages["/feed"] = Page()
    said = run(f"{origin.url}/feed", f"{origin.url}/missing")
    assert said.code == 0
    for told in ("High water", "Low water", "The Weir", "published", "http_404", "HTTP 404 Not Found"):
        assert told in said.out
    assert "The subscriber's queue received: 2 Entry Published." in said.out
    assert "2 polled, 0 answered 304, 2 new, 0 updated" in said.out
    assert str(tmp_path / "data" / "events.jsonl") in said.out
    assert "2/2" in said.err


def test_a_feed_polled_in_this_hour_is_not_due_and_all_asks_it_all_the_same(run_json, origin):
    origin.pages["/feed"] = Page()
    run_json(f"{origin.url}/feed")
    _, result = run_json()
    assert (result["polled"], result["feeds"]) == (0, [])
    _, result = run_json("--all")
    assert (result["polled"], outcomes(result)) == (1, {"feed": "unchanged"})


def test_after_a_years_rest_the_feeds_are_found_without_a_query_for_each_slot(run_json, river, origin, monkeypatch):
    origin.pages["/feed"] = Page()
    run_json(f"{origin.url}/feed")
    queried, asked = index._queried, []
    monkeypatch.setattr(
        index, "_queried", lambda client, table, slots: queried(client, table, asked.append(list(slots)) or asked[-1])
    )
    _, result = run_json("--at", (datetime.now(UTC) + timedelta(days=365)).isoformat())
    assert outcomes(result) == {"feed": "unchanged"}
    assert asked == []


def test_at_sets_the_clock(run_json, origin):
    origin.pages["/feed"] = Page()
    start = datetime(2031, 1, 1, 10, 0, tzinfo=UTC)
    _, result = run_json(f"{origin.url}/feed", "--at", "2031-01-01T10:00:00Z")
    following = datetime.fromisoformat(result["feeds"][0]["next"])
    assert start < following <= start + timedelta(days=2)
    _, result = run_json("--at", "2031-01-01T10:01+00:00")
    assert result["polled"] == 0
    _, result = run_json("--at", following.replace(tzinfo=None).isoformat())
    assert outcomes(result) == {"feed": "unchanged"}


def test_where_no_host_at_all_can_be_reached_the_connection_is_named_and_no_feed_is_blamed(run_json, river):
    _, result = run_json(*(f"http://127.0.0.{number}:1/feed" for number in range(1, 6)))
    assert {feed["outcome"] for feed in result["feeds"]} == {"network"}
    assert "check the connection" in result["feeds"][0]["why"]
    assert {(state.validators, state.failing) for state in river.states.every()} == {(None, None)}


@pytest.mark.case("X12")
@pytest.mark.parametrize(
    "at",
    [
        "tomorrow",
        "2026-13-01",
        "",
        "9999-12-31T23:59:00Z",
        "0001-01-01",
        "0001-01-01T00:00+14:00",
        "1960",
        "2160-01-01",
    ],
)
def test_a_bad_time_is_one_line_that_shows_a_good_one(at, run):
    said = run("--at", at)
    assert (said.code, said.out) == (1, "")
    assert len(said.err.splitlines()) == 1
    assert "write it like 2026-11-22T10:00:00Z" in said.err


@pytest.mark.case("F21")
def test_f21_all_does_not_override_a_retry_after(run_json, origin):
    origin.pages["/busy"] = Page(429, b"", {"Retry-After": "86400"})
    _, result = run_json(f"{origin.url}/busy", "--all")
    assert outcomes(result) == {"busy": "rate_limited"}
    _, result = run_json("--all")
    assert (result["polled"], outcomes(result)) == (0, {"busy": "waiting"})
    assert "Retry-After" in result["feeds"][0]["why"]
    assert origin.asked == ["/busy"]
    _, result = run_json("--all", "--at", (datetime.now(UTC) + timedelta(hours=25)).isoformat())
    assert result["polled"] == 1


@pytest.mark.case("F25")
def test_f25_all_does_not_ask_again_what_is_gone_and_adding_it_by_hand_does(run_json, feedriver, origin, tmp_path):
    origin.pages["/old"] = Page(410, b"")
    _, result = run_json(f"{origin.url}/old", "--all")
    assert (outcomes(result), result["feeds"][0]["next"]) == ({"old": "gone"}, None)
    _, result = run_json(f"{origin.url}/old", "--all")
    assert (result["polled"], outcomes(result)) == (0, {"old": "gone"})
    said = feedriver("feeds", "add", f"{origin.url}/old", "--data", tmp_path / "data")
    assert said.out == f"revived: {origin.url}/old\n"
    run_json("--all")
    assert origin.asked == ["/old", "/old"]


@pytest.mark.case("S01")
def test_s01_without_allow_private_loopback_is_blocked(run_json, origin):
    said, result = run_json(f"{origin.url}/feed", private=False)
    assert (said.code, outcomes(result)) == (0, {"feed": "blocked_address"})
    assert result["feeds"][0]["why"]
    assert origin.asked == []


def test_people_are_told_how_a_private_feed_is_polled(run, origin):
    assert "polled with --allow-private only" in run(f"{origin.url}/feed", private=False).out


def test_each_trouble_is_a_row_and_the_rest_goes_on(run_json, origin):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}/nobody"
        html = {"Content-Type": "text/html"}
        origin.pages |= {
            "/good": Page(),
            "/page": Page(body=b"<!doctype html><html><body>Hello</body></html>", headers=html),
            "/empty": Page(body=b""),
            "/cut": Page(body=RSS[:250]),
            "/huge": Page(body=b" " * 60_000_000),
            "/error": Page(500, b""),
        }
        paths = ["page", "empty", "cut", "huge", "error", "missing", "good"]
        said, result = run_json(nobody, *(f"{origin.url}/{path}" for path in paths))
    assert (said.code, said.err) == (0, "")
    assert outcomes(result) == {
        "nobody": "unreachable",
        "page": "not_a_feed",
        "empty": "empty",
        "cut": "truncated",
        "huge": "too_large",
        "error": "http_500",
        "missing": "http_404",
        "good": "published",
    }
    assert all(feed["why"] and "\n" not in feed["why"] for feed in result["feeds"])
    assert len(b" " * 60_000_000) > MAX_DOCUMENT


def test_what_is_no_source_is_one_line_each_exit_1_and_the_rest_goes_on(run_json, origin, tmp_path):
    origin.pages["/good"] = Page()
    broken = tmp_path / "broken.opml"
    broken.write_text("<opml><body><outline>")
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    bad = {
        "file:///etc/passwd": "begins with http:// or https://",
        "gopher://a.example/": "begins with http:// or https://",
        "user:canary@a.example/": "begins with http:// or https://",
        "http://[::1": "not a",
        "nonsense": "neither a feed's address",
        str(tmp_path / "missing.opml"): "neither a feed's address",
        str(broken): "no well-formed XML",
        str(picture): "no well-formed XML",
        str(tmp_path): "neither a feed's address",
    }
    said, result = run_json(*bad, f"{origin.url}/good")
    assert said.code == 1
    lines = said.err.splitlines()
    assert len(lines) == len(bad)
    for line, told in zip(lines, bad.values(), strict=True):
        assert line.startswith("feedriver: ")
        assert told in line
    assert "canary" not in said.err
    assert outcomes(result) == {"good": "published"}


def test_an_opml_file_registers_its_feeds(run_json, origin, tmp_path):
    origin.pages |= {"/a": Page(), "/b": Page()}
    listing = "".join(f'<outline type="rss" xmlUrl="{origin.url}{path}"/>' for path in ("/a", "/b"))
    (tmp_path / "mine.opml").write_text(f'<opml version="2.0"><head/><body>{listing}</body></opml>')
    said, result = run_json(tmp_path / "mine.opml")
    assert said.code == 0
    assert outcomes(result) == {"a": "published", "b": "published"}


def test_no_feeds_at_all_says_how_to_get_one(run):
    said = run()
    assert said.code == 0
    assert "feedriver run URL" in said.out


def test_an_unknown_option_is_exit_2(run):
    assert run("--nonsense").code == 2


@pytest.mark.case("L03")
def test_a_title_cannot_steer_the_terminal(run, origin):
    origin.pages["/feed"] = Page(body=RSS.replace(b"High water", "&#x9b;31m\u202eHigh\nwater [bold]x[/bold]".encode()))
    said = run(f"{origin.url}/feed")
    assert "High water [bold]x[/bold]" in said.out
    assert not set(said.out) & {"\x1b", "\x9b", "\u202e"}


@pytest.mark.case("S13")
def test_s13_a_private_feed_is_run_with_its_credentials_and_shown_without(run_json, origin):
    origin.pages["/rss?token=canary-1"] = Page()
    private = origin.url.replace("://", "://ann:canary-2@") + "/rss?token=canary-1"
    said, result = run_json(private)
    assert (said.code, result["entries"]["published"]) == (0, 2)
    assert [feed["url"] for feed in result["feeds"]] == [f"{origin.url}/rss"]
    assert "canary" not in said.out + said.err
    assert origin.asked == ["/rss?token=canary-1"]
