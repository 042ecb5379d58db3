"""The state table, on moto: the contract of `States`, and what DynamoDB's bad days make of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import contracts
import faults
import pytest

from feedriver.aws.state import CURSOR, HOLDS, DynamoStates, from_item, to_item
from feedriver.errors import CommitConflict, EdgeError, InvalidWriteError
from feedriver.table import Cursor

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
A_FEED = "00000000000000aa"


@pytest.fixture
def client(river):
    return river.clients("dynamodb")


@pytest.fixture
def states(river, client):
    return DynamoStates(client, river.stack["StateTable"], pause=lambda _: None)


@pytest.fixture
def registered(states):
    assert states.register(contracts.a_state(A_FEED))
    return contracts.a_state(A_FEED)


@pytest.mark.parametrize("rule", contracts.STATES_RULES, ids=lambda rule: rule.__name__)
def test_the_table_keeps_the_contract_of_states(rule, states):
    rule(states)


@pytest.mark.parametrize("state", [contracts.a_state(A_FEED), contracts.a_full_state(A_FEED)], ids=["fresh", "full"])
def test_a_state_survives_its_item(state):
    assert from_item(to_item(state)) == state


def test_the_seen_set_is_binary_in_the_item_and_nothing_empty_is_stored():
    assert to_item(contracts.a_full_state(A_FEED))["seen"] == {"B": bytes(range(256))}
    assert set(to_item(contracts.a_state(A_FEED))) == {"feed_id", "rev", "slot", "host", "state"}


@pytest.mark.case("D24")
def test_d24_what_a_newer_version_added_is_ignored_by_this_one():
    item = to_item(contracts.a_full_state(A_FEED))
    newer = json.loads(item["state"]["S"]) | {"mood": "sunny", "schema_version": 1}
    item |= {"state": {"S": json.dumps(newer)}, "temperature": {"N": "21"}}
    assert from_item(item) == contracts.a_full_state(A_FEED)


def test_the_dispatchers_cursor_is_no_feed(states):
    states.advance(Cursor(None), Cursor(NOON))
    assert list(states.every()) == []
    assert list(states.in_slots(["new"])) == []
    assert CURSOR not in {state.feed_id for state in states.every()}


@pytest.mark.case("D02")
def test_d02_a_commit_whose_reply_was_lost_is_recognised_as_our_own_write(states, client, registered):
    lost = faults.lose_reply(client, "PutItem")
    attempts = faults.watch(client, "PutItem")
    full = contracts.a_full_state(A_FEED)
    states.commit(full)
    assert len(lost) == 1
    assert len(attempts) == 2
    assert states.load([A_FEED])[A_FEED] == full


@pytest.mark.case("D06")
def test_d06_the_same_revision_by_another_worker_is_a_conflict(states, client, registered):
    other = contracts.a_full_state(A_FEED).model_copy(update={"title": "theirs"})
    states.commit(other)
    with pytest.raises(CommitConflict) as caught:
        states.commit(contracts.a_full_state(A_FEED))
    assert A_FEED in str(caught.value)
    assert states.load([A_FEED])[A_FEED] == other


@pytest.mark.case("D06")
def test_d06_a_lost_reply_does_not_hide_that_another_worker_was_first(states, client, registered):
    other = contracts.a_full_state(A_FEED).model_copy(update={"title": "theirs"})
    states.commit(other)
    faults.lose_reply(client, "PutItem")
    with pytest.raises(CommitConflict):
        states.commit(contracts.a_full_state(A_FEED))
    assert states.load([A_FEED])[A_FEED] == other


def test_a_registration_whose_reply_was_lost_leaves_the_feed_there(states, client):
    faults.lose_reply(client, "PutItem")
    states.register(contracts.a_state(A_FEED))
    assert states.load([A_FEED]) == {A_FEED: contracts.a_state(A_FEED)}


def test_a_cursor_whose_reply_was_lost_stands_where_it_was_moved_to(states, client):
    faults.lose_reply(client, "PutItem")
    assert states.advance(Cursor(None), Cursor(NOON))
    assert states.cursor() == Cursor(NOON)


@pytest.mark.case("D15")
@pytest.mark.parametrize(
    "code", ["ProvisionedThroughputExceededException", "ThrottlingException", "InternalServerError"]
)
def test_d15_a_throttled_commit_is_tried_again_by_the_sdk(code, states, client, registered):
    met = faults.refuse(client, "PutItem", code, times=2, status=500 if code == "InternalServerError" else 400)
    states.commit(contracts.a_full_state(A_FEED))
    assert len(met) == 2
    assert states.load([A_FEED])[A_FEED] == contracts.a_full_state(A_FEED)


@pytest.mark.case("D15")
@pytest.mark.parametrize(
    ("code", "asked", "conflict"),
    [
        ("ConditionalCheckFailedException", 1, True),
        ("TransactionConflictException", 1, False),
        ("ProvisionedThroughputExceededException", 4, False),
        ("ValidationException", 1, False),
    ],
)
@pytest.mark.usefixtures("registered")
def test_d15_only_a_condition_that_was_not_met_is_a_conflict_and_only_throttling_is_tried_again(
    code, asked, conflict, states, client
):
    met = faults.refuse(client, "PutItem", code)
    with pytest.raises(EdgeError) as caught:
        states.commit(contracts.a_full_state(A_FEED))
    assert isinstance(caught.value, CommitConflict) is conflict
    assert len(met) == asked
    assert states.load([A_FEED]) == {A_FEED: contracts.a_state(A_FEED)}


@pytest.mark.case("X10")
def test_x10_an_item_that_is_too_large_is_an_invalid_write(states, registered):
    with pytest.raises(InvalidWriteError, match=r"^dynamodb PutItem: ValidationException$"):
        states.commit(contracts.a_full_state(A_FEED).model_copy(update={"seen": bytes(410_000)}))
    assert states.load([A_FEED]) == {A_FEED: registered}


@pytest.mark.case("D15")
def test_d15_a_commit_throttled_for_good_is_an_edge_error_and_no_conflict(states, client, registered):
    met = faults.refuse(client, "PutItem", "ThrottlingException")
    with pytest.raises(EdgeError) as caught:
        states.commit(contracts.a_full_state(A_FEED))
    assert not isinstance(caught.value, CommitConflict)
    assert len(met) == 4
    assert states.load([A_FEED]) == {A_FEED: registered}


@pytest.mark.case("L01")
@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("BatchGetItem", lambda states: states.load([A_FEED])),
        ("PutItem", lambda states: states.commit(contracts.a_full_state(A_FEED))),
        ("PutItem", lambda states: states.register(contracts.a_state(A_FEED))),
        ("PutItem", lambda states: states.advance(Cursor(None), Cursor(NOON))),
        ("UpdateItem", lambda states: states.clear_outbox(A_FEED, 0)),
        ("DeleteItem", lambda states: states.remove(A_FEED)),
        ("Scan", lambda states: list(states.every())),
        ("Query", lambda states: list(states.in_slots(["new"]))),
        ("Scan", lambda states: list(states.in_slots(f"1440:{number}" for number in range(1440)))),
        ("GetItem", lambda states: states.cursor()),
        ("BatchGetItem", lambda states: states.holds()),
        ("UpdateItem", lambda states: states.hold("a.example", NOON + timedelta(hours=1), NOON)),
    ],
)
def test_l01_an_error_names_the_operation_and_the_code_and_nothing_of_the_feed(operation, call, states, client):
    secret = contracts.a_full_state(A_FEED).model_copy(update={"url": "https://user:canary@a.example/?token=canary"})
    states.register(secret)
    faults.refuse(client, operation, "AccessDeniedException")
    with pytest.raises(EdgeError) as caught:
        call(states)
    assert str(caught.value) == f"dynamodb {operation}: AccessDeniedException"


def test_a_commit_refused_over_a_secret_address_does_not_show_it(states, client):
    secret = contracts.a_full_state(A_FEED).model_copy(update={"url": "https://user:canary@a.example/?token=canary"})
    for code in ("ValidationException", "ConditionalCheckFailedException"):
        faults.refuse(client, "PutItem", code, times=1)
        with pytest.raises(EdgeError) as caught:
            states.commit(secret)
        assert "canary" not in str(caught.value)


def test_a_timeout_is_an_edge_error_that_names_its_kind(states, client):
    faults.lose_reply(client, "GetItem", times=faults.ALWAYS)
    with pytest.raises(EdgeError, match=r"^dynamodb GetItem: ReadTimeoutError$"):
        states.cursor()


@pytest.mark.case("AB03")
def test_keys_left_unprocessed_are_asked_for_again(states, river, client):
    ids = [f"{number:016x}" for number in range(3)]
    for feed_id in ids:
        states.register(contracts.a_state(feed_id))
    left = {river.stack["StateTable"]: {"Keys": [{"feed_id": {"S": feed_id}} for feed_id in ids[1:]]}}
    first = to_item(contracts.a_state(ids[0]))
    faults.answer(client, "BatchGetItem", {"Responses": {river.stack["StateTable"]: [first]}, "UnprocessedKeys": left})
    assert set(states.load(ids)) == set(ids)


@pytest.mark.case("AB03")
def test_a_table_that_leaves_keys_unprocessed_for_good_is_an_edge_error(states, river, client):
    table = river.stack["StateTable"]
    left = {table: {"Keys": [{"feed_id": {"S": A_FEED}}]}}
    met = faults.answer(client, "BatchGetItem", {"Responses": {}, "UnprocessedKeys": left}, times=faults.ALWAYS)
    pauses: list[float] = []
    with pytest.raises(EdgeError, match="BatchGetItem"):
        DynamoStates(client, table, pause=pauses.append).load([A_FEED])
    assert len(met) == 5
    # AWS asks for exponential backoff (BatchGetItem, "UnprocessedKeys"): each pause is about twice the one before.
    assert [0.05 * 2**number <= pause <= 0.15 * 2**number for number, pause in enumerate(pauses)] == [True] * 4


@pytest.mark.case("D16")
def test_d16_a_read_lags_only_where_that_is_allowed(states, client):
    asked = faults.watch(client, "BatchGetItem")
    states.load([A_FEED])
    states.load([A_FEED], latest=False)
    states.holds()
    consistent = [table["ConsistentRead"] for body in asked for table in json.loads(body)["RequestItems"].values()]
    assert consistent == [True, False, True]


def test_a_crash_before_the_commit_leaves_the_old_state_and_after_it_the_new(states, river, client, registered):
    crashing = river.clients("dynamodb")
    faults.crash(crashing, "PutItem")
    with pytest.raises(faults.Crash):
        DynamoStates(crashing, river.stack["StateTable"]).commit(contracts.a_full_state(A_FEED))
    assert states.load([A_FEED]) == {A_FEED: registered}
    crashing = river.clients("dynamodb")
    faults.crash(crashing, "PutItem", after=True)
    with pytest.raises(faults.Crash):
        DynamoStates(crashing, river.stack["StateTable"]).commit(contracts.a_full_state(A_FEED))
    assert states.load([A_FEED]) == {A_FEED: contracts.a_full_state(A_FEED)}


@pytest.mark.case("F21")
def test_f21_a_hold_is_one_write_and_a_second_where_others_are_over(states, client):
    writes = faults.watch(client, "UpdateItem")
    states.hold("a.example", NOON + timedelta(hours=1), NOON)
    states.hold("b.example", NOON + timedelta(hours=3), NOON)
    assert len(writes) == 2
    states.hold("c.example", NOON + timedelta(hours=4), NOON + timedelta(hours=2))
    assert len(writes) == 4
    assert set(states.holds()) == {"b.example", "c.example"}


def test_more_holds_than_an_item_has_room_for_leave_out_those_that_end_first(states, monkeypatch):
    monkeypatch.setattr("feedriver.aws.state.MOST_HOLDS", 3)
    for hours in (5, 2, 4, 1, 3):
        states.hold(f"{hours}.example", NOON + timedelta(hours=hours), NOON)
    assert set(states.holds()) == {"5.example", "4.example", "3.example"}


def test_a_thousand_holds_that_are_over_are_dropped_within_dynamodbs_bounds_of_an_expression(states, river, client):
    held = {f"@{number:04}.{'x' * 240}.example": {"N": "1"} for number in range(1000)}
    client.put_item(TableName=river.stack["StateTable"], Item={"feed_id": {"S": HOLDS}} | held)
    asked = faults.watch(client, "UpdateItem")
    states.hold("a.example", NOON + timedelta(hours=1), NOON)
    sent = json.loads(asked[-1])
    assert max(len(sent["UpdateExpression"]), len(sent["ConditionExpression"])) < 4096
    assert len(states.holds()) == 1001 - sent["UpdateExpression"].count("#")


def test_a_hold_renewed_meanwhile_is_not_dropped(states):
    states.hold("a.example", NOON + timedelta(hours=2), NOON)
    states._drop({"a.example": NOON + timedelta(hours=1)})
    assert set(states.holds()) == {"a.example"}


@pytest.mark.parametrize(
    "damage",
    [
        {"state": {"S": '{"schema_version": 2}'}},
        {"state": {"S": "no JSON"}},
        {"state": {"N": "1"}},
        {"outbox": {"S": '[{"at": "never"}]'}},
        {"rev": {"S": "one"}},
        {"seen": {"S": "text"}},
    ],
    ids=str,
)
def test_an_item_that_cannot_be_read_is_left_out_named_and_not_written_to(river, damage):
    states = river.states
    for feed_id in ("a0000000000000f1", "a0000000000000f2"):
        states.register(contracts.a_state(feed_id))
        states.commit(contracts.a_full_state(feed_id))
    client, table = river.clients("dynamodb"), river.stack["StateTable"]
    item = client.get_item(TableName=table, Key={"feed_id": {"S": "a0000000000000f1"}})["Item"] | damage
    client.put_item(TableName=table, Item=item)
    passed = []
    assert set(states.load(["a0000000000000f1", "a0000000000000f2"], passed)) == {"a0000000000000f2"}
    assert [state.feed_id for state in states.every(passed)] == ["a0000000000000f2"]
    stretch = states.stretch(None, 100)
    assert [state.feed_id for state in stretch.states] == ["a0000000000000f2"]
    assert [each.feed_id for each in (*passed, *stretch.passed_over)] == ["a0000000000000f1"] * 3
    assert all("cannot be read" in each.why for each in passed)
    assert client.get_item(TableName=table, Key={"feed_id": {"S": "a0000000000000f1"}})["Item"] == item
