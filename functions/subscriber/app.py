"""An example of a subscriber: it keeps the latest version of each entry in a table of its own.

Events come at least once and in no order: by the condition on its write the table converges (`Version.rank`).
"""

import os
from contextlib import suppress
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from feedriver.errors import ObjectMismatchError
from feedriver.events import EntryPublished, EntryUpdated, Event, parse_event
from feedriver.settings import SubscriberSettings
from feedriver.subscriber import Get, from_s3, full_entry, version

logger = Logger(service="feedriver-subscriber")


@cache
def _edges() -> tuple[Any, Get, str]:
    table = SubscriberSettings.from_environment(os.environ).latest_table
    return boto3.client("dynamodb"), from_s3(boto3.client("s3")), table


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Keep the version that each message announces; what cannot be kept is redelivered, at last as a dead letter."""
    failures = []
    for record in event["Records"]:
        try:
            _keep(parsed := parse_event(record["body"]))
            logger.info(parsed.detail_type, extra={"event_id": parsed.detail.metadata.event_id})
        except (ValidationError, ObjectMismatchError, ClientError, BotoCoreError) as error:
            logger.warning("not kept", extra={"message_id": record["messageId"], "error": type(error).__name__})
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def _keep(event: Event) -> None:
    if (found := version(event)) is None:
        return
    (dynamodb, get, table), rank = _edges(), {"N": str(found.rank)}
    item: dict[str, Any] = {"entry_id": {"S": found.entry_id}, "revision": {"N": str(found.revision)}, "rank": rank}
    item["deleted"] = {"BOOL": found.deleted}
    if isinstance(event, EntryPublished | EntryUpdated):
        entry = full_entry(event, get)
        about = {"title": entry.title, "link": entry.link, "source": entry.feed.title, "text": entry.text[:1000]}
        item |= {name: {"S": value or ""} for name, value in about.items()}
    guard: dict[str, Any] = {
        "ConditionExpression": "attribute_not_exists(#r) OR #r < :r",
        "ExpressionAttributeNames": {"#r": "rank"},
    }
    with suppress(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(TableName=table, Item=item, ExpressionAttributeValues={":r": rank}, **guard)
