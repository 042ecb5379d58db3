"""The window of a feed: what of it counts, and when none of it does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from documents import answer, at, document, fresh, item

from feedriver.decide import seen, window
from feedriver.decide.document import decide
from feedriver.decide.window import Window
from feedriver.parse.slices import HASH_BYTES

SLICE = b"s" * HASH_BYTES


@pytest.fixture
def state():
    """A feed after its first document, of one item."""
    parsed = document(item("Story a", guid="a"))
    cut = replace(parsed, items=(replace(parsed.items[0], slice=SLICE),), head=b"h" * HASH_BYTES)
    return decide(fresh(), answer(), cut, at()).state


def test_what_was_read_need_not_be_read_again(state):
    assert window.unpack(state).known.items == {SLICE}


@pytest.mark.parametrize("place", [0, 1], ids=["layout", "fingerprints"])
def test_a_window_of_another_version_is_none(state, place):
    other = bytearray(state.window)
    other[place] += 1
    assert window.unpack(state.model_copy(update={"window": bytes(other)})) == Window()


def test_beside_a_seen_set_of_another_version_there_is_no_window(state):
    other = bytearray(state.seen)
    other[1] += 1
    assert window.unpack(state.model_copy(update={"seen": bytes(other)})) == Window()


def test_an_item_whose_entry_was_forgotten_is_to_be_read_again(state):
    known, version = seen.unpack(state.seen)
    (entry,) = known.values()
    stranger = replace(entry, key=b"abcdef")
    forgotten = seen.pack(seen.Seen({}), (), [stranger], at().minute.date(), version)
    assert window.unpack(state.model_copy(update={"seen": forgotten})).known.items == frozenset()


def test_window_and_heading_are_there_together_or_not_at_all(state, monkeypatch):
    filled = len(state.seen) + len(state.window) + len(state.heading)
    parsed = document(item("Story a", guid="a"))
    cut = replace(parsed, items=(replace(parsed.items[0], slice=SLICE),), head=b"h" * HASH_BYTES)
    kept = []
    for room in (filled, filled - 1):
        monkeypatch.setattr(window, "ROOM", room)
        after = decide(fresh(), answer(), cut, at()).state
        kept.append((bool(after.window), bool(after.heading)))
    assert kept == [(True, True), (False, False)]
