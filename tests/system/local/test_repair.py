"""Replay, reparse, reconcile and redrive on the embedded AWS, and the hourly function under its own role."""

from __future__ import annotations

import asyncio
import json
import platform
from datetime import UTC, datetime, timedelta

import pytest

from feedriver.cli.sources import register_all
from feedriver.local.deploy import deploy
from feedriver.local.emulator import emulator
from feedriver.local.mirror import drain_events
from feedriver.local.town import Town
from feedriver.repair.reconcile import reconcile
from feedriver.repair.redrive import redrive
from feedriver.repair.reparse import reparse
from feedriver.repair.replay import replay
from feedriver.sandbox.parser import KillableParser
from feedriver.state import Pending
from feedriver.wiring.deployment import Deployment

pytestmark = pytest.mark.stack
FEEDS = ("herald", "weir", "market")


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def river(tmp_path_factory):
    """A river that polled three feeds of the town, its schedule at rest."""
    with emulator(tmp_path_factory.mktemp("repair"), enforce_iam=True) as aws:
        parameters = {
            "Architecture": "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64",
            "ScheduleState": "DISABLED",
            "SubscriberState": "DISABLED",
            "EndpointUrl": aws.endpoint,
        }
        river = Deployment(aws.clients, deploy(aws, parameters))
        with Town(memory=None, slow=0) as town:
            register_all(river.registry, [url for url in town.feeds if any(name in url for name in FEEDS)], now())
            feeds = [state.feed_id for state in river.states.every()]
            river.poll(feeds, now, force=True, allow_private=True, on_report=lambda _: None)
        yield river


def heard(river, folder) -> list[str]:
    """The details of the events that the subscriber's queue received."""
    return sorted(json.dumps(json.loads(body)["detail"]) for body in drain_events(river, folder / "events.jsonl"))


def run(coroutine):

    return asyncio.run(coroutine)


@pytest.mark.case("D13")
def test_d13_replay_reparse_and_reconcile_over_the_real_adapters(river, tmp_path):
    first, edges, since = heard(river, tmp_path), river.edges, now() - timedelta(hours=1)
    assert len(first) > 10
    again = replay(edges.store, edges.bus, since, now())
    assert again.events.total() == len(first)
    assert heard(river, tmp_path) == first

    read = run(reparse(edges, KillableParser(), now, since))
    assert (read.documents, read.compared, read.updated, read.published) == (again.objects, len(first), 0, 0)
    assert (read.passed_over, read.conflicts) == ([], [])

    agreed = reconcile(edges, now, since)
    assert (agreed.objects, agreed.entries, agreed.findings) == (again.objects, len(first), [])
    assert heard(river, tmp_path) == []


@pytest.mark.case("D20")
def test_d20_the_hourly_function_announces_what_a_poll_left_and_compares_under_its_own_role(river, tmp_path):
    state = next(iter(river.states.every()))
    left = Pending(at=now() - timedelta(days=3), event="Feed Gone", about={"status": 410})
    river.states.commit(state.model_copy(update={"rev": state.rev + 1, "outbox": (left,)}))
    answer = river.clients("lambda").invoke(FunctionName=river.stack["ReconcileFunction"], Payload=b"{}")
    said = json.loads(answer["Payload"].read())
    assert answer.get("FunctionError") is None, said
    assert (said["LeftOvers"], said["Repaired"], said["finished"]) == (1, 1, True)
    assert said["OutboxAge"] >= 3 * 86_400
    assert (said["FeedsCompared"], said["Disagreements"], said["round"]["after"]) == (
        len(list(river.states.every())),
        0,
        None,
    )
    assert said["ObjectsCompared"] > 0
    assert [json.loads(detail)["metadata"]["occurred_at"] for detail in heard(river, tmp_path)]
    assert river.states.load([state.feed_id])[state.feed_id].outbox == ()


def test_dead_letters_of_the_deployed_stack_go_back_to_their_queues(river, tmp_path):
    def name(url: str) -> str:
        return url.rpartition("/")[2]

    routes = {name(route.queue): route for route in river.dead_letters.routes()}
    assert set(routes) == {name(river.stack[queue]) for queue in ("PollQueue", "SubscriberQueue")}
    route = routes[name(river.stack["SubscriberQueue"])]
    event = '{"detail-type": "Entry Published", "detail": "a letter"}'
    river.clients("sqs").send_message(QueueUrl=route.dead, MessageBody=event)
    assert sum(done.moved for done in redrive(river.dead_letters)) == 1
    assert heard(river, tmp_path) == ['"a letter"']
    assert sum(done.waiting for done in redrive(river.dead_letters, dry_run=True)) == 0
