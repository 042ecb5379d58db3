"""Which batches are on their way: one item of the state table, an attribute for each of them.

    feed_id     S  "leases", a key that no feed has
    <Batch.key> B  until when it counts, in seconds since 1970, 4 bytes. While it is at work there follow
                   4 bytes that identify this attempt, and 4 of the hash of each of its hosts

So one write shows all that is to be known before the first request: that the table takes writes, that no copy of the
batch was there before, and at which hosts others are. Two hosts of the same hash are taken for one: in ten thousand
hosts that are asked at once, that befalls one batch of five hundred in a thousand, and costs it a later round.

A batch of 500 hosts has 2 KB while it is at work, and 12 bytes for twenty minutes after; one that its worker left keeps
its 2 KB for so long. What is older is dropped by whoever finds enough of it. Twenty workers at once, all that the queue
allows, have an item of 40 KB.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from feedriver.aws.calls import call, failed_condition
from feedriver.aws.item import Item
from feedriver.errors import EdgeError
from feedriver.table import Lease, Standing

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LEASES = "leases"
KNOWN_FOR = timedelta(minutes=20)  # longer than a message is hidden (720 s), so that a copy that comes then is known
WORD = 4  # bytes of a time, of an attempt, and of a host
HEAD = 2 * WORD
DROP_FROM = 4 * 1024  # bytes of what counts no more: from so many on a write that drops it saves more than it costs
DROPPED_AT_ONCE = 90  # the bounds are 4 KB of expression and 300 operators in it


class DynamoLeases:
    """`feedriver.ports.Leases` on DynamoDB."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def take(self, batch: str, hosts: Collection[str], now: datetime, until: datetime) -> Lease:
        """See `Leases.take`. A retry of the SDK's, after a reply that was lost, finds its own write and goes on."""
        by_hash = {_hash(host): host for host in hosts}
        head = _time(until) + os.urandom(WORD)
        value = head + b"".join(by_hash)
        held = self._put(batch, value, None)
        if held is None:
            held = _leases(self._item())
            there = held.get(batch, b"")
            if there[:HEAD] != head:
                return Lease(_standing(there, now))
        others = {each for name, value in held.items() if name != batch for each in _hosts(value, now)}
        busy = frozenset(host for hashed, host in by_hash.items() if hashed in others)
        with suppress(EdgeError):  # else others give way to this batch where it is not: a round lost, no more
            if busy:
                rest = b"".join(hashed for hashed, host in by_hash.items() if host not in busy)
                self._put(batch, head + rest, value)
            self._drop(held, now)
        return Lease("taken", busy)

    def standing(self, batch: str, now: datetime) -> Standing | None:
        """See `Leases.standing`."""
        value = _leases(self._item()).get(batch)
        return _standing(value, now) if value else None

    def finish(self, batch: str, now: datetime) -> None:
        """See `Leases.finish`."""
        with call("dynamodb UpdateItem"):
            answer = self._client.update_item(
                TableName=self._table,
                Key={"feed_id": {"S": LEASES}},
                UpdateExpression="SET #batch = :value",
                ExpressionAttributeNames={"#batch": batch},
                ExpressionAttributeValues={":value": {"B": _time(now + KNOWN_FOR)}},
                ReturnValues="ALL_NEW",
            )
        with suppress(EdgeError):
            self._drop(_leases(answer["Attributes"]), now)

    def _put(self, batch: str, value: bytes, there: bytes | None) -> dict[str, bytes] | None:
        """One write in place of what is `there`: all leases as they stand after it, or None where it is not there."""
        values: dict[str, Any] = {":value": {"B": value}} | ({":there": {"B": there}} if there else {})
        try:
            with call("dynamodb UpdateItem"):
                answer = self._client.update_item(
                    TableName=self._table,
                    Key={"feed_id": {"S": LEASES}},
                    UpdateExpression="SET #batch = :value",
                    ConditionExpression="#batch = :there" if there else "attribute_not_exists(#batch)",
                    ExpressionAttributeNames={"#batch": batch},
                    ExpressionAttributeValues=values,
                    ReturnValues="ALL_NEW",
                )
        except EdgeError as error:
            if failed_condition(error) is None:
                raise
            return None
        return _leases(answer["Attributes"])

    def _item(self) -> Item:
        """The item, strongly consistent; an empty one where there is none."""
        wanted: Mapping[str, Any] = {self._table: {"Keys": [{"feed_id": {"S": LEASES}}], "ConsistentRead": True}}
        with call("dynamodb BatchGetItem"):
            answer = self._client.batch_get_item(RequestItems=wanted)
        if answer.get("UnprocessedKeys"):
            raise EdgeError("dynamodb BatchGetItem: keys left unprocessed: the table is throttled")
        return next(iter(answer["Responses"].get(self._table, [])), {})

    def _drop(self, held: Mapping[str, bytes], now: datetime) -> None:
        """Drop what counts no more, where it is worth a write."""
        over = [name for name, value in held.items() if value < _time(now - KNOWN_FOR if _began(value) else now)]
        if sum(len(name) + len(held[name]) for name in over) < DROP_FROM and len(over) < DROPPED_AT_ONCE:
            return
        names = {f"#b{number}": name for number, name in enumerate(over[:DROPPED_AT_ONCE])}
        with call("dynamodb UpdateItem"):
            self._client.update_item(
                TableName=self._table,
                Key={"feed_id": {"S": LEASES}},
                UpdateExpression="REMOVE " + ", ".join(names),
                ConditionExpression=" AND ".join(f"{name} = :{name[1:]}" for name in names),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={f":{name[1:]}": {"B": held[batch]} for name, batch in names.items()},
            )


def _hash(host: str) -> bytes:
    return hashlib.sha256(host.encode()).digest()[:WORD]


def _time(time: datetime) -> bytes:
    """Whole seconds, so that later times are greater bytes."""
    return int(time.timestamp()).to_bytes(WORD, "big")


def _began(value: bytes) -> bool:
    """Whether it is the lease of a batch that was not finished."""
    return len(value) > WORD


def _standing(value: bytes, now: datetime) -> Standing:
    if not _began(value):
        return "done"
    return "at_work" if value >= _time(now) else "left"


def _leases(item: Item) -> dict[str, bytes]:
    return {name: bytes(value["B"]) for name, value in item.items() if "B" in value}


def _hosts(value: bytes, now: datetime) -> Iterator[bytes]:
    if value >= _time(now):
        yield from (value[start : start + WORD] for start in range(HEAD, len(value), WORD))
