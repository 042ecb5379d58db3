"""The poll function: what is redelivered, and what is not."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from fakes.calls import Clock, Fault
from fakes.leases import FakeLeases
from fakes.queue import FakeQueue
from functions.poll import app

from feedriver.errors import EdgeError
from feedriver.local.town import Town
from feedriver.poll.batches import Batch, Report
from feedriver.poll.delivery import Delivery
from feedriver.poll.redelivery import MOST_TRIES, Redelivery
from feedriver.poll.result import BatchResult
from feedriver.registry import Registry, Subscription, first_revision

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def message(message_id: str, body: str, received: int = 1) -> dict[str, object]:
    return {"messageId": message_id, "body": body, "attributes": {"ApproximateReceiveCount": str(received)}}


def batch(*feeds: str) -> str:
    return Batch(minute=NOON, feeds=feeds).model_dump_json()


@pytest.fixture
def times():
    """How many seconds each batch was given."""
    return []


@pytest.fixture
def queue():
    return FakeQueue()


@pytest.fixture
def leases():
    return FakeLeases()


@pytest.fixture
def outcomes(monkeypatch, times, queue, leases):
    """What the poller makes of each batch, by the batch's first feed."""
    planned: dict[str, BatchResult | Exception] = {}

    async def poll(given: Batch, *, seconds: float) -> BatchResult:
        times.append(seconds)
        outcome = planned.get(given.feeds[0], BatchResult((), ()))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def quarantine(given: Batch) -> BatchResult:
        return BatchResult((report("killed_worker"),), ())

    receiving = Delivery(poll, quarantine, Redelivery(queue), leases, Clock(NOON))
    monkeypatch.setattr(app, "_receive", lambda: lambda *given: asyncio.run(receiving.receive(*given)))
    return planned


def sent(queue) -> list[Batch]:
    return [Batch.model_validate_json(body).model_copy(update={"sent": 0}) for body in queue.bodies]


@pytest.mark.case("D09")
def test_d09_only_the_message_that_poisons_is_redelivered(outcomes, context):
    outcomes["4"] = RuntimeError("a defect of ours")
    records = [message(f"message {number}", batch(str(number))) for number in range(10)]
    assert app.handler({"Records": records}, context) == {"batchItemFailures": [{"itemIdentifier": "message 4"}]}


@pytest.mark.case("D10")
@pytest.mark.parametrize("body", ["", "{}", "not JSON", json.dumps({"version": 2, "minute": "x", "feeds": []})])
def test_d10_a_malformed_message_is_reported_and_the_others_are_polled(body, outcomes, context):
    records = [message("bad", body), message("good", batch("a"))]
    assert app.handler({"Records": records}, context) == {"batchItemFailures": [{"itemIdentifier": "bad"}]}


def test_a_batch_whose_states_could_not_be_read_is_given_back(outcomes, queue, context):
    outcomes["a"] = EdgeError("dynamodb BatchGetItem: ThrottlingException")
    assert app.handler({"Records": [message("m", batch("a"))]}, context) == {"batchItemFailures": []}
    assert sent(queue) == [Batch(minute=NOON, feeds=("a",), tries=1)]


def test_a_batch_counts_in_metrics_whatever_became_of_it(outcomes, context, capsys):
    app.handler({"Records": [message("bad", ""), message("good", batch("a"))]}, context)
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert metrics[0]["BatchesFailed"] == [1.0]
    assert metrics[0]["FeedsPolled"] == [0.0]


@pytest.mark.case("D08")
@pytest.mark.parametrize(("remaining", "seconds"), [(120_000, 90.0), (30_000, 0.0), (0, -30.0)])
def test_d08_a_batch_has_the_time_that_lambda_has_left_less_a_margin_and_zero_is_none(
    outcomes, times, context, remaining, seconds
):
    context.get_remaining_time_in_millis = lambda: remaining
    app.handler({"Records": [message("m", batch("a"))]}, context)
    assert times == [seconds]


@pytest.mark.case("D08")
def test_d08_feeds_that_a_batch_had_no_time_for_are_put_back_and_the_message_is_done(outcomes, queue, context):
    outcomes["a"] = BatchResult((), (), deferred=("b", "c"))
    answer = app.handler({"Records": [message("m", batch("a", "b", "c"))]}, context)
    assert answer == {"batchItemFailures": []}
    assert sent(queue) == [Batch(minute=NOON, feeds=("b", "c"), round=1)]


def test_a_batch_of_which_nothing_was_done_is_given_back_and_in_the_end_its_feeds_wait_for_their_turns(
    outcomes, queue, context
):
    outcomes["a"] = BatchResult((), ("a",), deferred=("b",))
    answer = app.handler({"Records": [message("m", batch("a", "b"))]}, context)
    assert answer == {"batchItemFailures": []}
    assert sent(queue) == [Batch(minute=NOON, feeds=("a", "b"), tries=1)]
    last = Batch(minute=NOON, feeds=("a", "b"), tries=MOST_TRIES).model_dump_json()
    assert app.handler({"Records": [message("m", last)]}, context) == {"batchItemFailures": []}
    assert len(queue.bodies) == 1


def test_a_batch_whose_feeds_the_queue_did_not_take_is_done_and_says_so(outcomes, queue, context, caplog):
    outcomes["a"] = BatchResult((), (), deferred=("a",))
    queue.calls.faults.append(Fault(EdgeError("sqs SendMessageBatch: AccessDenied"), name="queue.send"))
    answer = app.handler({"Records": [message("m", batch("a"))]}, context)
    assert answer == {"batchItemFailures": []}
    assert caplog.messages == ["not put back"]


