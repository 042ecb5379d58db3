"""The queue of batches to poll: SQS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from feedriver.aws.calls import call
from feedriver.errors import EdgeError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MOST_MESSAGES = 10  # in one SendMessageBatch


class SqsQueue:
    """`feedriver.ports.Queue` on SQS."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, bodies: Sequence[str], delay: int = 0) -> None:
        """See `Queue.send`."""
        for start in range(0, len(bodies), MOST_MESSAGES):
            batch = bodies[start : start + MOST_MESSAGES]
            with call("sqs SendMessageBatch"):
                answer = self._client.send_message_batch(
                    QueueUrl=self._url,
                    Entries=[
                        {"Id": str(number), "MessageBody": body, "DelaySeconds": delay}
                        for number, body in enumerate(batch)
                    ],
                )
            if answer.get("Failed"):
                raise EdgeError(f"sqs SendMessageBatch: {len(answer['Failed'])} of {len(batch)} were not taken")
