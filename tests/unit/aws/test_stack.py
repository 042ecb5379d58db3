"""A deployed stack: its outputs, and what is said where there is none."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from feedriver.aws.stack import Stack, describe, find
from feedriver.errors import InputError


class CloudFormation:
    """CloudFormation with one stack, named feedriver; `error` is raised instead."""

    def __init__(self, outputs=None, error=None):
        self.found = {} if outputs is None else {"Outputs": outputs}
        self.error = error

    def describe_stacks(self, StackName):  # noqa: N803  # as boto3 has it
        if self.error:
            raise self.error
        assert StackName == "feedriver"
        return {"Stacks": [self.found]}


OUTPUTS = [
    {"OutputKey": "StateTable", "OutputValue": "the-table", "Description": "One item a feed"},
    {"OutputKey": "EventBus", "OutputValue": "the-bus"},
]


def test_a_stack_is_its_outputs_by_their_names():
    stack = describe(CloudFormation(OUTPUTS), "feedriver")
    assert stack == Stack("feedriver", {"StateTable": "the-table", "EventBus": "the-bus"})
    assert (stack["StateTable"], stack["EventBus"]) == ("the-table", "the-bus")


def test_a_stack_that_is_still_being_made_has_no_outputs():
    assert describe(CloudFormation(), "feedriver").outputs == {}


def test_an_output_that_an_older_stack_lacks_says_what_to_do():
    with pytest.raises(InputError, match="stack mine has no output PollQueue: deploy this version of feedriver first"):
        _ = Stack("mine", {})["PollQueue"]


def test_a_stack_is_found_with_a_client_of_cloudformation():
    asked = []

    def clients(service):
        asked.append(service)
        return CloudFormation(OUTPUTS)

    assert find(clients, "feedriver")["EventBus"] == "the-bus"
    assert asked == ["cloudformation"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ClientError({"Error": {"Code": "ValidationError", "Message": "Stack does not exist"}}, "DescribeStacks"),
            "stack mine: Stack does not exist",
        ),
        (NoCredentialsError(), "stack mine: Unable to locate credentials"),
    ],
    ids=["none of that name", "no credentials"],
)
def test_a_stack_that_is_not_found_is_one_line_that_says_why(error, said):
    with pytest.raises(InputError) as caught:
        find(lambda _: CloudFormation(error=error), "mine")
    assert str(caught.value) == said
