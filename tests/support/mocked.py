"""The edges of the stack on moto: its tables, bucket, queues and bus, with the properties that template.yaml states."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from moto import mock_aws

from feedriver.aws.calls import CONFIG
from feedriver.aws.stack import Stack
from feedriver.local.deploy import checkout, read_template
from feedriver.wiring.deployment import Deployment

REGION = "us-east-1"
TABLE_PROPERTIES = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
OUTPUTS = {
    "StateTable": "state",
    "LatestTable": "latest",
    "EntriesBucket": "entries-bucket",
    "EventBus": "feedriver",
    "SecretsPrefix": "/feedriver/feedriver/",
}


# One for all tests: boto3's own is made anew by moto for each, and reads the services' models anew, which is slow.
SESSION = boto3.Session(region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing")


def clients(service: str) -> Any:
    """A client of moto's AWS, made as in production."""
    return SESSION.client(service, config=CONFIG)


# Neither changes from test to test, and both are slow to make.
_builder = cache(clients)


def arn_of(sqs: Any, url: str) -> str:
    """The ARN of a queue."""
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


@cache
def _template() -> dict[str, Any]:
    resources: dict[str, Any] = read_template(checkout())["Resources"]
    return resources


@contextmanager
def mocked_river() -> Iterator[Deployment]:
    """An empty river on moto. There is no schedule and no function: who polls is the test."""
    template = _template()
    with mock_aws():
        dynamodb, sqs, events = _builder("dynamodb"), _builder("sqs"), _builder("events")
        for table in ("StateTable", "LatestTable"):
            properties = template[table]["Properties"]
            wanted = {name: properties[name] for name in TABLE_PROPERTIES if name in properties}
            dynamodb.create_table(TableName=OUTPUTS[table], **wanted)
        _builder("s3").create_bucket(Bucket=OUTPUTS["EntriesBucket"])
        queues = {}
        for name, dead in (("PollQueue", "PollDeadLetters"), ("SubscriberQueue", "SubscriberDeadLetters")):
            queues[dead] = sqs.create_queue(QueueName=dead)["QueueUrl"]
            policy = template[name]["Properties"]["RedrivePolicy"] | {"deadLetterTargetArn": arn_of(sqs, queues[dead])}
            attributes = {"RedrivePolicy": json.dumps(policy)}
            queues[name] = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        events.create_event_bus(Name=OUTPUTS["EventBus"])
        pattern = json.dumps(template["SubscriberRule"]["Properties"]["EventPattern"])
        events.put_rule(Name="subscriber", EventBusName=OUTPUTS["EventBus"], EventPattern=pattern)
        events.put_targets(
            Rule="subscriber",
            EventBusName=OUTPUTS["EventBus"],
            Targets=[
                {
                    "Id": "queue",
                    "Arn": arn_of(sqs, queues["SubscriberQueue"]),
                    "DeadLetterConfig": {"Arn": arn_of(sqs, queues["SubscriberDeadLetters"])},
                }
            ],
        )
        yield Deployment(clients, Stack("feedriver", OUTPUTS | queues))
