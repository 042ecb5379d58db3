"""Feeds written by others: nothing but our own errors, not an item fewer than feedparser finds, and sound records."""

import io
import os
import random
import re
import sys
from dataclasses import replace
from datetime import UTC

import feedparser
import pytest
from corpus import archive
from selectolax.lexbor import LexborHTMLParser

from feedriver.errors import ParseError
from feedriver.models import Feed, Item
from feedriver.parse import Known, heading, nothing_new, parse
from feedriver.parse.document import MOST_AT_ONCE
from feedriver.parse.result import KnownItem
from feedriver.parse.slices import cut

pytestmark = [pytest.mark.corpus, pytest.mark.long]

URL = "https://feeds.example/dir/feed"
HEADERS = {"content-location": URL, "content-type": "application/xml"}
ABSOLUTE = re.compile(r"https?://[^/\s]\S*", re.IGNORECASE)
IN_HTML = re.compile(r"(?:https?://[^/]|mailto:)", re.IGNORECASE)
SURROGATE = re.compile("[\ud800-\udfff]")


@pytest.fixture(scope="module")
def documents():
    if not archive.ARCHIVE.is_file():
        reason = f"the captured feeds are not at {archive.CORPUS}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return archive.documents()


@pytest.fixture(scope="module")
def parsed(documents):
    return {path: read(body) for path, body in documents.items()}


@pytest.fixture(scope="module")
def records(parsed):
    """Every feed and every item that was read, with its document."""
    kept = {path: result for path, result in parsed.items() if not isinstance(result, ParseError)}
    items = [(path, each.item) for path, result in kept.items() for each in result.items]
    return [*((path, result.feed) for path, result in kept.items()), *items]


def read(body):
    # Anything but our own error fails the test.
    try:
        return parse(body, URL)
    except ParseError as refused:
        return refused


def test_every_document_gives_as_many_items_as_feedparser_finds_or_our_error(documents, parsed):
    differing = {}
    for path, result in parsed.items():
        if isinstance(result, ParseError) or result.feed.format.startswith("jsonfeed"):
            continue
        # Without its cleaning: the count is the same, and the time half.
        theirs = feedparser.parse(
            io.BytesIO(documents[path]),
            response_headers=dict(HEADERS),
            sanitize_html=False,
            resolve_relative_uris=False,
        )
        ours = len(result.items) + len(result.rejected)
        if ours != len(theirs.entries):
            differing[path] = (ours, len(theirs.entries))
    assert len(documents) > 2_800
    assert differing == {}


def test_captured_feeds_are_read(parsed):
    captured = archive.captured()
    refused = {path for path in captured if isinstance(parsed[path], ParseError)}
    # A page of documentation, a Maven site and an Atom feed inside an HTML page.
    assert refused == {
        "rome/rome/src/site/apt/Opml/index.apt",
        "rome/rome/src/site/site.xml",
        "feedjira/spec/sample_feeds/DuplicateContentAtomFeed.xml",
    }
    read_ones = [parsed[path] for path in captured - refused]
    items = [each.item for document in read_ones for each in document.items]
    assert len(items) > 6_000
    assert sum(bool(item.text) for item in items) / len(items) > 0.97
    assert sum(item.published is not None for item in items) / len(items) > 0.9
    assert not any(each.reason == "unreadable" for document in read_ones for each in document.rejected)


def test_no_item_of_the_corpus_is_unreadable(parsed):
    rejected = [each for result in parsed.values() if not isinstance(result, ParseError) for each in result.rejected]

    assert {each.reason for each in rejected} == {"empty"}


@pytest.mark.case("P25")
def test_p25_every_record_comes_back_from_json_as_it_was(records):
    assert len(records) > 10_000
    for path, record in records:
        line = record.model_dump_json()
        assert type(record).model_validate_json(line) == record, path
        assert "\n" not in line, path


@pytest.mark.case("P05", "P25")
def test_p05_p25_no_record_holds_half_a_character(records):
    assert [path for path, record in records if SURROGATE.search(repr(record))] == []
    for _, record in records:
        record.model_dump_json().encode("utf-8", "strict")


