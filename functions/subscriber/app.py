"""An example of a subscriber: it keeps the latest revision of each entry in a table of its own.

Events arrive at least once and in no order. The condition on the write is all that this takes: whatever comes twice or
late changes nothing, and the table converges on the highest revision, where a deletion is the last word on its own.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from feedriver.events import EntryDeleted, EntryPublished, EntryUpdated, parse_event
from feedriver.settings import SubscriberSettings

logger = Logger(service="feedriver-subscriber")


@cache
def _table() -> tuple[Any, str]:
    return boto3.client("dynamodb"), SubscriberSettings.of(os.environ).latest_table


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Keep what each message tells. What cannot be kept is redelivered, and in the end a dead letter."""
    failures = []
    for record in event["Records"]:
        try:
            told = parse_event(record["body"])
            if isinstance(told, EntryPublished | EntryUpdated):
                entry = told.detail.data.entry
                _keep(entry.id, entry.revision, title=entry.title, link=entry.link, source=entry.feed.title)
            elif isinstance(told, EntryDeleted):
                _keep(told.detail.data.entry_id, told.detail.data.revision, deleted=True)
            logger.info(told.detail_type, extra={"event_id": told.detail.metadata.event_id})
        except (ValidationError, ClientError, BotoCoreError) as error:
            logger.warning("not kept", extra={"message_id": record["messageId"], "error": type(error).__name__})
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def _keep(entry_id: str, revision: int, *, deleted: bool = False, **found: str | None) -> None:
    dynamodb, table = _table()
    item = {"entry_id": {"S": entry_id}, "revision": {"N": str(revision)}, "deleted": {"BOOL": deleted}}
    with suppress(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(
            TableName=table,
            Item=item | {name: {"S": value or ""} for name, value in found.items()},
            ConditionExpression=f"attribute_not_exists(entry_id) OR revision {'<=' if deleted else '<'} :revision",
            ExpressionAttributeValues={":revision": item["revision"]},
        )
