"""The state table's index of slots: which feeds stand where on the wheel. Eventually consistent, as an index is."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from feedriver.aws.calls import call
from feedriver.aws.item import Item, placed
from feedriver.table import Placed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NAME = "by-slot"
SLOTS_TO_SCAN = 300  # from so many slots on (an outage of 43 minutes) the index is read in one scan, not in queries


def in_slots(client: DynamoDBClient, table: str, slots: Iterable[str]) -> Iterator[Placed]:
    """See `feedriver.ports.States.in_slots`."""
    wanted = dict.fromkeys(slots)
    found = _scanned(client, table, wanted) if len(wanted) >= SLOTS_TO_SCAN else _queried(client, table, wanted)
    return map(_placed, found)


def behind(client: DynamoDBClient, table: str, slot: str, feed_id: str, most: int) -> list[Placed]:
    """See `feedriver.ports.States.behind`."""
    values: dict[str, Any] = {":slot": {"S": slot}} | ({":after": {"S": feed_id}} if feed_id else {})
    pages = client.get_paginator("query").paginate(
        TableName=table,
        IndexName=NAME,
        KeyConditionExpression="slot = :slot AND feed_id > :after" if feed_id else "slot = :slot",
        ExpressionAttributeValues=values,
        PaginationConfig={"MaxItems": most, "PageSize": most},  # what is read beyond it would be paid for
    )
    with call("dynamodb Query"):
        return [_placed(item) for page in pages for item in page["Items"]]


def _queried(client: DynamoDBClient, table: str, slots: Iterable[str]) -> Iterator[Item]:
    paginator = client.get_paginator("query")
    with call("dynamodb Query"):
        for slot in slots:
            for page in paginator.paginate(
                TableName=table,
                IndexName=NAME,
                KeyConditionExpression="slot = :slot",
                ExpressionAttributeValues={":slot": {"S": slot}},
            ):
                yield from page["Items"]


def _scanned(client: DynamoDBClient, table: str, slots: Container[str]) -> Iterator[Item]:
    with call("dynamodb Scan"):
        for page in client.get_paginator("scan").paginate(TableName=table, IndexName=NAME):
            yield from (item for item in page["Items"] if item["slot"]["S"] in slots)


def _placed(item: Item) -> Placed:
    return Placed(item["feed_id"]["S"], item["slot"]["S"], *placed(item))
