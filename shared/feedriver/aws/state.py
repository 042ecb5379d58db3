"""The state table: DynamoDB, one item a feed (`feedriver.aws.item`), replaced whole under the guard of its `rev`.

The cursors of the dispatcher, the sweep and the daily reconcile are items too, under keys that no feed has, and so are
the leases (`feedriver.aws.leases`) and the holds: one item with an attribute a host, named `@<host>`, whose number is
the second (since 1970, UTC) until which nobody asks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import ceil
from random import uniform
from time import sleep
from typing import TYPE_CHECKING, Any

from feedriver.aws import index
from feedriver.aws.calls import call, failed_condition
from feedriver.aws.item import Item, from_item, to_item
from feedriver.errors import CommitConflict, EdgeError, PassedOver, one_line
from feedriver.state import FeedState
from feedriver.table import Cursor, Job, Placed, Stretch

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CURSOR = "dispatch-cursor"
HOLDS = "host-holds"
STOPS: dict[Job, str] = {"sweep": "sweep-cursor", "reconcile": "reconcile-cursor"}
FEEDS = "attribute_exists(rev)"  # feeds have one, the cursors and the holds do not
MOST_HOLDS = 1_000  # hosts; with the longest names (253 characters) they fill 280 KB of the 400 an item may have
DROPPED_AT_ONCE = 90  # holds; the bounds are 4 KB of expression and 300 operators in it
READ_AT_ONCE = 100  # BatchGetItem's bound
ROUNDS = 5  # of BatchGetItem for what the table left unprocessed: a table that is throttled, or 16 MB of states
PAUSE = 0.1  # seconds before the second round, more or less, and twice as long before each further one


class DynamoStates:
    """`feedriver.ports.States` on DynamoDB."""

    def __init__(self, client: DynamoDBClient, table: str, *, pause: Callable[[float], None] = sleep) -> None:
        self._client = client
        self._table = table
        self._pause = pause

    def load(
        self, feed_ids: Sequence[str], passed: list[PassedOver] | None = None, *, latest: bool = True
    ) -> dict[str, FeedState]:
        """See `States.load`."""
        states = {}
        for start in range(0, len(feed_ids), READ_AT_ONCE):
            keys = [{"feed_id": {"S": feed_id}} for feed_id in dict.fromkeys(feed_ids[start : start + READ_AT_ONCE])]
            for state in _readable(self._read(keys, latest=latest), passed):
                states[state.feed_id] = state
        return states

    def _read(self, keys: list[Item], *, latest: bool = True) -> Iterator[Item]:
        wanted: Mapping[str, Any] = {self._table: {"Keys": keys, "ConsistentRead": latest}}
        for number in range(ROUNDS):
            if number:
                self._pause(PAUSE * 2**number * uniform(0.25, 0.75))  # noqa: S311  # jitter, no secret
            with call("dynamodb BatchGetItem"):
                answer = self._client.batch_get_item(RequestItems=wanted)
            yield from answer["Responses"].get(self._table, [])
            wanted = answer.get("UnprocessedKeys") or {}
            if not wanted:
                return
        raise EdgeError("dynamodb BatchGetItem: keys left unprocessed: the table is throttled")

    def commit(self, state: FeedState) -> None:
        """See `States.commit`. An own write whose reply was lost is recognised as done."""
        item = to_item(state)
        try:
            with call("dynamodb PutItem"):
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression="rev = :base",
                    ExpressionAttributeValues={":base": {"N": str(state.rev - 1)}},
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except EdgeError as error:
            stored = failed_condition(error)
            if stored is None:
                raise
            if stored != item:
                raise CommitConflict(f"feed {state.feed_id}: revision {state.rev} was not the next one") from error

    def clear_outbox(self, feed_id: str, rev: int) -> None:
        """See `States.clear_outbox`."""
        try:
            with call("dynamodb UpdateItem"):
                self._client.update_item(
                    TableName=self._table,
                    Key={"feed_id": {"S": feed_id}},
                    UpdateExpression="REMOVE outbox",
                    ConditionExpression="rev = :rev",
                    ExpressionAttributeValues={":rev": {"N": str(rev)}},
                )
        except EdgeError as error:
            if failed_condition(error) is None:
                raise

    def register(self, state: FeedState) -> bool:
        """See `States.register`."""
        try:
            with call("dynamodb PutItem"):
                self._client.put_item(
                    TableName=self._table, Item=to_item(state), ConditionExpression="attribute_not_exists(feed_id)"
                )
        except EdgeError as error:
            if failed_condition(error) is None:
                raise
            return False
        return True

    def remove(self, feed_id: str) -> bool:
        """See `States.remove`."""
        with call("dynamodb DeleteItem"):
            answer = self._client.delete_item(
                TableName=self._table, Key={"feed_id": {"S": feed_id}}, ReturnValues="ALL_OLD"
            )
        return "Attributes" in answer

    def every(self, passed: list[PassedOver] | None = None) -> Iterator[FeedState]:
        """See `States.every`."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            ConsistentRead=True,
            FilterExpression=FEEDS,
        )
        with call("dynamodb Scan"):
            for page in pages:
                yield from _readable(page["Items"], passed)

    def stretch(self, after: str | None, most: int, *, unannounced: bool = False) -> Stretch:
        """See `States.stretch`: one request, of 1 MB at most. Eventually consistent, at half the price."""
        start: dict[str, Any] = {"ExclusiveStartKey": {"feed_id": {"S": after}}} if after else {}
        wanted = "attribute_exists(outbox)" if unannounced else FEEDS
        with call("dynamodb Scan"):
            answer = self._client.scan(TableName=self._table, Limit=most, FilterExpression=wanted, **start)
        last, passed = answer.get("LastEvaluatedKey"), list[PassedOver]()
        states = tuple(_readable(answer["Items"], passed))
        return Stretch(states, last["feed_id"]["S"] if last else None, tuple(passed))

    def stopped(self, job: Job) -> str | None:
        """See `States.stopped`."""
        found = self._item(STOPS[job])
        place: str | None = found.get("after", {}).get("S")
        return place

    def stop(self, job: Job, place: str | None) -> None:
        """See `States.stop`."""
        item: Item = {"feed_id": {"S": STOPS[job]}} | ({"after": {"S": place}} if place else {})
        with call("dynamodb PutItem"):
            self._client.put_item(TableName=self._table, Item=item)

    def _item(self, key: str) -> Item:
        """The item of this key, strongly consistent; an empty one where there is none."""
        with call("dynamodb GetItem"):
            answer = self._client.get_item(TableName=self._table, Key={"feed_id": {"S": key}}, ConsistentRead=True)
        return answer.get("Item", {})

    def in_slots(self, slots: Iterable[str]) -> Iterator[Placed]:
        """See `States.in_slots`."""
        return index.in_slots(self._client, self._table, slots)

    def behind(self, slot: str, feed_id: str, most: int) -> list[Placed]:
        """See `States.behind`."""
        return index.behind(self._client, self._table, slot, feed_id, most)

    def holds(self) -> dict[str, datetime]:
        """See `States.holds`. Strongly consistent."""
        found = self._read([{"feed_id": {"S": HOLDS}}])
        return {host: until for item in found for host, until in _holds(item).items()}

    def hold(self, host: str, until: datetime, now: datetime) -> None:
        """See `States.hold`. Of more than `MOST_HOLDS` hosts those held longest are kept.

        One write, whose answer has what else is held; a second one only where something is to be dropped.
        """
        try:
            with call("dynamodb UpdateItem"):
                answer = self._client.update_item(
                    TableName=self._table,
                    Key={"feed_id": {"S": HOLDS}},
                    UpdateExpression="SET #host = :until",
                    ConditionExpression="attribute_not_exists(#host) OR #host < :until",
                    ExpressionAttributeNames={"#host": f"@{host}"},
                    ExpressionAttributeValues={":until": _seconds(until)},
                    ReturnValues="ALL_NEW",
                )
        except EdgeError as error:
            if failed_condition(error) is None:
                raise
            return
        held = _holds(answer["Attributes"])
        by_end = sorted(held, key=held.__getitem__)
        over = [each for each in by_end if held[each] <= now]
        self._drop({each: held[each] for each in (over or by_end[:-MOST_HOLDS])[:DROPPED_AT_ONCE]})

    def _drop(self, holds: Mapping[str, datetime]) -> None:
        """Drop these, unless one of them was held anew meanwhile: then the next hold drops the others."""
        if not holds:
            return
        try:
            with call("dynamodb UpdateItem"):
                self._client.update_item(
                    TableName=self._table,
                    Key={"feed_id": {"S": HOLDS}},
                    UpdateExpression="REMOVE " + ", ".join(f"#h{number}" for number in range(len(holds))),
                    ConditionExpression=" AND ".join(f"#h{number} = :u{number}" for number in range(len(holds))),
                    ExpressionAttributeNames={f"#h{number}": f"@{host}" for number, host in enumerate(holds)},
                    ExpressionAttributeValues={
                        f":u{number}": _seconds(until) for number, until in enumerate(holds.values())
                    },
                )
        except EdgeError as error:
            if failed_condition(error) is None:
                raise

    def cursor(self) -> Cursor:
        """See `States.cursor`."""
        found = self._item(CURSOR)
        minute = datetime.fromisoformat(found["minute"]["S"]) if "minute" in found else None
        new_after = found["new_after"]["S"] if "new_after" in found else ""
        return Cursor(minute, int(found["tries"]["N"]) if "tries" in found else 0, new_after)

    def advance(self, before: Cursor, after: Cursor) -> bool:
        """See `States.advance`. An own write whose reply was lost is recognised as done."""
        item, stored = _cursor(after), _cursor(before)
        # "minute" is a reserved word of DynamoDB's expressions
        names = {"#minute": "minute", "#tries": "tries"}
        met = [f"#{name} = :{name}" if name in stored else f"attribute_not_exists(#{name})" for name in names.values()]
        values: dict[str, Any] = {f":{name}": stored[name] for name in names.values() if name in stored}
        guard: dict[str, Any] = {"ExpressionAttributeValues": values} if values else {}
        try:
            with call("dynamodb PutItem"):
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression=" AND ".join(met),
                    ExpressionAttributeNames=names,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **guard,
                )
        except EdgeError as error:
            found = failed_condition(error)
            if found is None:
                raise
            return found == item
        return True


def _cursor(cursor: Cursor) -> Item:
    item: Item = {"feed_id": {"S": CURSOR}}
    if cursor.minute is not None:
        item["minute"] = {"S": cursor.minute.isoformat()}
    if cursor.tries:
        item["tries"] = {"N": str(cursor.tries)}
    if cursor.new_after:
        item["new_after"] = {"S": cursor.new_after}
    return item


def _readable(items: Iterable[Item], passed: list[PassedOver] | None) -> Iterator[FeedState]:
    """The states of those items that can be read; the others are added to `passed`."""
    for item in items:
        try:
            state = from_item(item)
        except Exception as error:  # noqa: BLE001  # whatever stands in it costs this feed alone
            if passed is not None:
                passed.append(PassedOver(item["feed_id"]["S"], None, f"its state cannot be read: {one_line(error)}"))
        else:
            yield state


def _seconds(time: datetime) -> Item:
    """Whole seconds, rounded up: nobody is to come a moment early."""
    return {"N": str(ceil(time.timestamp()))}


def _holds(item: Item) -> dict[str, datetime]:
    return {
        name[1:]: datetime.fromtimestamp(int(value["N"]), UTC) for name, value in item.items() if name.startswith("@")
    }
