"""What a new subscription brings: all of the first document, or what comes after it."""

from __future__ import annotations

import pytest
from documents import Reader, brought, fresh, item


def story(name: str, text: str = "all of it"):
    return item(f"Story {name}", guid=f"urn:{name}", text=text)


@pytest.mark.case("I16")
def test_i16_all_that_the_first_document_holds_is_announced_unless_asked_otherwise():
    assert brought(Reader().read(story("a"), story("b"))) == [("Story a", 1), ("Story b", 1)]


@pytest.mark.case("I16")
def test_i16_where_asked_the_first_document_is_marked_as_seen_and_it_is_said():
    reader = Reader(fresh(new_only=True))
    decided = reader.read(story("a"), story("b"))
    assert (decided.entries, decided.entries_key, decided.outcome) == ((), None, "unchanged")
    assert decided.state.outbox == ()
    assert "2 entries of the first document marked as seen" in decided.why
    again = reader.read(story("c"), story("a"), story("b"))
    assert brought(again) == [("Story c", 1)]
    assert "marked as seen" not in again.why


@pytest.mark.case("I16")
def test_i16_an_edit_of_what_was_marked_as_seen_is_an_update():
    reader = Reader(fresh(new_only=True))
    reader.read(story("a"))
    assert brought(reader.read(story("a", "edited"))) == [("Story a", 2)]


@pytest.mark.case("I16")
def test_i16_a_first_document_without_entries_was_the_first():
    reader = Reader(fresh(new_only=True))
    reader.read()
    assert brought(reader.read(story("a"))) == [("Story a", 1)]
