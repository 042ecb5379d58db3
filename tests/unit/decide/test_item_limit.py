"""The 400 KB of an item: what of a state goes first where it is too large, and how much of a publisher's text stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from documents import URL, at, fresh

from feedriver.aws import item
from feedriver.decide import item_limit, seen
from feedriver.decide.fingerprint import FINGERPRINT_VERSION
from feedriver.decide.seen import Fingerprint, Seen, SeenEntry
from feedriver.state import FeedState, Pending
from feedriver.trimming import json_bytes

START = at().time.replace(microsecond=0)
DAY = START.date()


def entries_of(count: int) -> list[SeenEntry]:
    """Known entries, last seen a day apart."""
    prints = Fingerprint((7,) * 8, 7)
    days = timedelta(days=1)
    return [SeenEntry(n.to_bytes(6, "big"), bytes(6), prints, 1, DAY + days * (n % 400), START) for n in range(count)]


def test_where_even_the_seen_set_has_no_room_those_absent_for_longest_are_forgotten():
    known = seen.pack(Seen({}), (), entries_of(seen.CAPACITY), DAY, FINGERPRINT_VERSION)
    state = FeedState(feed_id="a7", url=URL, added=START, slot="60:1", every=60, seen=known, title="新" * 20_000)
    kept, version = seen.unpack(item_limit.fitted(state).seen)
    before, _ = seen.unpack(known)
    forgotten = set(before) - set(kept)
    assert 0 < len(forgotten) < 2_000
    assert version == FINGERPRINT_VERSION
    assert max(before[key].day for key in forgotten) <= min(entry.day for entry in kept.values())


def test_the_limit_is_that_of_the_table():
    assert item_limit.MOST == item.MOST_BYTES


def test_a_state_that_fits_stays_as_it_is():
    state = fresh(seen=bytes(380_002), window=bytes(9_000), heading=bytes(1_000))
    assert item_limit.fitted(state) is state


def test_the_window_and_the_heading_go_together_and_before_any_entry_is_forgotten():
    packed = seen.joined([], FINGERPRINT_VERSION) + bytes(380_000)
    state = fresh(seen=packed, window=bytes(20_000), heading=bytes(10_000))
    fitting = item_limit.fitted(state)
    assert (fitting.window, fitting.heading, fitting.seen) == (b"", b"", packed)


@pytest.mark.parametrize("over", [-1, 0, 1])
def test_the_window_stays_up_to_the_last_byte(over):
    room = item_limit.MOST - item_limit.size(fresh())
    state = fresh(window=bytes(room + over))
    assert bool(item_limit.fitted(state).window) is (over <= 0)


def test_the_outbox_counts_in_bytes_of_utf_8_and_is_never_cut():
    event = Pending(at=START, event="Feed Moved", about={"moved_from": "新" * 10_000})
    state = fresh(outbox=(event,), seen=seen.joined([], FINGERPRINT_VERSION) + bytes(390_000))
    assert item_limit.size(state) - item_limit.size(state.replace(outbox=())) > 30_000
    fitting = item_limit.fitted(state)
    assert fitting.outbox == (event,)
    assert len(fitting.seen) < len(state.seen)


@pytest.mark.parametrize(("letter", "length"), [("x", 1_000), ("新", 333), ("😀", 250), ('"', 500)])
def test_a_title_is_cut_by_the_bytes_of_its_json(letter, length):
    assert item_limit.title(letter * 2_000) == letter * length
    assert json_bytes(letter * length) <= item_limit.LONGEST_TITLE + len('""')


@pytest.mark.parametrize(("text", "kept"), [("The Paper", "The Paper"), ("", None), (None, None)])
def test_a_short_title_is_kept_whole_and_an_empty_one_is_none(text, kept):
    assert item_limit.title(text) == kept
