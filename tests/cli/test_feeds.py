"""`feedriver feeds`: in, listed, out and back in again."""

from __future__ import annotations

import json

import pytest
from website import Page

from feedriver import opml


@pytest.fixture
def feeds(feedriver, river, tmp_path):
    return lambda *arguments: feedriver("feeds", *arguments, "--data", tmp_path / "data")


def listed(feeds) -> list[dict[str, object]]:
    return json.loads(feeds("list", "--json").out)


def test_a_feed_is_added_once_however_its_address_is_spelled(feeds):
    said = feeds("add", "HTTPS://A.example:443", "https://a.example/", "feed:https://b.example/rss")
    assert said.code == 0
    assert said.out.splitlines() == [
        "added: https://a.example/",
        "known: https://a.example/",
        "added: https://b.example/rss",
    ]
    assert [feed["url"] for feed in listed(feeds)] == ["https://a.example/", "https://b.example/rss"]


def test_the_list_as_json_is_the_documented_shape(feeds):
    feeds("add", "https://a.example/?token=1")
    said = feeds("list", "--json")
    (feed,) = json.loads(said.out)
    assert said.err == ""
    assert list(feed) == ["feed_id", "url", "title", "every", "state", "failing"]
    assert (feed["url"], feed["title"], feed["every"], feed["state"], feed["failing"]) == (
        "https://a.example/?token=1",
        None,
        60,
        "new",
        None,
    )


def test_the_list_says_how_each_feed_is(feeds, feedriver, origin, tmp_path):
    origin.pages |= {"/well": Page(), "/gone": Page(410, b"")}
    addresses = [f"{origin.url}/{path}" for path in ("well", "gone", "failing")]
    feedriver("run", *addresses, "--allow-private", "--json", "--data", tmp_path / "data")
    states = {feed["url"].rpartition("/")[2]: feed for feed in listed(feeds)}
    assert {name: feed["state"] for name, feed in states.items()} == {
        "well": "well",
        "gone": "gone",
        "failing": "failing",
    }
    assert states["well"]["title"] == "The Weir"
    assert set(states["failing"]["failing"]) == {"code", "detail", "count", "since"}
    assert states["failing"]["failing"]["code"] == "http_404"
    table = feeds("list").out
    assert "The Weir" in table
    assert "failing: http_404 (1 in a row)" in table


def test_an_empty_list_says_how_to_add_a_feed(feeds):
    assert feeds("list").out == "No feeds. Add one: feedriver feeds add URL\n"
    assert listed(feeds) == []


def test_a_bad_address_is_one_line_exit_1_and_the_others_are_added(feeds):
    said = feeds("add", "file:///etc/passwd", "https://a.example/")
    assert (said.code, said.out) == (1, "added: https://a.example/\n")
    assert len(said.err.splitlines()) == 1
    assert "http:// or https://" in said.err


def test_a_removed_feed_is_gone_from_the_list_and_what_was_not_there_is_said(feeds):
    feeds("add", "https://a.example/", "https://b.example/")
    said = feeds("remove", "HTTPS://a.example")
    assert (said.code, said.out) == (0, "removed: https://a.example/\n")
    said = feeds("remove", "https://a.example/", "https://b.example/")
    assert (said.code, said.out) == (1, "removed: https://b.example/\n")
    assert said.err == "feedriver: not there: https://a.example/; see `feedriver feeds list`\n"
    assert listed(feeds) == []


def test_what_is_exported_can_be_imported(feeds, tmp_path):
    wanted = ["https://a.example/?x=1&y=2", "https://b.example/"]
    feeds("add", *wanted)
    exported = feeds("export").out.encode()
    assert sorted(outline.url for outline in opml.read(exported, "export")) == wanted
    (tmp_path / "mine.opml").write_bytes(exported)
    feeds("remove", *wanted)
    said = feeds("import", tmp_path / "mine.opml")
    assert (said.code, said.out) == (0, "2 feeds read from OPML\n")
    assert sorted(feed["url"] for feed in listed(feeds)) == wanted


def test_an_import_that_cannot_be_read_is_one_line_and_exit_1(feeds, tmp_path):
    said = feeds("import", tmp_path / "missing.opml")
    assert said.code == 1
    assert len(said.err.splitlines()) == 1
    (tmp_path / "empty.opml").write_text('<opml version="2.0"><body/></opml>')
    said = feeds("import", tmp_path / "empty.opml")
    assert said.code == 1
    assert "there is no feed in this OPML" in said.err


def test_a_stack_that_is_not_there_is_one_line(feeds, monkeypatch):
    for name, value in {"AWS_DEFAULT_REGION": "us-east-1", "AWS_PROFILE": "nobody"}.items():
        monkeypatch.setenv(name, value)
    said = feeds("list", "--stack", "nowhere")
    assert (said.code, said.out) == (1, "")
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("feedriver: stack nowhere: ")
