"""An example of a subscriber: it keeps the latest revision of each entry in a table of its own.

Events arrive at least once and in no order. The condition on the write is all that this takes: whatever comes twice or
late changes nothing, and the table converges on the highest revision.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from feedriver.events import EntryPublished, EntryUpdated, parse_event
from feedriver.models import Entry
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
                _keep(told.detail.data.entry)
            logger.info(told.detail_type, extra={"event_id": told.detail.metadata.event_id})
        except (ValidationError, ClientError, BotoCoreError) as error:
            logger.warning("not kept", extra={"message_id": record["messageId"], "error": type(error).__name__})
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def _keep(entry: Entry) -> None:
    dynamodb, table = _table()
    item = {"entry_id": {"S": entry.id}, "revision": {"N": str(entry.revision)}, "title": {"S": entry.title or ""}}
    try:
        dynamodb.put_item(
            TableName=table,
            Item=item | {"link": {"S": entry.link or ""}, "source": {"S": entry.feed.title or ""}},
            ConditionExpression="attribute_not_exists(entry_id) OR revision < :revision",
            ExpressionAttributeValues={":revision": item["revision"]},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
