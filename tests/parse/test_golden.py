"""Feeds written by hand, beside what they must come out as."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedriver.models import Person
from feedriver.parse import parse

FEEDS = Path(__file__).parent.parent / "feeds"
URL = "https://feeds.example/dir/feed"
INPUTS = sorted(path for path in FEEDS.iterdir() if path.suffix in {".xml", ".json-feed"})
STORIES = [path for path in INPUTS if path.name.startswith("story-")]
DATED = [path for path in STORIES if "rss0.9" not in path.name]


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.name)
def test_a_feed_comes_out_as_written_beside_it(path):
    parsed = parse(path.read_bytes(), URL)
    got = {
        "feed": parsed.feed.model_dump(mode="json", exclude_defaults=True),
        "items": [
            {"index": each.index, **each.item.model_dump(mode="json", exclude_defaults=True)} for each in parsed.items
        ],
        "rejected": [each.model_dump(mode="json") for each in parsed.rejected],
        "flaw": parsed.flaw,
    }
    assert got == json.loads((FEEDS / f"{path.stem}.expected.json").read_text(encoding="utf-8"))


def test_every_format_tells_the_story():
    assert {parse(path.read_bytes(), URL).feed.format for path in STORIES} == {
        "rss0.91", "rss0.92", "rss1.0", "rss2.0", "atom0.3", "atom1.0", "jsonfeed1.0", "jsonfeed1.1",
    }  # fmt: skip


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.name)
def test_the_same_story_has_the_same_text_and_title_in_every_format(path):
    parsed = parse(path.read_bytes(), URL)
    (story,) = (each.item for each in parsed.items)
    assert parsed.feed.title == "TheHill.com Just In"
    assert story.title == "Harbour bridge reopens early"
    assert story.link == "https://hill.example/just-in/bridge/"
    assert story.text.split("\n") == [
        "The harbour bridge reopened on Wednesday, a week ahead of plan.",
        "“Nobody expected it,” the mayor said.",
        "Traffic & trams run again.",
        "Cars from six",
        "Trams from seven",
    ]


@pytest.mark.parametrize("path", DATED, ids=lambda path: path.name)
def test_the_same_story_has_the_same_date_and_author_where_the_format_can_tell(path):
    (story,) = (each.item for each in parse(path.read_bytes(), URL).items)
    assert story.published == datetime(2025, 10, 8, 18, 46, tzinfo=UTC)
    assert story.published_inferred is False
    assert [author.name for author in story.authors] == ["Ada Quill"]


def test_a_wordpress_news_feed_comes_out_whole():
    parsed = parse((FEEDS / "story-rss2.0.xml").read_bytes(), URL)
    story = parsed.items[0].item
    assert parsed.feed.icon == "https://hill.example/icon-32.png"
    assert story.body_from == "content"
    assert story.authors == (Person(name="Ada Quill"),)
    assert story.summary == "The harbour bridge is open again. […]"
    assert parsed.items[0].source.content.startswith("<p>The harbour bridge reopened on <em>Wednesday</em>,")
