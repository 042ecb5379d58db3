"""The state table's index of slots, on moto: queries for a few slots, one scan for many, and a slot from its middle."""

from __future__ import annotations

import contracts
import faults
import pytest

from feedriver.aws import index
from feedriver.aws.item import to_item
from feedriver.aws.state import DynamoStates

A_FEED = "00000000000000aa"


@pytest.fixture
def client(river):
    return river.clients("dynamodb")


@pytest.fixture
def states(river, client):
    return DynamoStates(client, river.stack["StateTable"])


def test_a_few_slots_are_queries_and_a_days_are_one_scan_of_the_index(states, client):
    states.register(contracts.a_state(A_FEED, slot="1440:3"))
    queries, scans = faults.watch(client, "Query"), faults.watch(client, "Scan")
    assert len(list(states.in_slots(f"1440:{number}" for number in range(9)))) == 1
    assert (len(queries), len(scans)) == (9, 0)
    assert len(list(states.in_slots(f"1440:{number}" for number in range(1440)))) == 1
    assert (len(queries), len(scans)) == (9, 1)


def test_an_item_written_before_hosts_were_kept_is_found_without_one(states, river, client):
    item = to_item(contracts.a_state(A_FEED))
    del item["host"]
    client.put_item(TableName=river.stack["StateTable"], Item=item)
    assert list(states.in_slots(["new"])) == [(A_FEED, "new", "", "")]


@pytest.fixture
def table(river, states):
    """Five feeds of one slot and one of another."""
    for number in range(5):
        states.register(contracts.a_state(f"{number:016x}", slot="60:1"))
    states.register(contracts.a_state(A_FEED, slot="60:2"))
    return river.stack["StateTable"]


def ids(found):
    return [int(feed.feed_id, 16) for feed in found]


def test_a_slot_that_is_named_twice_is_asked_for_once(client, table):
    queries = faults.watch(client, "Query")
    assert ids(index.in_slots(client, table, ["60:2", "60:3", "60:2"])) == [0xAA]
    assert len(queries) == 2


@pytest.mark.parametrize("most", [1, 300])
def test_a_scan_finds_what_the_queries_find(most, client, table, monkeypatch):
    monkeypatch.setattr(index, "SLOTS_TO_SCAN", most)
    assert sorted(ids(index.in_slots(client, table, ["60:1"]))) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("after", "most", "found"),
    [("", 3, [0, 1, 2]), (f"{1:016x}", 2, [2, 3]), (f"{3:016x}", 9, [4]), (f"{4:016x}", 9, [])],
)
def test_a_slot_is_read_in_the_order_of_ids_from_behind_one_of_them(after, most, found, client, table):
    assert ids(index.behind(client, table, "60:1", after, most)) == found


def test_no_more_is_read_of_a_slot_than_is_wanted(client, table):
    asked = faults.watch(client, "Query")
    index.behind(client, table, "60:1", "", 2)
    assert [b'"Limit": 2' in each or b'"Limit":2' in each for each in asked] == [True]
