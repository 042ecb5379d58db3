"""The leases, on moto: their contract, and what DynamoDB's bad days make of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import contracts
import faults
import pytest

from feedriver.aws.item import size
from feedriver.aws.leases import DynamoLeases
from feedriver.aws.state import DynamoStates
from feedriver.errors import EdgeError
from feedriver.table import Lease

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SOON = NOON + timedelta(seconds=150)
BATCH = "c000000000000001"


@pytest.fixture
def client(river):
    return river.clients("dynamodb")


@pytest.fixture
def leases(client, river):
    return DynamoLeases(client, river.stack["StateTable"])


def item(client, river):
    key = {"feed_id": {"S": "leases"}}
    return client.get_item(TableName=river.stack["StateTable"], Key=key).get("Item", {})


@pytest.mark.parametrize("rule", contracts.LEASES_RULES, ids=lambda rule: rule.__name__)
def test_the_table_keeps_the_contract_of_leases(rule, leases):
    rule(leases)


def test_leases_are_no_feeds(leases, client, river):
    leases.take(BATCH, ("a.example",), NOON, SOON)
    assert list(DynamoStates(client, river.stack["StateTable"]).every()) == []


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("UpdateItem", lambda leases: leases.take(BATCH, ("a.example",), NOON, SOON)),
        ("UpdateItem", lambda leases: leases.finish(BATCH, NOON)),
        ("BatchGetItem", lambda leases: leases.standing(BATCH, NOON)),
    ],
)
def test_a_table_that_refuses_says_so(operation, call, leases, client):
    faults.refuse(client, operation, "AccessDeniedException")
    with pytest.raises(EdgeError, match=f"^dynamodb {operation}: AccessDeniedException$"):
        call(leases)


def test_a_lease_whose_reply_was_lost_is_taken_all_the_same_and_knows_who_is_at_its_hosts(leases, client):
    leases.take("c000000000000002", ("a.example",), NOON, SOON)
    lost = faults.lose_reply(client, "UpdateItem")
    assert leases.take(BATCH, ("a.example", "b.example"), NOON, SOON) == Lease("taken", frozenset({"a.example"}))
    assert len(lost) == 1
    assert leases.take(BATCH, ("b.example",), NOON, SOON) == Lease("at_work")


def test_a_batch_costs_two_writes_and_a_third_only_where_hosts_are_busy(leases, client):
    writes = faults.watch(client, "UpdateItem")
    leases.take(BATCH, ("a.example",), NOON, SOON)
    leases.finish(BATCH, NOON)
    assert len(writes) == 2
    leases.take("c000000000000002", ("a.example",), NOON, SOON)
    leases.take("c000000000000003", ("a.example",), NOON, SOON)
    assert len(writes) == 5


def test_twenty_workers_with_five_hundred_hosts_each_have_an_item_of_forty_kilobytes(leases, client, river):
    for worker in range(20):
        leases.take(f"c{worker:015x}", [f"{worker}-{host}.example" for host in range(500)], NOON, SOON)
    assert 40_000 < size(item(client, river)) < 42_000
    for worker in range(20):
        leases.finish(f"c{worker:015x}", NOON)
    assert size(item(client, river)) < 500


def test_workers_that_all_die_do_not_fill_the_item(leases, client, river):
    sizes = []
    for number in range(35):
        at = NOON + timedelta(minutes=number)
        leases.take(f"c{number:015x}", [f"{number}-{host}.example" for host in range(500)], at, at + (SOON - NOON))
        sizes.append(size(item(client, river)))
    assert max(sizes) < 60_000
    assert sizes[-1] < sizes[-5] + 4_000
