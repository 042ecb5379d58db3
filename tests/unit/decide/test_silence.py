"""What announces nothing, for whatever feed; and that each entry's first version is announced, and once."""

from __future__ import annotations

import html
from collections import Counter

import pytest
from documents import URL, Reader, answer, at, events, fresh, item
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from feedriver.decide import window
from feedriver.decide.document import decide
from feedriver.parse import parse

SITE = "https://paper.example"
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]), max_size=30)
names = st.lists(st.integers(0, 99), unique=True, min_size=1, max_size=20)
flips = {
    "http": lambda url: url.replace("https://", "http://"),
    "www": lambda url: url.replace("://", "://www."),
    "slash": lambda url: f"{url}/",
    "tracking": lambda url: f"{url}?utm_source=feed&fbclid=x1",
}
few_flips = st.lists(st.sampled_from(sorted(flips)), unique=True)


def flipped(url: str, kinds: list[str]) -> str:
    for kind in kinds:
        url = flips[kind](url)
    return url


def story(number: int, text: str = "all of it", flip: list[str] | None = None):
    url = flipped(f"{SITE}/{number}", sorted(flip or []))
    return item(f"Story {number}", guid=url, link=f"{SITE}/{number}", text=text)


@pytest.mark.long
@pytest.mark.case("I06", "I10")
@given(names, few_flips, few_flips, st.data())
def test_i06_i10_no_order_and_no_flip_of_guids_is_news(numbers, before, after, data):
    reader = Reader()
    assert reader.read(*(story(number, flip=before) for number in numbers)).new == len(numbers)
    for kinds in (after, before):
        order = data.draw(st.permutations(numbers))
        decided = reader.read(*(story(number, flip=kinds) for number in order))
        assert (decided.entries, events(decided)) == ((), [])


@pytest.mark.long
@pytest.mark.case("I12")
@given(names, st.lists(st.integers(0, 20), min_size=1, max_size=8))
def test_i12_no_window_that_shrinks_and_grows_is_news(numbers, sizes):
    reader = Reader()
    reader.read(*map(story, numbers))
    for size in (*sizes, len(numbers)):
        decided = reader.read(*map(story, numbers[:size]))
        assert (decided.entries, events(decided)) == ((), [])


@pytest.mark.long
@given(st.lists(st.dictionaries(st.integers(0, 9), st.integers(0, 2), max_size=6), max_size=12))
def test_each_first_version_is_announced_exactly_once_and_revisions_only_rise(documents):
    reader, told = Reader(), []
    for versions in documents:
        decided = reader.read(*(story(number, f"version {version}") for number, version in versions.items()))
        told += [(entry.guid, entry.revision) for entry in decided.entries]
    assert Counter(guid for guid, revision in told if revision == 1) == Counter(
        {f"{SITE}/{number}" for versions in documents for number in versions}
    )
    for guid in dict(told):
        revisions = [revision for each, revision in told if each == guid]
        assert revisions == list(range(1, len(revisions) + 1))


def written(
    stories: list[tuple[int, str, str]], *, indent: str = "", encoding: str = "utf-8", dates: str = ""
) -> bytes:
    """The same RSS in many ways."""
    items = "".join(
        f"{indent}<item>{indent}<guid>{SITE}/{number}</guid>{indent}<link>{SITE}/{number}</link>"
        f"{indent}<title>{html.escape(title)}</title>{indent}<description>{indent}{html.escape(text)}</description>"
        f"{indent}</item>"
        for number, title, text in stories
    )
    channel = f"<channel>{indent}<title>T</title>{dates}{items}{indent}</channel>"
    head = f'<?xml version="1.0" encoding="{encoding}"?>{indent}<rss version="2.0">'
    return f"{head}{channel}</rss>".encode(encoding, "xmlcharrefreplace")


def in_utf_8(body: bytes) -> bool:
    """Whether bytes beyond ASCII in it happen to be UTF-8."""
    try:
        return not body.decode().isascii()
    except UnicodeDecodeError:
        return False


def read(state, body: bytes, hours: int):
    parsed = parse(body, URL, None, window.unpack(state).known)
    return decide(state, answer(body), parsed, at(hours=hours))


@pytest.mark.long
@given(
    st.lists(st.tuples(st.integers(0, 99), texts, texts), unique_by=lambda each: each[0], min_size=1, max_size=5),
    st.sampled_from(["\n", "\n\t\t", "  \r\n  "]),
    st.sampled_from(["iso-8859-1", "utf-16", "us-ascii", "windows-1252", "utf-8"]),
)
@settings(max_examples=40)
def test_no_indentation_no_encoding_and_no_build_date_is_news(stories, indent, encoding):
    first = read(fresh(), written(stories), 0)
    assert first.new == len(stories)
    dated = written(stories, indent=indent, encoding=encoding, dates="<lastBuildDate>Mon, 4 May 2026</lastBuildDate>")
    assume(encoding == "utf-8" or not in_utf_8(dated))  # which goes before what such a document says of itself
    decided = read(first.state, dated, 1)
    assert decided.entries == ()
    assert read(decided.state, written(stories[::-1]), 2).entries == ()
