"""Another feed at a known address: told once, before its entries, and in place of a gap."""

from __future__ import annotations

import pytest
from documents import Reader, events, item

OLD = {"title": "The Paper", "link": "https://paper.example/"}
SOLD = {"title": "Bonuses", "link": "https://bonuses.example/"}


def stories(names: str):
    return [item(f"Story {name}", guid=f"urn:{name}", text="all of it") for name in names]


def read_first(**said):
    reader = Reader()
    reader.read(*stories("abc"), **said)
    return reader


@pytest.mark.case("P23")
def test_p23_another_site_under_another_title_without_a_known_entry_is_told_before_its_entries():
    decided = read_first(**OLD).read(*stories("xyz"), **SOLD)
    assert events(decided) == ["Feed Identity Changed"]
    first, second = decided.state.outbox
    assert (first.event, second.key) == ("Feed Identity Changed", decided.entries_key)
    assert first.about["title_before"] == "The Paper"
    assert first.about["link_before"] == "https://paper.example/"
    assert (decided.state.title, decided.state.link) == ("Bonuses", "https://bonuses.example/")
    assert decided.new == 3


@pytest.mark.case("P23")
def test_p23_another_id_is_enough():
    decided = read_first(**OLD, id="urn:one").read(*stories("xyz"), **OLD, id="urn:two")
    assert events(decided) == ["Feed Identity Changed"]


@pytest.mark.case("P23")
def test_p23_it_is_told_once_a_change():
    reader = read_first(**OLD, id="urn:one")
    reader.read(*stories("xyz"), **SOLD, id="urn:two")
    assert events(reader.read(*stories("xyz"), **SOLD, id="urn:two")) == []
    assert events(reader.read(*stories("uvw"), **SOLD, id="urn:two")) == ["Feed Gap Suspected"]
    assert events(reader.read(*stories("rst"), **OLD, id="urn:one")) == ["Feed Identity Changed"]


@pytest.mark.case("P23")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (OLD, OLD),
        (OLD, OLD | {"title": "The New Paper"}),
        (OLD, OLD | {"link": "https://bonuses.example/"}),
        (OLD, SOLD | {"link": "https://www.paper.example/news"}),
        (OLD, {"title": "Bonuses"}),
        ({"title": "The Paper"}, SOLD),
        (OLD | {"id": "https://paper.example/feed"}, OLD | {"id": "http://www.paper.example/feed/"}),
        (OLD | {"id": "urn:one"}, OLD),
        (OLD, OLD | {"id": "urn:one"}),
    ],
)
def test_p23_less_than_that_is_a_gap(before, after):
    assert events(read_first(**before).read(*stories("xyz"), **after)) == ["Feed Gap Suspected"]


@pytest.mark.case("P23")
def test_p23_a_feed_that_keeps_one_known_entry_is_the_same():
    assert events(read_first(**OLD, id="urn:one").read(*stories("cxyz"), **SOLD, id="urn:two")) == []


@pytest.mark.case("P23")
def test_p23_a_feed_of_which_nothing_was_known_is_no_other():
    reader = Reader()
    reader.read(**OLD, id="urn:one")
    assert events(reader.read(*stories("a"), **SOLD, id="urn:two")) == []


@pytest.mark.case("P23")
def test_p23_long_names_fit_the_outbox():
    reader = read_first(title="🗞" * 2_000, link=f"https://paper.example/{'x' * 1_900}")
    (pending, _) = reader.read(*stories("xyz"), **SOLD).state.outbox
    assert pending.about["link_before"] is None
    assert len(pending.about["title_before"].encode()) == 600


@pytest.mark.case("I14")
def test_i14_a_document_without_a_known_entry_is_a_gap_suspected():
    reader = read_first(**OLD)
    assert events(reader.read(*stories("xyz"), **OLD)) == ["Feed Gap Suspected"]
    assert events(reader.read(*stories("zuvw"), **OLD)) == []
