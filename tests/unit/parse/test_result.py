import pytest

from feedriver.models import Feed, Item, Rejected
from feedriver.parse.result import NOTHING_KNOWN, Known, KnownItem, Parsed, ParsedItem, SourceFields

FEED = Feed(url="https://paper.example/feed", format="rss2.0")
HASH = b"12345678"
KNOWN = Known(items=frozenset({HASH}), head=b"head")
ITEM = ParsedItem(0, Item(link="https://paper.example/%C3%A9"), SourceFields(*[""] * 8))


def document(**parts):
    return Parsed(**{"feed": FEED, "items": (), "kept": (KnownItem(0, HASH),), "head": b"head"} | parts)


def test_a_document_whose_items_and_head_are_known_had_nothing_to_be_read():
    assert document().is_all(KNOWN)


@pytest.mark.parametrize(
    "parts",
    [
        {"items": (ITEM,)},
        {"rejected": (Rejected(index=1, reason="empty", detail="x"),)},
        {"kept": ()},
        {"head": b"other"},
        {"head": b""},
    ],
    ids=lambda parts: next(iter(parts)),
)
def test_a_document_of_which_anything_was_read_is_not_all_known(parts):
    assert not document(**parts).is_all(KNOWN)


def test_of_a_document_that_could_not_be_cut_nothing_is_known():
    assert not document(head=b"").is_all(NOTHING_KNOWN)


def test_the_keys_of_an_entry_are_made_of_its_link_as_it_was_written():
    written = ParsedItem(0, ITEM.item, ITEM.source, link_as_written="https://paper.example/é")
    assert written.link == "https://paper.example/é"
    assert ITEM.link == "https://paper.example/%C3%A9"


def test_the_time_that_a_document_took_does_not_make_it_another():
    assert document(seconds=1.0) == document(seconds=2.0)
