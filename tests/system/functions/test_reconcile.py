"""The reconcile function: what was left is announced, counted, and timed; once a day, all is compared."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import faults
import pytest
from functions.reconcile import app

from feedriver import keys
from feedriver.errors import EdgeError
from feedriver.registry import Registry, Subscription
from feedriver.state import Pending
from feedriver.urls import feed_id
from feedriver.wiring import reconcile
from feedriver.wiring.clients import aws_clients

NOW = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)


@pytest.fixture
def context(context):
    """At the begin of the time that template.yaml gives the function."""
    context.get_remaining_time_in_millis = lambda: 900_000
    return context


@pytest.fixture(autouse=True)
def clock(river, monkeypatch):
    app._work.cache_clear()
    # its default clock was bound when it was defined
    monkeypatch.setitem(reconcile.reconciler.__kwdefaults__, "clock", lambda: NOW)
    yield
    app._work.cache_clear()


def left(river, url: str, since: datetime) -> str:
    """A feed whose last poll committed and said nothing."""
    Registry(river.states).add(Subscription(url), since)
    (state,) = [state for state in river.states.every() if state.url == url]
    event = Pending(at=since, event="Feed Gone", about={"status": 410})
    river.states.commit(state.model_copy(update={"rev": state.rev + 1, "gone": since, "outbox": (event,)}))
    return state.feed_id


def refuse(monkeypatch, service: str, operation: str, code: str) -> None:
    """Let AWS refuse this operation to the function, until `allow`."""

    def clients(name):
        client = aws_clients(name)
        if name == service:
            faults.refuse(client, operation, code)
        return client

    monkeypatch.setitem(reconcile.reconciler.__kwdefaults__, "clients", clients)


def allow(monkeypatch) -> None:
    app._work.cache_clear()
    monkeypatch.setitem(reconcile.reconciler.__kwdefaults__, "clients", aws_clients)


def received(river) -> list[dict[str, object]]:
    found = river.clients("sqs").receive_message(QueueUrl=river.stack["SubscriberQueue"], MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in found.get("Messages", [])]


def metrics_of(printed: str) -> dict[str, object]:
    (blob,) = [json.loads(line) for line in printed.splitlines() if '"CloudWatchMetrics"' in line]
    return {name: blob[name] for name in blob if name not in {"_aws", "timestamp"}}


@pytest.mark.case("D20")
def test_d20_what_was_left_for_days_is_announced_and_its_age_is_a_metric(river, context, capsys):
    feed_id = left(river, "https://a.example/", NOW - timedelta(days=3))
    answer = app.handler({}, context)
    assert {name: answer[name] for name in ("OutboxAge", "finished", "LeftOvers", "Repaired", "NotRepaired")} == {
        "OutboxAge": 259_200,
        "finished": True,
        "LeftOvers": 1,
        "Repaired": 1,
        "NotRepaired": 0,
    }
    assert metrics_of(capsys.readouterr().out) == {
        "OutboxAge": [259_200.0],
        "LeftOvers": [1.0],
        "Repaired": [1.0],
        "NotRepaired": [0.0],
        "PassedOver": [0.0],
        "FeedsCompared": [1.0],
        "ObjectsCompared": [0.0],
        "Disagreements": [0.0],
        "service": "reconcile",
    }
    assert [event["detail-type"] for event in received(river)] == ["Feed Gone"]
    assert river.states.load([feed_id])[feed_id].outbox == ()


def test_an_hour_in_which_nothing_was_left_says_so(river, context, capsys):
    Registry(river.states).add(Subscription("https://a.example/"), NOW)
    left(river, "https://b.example/", NOW - timedelta(minutes=9))
    assert app.handler({}, context)["LeftOvers"] == 0
    assert metrics_of(capsys.readouterr().out)["OutboxAge"] == [0.0]
    assert received(river) == []


@pytest.mark.case("D04")
def test_d04_while_the_bus_refuses_the_age_grows_and_nothing_is_lost(river, context, monkeypatch):
    left(river, "https://a.example/", NOW - timedelta(hours=5))
    refuse(monkeypatch, "events", "PutEvents", "ThrottlingException")
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda _self, _context: 0)
    answer = app.handler({}, context)
    assert (answer["OutboxAge"], answer["LeftOvers"], answer["Repaired"], answer["NotRepaired"]) == (18_000, 1, 0, 1)
    allow(monkeypatch)
    assert app.handler({}, context)["Repaired"] == 1


def test_a_sweep_without_time_begins_one_stretch_and_the_next_goes_on(river, context):
    left(river, "https://a.example/", NOW - timedelta(hours=5))
    context.get_remaining_time_in_millis = lambda: 0
    assert app.handler({}, context)["LeftOvers"] == 1


def stray(river) -> str:
    """An object among a feed's that is none of its entries."""
    url = "https://paper.example/"
    Registry(river.states).add(Subscription(url), NOW)
    key = keys.entries_key(feed_id(url), 7, NOW.date())
    river.edges.store.put(key, b"no entry\n", "text/plain")
    return key


