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


def found(body):
    try:
        parsed = parse(body, URL)
    except ParseError:
        return None
    return None if parsed.feed.format.startswith("jsonfeed") else len(parsed.items) + len(parsed.rejected)


def test_every_document_gives_as_many_items_as_feedparser_finds_or_our_error(documents):
    differing = {}
    for path, body in documents.items():
        ours = found(body)
        if ours is None:
            continue
        # Without its cleaning: the count is the same, and the time a third.
        theirs = feedparser.parse(
            io.BytesIO(body), response_headers=dict(HEADERS), sanitize_html=False, resolve_relative_uris=False
        )
        if ours != len(theirs.entries):
            differing[path] = (ours, len(theirs.entries))
    assert len(documents) > 2_800
    assert differing == {}


def test_captured_feeds_are_read(documents, captured):
    parsed, refused = {}, set()
    for path in captured:
        try:
            parsed[path] = parse(documents[path], URL)
        except ParseError:
            refused.add(path)
    # A page of documentation, a Maven site and an Atom feed inside an HTML page.
    assert refused == {
        "rome/rome/src/site/apt/Opml/index.apt",
        "rome/rome/src/site/site.xml",
        "feedjira/spec/sample_feeds/DuplicateContentAtomFeed.xml",
    }
    items = [each.item for document in parsed.values() for each in document.items]
    assert len(items) > 6_000
    assert sum(bool(item.text) for item in items) / len(items) > 0.97
    assert sum(item.published is not None for item in items) / len(items) > 0.9
    assert not any(each.reason == "unreadable" for document in parsed.values() for each in document.rejected)
