"""The queue, on moto: ten messages a request, and a message that was not taken is no success."""

from __future__ import annotations

import json

import contracts
import faults
import pytest

from feedriver.aws.queue import SqsQueue
from feedriver.errors import EdgeError


@pytest.fixture
def client(river):
    return river.clients("sqs")


@pytest.fixture
def queue(river, client):
    return SqsQueue(client, river.stack["PollQueue"])


def waiting(river) -> list[str]:
    client, bodies = river.clients("sqs"), []
    while messages := client.receive_message(QueueUrl=river.stack["PollQueue"], MaxNumberOfMessages=10).get("Messages"):
        bodies += [message["Body"] for message in messages]
    return sorted(bodies)


@pytest.mark.parametrize(("count", "requests"), [(0, 0), (1, 1), (10, 1), (11, 2)])
def test_a_message_a_body_ten_a_request(count, requests, queue, client, river):
    asked = faults.watch(client, "SendMessageBatch")
    bodies = [f"batch {number:02}" for number in range(count)]
    queue.send(bodies)
    assert len(asked) == requests
    assert waiting(river) == bodies


def test_a_message_that_sqs_did_not_take_is_an_edge_error(queue, client):
    failed = {"Id": "1", "SenderFault": False, "Code": "InternalError"}
    faults.answer(client, "SendMessageBatch", {"Successful": [], "Failed": [failed]})
    with pytest.raises(EdgeError, match="1 of 2 were not taken"):
        queue.send(["a", "b"])


def test_a_throttled_queue_is_asked_again_by_the_sdk(queue, client, river):
    met = faults.refuse(client, "SendMessageBatch", "RequestThrottled", times=2)
    queue.send(["a"])
    assert len(met) == 2
    assert waiting(river) == ["a"]


@pytest.mark.case("L01")
def test_l01_a_refusal_names_the_code_and_not_the_message(queue, client):
    faults.refuse(client, "SendMessageBatch", "AccessDenied")
    with pytest.raises(EdgeError) as caught:
        queue.send([json.dumps({"feeds": ["canary"]})])
    assert str(caught.value) == "sqs SendMessageBatch: AccessDenied"


@pytest.mark.case("D23")
def test_d23_a_lost_reply_sends_the_batch_twice_which_a_poll_can_bear(queue, client, river):
    faults.lose_reply(client, "SendMessageBatch")
    queue.send(["a"])
    assert waiting(river) == ["a", "a"]


def test_a_delay_is_asked_of_the_queue_for_each_message(queue, client):
    asked = faults.watch(client, "SendMessageBatch")
    queue.send(["a", "b"], 30)
    assert [entry["DelaySeconds"] for entry in json.loads(asked[0])["Entries"]] == [30, 30]


@pytest.mark.parametrize("rule", contracts.QUEUE_RULES, ids=lambda rule: rule.__name__)
def test_the_queue_obeys_the_contract(rule, queue):
    rule(queue)
