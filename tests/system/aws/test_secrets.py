"""The credentials of private feeds, on moto: the contract of `Secrets`, what AWS keeps, and what nobody gets to see."""

from __future__ import annotations

import json
import logging
import traceback

import boto3
import contracts
import faults
import pytest

from feedriver.aws.secrets import SsmSecrets
from feedriver.credentials import Secret
from feedriver.errors import EdgeError, InputError

CANARY = "canary-7f3a"
PREFIX = "/feedriver/feedriver/"
FEED = "a000000000000001"


@pytest.fixture
def client(river):
    return river.clients("ssm")


@pytest.fixture
def secrets(client):
    return SsmSecrets(lambda: client, PREFIX, pause=lambda _: None)


def test_the_parameter_store_keeps_the_contract_of_secrets(secrets):
    contracts.check_secrets(secrets)


def test_a_secret_is_an_encrypted_parameter_named_by_its_feed(secrets, client):
    secrets.keep(FEED, contracts.A_SECRET)
    (found,) = client.describe_parameters()["Parameters"]
    assert (found["Name"], found["Type"], found["Tier"]) == (PREFIX + FEED, "SecureString", "Standard")


@pytest.mark.parametrize(("feeds", "requests"), [(0, 0), (1, 1), (10, 1), (11, 2), (95, 10)])
def test_ten_are_read_at_a_time(feeds, requests, secrets, client):
    asked = faults.watch(client, "GetParameters")
    secrets.load([f"{number:016x}" for number in range(feeds)])
    assert len(asked) == requests
    assert all(len(json.loads(body)["Names"]) <= 10 for body in asked)


@pytest.mark.case("AB02")
def test_ab02_reads_are_paced_and_what_was_read_is_known_for_minutes(client):
    pauses, now = [], [100.0]
    secrets = SsmSecrets(lambda: client, PREFIX, pause=pauses.append, clock=lambda: now[0])
    secrets.keep(FEED, contracts.A_SECRET)
    others = [f"{number:016x}" for number in range(25)]
    asked = faults.watch(client, "GetParameters")
    assert secrets.load([FEED, *others]) == {FEED: contracts.A_SECRET}
    assert (len(asked), pauses) == (3, [0.1, 0.1])
    assert secrets.load([FEED]) == {FEED: contracts.A_SECRET}
    assert len(asked) == 3
    now[0] += 300
    assert secrets.load([FEED]) == {FEED: contracts.A_SECRET}
    assert len(asked) == 4


@pytest.mark.case("AB02")
def test_ab02_a_secret_that_was_changed_or_forgotten_here_is_known_at_once(secrets):
    secrets.keep(FEED, contracts.A_SECRET)
    secrets.load([FEED])
    other = Secret("https://a.example", (), "token=other")
    secrets.keep(FEED, other)
    assert secrets.load([FEED]) == {FEED: other}
    secrets.forget(FEED)
    assert secrets.load([FEED]) == {}


@pytest.mark.case("AB02")
def test_ab02_a_secret_that_a_person_may_have_changed_elsewhere_is_read_again(secrets, client):
    secrets.keep(FEED, contracts.A_SECRET)
    secrets.load([FEED])
    other = Secret("https://a.example", (), "token=other")
    SsmSecrets(lambda: client, PREFIX).keep(FEED, other)
    assert secrets.load([FEED]) == {FEED: contracts.A_SECRET}
    assert secrets.load([FEED], changed={FEED}) == {FEED: other}


@pytest.mark.case("AB02")
def test_ab02_a_call_that_aws_refuses_is_about_its_own_ten_feeds_and_no_others(client):
    ids = [f"{number:016x}" for number in range(30)]
    secrets = SsmSecrets(lambda: client, PREFIX, pause=lambda _: None)
    for feed_id in ids:
        secrets.keep(feed_id, contracts.A_SECRET)
    faults.refuse(client, "GetParameters", code="ThrottlingException", times=4)  # with botocore's own retries
    failed: dict[str, EdgeError] = {}
    found = secrets.load(ids, failed)
    assert (set(failed), set(found)) == (set(ids[:10]), set(ids[10:]))


def test_what_a_person_said_is_secret_of_an_address_is_read_back(secrets, client):
    kept = Secret("https://a.example", (), "", "https://a.example/hush/rss", ("hush",))
    secrets.keep(FEED, kept)
    assert SsmSecrets(lambda: client, PREFIX).load([FEED]) == {FEED: kept}


def test_no_client_is_made_where_nothing_is_asked():
    def make():
        raise AssertionError("made")

    assert SsmSecrets(make, PREFIX).load([]) == {}


@pytest.mark.parametrize("value", ["", "text", "[]", "{}", '{"origin": "x", "headers": 5, "query": ""}', '{"a": "b"}'])
def test_what_somebody_else_wrote_there_is_no_secret(value, secrets, client):
    client.put_parameter(Name=PREFIX + FEED, Value=value or " ", Type="SecureString")
    assert secrets.load([FEED]) == {}


def test_what_is_too_long_to_be_kept_is_refused(secrets, client):
    with pytest.raises(InputError, match="longer than 4096 characters"):
        secrets.keep(FEED, Secret("https://a.example", (("X-Key", CANARY * 500),)))
    assert client.describe_parameters()["Parameters"] == []


OPERATIONS = {
    "PutParameter": lambda secrets: secrets.keep(FEED, Secret("https://a.example", query=f"token={CANARY}")),
    "GetParameters": lambda secrets: secrets.load([FEED]),
    "DeleteParameters": lambda secrets: secrets.forget(FEED),
}


@pytest.mark.case("L01")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_l01_a_refusal_names_the_operation_and_the_code_and_takes_nothing_along(operation, secrets, client):
    faults.refuse(client, operation, "AccessDeniedException")
    with pytest.raises(EdgeError) as caught:
        OPERATIONS[operation](secrets)
    assert str(caught.value) == f"ssm {operation}: AccessDeniedException"
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    assert "ClientError" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_throttled_store_is_asked_again_by_the_sdk(operation, secrets, client):
    met = faults.refuse(client, operation, "ThrottlingException", times=2)
    OPERATIONS[operation](secrets)
    assert len(met) == 2


@pytest.mark.case("L02")
def test_l02_the_sdk_at_debug_says_much_and_no_secret(secrets, caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("botocore.parsers", "botocore.endpoint"):
        caplog.set_level(logging.DEBUG, name)
    for operation in OPERATIONS.values():
        operation(secrets)
    assert secrets.load([FEED]) == {}
    assert any(record.name.startswith("botocore") for record in caplog.records)
    assert CANARY not in caplog.text


@pytest.mark.case("L02")
def test_l02_the_sdk_goes_on_telling_of_everything_else(secrets, client, caplog):
    secrets.load([FEED])
    caplog.set_level(logging.DEBUG)
    client.describe_parameters()
    assert any(record.name == "botocore.parsers" for record in caplog.records)


def test_a_client_of_the_account_is_what_it_is_made_with(river):
    made = []
    secrets = SsmSecrets(lambda: made.append(1) or boto3.client("ssm", region_name="us-east-1"), PREFIX)
    secrets.load([FEED])
    secrets.load([FEED])
    assert made == [1]
