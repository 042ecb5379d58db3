"""Dead letters on moto: which there are, where they go, and what a failure in between leaves."""

from __future__ import annotations

import faults
import pytest
from mocked import arn_of

from feedriver.aws.deadletters import SqsDeadLetters
from feedriver.errors import EdgeError
from feedriver.messaging import Route
from feedriver.repair.redrive import redrive


@pytest.fixture
def sqs(river):
    return river.clients("sqs")


@pytest.fixture
def letters(river, sqs):
    return SqsDeadLetters(sqs, river.clients("events"), river.stack["EventBus"], [river.stack["PollQueue"]])


def put(sqs, url, *bodies):
    for body in bodies:
        why = {"ERROR_CODE": {"DataType": "String", "StringValue": "NO_PERMISSIONS"}}
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=why)


def bodies(sqs, url) -> list[str]:
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [message["Body"] for message in messages]
    return sorted(found)


def counted(sqs, url) -> int:
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return sum(int(told[name]) for name in told if name.startswith("ApproximateNumberOfMessages"))


def test_the_routes_are_those_of_the_queues_and_of_the_targets_each_once(river, letters):
    stack = river.stack
    assert letters.routes() == [
        Route(stack["PollDeadLetters"], stack["PollQueue"]),
        Route(stack["SubscriberDeadLetters"], stack["SubscriberQueue"]),
    ]


def test_a_target_that_is_no_queue_has_no_route_and_one_of_a_users_own_has(river, sqs, letters):
    events, bus = river.clients("events"), river.stack["EventBus"]
    mine, dead = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("mine", "mine-dead"))
    events.put_rule(Name="more", EventBusName=bus, EventPattern='{"source": ["feedriver"]}')
    targets = [
        {"Id": "queue", "Arn": arn_of(sqs, mine), "DeadLetterConfig": {"Arn": arn_of(sqs, dead)}},
        {"Id": "careless", "Arn": arn_of(sqs, mine)},
        {"Id": "log", "Arn": "arn:aws:logs:us-east-1:123456789012:log-group:x", "DeadLetterConfig": {"Arn": "no:sqs"}},
    ]
    events.put_targets(Rule="more", EventBusName=bus, Targets=targets)
    assert set(letters.routes()) >= {Route(dead, mine)}
    assert len(letters.routes()) == 3


@pytest.mark.case("D10")
def test_d10_dead_batches_and_events_go_back_to_their_queues_as_they_were(river, sqs, letters):
    stack = river.stack
    batches = [f'{{"feeds": ["{number:016x}"]}}' for number in range(23)]
    put(sqs, stack["PollDeadLetters"], *batches)
    put(sqs, stack["SubscriberDeadLetters"], '{"detail-type": "Entry Published"}')
    done = redrive(letters)
    assert [(each.waiting, each.moved) for each in done] == [(23, 23), (1, 1)]
    assert bodies(sqs, stack["PollQueue"]) == batches
    assert bodies(sqs, stack["SubscriberQueue"]) == ['{"detail-type": "Entry Published"}']
    assert [counted(sqs, stack[name]) for name in ("PollDeadLetters", "SubscriberDeadLetters")] == [0, 0]


def test_a_dry_run_counts_and_moves_nothing(river, sqs, letters):
    put(sqs, river.stack["PollDeadLetters"], "a", "b")
    assert [(each.waiting, each.moved) for each in redrive(letters, dry_run=True)] == [(2, 0), (0, 0)]
    assert counted(sqs, river.stack["PollDeadLetters"]) == 2


def test_no_more_is_moved_than_was_asked_for(river, sqs, letters):
    put(sqs, river.stack["PollDeadLetters"], *map(str, range(15)))
    assert [each.moved for each in redrive(letters, 12)] == [12, 0]
    assert counted(sqs, river.stack["PollDeadLetters"]) == 3


def test_a_letter_that_dies_again_meanwhile_is_not_taken_a_second_time(river, sqs, letters):
    stack = river.stack
    put(sqs, stack["PollDeadLetters"], "a", "b")
    send = sqs.send_message

    def dies_again(**message):
        put(sqs, stack["PollDeadLetters"], message["MessageBody"]) if message["QueueUrl"] == stack[
            "PollQueue"
        ] else None
        return send(**message)

    letters._sqs = type("Watched", (), {"__getattr__": lambda _, name: getattr(sqs, name)})()
    letters._sqs.send_message = dies_again
    assert redrive(letters)[0].moved == 2


def test_a_queue_that_does_not_take_a_letter_leaves_it_dead(river, sqs, letters):
    put(sqs, river.stack["PollDeadLetters"], "a")
    faults.refuse(sqs, "SendMessage", "AccessDenied")
    with pytest.raises(EdgeError, match=r"^sqs SendMessage: AccessDenied$"):
        redrive(letters)
    assert counted(sqs, river.stack["PollDeadLetters"]) == 1


@pytest.mark.case("D20")
def test_d20_a_crash_between_sending_and_deleting_leaves_it_twice_and_never_not_at_all(river, sqs, letters):
    put(sqs, river.stack["PollDeadLetters"], "a")
    faults.crash(sqs, "DeleteMessage")
    with pytest.raises(faults.Crash):
        redrive(letters)
    assert bodies(sqs, river.stack["PollQueue"]) == ["a"]
    assert counted(sqs, river.stack["PollDeadLetters"]) == 1
