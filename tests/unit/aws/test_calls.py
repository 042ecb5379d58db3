"""How each failure of AWS becomes an error of ours, and what its message says."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError, ReadTimeoutError

from feedriver.aws.calls import CONFIG, INVALID, call, failed_condition
from feedriver.errors import EdgeError, InvalidWriteError
from feedriver.poll.edges import AWS_CALLS_AT_ONCE

SAID = "the message names https://a.example/?token=canary"


def refusal(code: str, **response: object) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": SAID}, **response}, "PutItem")


def raised(error: Exception) -> EdgeError:
    with pytest.raises(EdgeError) as caught, call("dynamodb PutItem"):
        raise error
    return caught.value


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDenied", "ConditionalCheckFailedException", "500"])
def test_a_refusal_is_named_by_the_call_and_by_the_code_of_aws(code):
    error = raised(refusal(code))
    assert type(error) is EdgeError
    assert str(error) == f"dynamodb PutItem: {code}"
    assert isinstance(error.__cause__, ClientError)


@pytest.mark.parametrize("code", sorted(INVALID))
def test_what_is_refused_for_what_it_is_is_an_invalid_write(code):
    assert type(raised(refusal(code))) is InvalidWriteError


def test_what_botocore_itself_refuses_to_send_is_an_invalid_write():
    error = raised(ParamValidationError(report=SAID))
    assert (type(error), str(error)) == (InvalidWriteError, "dynamodb PutItem: ParamValidationError")


@pytest.mark.parametrize("kind", [ReadTimeoutError, EndpointConnectionError])
def test_a_call_that_aws_did_not_answer_is_named_by_what_happened(kind):
    error = raised(kind(endpoint_url="https://canary.example/"))
    assert (type(error), str(error)) == (EdgeError, f"dynamodb PutItem: {kind.__name__}")


def test_an_answer_without_a_code_is_an_edge_error_too():
    assert str(raised(ClientError({}, "PutItem"))) == "dynamodb PutItem: unknown"


def test_what_is_not_aws_is_raised_as_it_is():
    with pytest.raises(KeyError), call("dynamodb PutItem"):
        raise KeyError


def test_a_condition_that_was_not_met_is_told_with_the_item_that_stood_there():
    item = {"rev": {"N": "7"}}
    assert failed_condition(raised(refusal("ConditionalCheckFailedException", Item=item))) == item
    assert failed_condition(raised(refusal("ConditionalCheckFailedException"))) == {}


@pytest.mark.parametrize("error", [refusal("ThrottlingException"), ReadTimeoutError(endpoint_url="")])
def test_any_other_error_is_no_condition(error):
    assert failed_condition(raised(error)) is None
    assert failed_condition(EdgeError("of our own")) is None


def test_a_client_gives_up_in_seconds_and_has_a_connection_for_each_thread():
    assert (CONFIG.connect_timeout, CONFIG.read_timeout) == (3, 10)
    assert CONFIG.retries == {"mode": "standard", "total_max_attempts": 4}
    assert CONFIG.max_pool_connections >= AWS_CALLS_AT_ONCE