@pytest.mark.case("P09")
def test_p09_every_address_that_is_given_out_is_absolute_http(records):
    assert {(path, url) for path, record in records for url in addresses(record) if not ABSOLUTE.match(url)} == set()


@pytest.mark.case("P08")
def test_p08_every_address_in_html_is_absolute_http_or_mail(records):
    found = set()
    for path, record in records:
        if not isinstance(record, Item) or not record.html or not re.search(r"(?:href|src|cite)=", record.html):
            continue
        for node in LexborHTMLParser(record.html).css("[href], [src], [cite]"):
            said = [node.attributes.get(name) for name in ("href", "src", "cite")]
            found.update((path, url) for url in said if url is not None and not IN_HTML.match(url))
    assert found == set()


def test_every_time_is_utc(records):
    moments = [getattr(record, name, None) for _, record in records for name in ("published", "updated")]
    kept = [moment for moment in moments if moment]

    assert len(kept) > 7_000
    assert all(moment.tzinfo is UTC for moment in kept)


@pytest.mark.case("P14")
def test_p14_no_title_has_a_line_break(records):
    titles = [record.title for _, record in records if record.title]

    assert len(titles) > 7_000
    assert [title for title in titles if len(title.splitlines()) != 1 or title != title.strip()] == []


@pytest.mark.parametrize(("left_out", "at_least"), [("all", 1_500), ("all but one", 200), ("half", 200)])
def test_what_is_left_out_of_a_document_changes_nothing_of_the_rest(left_out, at_least, documents, parsed):
    tried = 0
    for path, whole in parsed.items():
        if isinstance(whole, ParseError) or not whole.head:
            continue
        body = documents[path]
        told = cut(body, URL).hashes
        seed = random.Random(f"{left_out} {path}")
        left = {"all": 0, "all but one": 1, "half": (len(told) + 1) // 2}[left_out]
        known = frozenset(told) - set(seed.sample(told, left))
        part = parse(body, URL, None, Known(known))
        wanted = [number for number, each in enumerate(told) if each not in known]
        # The same feed and flaw, and of the items and rejections those that were not left out, each in its place.
        rest = replace(
            whole,
            items=tuple(each for each in whole.items if each.index in wanted),
            rejected=tuple(each for each in whole.rejected if each.index in wanted),
            kept=tuple(KnownItem(number, each) for number, each in enumerate(told) if each in known),
        )
        assert part == rest, path
        small = len(body) <= MOST_AT_ONCE  # a larger one is left to the process that can be killed
        assert nothing_new(body, URL, None, Known(frozenset(told), whole.head)) is small, path
        assert nothing_new(body, URL, None, Known(known, whole.head)) is (left == 0 and small), path
        # And without the head, where that is known: of the feed there is what was kept of it.
        packed = heading.pack(whole)
        beheaded = parse(body, URL, None, Known(known, whole.head, packed))
        assert beheaded == (replace(rest, feed=heading.unpack(packed)) if packed else rest), path
        assert heading.pack(beheaded) == packed, path
        tried += bool(known)
    assert tried >= at_least


def test_nearly_all_captured_feeds_can_be_cut(parsed):
    captured = archive.captured()
    whole = sorted(path for path in captured if not isinstance(parsed[path], ParseError) and not parsed[path].head)
    cut_ones = sum(not isinstance(parsed[path], ParseError) for path in captured) - len(whole)
    sys.stdout.write(f"\n{cut_ones} of {len(captured)} captured feeds can be cut into their items\n")
    assert cut_ones >= 150, whole


def addresses(value, name=""):
    """Every address in a record, however deep: what stands under a name of one."""
    if isinstance(value, (Feed, Item)):
        value = value.model_dump()
    if isinstance(value, dict):
        for key, each in value.items():
            yield from addresses(each, key)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from addresses(each, name)
    elif isinstance(value, str) and name in {"url", "link", "icon", "href"}:
        yield value
