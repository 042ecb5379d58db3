"""The poll function's work: what a batch is polled with, by hand and off the queue, and the edges of its settings."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from fakes.calls import FAILED, START, Clock
from fakes.leases import FakeLeases
from fakes.queue import FakeQueue

from feedriver.decide.decision import Now
from feedriver.poll.batches import Batch
from feedriver.poll.result import BatchResult
from feedriver.settings import PollSettings, QueueSettings
from feedriver.wiring import poll
from feedriver.wiring.poll import Poller, delivery, poller

BATCH = Batch(minute=START.replace(second=0) - timedelta(minutes=3), feeds=("a", "b"))
NOW = Now(BATCH.minute, START)
SETTINGS = PollSettings(
    state_table="the-table",
    entries_bucket="the-bucket",
    event_bus="the-bus",
    secrets_prefix="/feedriver/",
    contact="https://example.org/",
    feeds_at_once=7,
    max_document=1_000,
    aws_lambda_function_memory_size=2_048,
)


class BatchPollers:
    """`BatchPoller`s that say what they are asked to do; `error` is raised instead."""

    def __init__(self, error=None):
        self.error, self.asked, self.open = error, [], 0

    @asynccontextmanager
    async def __call__(self):
        self.open += 1
        yield self
        self.open -= 1

    async def poll_batch(self, feeds, now, **how):
        self.asked.append((feeds, now, how))
        if self.error:
            raise self.error
        return BatchResult((), ())

    async def quarantine(self, feeds, now):
        self.asked.append((feeds, now, "quarantine"))
        return BatchResult((), ())


@pytest.fixture
def pollers():
    return BatchPollers()


@pytest.mark.parametrize("force", [True, False])
def test_by_hand_a_batch_is_polled_without_a_message_and_as_long_as_it_takes(force, pollers):
    assert Poller(pollers, Clock()).poll(BATCH, force=force) == BatchResult((), ())
    assert pollers.asked == [(BATCH.feeds, NOW, {"force": force})]
    assert pollers.open == 0


def test_off_the_queue_a_batch_has_so_many_seconds_and_is_known_by_its_message(pollers):
    asyncio.run(Poller(pollers, Clock()).deliver(BATCH, seconds=90.0))
    assert pollers.asked == [(BATCH.feeds, NOW, {"seconds": 90.0, "message": BATCH})]


def test_a_batch_that_workers_died_of_is_put_in_quarantine(pollers):
    asyncio.run(Poller(pollers, Clock()).quarantine(BATCH))
    assert pollers.asked == [(BATCH.feeds, NOW, "quarantine")]


# The edges


def made(settings):
    async def entered():
        async with poller(settings, clients=lambda service: service, clock=Clock()).batch_pollers() as one:
            return one

    return asyncio.run(entered())


def test_its_edges_are_those_that_its_settings_name():
    one = made(SETTINGS)
    assert (one.states._client, one.states._table) == ("dynamodb", "the-table")
    assert (one.leases._client, one.leases._table) == ("dynamodb", "the-table")
    assert (one.store._client, one.store.bucket) == ("s3", "the-bucket")
    assert (one.bus._client, one.bus._bus) == ("events", "the-bus")
    assert (one.feeds_at_once, one.memory) == (7, SETTINGS.room)
    assert one.unread is not None


def test_where_no_prefix_is_set_there_are_no_secrets():
    assert made(SETTINGS).secrets is not None
    assert made(SETTINGS.model_copy(update={"secrets_prefix": ""})).secrets is None


@pytest.mark.parametrize(("days", "kept"), [(0, False), (1, True), (30, True)])
def test_documents_are_kept_where_they_are_kept_for_a_day_at_least(days, kept):
    assert made(SETTINGS.model_copy(update={"raw_days": days})).keeps_documents is kept


def test_the_client_of_publishers_has_the_bounds_and_the_name_of_the_settings(monkeypatch):
    given = []

    class Client:
        def __init__(self, **how):
            given.append(how)

        async def __aenter__(self):
            return self

        async def __aexit__(self, *_):
            pass

    monkeypatch.setattr(poll, "Client", Client)
    made(SETTINGS)
    (how,) = given
    assert (how["allow_private"], how["at_once"], how["max_body"]) == (False, 7, 1_000)
    assert "https://example.org/" in how["user_agent"]


@pytest.fixture
def receive(monkeypatch):
    """What makes the poll function's work on these batch pollers, a queue and leases in memory."""

    def receive(pollers, queue, leases):
        monkeypatch.setattr(poll, "SqsQueue", lambda client, url: queue)
        monkeypatch.setattr(poll, "DynamoLeases", lambda client, table: leases)
        monkeypatch.setattr(poll, "_batch_pollers", lambda *_: pollers)
        settings = QueueSettings(poll_queue_url="https://sqs/poll")
        return delivery(SETTINGS, settings, clients=lambda service: service, clock=Clock())

    return receive


def test_a_message_is_polled_and_done(receive, pollers):
    queue = FakeQueue()
    delivered = receive(pollers, queue, FakeLeases())(BATCH, 1, 90.0)
    assert (delivered.done, delivered.note, queue.bodies) == (True, "polled", [])
    assert pollers.asked == [(BATCH.feeds, NOW, {"seconds": 90.0, "message": BATCH})]


def test_a_message_whose_states_could_not_be_read_goes_back_to_the_queue(receive):
    queue = FakeQueue()
    assert receive(BatchPollers(FAILED), queue, FakeLeases())(BATCH, 1, 90.0).note == "not read"
    (body,) = queue.bodies
    assert Batch.model_validate_json(body).feeds == BATCH.feeds


def test_a_message_that_a_worker_died_of_is_not_polled_again(receive, pollers):
    leases, queue = FakeLeases(), FakeQueue()
    leases.take(BATCH.key, ["a.example"], START - timedelta(minutes=2), START - timedelta(seconds=1))
    delivered = receive(pollers, queue, leases)(BATCH, 2, 90.0)
    assert (delivered.note, len(queue.bodies), pollers.asked) == ("taken apart", 2, [])
