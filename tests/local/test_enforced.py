"""The whole way under the functions' own roles: the emulator refuses what their policies do not allow."""

from __future__ import annotations

import json
import platform
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from feedriver.cli.sources import register_all
from feedriver.local.emulator import Emulator, emulator
from feedriver.local.river import River
from feedriver.local.stack import Stack, deploy
from feedriver.local.town import Town
from feedriver.ports import Cursor

pytestmark = pytest.mark.stack


@dataclass
class Enforced:
    aws: Emulator
    stack: Stack

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


@pytest.fixture(scope="module")
def enforced(tmp_path_factory):
    with emulator(tmp_path_factory.mktemp("enforced"), enforce_iam=True) as aws:
        parameters = {
            "Architecture": "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64",
            "ScheduleState": "ENABLED",
            "SubscriberState": "ENABLED",
            "EndpointUrl": aws.endpoint,
        }
        yield Enforced(aws, deploy(aws, parameters))


def test_from_the_schedule_to_the_subscribers_table_under_the_functions_own_roles(enforced):
    aws, stack = enforced.aws, enforced.stack
    s3, bucket = aws.clients("s3"), stack["EntriesBucket"]
    # AWS asks for sqs:SendMessage alone; the emulator asks for the batch operation by its own name.
    sqs = aws.clients("sqs")
    queue_arn = sqs.get_queue_attributes(QueueUrl=stack["PollQueue"], AttributeNames=["QueueArn"])["Attributes"]
    by_name = {"Effect": "Allow", "Action": "sqs:SendMessageBatch", "Resource": queue_arn["QueueArn"]}
    # AWS asks for each parameter that GetParameters names; the emulator for all there are.
    by_nothing = {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "*"}
    for role, statement in (("DispatchFunctionRole", by_name), ("PollFunctionRole", by_nothing)):
        aws.clients("iam").put_role_policy(
            RoleName=enforced.physical(role),
            PolicyName="as-the-emulator-has-it",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
    river = River(aws.clients, stack)
    with Town(memory=None, slow=0) as town:
        feeds = [url for url in town.feeds if "lost-property" not in url]  # three hundred entries would tell no more
        feeds.append(f"{feeds[0]}?token=canary-1")  # a private one, so that the poller reads its secret
        register_all(river.states, feeds, datetime.now(UTC), river.secrets)
        # The schedule may have had this minute before the feeds were there: have it once more.
        while (cursor := river.states.cursor()).minute and not river.states.advance(
            cursor, Cursor(cursor.minute - timedelta(minutes=1))
        ):
            pass
        failed, answer = enforced.invoke("DispatchFunction")
        assert failed is None, answer
        deadline = time.monotonic() + 600
        while not enforced.listing("polls/") and time.monotonic() < deadline:  # the last that a poll writes
            time.sleep(0.2)
    states = list(river.states.every())
    assert len(states) == len(feeds)
    assert all(state.rev and not state.outbox for state in states)
    (private,) = [state for state in states if state.secret]
    assert (private.failing, "canary" in private.url) == (None, False)
    assert enforced.listing("raw/")
    lines = [
        line
        for key in enforced.listing("entries/")
        for line in s3.get_object(Bucket=bucket, Key=key)["Body"].read().splitlines()
    ]
    assert len(lines) > 50
    deadline = time.monotonic() + 600
    while enforced.latest() < len(lines) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert enforced.latest() == len(lines)
    for queue in ("ScheduleDeadLetters", "PollDeadLetters", "SubscriberDeadLetters"):
        assert enforced.waiting(enforced.physical(queue)) == 0


def test_a_function_without_its_policy_is_refused(enforced):
    iam, role = enforced.aws.clients("iam"), enforced.physical("DispatchFunctionRole")
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    failed, answer = enforced.invoke("DispatchFunction")
    assert failed == "Unhandled"
    assert "AccessDenied" in answer["errorMessage"]
