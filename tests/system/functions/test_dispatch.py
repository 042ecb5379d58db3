"""The dispatch function: the minute's feeds go to the queue, once."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import faults
import pytest
from functions.dispatch import app

from feedriver.errors import EdgeError, InputError
from feedriver.registry import Registry, Subscription
from feedriver.table import Cursor
from feedriver.wiring import dispatch

NOW = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(river, monkeypatch):
    times = [NOW]
    app._dispatcher.cache_clear()
    # dispatcher's default clock was bound when it was defined
    monkeypatch.setitem(dispatch.dispatcher.__kwdefaults__, "clock", lambda: times[-1])
    yield times
    app._dispatcher.cache_clear()


def queued(river) -> list[dict[str, object]]:
    found = river.clients("sqs").receive_message(QueueUrl=river.stack["PollQueue"], MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in found.get("Messages", [])]


def test_the_feeds_that_are_due_become_a_batch_on_the_queue(river, context):
    for name in ("a", "b"):
        Registry(river.states).add(Subscription(f"https://{name}.example/"), NOW)
    result = app.handler({"time": "whatever"}, context)
    minute = "2026-05-04T12:00:00+00:00"
    assert result == {"feeds": 2, "minute": minute, "since": None, "upto": minute}
    (batch,) = queued(river)
    assert batch["minute"] == "2026-05-04T12:00:00Z"
    assert sorted(batch["feeds"]) == sorted(state.feed_id for state in river.states.every())


def test_a_minute_without_feeds_sends_nothing_and_moves_the_cursor(river, context):
    assert app.handler({}, context)["feeds"] == 0
    assert queued(river) == []
    assert river.states.cursor() == Cursor(NOW.replace(second=0))


@pytest.mark.case("D23")
def test_d23_the_same_minute_delivered_twice_sends_its_feeds_once(river, context):
    Registry(river.states).add(Subscription("https://a.example/"), NOW)
    app.handler({}, context)
    assert app.handler({}, context)["feeds"] == 0
    assert len(queued(river)) == 1


def test_the_next_minute_says_since_when_it_looked(river, context, clock):
    app.handler({}, context)
    clock.append(NOW.replace(minute=3))
    assert app.handler({}, context)["since"] == "2026-05-04T12:00:00+00:00"


@pytest.mark.case("A04")
def test_a04_the_time_left_to_the_function_bounds_the_minutes_that_it_catches_up_with(river, context, clock):
    app.handler({}, context)
    clock.append(NOW.replace(minute=45))
    context.get_remaining_time_in_millis = lambda: 1000 * app.MARGIN
    result = app.handler({}, context)
    assert result["since"] == "2026-05-04T12:00:00+00:00"
    assert result["upto"] == "2026-05-04T12:01:00+00:00"
    assert river.states.cursor() == Cursor(NOW.replace(minute=1, second=0))


@pytest.mark.filterwarnings("ignore:No application metrics to publish")
def test_a_queue_that_refuses_fails_the_minute_and_the_cursor_stays(river, context):
    Registry(river.states).add(Subscription("https://a.example/"), NOW)
    faults.refuse(app._dispatcher().queue._client, "SendMessageBatch", "AccessDenied")
    with pytest.raises(EdgeError, match="sqs SendMessageBatch: AccessDenied"):
        app.handler({}, context)
    assert river.states.cursor() == Cursor(None, 1)


@pytest.mark.filterwarnings("ignore:No application metrics to publish")
def test_a_missing_variable_is_named(context, monkeypatch):
    monkeypatch.delenv("STATE_TABLE")
    with pytest.raises(InputError, match="STATE_TABLE"):
        app.handler({}, context)