def test_a_batch_that_was_not_even_read_is_redelivered_where_the_queue_takes_nothing(outcomes, queue, context):
    outcomes["a"] = EdgeError("dynamodb BatchGetItem: ThrottlingException")
    queue.calls.faults.append(Fault(EdgeError("sqs SendMessageBatch: AccessDenied"), name="queue.send"))
    answer = app.handler({"Records": [message("m", batch("a"))]}, context)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m"}]}


@pytest.mark.case("D10")
@pytest.mark.usefixtures("outcomes")
def test_d10_a_batch_that_a_worker_died_of_is_not_polled_again_but_its_feeds_each_alone(
    queue, times, leases, context, caplog
):
    long_ago = NOON - timedelta(minutes=15)
    for left in (Batch(minute=NOON, feeds=("a", "b")), Batch(minute=NOON, feeds=("a",), alone=True, sent=1)):
        leases.take(left.key, (), long_ago, long_ago + timedelta(minutes=2))
    answer = app.handler({"Records": [message("m", batch("a", "b"), received=2)]}, context)
    assert answer == {"batchItemFailures": []}
    assert times == []
    assert sent(queue) == [Batch(minute=NOON, feeds=(feed,), alone=True) for feed in ("a", "b")]
    assert app.handler({"Records": [message("m", queue.bodies[0], received=2)]}, context) == {"batchItemFailures": []}
    assert times == []
    assert caplog.messages == ["taken apart", "quarantined"]


@pytest.mark.case("D24")
def test_d24_a_message_of_a_newer_version_is_refused_and_comes_again(outcomes, queue, times, context):
    newer = json.dumps(json.loads(batch("a", "b")) | {"version": 2})
    answer = app.handler({"Records": [message("m", newer, received=2)]}, context)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m"}]}
    assert (times, queue.bodies) == ([], [])


def report(outcome: str, **more: object) -> Report:
    asked = outcome not in {"waiting", "deferred"}
    return Report(feed_id="a", url="https://a.example/", asked=asked, outcome=outcome, why="", **more)


def test_the_metrics_of_a_batch(outcomes, context, capsys):
    reports = (
        report("published", new=3, updated=1, held=7, bytes=1000),
        report("not_modified", bytes=0),
        report("unchanged", bytes=500),
        report("http_500"),
        report("dns"),
        report("waiting"),
        report("deferred"),
        report("aws"),
    )
    outcomes["a"] = BatchResult(reports, ("a",), deferred=("d",), lag=1.2344)
    app.handler({"Records": [message("m", batch("a", "d"))]}, context)
    (told,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert {name: value for name, (value,) in ((name, told[name]) for name in told if name[0].isupper())} == {
        "FeedsPolled": 6,
        "NotModified": 1,
        "Failed": 2,
        "Deferred": 1,
        "Waiting": 1,
        "BytesReceived": 1500,
        "EntriesPublished": 3,
        "EntriesUpdated": 1,
        "EntriesHeld": 7,
        "FeedsUnfinished": 1,
        "LoopLag": 1234,
        "BatchesFailed": 0,
    }
    units = {each["Name"]: each["Unit"] for each in told["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert {name for name, unit in units.items() if unit == "Bytes"} == {"BytesReceived"}
    assert {name for name, unit in units.items() if unit == "Milliseconds"} == {"LoopLag"}


@pytest.mark.case("D08")
def test_d08_a_batch_without_any_time_goes_back_to_the_queue_whole_and_asks_nobody(river, context):
    app._receive.cache_clear()
    Registry(river.states).add(Subscription("https://a.example/"), NOON)
    (state,) = river.states.every()
    state = state.model_copy(update={"slot": "15:7", "rev": state.rev + 1})  # a new one would be dispatched anyhow
    river.states.commit(state)
    context.get_remaining_time_in_millis = lambda: 0
    assert app.handler({"Records": [message("m", batch(state.feed_id))]}, context) == {"batchItemFailures": []}
    app._receive.cache_clear()
    sqs, url = river.clients("sqs"), river.stack["PollQueue"]
    count = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesDelayed"])["Attributes"]
    assert count == {"ApproximateNumberOfMessagesDelayed": "1"}
    assert list(river.states.every()) == [state]


def test_a_batch_of_the_town_is_polled_stored_and_announced(river, context):
    app._receive.cache_clear()
    with Town(memory=None, slow=0) as town:
        wanted = [town.base_url + path for path in ("/herald/feed", "/bakery/oven.json", "/regal/programme.rss")]
        for url in wanted:
            Registry(river.states).add(Subscription(url), datetime.now(UTC))
        feeds = tuple(state.feed_id for state in river.states.every())
        now = Batch(minute=datetime.now(UTC).replace(second=0, microsecond=0), feeds=feeds).model_dump_json()
        assert app.handler({"Records": [message("m", now)]}, context) == {"batchItemFailures": []}
        again = app.handler({"Records": [message("m", now)]}, context)
    app._receive.cache_clear()
    assert again == {"batchItemFailures": []}
    objects = river.clients("s3").list_objects_v2(Bucket=river.stack["EntriesBucket"])["Contents"]
    assert sum(item["Key"].startswith("entries/") for item in objects) == 2
    assert {state.rev - first_revision(state.added) for state in river.states.every()} == {2}
    queue = river.stack["SubscriberQueue"]
    count = river.clients("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    assert count["Attributes"]["ApproximateNumberOfMessages"] == "10"
