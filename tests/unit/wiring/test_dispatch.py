"""The dispatch function's work: its time, and the edges that its settings name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.calls import START, Clock
from fakes.queue import FakeQueue
from fakes.states import FakeStates

from feedriver.aws.queue import SqsQueue
from feedriver.aws.state import DynamoStates
from feedriver.poll.batches import Batch
from feedriver.registry import Registry, Subscription
from feedriver.settings import DispatchSettings
from feedriver.table import Cursor
from feedriver.wiring.dispatch import Dispatcher, dispatcher

MINUTE = START.replace(second=0)


@pytest.fixture
def work():
    """A dispatcher ten minutes after its last minute, and three feeds that were never polled."""
    states, clock = FakeStates(), Clock()
    for name in "abc":
        Registry(states).add(Subscription(f"https://{name}.example/"), clock())
    states.advance(Cursor(None), Cursor(MINUTE - timedelta(minutes=10)))
    return Dispatcher(states, FakeQueue(), clock, 2)


def test_the_feeds_that_are_due_go_to_the_queue_in_batches_of_so_many(work):
    found = work.dispatch(60.0)
    batches = [Batch.model_validate_json(body) for body in work.queue.bodies]
    assert sorted(len(batch.feeds) for batch in batches) == [1, 2]
    assert {batch.minute for batch in batches} == {found.minute} == {MINUTE}


def test_where_there_is_time_each_minute_since_the_last_one_is_looked_at(work):
    assert work.dispatch(60.0).upto == MINUTE
    assert work.states.cursor().minute == MINUTE


def test_where_the_time_is_over_one_minute_is_looked_at_and_the_next_dispatch_goes_on_there(work):
    work.dispatch(0.0)
    assert work.states.cursor().minute == MINUTE - timedelta(minutes=9)


def test_its_edges_are_those_that_its_settings_name():
    settings = DispatchSettings(poll_queue_url="https://sqs/poll", state_table="the-table", feeds_per_batch=7)
    made = dispatcher(settings, clients=lambda service: f"a client of {service}", clock=Clock())
    states, queue = made.states, made.queue
    assert (type(states), states._client, states._table) == (DynamoStates, "a client of dynamodb", "the-table")
    assert (type(queue), queue._client, queue._url) == (SqsQueue, "a client of sqs", "https://sqs/poll")
    assert (made.clock(), made.feeds_per_batch) == (START, 7)
