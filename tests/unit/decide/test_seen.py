"""The seen-set: what is packed comes back, it fits the item, and what was seen last is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedriver.decide import seen
from feedriver.decide.seen import CAPACITY, Fingerprint, Seen, SeenEntry, unpack

DYNAMODB_ITEM = 400 * 1024
keys = st.binary(min_size=seen.KEY_BYTES, max_size=seen.KEY_BYTES)
short = st.integers(0, 0xFFFF)
entries = st.builds(
    SeenEntry,
    key=keys,
    link_key=keys,
    fingerprint=st.builds(Fingerprint, st.tuples(*[short] * 8), short),
    revision=st.integers(1, 0x3FFF),
    day=st.dates(date(1970, 1, 1), date(2100, 1, 1)),
    first_seen=st.integers(0, 2**32 - 1).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    deleted=st.booleans(),
    held=st.booleans(),
)


NOTHING = Seen({})


def pack(entries, version, known=NOTHING):
    return seen.pack(known, (), entries, date(2026, 5, 4), version)


def entry(number: int, day: date = date(2026, 5, 4)) -> SeenEntry:
    key = number.to_bytes(seen.KEY_BYTES, "big")
    return SeenEntry(key, key, Fingerprint((number % 0xFFFF,) * 8, 7), 1, day, datetime(2026, 5, 4, tzinfo=UTC))


@pytest.mark.long
@given(st.lists(entries, max_size=20, unique_by=lambda each: each.key), st.integers(0, 255))
def test_what_is_packed_comes_back(known, version):
    unpacked, fingerprints = unpack(pack(known, version))
    assert dict(unpacked) == {each.key: each for each in known}
    assert fingerprints == version


def test_a_feed_never_read_knows_nothing():
    known, fingerprints = unpack(b"")
    assert (dict(known), fingerprints) == ({}, None)


def test_a_feed_read_empty_knows_nothing_in_this_version():
    known, fingerprints = unpack(pack([], 1))
    assert (dict(known), fingerprints) == ({}, 1)


def test_a_full_set_leaves_room_in_the_item_for_the_rest_of_the_state():
    assert len(pack(map(entry, range(CAPACITY)), 1)) < DYNAMODB_ITEM - 20_000


@pytest.mark.case("I13")
def test_i13_those_seen_last_are_kept():
    old, new = date(2026, 1, 1), date(2026, 5, 4)
    known = [entry(number, new if number % 2 else old) for number in range(CAPACITY + 100)]
    kept, _ = unpack(pack(known, 1))
    assert len(kept) == CAPACITY
    assert {each.key for each in known if each.day == new} <= set(kept)


def test_of_those_seen_on_one_day_the_ones_named_last_are_kept():
    kept, _ = unpack(pack(map(entry, range(CAPACITY + 100)), 1))
    assert set(kept) == {entry(number).key for number in range(100, CAPACITY + 100)}


def test_the_order_of_being_seen_outlives_packing():
    days = [date(2026, 5, 4) - timedelta(days=number % 3) for number in range(CAPACITY)]
    known, _ = unpack(pack(map(entry, range(CAPACITY), days), 1))
    kept, _ = unpack(pack(map(entry, range(CAPACITY, CAPACITY + 10)), 1, known))
    assert {entry(number).key for number in range(2, 30, 3)} & set(kept) == set()
    assert len(kept) == CAPACITY


def test_a_count_of_revisions_beyond_14_bits_stays_at_its_end_and_deletes_and_holds_nothing():
    many = entry(1)
    packed = pack([SeenEntry(many.key, many.link_key, many.fingerprint, 70_000, many.day, many.first_seen)], 1)
    (read,) = unpack(packed)[0].values()
    assert (read.revision, read.deleted, read.held) == (0x3FFF, False, False)


def test_what_is_no_longer_held_is_as_it_was_else_and_in_its_place():
    known, _ = unpack(pack([replace(entry(number), held=number < 3) for number in range(5)], 1))
    assert list(known.held()) == [entry(number).key for number in range(3)]
    free, version = unpack(seen.unheld(known, [entry(1).key], 1))
    assert version == 1
    assert list(free.values()) == [replace(entry(number), held=number in {0, 2}) for number in range(5)]


def test_a_layout_of_another_version_is_refused_by_name():
    with pytest.raises(ValueError, match="layout 9"):
        unpack(b"\x09\x01")


def test_what_was_seen_again_stands_last_with_its_day():
    known, _ = unpack(pack(map(entry, range(3)), 1))
    later, _ = unpack(seen.pack(known, [entry(0).key], [entry(7)], date(2026, 6, 1), 1))
    assert [each.key for each in later.values()] == [entry(number).key for number in (1, 2, 0, 7)]
    assert later[entry(0).key] == replace(entry(0), day=date(2026, 6, 1))
    assert later[entry(1).key] == entry(1)
