"""A deployed stack as the command line works on it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.calls import START, Clock
from fakes.states import FakeStates

from feedriver.aws.stack import Stack
from feedriver.errors import InputError
from feedriver.poll.batches import MOST_IN_A_BATCH, Report
from feedriver.poll.result import BatchResult
from feedriver.registry import Registry, Subscription
from feedriver.table import Cursor
from feedriver.wiring import deployment
from feedriver.wiring.deployment import Deployment

MINUTE = START.replace(second=0)
OUTPUTS = {
    "StateTable": "the-table",
    "EntriesBucket": "the-bucket",
    "EventBus": "the-bus",
    "SecretsPrefix": "/feedriver/",
    "PollQueue": "https://sqs/poll",
    "LatestTable": "latest",
}


def clients(service):
    return service


class InMemory(Deployment):
    """A deployment whose table is in memory."""

    kept = FakeStates()

    @property
    def states(self):
        return self.kept


@pytest.fixture
def river():
    return Deployment(clients, Stack("feedriver", OUTPUTS))


@pytest.fixture
def in_memory(monkeypatch):
    monkeypatch.setattr(InMemory, "kept", FakeStates())
    return InMemory(clients, Stack("feedriver", OUTPUTS))


def test_its_edges_are_the_outputs_of_its_stack(river):
    assert (river.states._client, river.states._table) == ("dynamodb", "the-table")
    assert river.secrets._prefix == "/feedriver/"
    edges = river.edges
    assert (edges.states._table, edges.store.bucket, edges.bus._bus) == ("the-table", "the-bucket", "the-bus")
    letters = river.dead_letters
    assert (letters._sqs, letters._events) == ("sqs", "events")
    assert (letters._bus, letters._queues) == ("the-bus", ["https://sqs/poll"])


def test_the_registry_is_that_of_its_feeds(in_memory):
    in_memory.registry.states.stop("sweep", "a")
    assert in_memory.states.stopped("sweep") == "a"


def test_its_variables_are_those_of_its_functions(river):
    assert river.variables == {
        "STATE_TABLE": "the-table",
        "ENTRIES_BUCKET": "the-bucket",
        "EVENT_BUS": "the-bus",
        "SECRETS_PREFIX": "/feedriver/",
        "POLL_QUEUE_URL": "https://sqs/poll",
        "LATEST_TABLE": "latest",
    }


def test_an_older_stack_that_lacks_an_output_is_to_be_deployed_first():
    with pytest.raises(InputError, match="stack feedriver has no output StateTable: deploy this version"):
        _ = Deployment(clients, Stack("feedriver", {})).states


def test_the_feeds_that_are_due_are_told_once_a_minute(in_memory):
    Registry(in_memory.states).add(Subscription("https://a.example/"), START)
    clock = Clock()
    assert len(in_memory.due(clock)) == 1
    assert in_memory.states.cursor() == Cursor(MINUTE)
    before = in_memory.states.calls.log.count("states.advance")
    in_memory.due(clock)
    assert in_memory.states.calls.log.count("states.advance") == before


def test_the_cursor_moves_on_with_the_minutes(in_memory):
    clock = Clock()
    in_memory.due(clock)
    clock.advance(timedelta(minutes=5))
    in_memory.due(clock)
    assert in_memory.states.cursor() == Cursor(MINUTE + timedelta(minutes=5))


@pytest.fixture
def polled(monkeypatch):
    """What is polled instead: the settings, and each batch."""
    seen = []

    class Poller:
        def poll(self, batch, *, force):
            seen.append((batch, force))
            reports = (Report(feed_id=each, url="", asked=True, outcome="gone", why="") for each in batch.feeds)
            return BatchResult(tuple(reports), ())

    def poller(settings, **how):
        seen.append((settings, how))
        return Poller()

    monkeypatch.setattr(deployment, "poller", poller)
    return seen


def poll(river, feeds, **how):
    how = {"force": False, "allow_private": False, "on_report": print} | how
    return river.poll(feeds, Clock(), **how)


def test_feeds_are_polled_in_batches_as_the_cloud_would_and_all_are_reported(river, polled):
    feeds = [f"{number:016x}" for number in range(2 * MOST_IN_A_BATCH + 1)]
    assert [report.feed_id for report in poll(river, feeds, force=True)] == feeds
    batches = [batch for batch, force in polled[1:] if force]
    assert [len(batch.feeds) for batch in batches] == [500, 500, 1]
    assert {batch.minute for batch in batches} == {START}


def test_a_poll_has_the_edges_of_the_stack_and_what_the_person_wants(river, polled):
    poll(river, ["a"], allow_private=True, contact="https://example.org/")
    (settings, how), (_, force) = polled
    assert (settings.state_table, settings.entries_bucket, settings.event_bus) == ("the-table", "the-bucket", "the-bus")
    assert settings.secrets_prefix == "/feedriver/"
    assert (settings.allow_private, settings.contact, force) == (True, "https://example.org/", False)
    assert (how["clients"], how["on_report"]) == (clients, print)


def test_a_stack_is_found_by_its_name_in_the_account_of_the_environment(monkeypatch):
    monkeypatch.setattr(deployment.stack, "find", lambda clients, name: (clients, name))
    found = deployment.deployed("mine")
    assert (found.clients, found.stack) == (deployment.aws_clients, (deployment.aws_clients, "mine"))
