"""Documents of more entries than can be remembered in full: nothing comes twice, and nothing is left out in silence."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from documents import TIME, Reader, brought, item
from hypothesis import given, settings
from hypothesis import strategies as st

from feedriver.decide import flood, overflow, seen
from feedriver.decide.decision import Decision
from feedriver.repair.consistency import StoredEntries, unexpected

SMALL, MANY = 100, 200  # in place of 10,000 and 20,000

Order = Callable[[list[int]], list[int]]
ORDERS: dict[str, Order] = {
    "ascending": lambda numbers: numbers,
    "descending": lambda numbers: numbers[::-1],
    "shuffled at each poll": lambda numbers: random.Random(repr(numbers)).sample(numbers, len(numbers)),
}


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(seen, "CAPACITY", SMALL)
    monkeypatch.setattr(overflow, "MOST", MANY)
    monkeypatch.setattr(flood, "LEAST", 10_000)  # no flood is one here


def story(number: int, *, dated: bool = False):
    said = {"published": TIME - timedelta(days=400) + timedelta(hours=number)} if dated else {}
    return item(f"Story {number}", guid=f"urn:{number}", text="all of it", **said)


class Publisher:
    """A feed that is read again and again: what it announced, and what it told as left out."""

    def __init__(self, order: Order, *, dated: bool = False) -> None:
        self.reader, self.order, self.dated = Reader(), order, dated
        self.announced: Counter[int] = Counter()
        self.gaps = 0

    def read(self, numbers: list[int]) -> Decision:
        decided = self.reader.read(*(story(number, dated=self.dated) for number in self.order(numbers)))
        self.announced.update(int(title.split()[1]) for title, _ in brought(decided))
        assert decided.state is not None
        self.gaps += sum(pending.event == "Feed Gap Suspected" for pending in decided.state.outbox)
        assert len(decided.state.seen) + len(decided.state.bare) <= SMALL * seen.ENTRY_BYTES + 8
        return decided

    @property
    def most(self) -> int:
        return max(self.announced.values())


@pytest.mark.long
@pytest.mark.case("X07")
@pytest.mark.parametrize("dated", [False, True], ids=["without dates", "with dates"])
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("begins", [SMALL - 2, SMALL - 1, SMALL, SMALL + 1, SMALL * 6 // 5, MANY - 4])
def test_each_new_entry_comes_with_its_poll_and_once_while_it_stays(begins, order, dated):
    publisher = Publisher(order, dated=dated)
    publisher.read(list(range(begins)))
    for last in range(begins, begins + 4):
        decided = publisher.read(list(range(last + 1)))
        assert brought(decided) == [(f"Story {last}", 1)]
    assert publisher.most == 1
    assert len(publisher.announced) == begins + 4
    assert publisher.gaps == 0


@pytest.mark.case("X07")
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_what_is_beyond_is_left_out_told_once_an_episode_and_comes_when_there_is_room(order):
    publisher = Publisher(order)
    first = publisher.read(list(range(250)))
    assert first.new == MANY
    assert "50 items left out" in first.why
    (gap,) = [pending for pending in first.state.outbox if pending.event]
    assert (gap.event, gap.about) == ("Feed Gap Suspected", {"items": 250, "known": 0, "count": 50})
    for last in range(250, 255):
        decided = publisher.read(list(range(last + 1)))
        assert decided.entries == ()
        assert f"{last + 1 - MANY} items left out" in decided.why
    assert publisher.gaps == 1
    some = sorted(publisher.announced)[:80]
    decided = publisher.read([number for number in range(255) if number not in some])
    assert decided.new == 55
    assert "left out" not in decided.why
    publisher.read([number for number in range(300) if number not in some])
    assert (publisher.most, publisher.gaps) == (1, 2)  # 220 items are too many again: another episode


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_a_window_over_the_capacity_that_moves_on_brings_each_once(order):
    publisher = Publisher(order)
    for start in range(0, 300, 20):
        publisher.read(list(range(start, start + 120)))
    assert publisher.most == 1
    assert sorted(publisher.announced) == list(range(280 + 120))


def test_of_those_known_by_their_key_alone_it_is_said_and_edits_are_not_seen():
    reader = Reader()
    decided = reader.read(*map(story, range(120)))
    assert "24 of its entries are remembered by their keys alone: edits of them are not seen" in decided.why
    edited = [item(f"Story {number}", guid=f"urn:{number}", text="edited") for number in range(120)]
    updated = {title for title, revision in brought(reader.read(*edited)) if revision == 2}
    assert updated == {f"Story {number}" for number in range(96)}  # those further up, where the newest usually are


def test_a_document_that_shrinks_has_room_in_full_again():
    reader = Reader()
    reader.read(*map(story, range(120)))
    decided = reader.read(*map(story, range(50)))
    assert "keys alone" not in decided.why
    assert brought(reader.read(*map(story, range(60, 70)), *map(story, range(50)))) == []


def test_reconcile_calls_no_entry_unknown_where_some_were_forgotten():
    reader = Reader()
    entries = reader.read(*map(story, range(120))).entries
    state = reader.read(*map(story, range(50))).state
    assert list(unexpected(state, [StoredEntries("entries/…", 1, entries)])) == []


def test_an_entry_that_is_absent_goes_before_one_that_is_there_and_a_held_one_before_both():
    day, later = date(2026, 5, 4), date(2026, 5, 5)

    def entry(number: int, *, held: bool = False) -> seen.SeenEntry:
        key = number.to_bytes(seen.KEY_BYTES, "big")
        return seen.SeenEntry(key, key, seen.Fingerprint((1,) * 8, 1), 1, day, TIME, held=held)

    before, _ = seen.unpack(seen.pack(seen.Seen({}), (), [entry(n, held=n >= 90) for n in range(SMALL)], day, 1))
    new = [entry(number) for number in range(200, 205)]
    here = [entry(99).key, *(entry(number).key for number in range(50))]
    memory = overflow.remember(before, here, new, later, 1, (), ever=False)
    kept, _ = seen.unpack(memory.seen)
    assert sorted(set(before) - set(kept)) == [entry(number).key for number in range(90, 95)]
    assert memory.overflow == b""
    new = [entry(number) for number in range(200, 250)]
    kept, _ = seen.unpack(overflow.remember(before, here, new, later, 1, (), ever=False).seen)
    assert {entry(number).key for number in range(50)} <= set(kept)


@pytest.mark.long
@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 2)), min_size=2, max_size=6))
def test_no_document_of_up_to_twice_the_capacity_brings_anything_twice_while_it_stays(steps):
    publisher, window, last = Publisher(lambda numbers: numbers), list(range(150)), 150
    publisher.read(window)
    for new, gone, order in steps:
        window = (window + list(range(last, last + new)))[-MANY:][gone:]
        last += new
        publisher.order = list(ORDERS.values())[order]
        publisher.read(window)
        assert publisher.most == 1
    assert set(window) <= set(publisher.announced)


def test_bare_keys_come_back_as_they_were():
    keys = [number.to_bytes(seen.KEY_BYTES, "big") for number in range(5)]
    assert overflow.unpack(overflow.LAYOUT + b"".join(keys)) == set(keys)
    assert overflow.unpack(b"") == overflow.unpack(overflow.LAYOUT) == frozenset()


def test_an_entry_that_left_the_crowd_and_comes_back_is_as_the_first_time():
    reader = Reader()
    first = {entry.title: entry.id for entry in reader.read(*map(story, range(120))).entries}
    reader.read(*map(story, range(96)))
    again = reader.read(*map(story, range(96, 100)), *map(story, range(90)))
    assert [(entry.id, entry.revision) for entry in again.entries] == [
        (first[f"Story {number}"], 1) for number in range(96, 100)
    ]
