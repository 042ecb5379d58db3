"""A stack in the embedded AWS that refuses what the functions' policies do not allow."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from feedriver.aws.stack import Stack
from feedriver.local.emulator import Emulator
from feedriver.table import Cursor
from feedriver.wiring.deployment import Deployment


def parameters(aws: Emulator) -> dict[str, str]:
    """Those of a stack whose queue the example subscriber reads."""
    return {
        "Architecture": "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64",
        "ScheduleState": "ENABLED",
        "SubscriberState": "ENABLED",
        "EndpointUrl": aws.endpoint,
    }


def until(met: Callable[[], object]) -> None:
    """Wait for what happens in the emulator's own time."""
    deadline = time.monotonic() + 600
    while not met() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert met()


@dataclass
class Enforced:
    aws: Emulator
    stack: Stack

    @property
    def river(self) -> Deployment:
        return Deployment(self.aws.clients, self.stack)

    def allow_what_the_emulator_asks_for(self) -> None:
        """Where it asks for more than AWS does."""
        # AWS asks for sqs:SendMessage alone; the emulator asks for the batch operation by its own name.
        sqs = self.aws.clients("sqs")
        queue = sqs.get_queue_attributes(QueueUrl=self.stack["PollQueue"], AttributeNames=["QueueArn"])["Attributes"]
        by_name = {"Effect": "Allow", "Action": "sqs:SendMessageBatch", "Resource": queue["QueueArn"]}
        # AWS asks for each parameter that GetParameters names; the emulator for all there are.
        by_nothing = {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "*"}
        for role, statement in (("DispatchFunctionRole", by_name), ("PollFunctionRole", by_nothing)):
            self.aws.clients("iam").put_role_policy(
                RoleName=self.physical(role),
                PolicyName="as-the-emulator-has-it",
                PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
            )

    def stop_the_schedule(self) -> None:
        """Nothing is dispatched but by `dispatch`; the poll function reads its queue all the same."""
        scheduler, kept = self.aws.clients("scheduler"), ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")
        schedule = scheduler.get_schedule(Name=self.physical("DispatchSchedule"))
        scheduler.update_schedule(**{name: schedule[name] for name in kept}, State="DISABLED")

    def dispatch(self) -> None:
        """Have the dispatch function send what is due, also where the schedule has had this minute already."""
        states = self.river.states
        while (cursor := states.cursor()).minute and not states.advance(
            cursor, Cursor(cursor.minute - timedelta(minutes=1))
        ):
            pass
        failed, answer = self.invoke("DispatchFunction")
        assert failed is None, answer

    def lines(self) -> list[bytes]:
        """Those of all entries."""
        s3, bucket = self.aws.clients("s3"), self.stack["EntriesBucket"]
        found = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in self.listing("entries/")]
        return [line for body in found for line in body.splitlines()]

    def dead_letters(self) -> int:
        queues = ("ScheduleDeadLetters", "PollDeadLetters", "SubscriberDeadLetters")
        return sum(self.waiting(self.physical(queue)) for queue in queues)

    def physical(self, logical: str) -> str:
        detail = self.aws.clients("cloudformation").describe_stack_resource(
            StackName=self.stack.name, LogicalResourceId=logical
        )
        return detail["StackResourceDetail"]["PhysicalResourceId"]

    def invoke(self, function: str) -> tuple[str | None, dict[str, object]]:
        answer = self.aws.clients("lambda").invoke(FunctionName=self.stack[function], Payload=b"{}")
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())

    def listing(self, prefix: str) -> list[str]:
        found = self.aws.clients("s3").list_objects_v2(Bucket=self.stack["EntriesBucket"], Prefix=prefix)
        return [item["Key"] for item in found.get("Contents", [])]

    def latest(self) -> int:
        dynamodb, count, start = self.aws.clients("dynamodb"), 0, {}
        while True:
            page = dynamodb.scan(TableName=self.stack["LatestTable"], Select="COUNT", **start)
            count += page["Count"]
            if "LastEvaluatedKey" not in page:
                return count
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def waiting(self, url: str) -> int:
        found = self.aws.clients("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return int(found["ApproximateNumberOfMessages"]) + int(found["ApproximateNumberOfMessagesNotVisible"])
