"""`feedriver parse`: one document as JSON, or one line that says why not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from website import RSS

from feedriver import cli
from feedriver.settings import MAX_DOCUMENT

HTML = b"""<!doctype html><html><head><title>Hello</title>
<link rel="alternate" type="application/rss+xml" href="/feed.xml"></head><body><p>A page.</p></body></html>"""


@pytest.fixture
def file(tmp_path):
    def make(body: bytes, name: str = "feed.xml") -> Path:
        path = tmp_path / name
        path.write_bytes(body)
        return path

    return make


def test_a_feed_is_printed_as_feed_entries_and_rejected(feedriver, file):
    said = feedriver("parse", file(RSS))
    result = json.loads(said.out)
    assert (said.code, said.err) == (0, "")
    assert list(result) == ["feed", "entries", "rejected"]
    assert result["feed"]["title"] == "The Weir"
    assert [entry["title"] for entry in result["entries"]] == ["High water", "Low water"]
    assert [entry["text"] for entry in result["entries"]] == ["Wet.", "Dry."]
    assert {entry["revision"] for entry in result["entries"]} == {1}


def test_an_item_that_is_no_entry_is_among_the_rejected_by_its_index(feedriver, file):
    again = b"<item><guid>1</guid><title>Again</title><link>https://weir.example/1</link></item></channel>"
    said = feedriver("parse", file(RSS.replace(b"</channel>", again)))
    result = json.loads(said.out)
    assert said.code == 0
    assert len(result["entries"]) == 2
    assert [(rejected["index"], rejected["reason"]) for rejected in result["rejected"]] == [(2, "duplicate")]


def test_the_url_is_the_base_of_relative_links_and_the_feeds_address(feedriver, file):
    relative = RSS.replace(b"https://weir.example/1", b"/1")
    result = json.loads(feedriver("parse", file(relative), "--url", "https://other.example/feed").out)
    assert result["feed"]["url"] == "https://other.example/feed"
    assert result["entries"][0]["link"] == "https://other.example/1"


def test_the_content_type_tells_the_charset(feedriver, file):
    latin = RSS.replace(b'<?xml version="1.0"?>', b"").replace(b"High water", "Hochwässer".encode("latin-1"))
    said = feedriver("parse", file(latin), "--content-type", "text/xml; charset=iso-8859-1")
    assert json.loads(said.out)["entries"][0]["title"] == "Hochwässer"


def test_json_feed_is_read_too(feedriver, file):
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [{"id": "1", "content_text": "one"}]}
    result = json.loads(feedriver("parse", file(json.dumps(feed).encode(), "feed.json")).out)
    assert [entry["text"] for entry in result["entries"]] == ["one"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (HTML, "not_a_feed"),
        (b"just some words", "not_a_feed"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not_a_feed"),
        (RSS[:200], "truncated"),
        (b" " * MAX_DOCUMENT + RSS, "too_large"),
    ],
    ids=["empty", "blank", "a page", "words", "a picture", "cut short", "too large"],
)
def test_what_is_no_feed_is_one_line_with_its_code(body, code, feedriver, file):
    said = feedriver("parse", file(body))
    assert said.code == 1
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("feedriver: ")
    assert f": parse: {code}: " in said.err


def test_a_page_that_names_its_feeds_is_answered_with_their_addresses(feedriver, file):
    said = feedriver("parse", file(HTML), "--url", "https://weir.example/")
    assert "https://weir.example/feed.xml" in said.err
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize("name", ["missing.xml", "."], ids=["missing", "a folder"])
def test_a_file_that_cannot_be_read_is_named_with_what_to_do(name, feedriver, tmp_path):
    said = feedriver("parse", tmp_path / name)
    assert (said.code, said.out) == (1, "")
    assert len(said.err.splitlines()) == 1
    assert "name a file, or - for standard input" in said.err


def test_a_secret_in_the_url_is_not_repeated(feedriver, file):
    said = feedriver("parse", file(b""), "--url", "https://user:canary@a.example/feed?token=canary")
    assert "canary" not in said.err


def by_shell(*arguments: str, given: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", "from feedriver.cli.app import main; main()", *arguments]
    environment = os.environ | {"PYTHONPATH": str(Path(cli.__file__).parents[2])}
    return subprocess.run(command, input=given, env=environment, capture_output=True, check=False)


def test_standard_input_is_read_where_the_source_is_a_dash():
    done = by_shell("parse", "-", given=RSS)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(json.loads(done.stdout)["entries"]) == 2


def test_a_page_on_standard_input_is_one_line_on_stderr():
    done = by_shell("parse", "-", given=HTML)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b": parse: not_a_feed: " in done.stderr
    assert done.stderr.count(b"\n") == 1
