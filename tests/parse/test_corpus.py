"""Feeds written by others: nothing but our own errors, and not an item fewer than feedparser finds."""

import csv
import io
import os
import tarfile
from pathlib import Path

import feedparser
import pytest

from feedriver.errors import ParseError
from feedriver.parse import parse

pytestmark = pytest.mark.corpus

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
URL = "https://feeds.example/dir/feed"
HEADERS = {"content-location": URL, "content-type": "application/xml"}


@pytest.fixture(scope="module")
def documents():
    if not (CORPUS / "feeds.tar.xz").is_file():
        reason = f"the captured feeds are not at {CORPUS}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with tarfile.open(CORPUS / "feeds.tar.xz") as archive:
        return {
            member.name.removeprefix("feeds/"): archive.extractfile(member).read()
            for member in archive
            if member.isfile()
        }


@pytest.fixture(scope="module")
def captured():
    with (CORPUS / "INDEX.tsv").open(encoding="utf-8", newline="") as index:
        return {row["path"] for row in csv.DictReader(index, delimiter="\t") if row["real"] == "real"}


@pytest.fixture(scope="module")
def parsed(documents):
    return {path: read(body) for path, body in documents.items()}


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


def test_captured_feeds_are_read(parsed, captured):
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
