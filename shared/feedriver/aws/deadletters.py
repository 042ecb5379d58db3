"""Dead letters: SQS, and the targets of the bus's rules.

By hand, receive, send, delete: StartMessageMoveTask takes only what SQS itself moved aside, and EventBridge puts the
events that a target did not take into such a queue too. Bodies stay the same; attributes with the reason are dropped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from feedriver.aws.calls import call
from feedriver.messaging import Route

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

AT_ONCE = 10  # messages in one ReceiveMessage
HIDDEN = 60  # seconds in which nobody else receives them
WAIT = 1  # second; without it SQS asks some of its servers only, and may return nothing


class SqsDeadLetters:
    """`feedriver.ports.DeadLetters` of some queues (by URL), and of the queues that the rules of a bus aim at."""

    def __init__(self, sqs: SQSClient, events: EventBridgeClient, bus: str, queues: Sequence[str]) -> None:
        self._sqs = sqs
        self._events = events
        self._bus = bus
        self._queues = queues

    def routes(self) -> list[Route]:
        """See `DeadLetters.routes`."""
        found = [*self._queues_own(self._queues), *self._targets()]
        aimed_at = [route.queue for route in found if route.queue not in self._queues]
        return list(dict.fromkeys([*found, *self._queues_own(aimed_at)]))

    def _queues_own(self, queues: Sequence[str]) -> Iterator[Route]:
        for url in dict.fromkeys(queues):
            with call("sqs GetQueueAttributes"):
                answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
            policy = answer.get("Attributes", {}).get("RedrivePolicy")
            if policy:
                yield Route(self._url(json.loads(policy)["deadLetterTargetArn"]), url)

    def _targets(self) -> Iterator[Route]:
        """Those targets that are queues and have dead letters."""
        with call("events ListTargetsByRule"):
            for rules in self._events.get_paginator("list_rules").paginate(EventBusName=self._bus):
                for rule in rules["Rules"]:
                    pages = self._events.get_paginator("list_targets_by_rule")
                    for targets in pages.paginate(EventBusName=self._bus, Rule=rule["Name"]):
                        for target in targets["Targets"]:
                            dead = target.get("DeadLetterConfig", {}).get("Arn")
                            if dead and target["Arn"].split(":")[2] == "sqs":
                                yield Route(self._url(dead), self._url(target["Arn"]))

    def _url(self, arn: str) -> str:
        *_, account, name = arn.split(":")
        with call("sqs GetQueueUrl"):
            return self._sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]

    def waiting(self, route: Route) -> int:
        """See `DeadLetters.waiting`."""
        with call("sqs GetQueueAttributes"):
            answer = self._sqs.get_queue_attributes(QueueUrl=route.dead, AttributeNames=["ApproximateNumberOfMessages"])
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def move(self, route: Route, most: int) -> int:
        """See `DeadLetters.move`."""
        moved = 0
        while moved < most:
            with call("sqs ReceiveMessage"):
                answer = self._sqs.receive_message(
                    QueueUrl=route.dead,
                    MaxNumberOfMessages=min(AT_ONCE, most - moved),
                    VisibilityTimeout=HIDDEN,
                    WaitTimeSeconds=WAIT,
                )
            messages = answer.get("Messages", [])
            if not messages:
                break
            for message in messages:
                with call("sqs SendMessage"):
                    self._sqs.send_message(QueueUrl=route.queue, MessageBody=message["Body"])
                with call("sqs DeleteMessage"):
                    self._sqs.delete_message(QueueUrl=route.dead, ReceiptHandle=message["ReceiptHandle"])
                moved += 1
        return moved
