"""The poll function: what is redelivered, and what is not."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from functions.poll import app

from feedriver import registry
from feedriver.batches import Batch
from feedriver.errors import EdgeError
from feedriver.local.town import Town
from feedriver.pipeline import Outcome

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def message(message_id: str, body: str) -> dict[str, str]:
    return {"messageId": message_id, "body": body}


def batch(*feeds: str) -> str:
    return Batch(minute=NOON, feeds=feeds).model_dump_json()


@pytest.fixture
def outcomes(monkeypatch):
    """What the poller makes of each batch, by the batch's first feed."""
    planned: dict[str, Outcome | Exception] = {}

    def poll(given: Batch) -> Outcome:
        outcome = planned.get(given.feeds[0], Outcome((), ()))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(app, "_poller", lambda: poll)
    return planned


def test_d09_only_the_message_of_an_unfinished_batch_is_redelivered(outcomes, context):
    outcomes["b"] = Outcome((), ("b",))
    records = [message("first", batch("a")), message("second", batch("b")), message("third", batch("c"))]
    assert app.handler({"Records": records}, context) == {"batchItemFailures": [{"itemIdentifier": "second"}]}


@pytest.mark.parametrize("body", ["", "{}", "not JSON", json.dumps({"version": 2, "minute": "x", "feeds": []})])
def test_d10_a_malformed_message_is_reported_and_the_others_are_polled(body, outcomes, context):
    records = [message("bad", body), message("good", batch("a"))]
    assert app.handler({"Records": records}, context) == {"batchItemFailures": [{"itemIdentifier": "bad"}]}


def test_a_batch_whose_states_could_not_be_read_is_redelivered(outcomes, context):
    outcomes["a"] = EdgeError("dynamodb BatchGetItem: ThrottlingException")
    assert app.handler({"Records": [message("m", batch("a"))]}, context) == {
        "batchItemFailures": [{"itemIdentifier": "m"}]
    }


def test_a_batch_counts_in_metrics_whatever_became_of_it(outcomes, context, capsys):
    app.handler({"Records": [message("bad", ""), message("good", batch("a"))]}, context)
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert metrics[0]["BatchesFailed"] == [1.0]
    assert metrics[0]["FeedsPolled"] == [0.0]


def test_a_batch_of_the_town_is_polled_stored_and_announced(river, context):
    app._poller.cache_clear()
    with Town(memory=None, slow=0) as town:
        wanted = [town.base_url + path for path in ("/herald/feed", "/bakery/oven.json", "/regal/programme.rss")]
        for url in wanted:
            registry.register(river.states, url, datetime.now(UTC))
        feeds = tuple(state.feed_id for state in river.states.every())
        now = Batch(minute=datetime.now(UTC).replace(second=0, microsecond=0), feeds=feeds).model_dump_json()
        assert app.handler({"Records": [message("m", now)]}, context) == {"batchItemFailures": []}
        again = app.handler({"Records": [message("m", now)]}, context)
    app._poller.cache_clear()
    assert again == {"batchItemFailures": []}
    objects = river.clients("s3").list_objects_v2(Bucket=river.stack["EntriesBucket"])["Contents"]
    assert sum(item["Key"].startswith("entries/") for item in objects) == 2
    assert {state.rev for state in river.states.every()} == {1}
    queue = river.stack["SubscriberQueue"]
    count = river.clients("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    assert count["Attributes"]["ApproximateNumberOfMessages"] == "10"