@pytest.mark.case("D27")
def test_d27_once_a_day_what_does_not_agree_is_logged_and_counted(river, context, capsys, caplog):
    key = stray(river)
    answer = app.handler({}, context)
    assert (answer["FeedsCompared"], answer["ObjectsCompared"], answer["Disagreements"]) == (1, 1, 1)
    assert answer["round"]["after"] is None
    (line,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert (line.message, line.kind, line.key) == ("does not agree", "unreadable", key)
    assert metrics_of(capsys.readouterr().out)["Disagreements"] == [1.0]


def test_a_round_that_is_over_is_not_begun_again_in_the_same_day(river, context, capsys):
    stray(river)
    assert "round" in app.handler({}, context)
    capsys.readouterr()
    assert "round" not in app.handler({}, context)
    assert "Disagreements" not in metrics_of(capsys.readouterr().out)


def test_where_aws_fails_in_the_comparison_the_sweep_has_been_done_and_told_and_the_function_fails(
    river, context, capsys, monkeypatch
):
    left(river, "https://a.example/", NOW - timedelta(hours=5))
    refuse(monkeypatch, "s3", "ListObjectsV2", "AccessDenied")
    with pytest.raises(EdgeError, match="ListObjectsV2"):
        app.handler({}, context)
    assert metrics_of(capsys.readouterr().out)["Repaired"] == [1.0]
    assert [event["detail-type"] for event in received(river)] == ["Feed Gone"]
    allow(monkeypatch)
    assert app.handler({}, context)["round"]["after"] is None


def test_an_item_that_cannot_be_read_is_counted_told_and_costs_no_other_feed_anything(river, context, capsys, caplog):
    broken, whole = (left(river, f"https://{name}.example/", NOW - timedelta(hours=5)) for name in ("a", "b"))
    client, table = river.clients("dynamodb"), river.stack["StateTable"]
    item = client.get_item(TableName=table, Key={"feed_id": {"S": broken}})["Item"]
    client.put_item(TableName=table, Item=item | {"state": {"S": '{"schema_version": 2}'}})
    answer = app.handler({}, context)
    assert (answer["Repaired"], answer["PassedOver"], answer["Disagreements"]) == (1, 1, 1)
    assert metrics_of(capsys.readouterr().out)["PassedOver"] == [1.0]
    warned = [record for record in caplog.records if record.levelname == "WARNING"]
    assert [(record.message, record.feed_id) for record in warned] == [
        ("passed over", broken),
        ("does not agree", broken),
    ]
    assert river.states.load([whole])[whole].outbox == ()


def test_where_the_sweep_fails_the_comparison_is_done_all_the_same_and_the_function_fails(
    river, context, capsys, monkeypatch
):
    stray(river)

    def fail(_self, *, seconds):
        raise RuntimeError("a defect of ours")

    monkeypatch.setattr(reconcile.Reconciler, "sweep", fail)
    with pytest.raises(RuntimeError, match="a defect of ours"):
        app.handler({}, context)
    assert metrics_of(capsys.readouterr().out)["Disagreements"] == [1.0]
