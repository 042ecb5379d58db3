"""Feeds written by hand, beside the lines that S3 would hold of them.

`tests/feeds/NAME.xml` (`NAME.json-feed` for JSON Feed) has its `NAME.json` beside it:

    {"feed": what the document says of the feed, without what it does not say,
     "lines": [one entry each: every field of a line in S3, as it would be stored on first sight],
     "rejected": [the items that gave no entry, and why],
     "flaw": what was wrong with the document, or null}

The lines are made as a poll makes them: parsed, decided on with a state that knows nothing, and dumped.
"""

import json
from datetime import UTC, datetime

import pytest
from checkout import ROOT

from feedriver import urls
from feedriver.decide import wheel
from feedriver.decide.decision import Now
from feedriver.decide.document import decide
from feedriver.fetch.body import MemoryDocument
from feedriver.http import Answer
from feedriver.models import Entry, Person
from feedriver.parse import parse
from feedriver.state import FeedState

FEEDS = ROOT / "tests" / "feeds"
URL = "https://feeds.example/dir/feed"
TIME = datetime(2026, 1, 5, 12, tzinfo=UTC)
INPUTS = sorted(path for path in FEEDS.iterdir() if path.suffix in {".xml", ".json-feed"})
STORIES = [path for path in INPUTS if path.name.startswith("story-")]
DATED = [path for path in STORIES if "rss0.9" not in path.name]
EVERYTHING = set(Entry.model_fields)


def stored(path):
    """What a first poll makes of the document: the decision, and the feed and flaw beside it."""
    body = path.read_bytes()
    parsed = parse(body, URL)
    state = FeedState(feed_id=urls.feed_id(URL), url=URL, added=TIME, slot=wheel.NEW, every=wheel.LONGEST)
    answer = Answer(status=200, headers={}, url=URL, body=MemoryDocument(body), received=len(body), milliseconds=0)
    return parsed, decide(state, answer, parsed, Now(TIME, TIME))


def told(path):
    """What is to stand beside the document."""
    parsed, decision = stored(path)
    return {
        "feed": parsed.feed.model_dump(mode="json", exclude_defaults=True),
        "lines": [json.loads(entry.model_dump_json()) for entry in decision.entries],
        "rejected": [each.model_dump(mode="json") for each in decision.rejected],
        "flaw": parsed.flaw,
    }


def written(lines):
    """As `tests/system/golden/write_golden.py` writes it."""
    return json.dumps(lines, ensure_ascii=False, indent=2) + "\n"


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.name)
def test_a_feed_comes_out_as_written_beside_it(path):
    assert told(path) == json.loads((FEEDS / f"{path.stem}.json").read_text(encoding="utf-8"))


def test_every_pair_is_as_its_script_writes_it():
    kept = {path: (FEEDS / f"{path.stem}.json").read_text(encoding="utf-8") for path in INPUTS}

    assert [path.name for path, text in kept.items() if text != written(told(path))] == []


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.name)
def test_a_line_says_everything_and_reads_back_as_itself(path):
    for line in json.loads((FEEDS / f"{path.stem}.json").read_text(encoding="utf-8"))["lines"]:
        assert set(line) == EVERYTHING
        assert json.loads(Entry.model_validate_json(json.dumps(line)).model_dump_json()) == line


def test_every_feed_has_its_lines_and_no_lines_stand_alone():
    assert {path.stem for path in INPUTS} == {path.stem for path in FEEDS.glob("*.json")}
    assert len(INPUTS) >= 45


def test_every_format_is_among_them():
    assert {stored(path)[0].feed.format for path in INPUTS} == {
        "rss0.90", "rss0.91", "rss0.92", "rss0.93", "rss0.94", "rss1.0", "rss2.0", "rdf", "cdf",
        "atom0.3", "atom1.0", "jsonfeed1.0", "jsonfeed1.1",
    }  # fmt: skip


@pytest.mark.case("P21")
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
