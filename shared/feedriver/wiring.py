"""The one composition root: what each function is made of. Tests and the command line pass other clients and clocks.

Imports stand inside the functions on purpose: the dispatcher's bundle has no HTTP client and no parser to import.
"""
# ruff: noqa: PLC0415  # see the docstring

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from feedriver.batches import Batch
from feedriver.dispatch import Bounds, Due, dispatch
from feedriver.ports import Clock, Queue, States
from feedriver.settings import DispatchSettings, PollSettings, QueueSettings, ReconcileSettings

if TYPE_CHECKING:
    from feedriver.daily import Compared
    from feedriver.delivery import Delivered
    from feedriver.outbox import Outbox
    from feedriver.outcome import Outcome
    from feedriver.pipeline import Pipeline, Progress
    from feedriver.sweep import Swept

AWS_CALLS_AT_ONCE = 16
Receive = Callable[[Batch, int, float], "Delivered"]
Clients = Callable[[str], Any]  # an AWS service's name to its boto3 client


def utc_now() -> datetime:
    """The clock of production."""
    return datetime.now(UTC)


def aws_clients(service: str) -> Any:  # noqa: ANN401  # boto3 makes its clients at run time
    """A client of the account and region that the environment names, as in Lambda."""
    import boto3

    from feedriver.aws.calls import CONFIG

    make: Clients = partial(boto3.client, config=CONFIG)
    return make(service)


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """The dispatch function's work."""

    states: States
    queue: Queue
    clock: Clock
    feeds_per_batch: int

    def dispatch(self, seconds: float) -> Due:
        """Send the feeds that are due now to be polled; after so many seconds no further minute is looked at."""
        end = monotonic() + seconds
        bounds = Bounds(in_time=lambda: monotonic() < end)
        return dispatch(self.states, self.queue, self.clock(), self.feeds_per_batch, bounds)


def dispatcher(settings: DispatchSettings, *, clients: Clients = aws_clients, clock: Clock = utc_now) -> Dispatcher:
    """The dispatcher and its edges."""
    from feedriver.aws.queue import SqsQueue
    from feedriver.aws.state import DynamoStates

    states = DynamoStates(clients("dynamodb"), settings.state_table)
    return Dispatcher(states, SqsQueue(clients("sqs"), settings.poll_queue_url), clock, settings.feeds_per_batch)


def poller(
    settings: PollSettings,
    *,
    clients: Clients = aws_clients,
    clock: Clock = utc_now,
    on_report: Progress | None = None,
) -> Callable[..., Outcome]:
    """What polls by hand, and its edges: a function of a `Batch`. `force` overrides feeds' own rhythm."""
    from feedriver.decide.decision import Now

    pipeline = _pipelines(settings, clients, clock, on_report)

    async def poll(batch: Batch, *, force: bool) -> Outcome:
        async with pipeline() as ready:
            return await ready.poll_batch(batch.feeds, Now(batch.minute, clock()), force=force)

    return lambda batch, *, force=False: asyncio.run(poll(batch, force=force))


def delivery(
    settings: PollSettings, queue: QueueSettings, *, clients: Clients = aws_clients, clock: Clock = utc_now
) -> Receive:
    """The poll function's work, and its edges: of a batch, how often it was received, and the seconds that it has."""
    from feedriver.aws.leases import DynamoLeases
    from feedriver.aws.queue import SqsQueue
    from feedriver.decide.decision import Now
    from feedriver.delivery import Delivery
    from feedriver.redelivery import Redelivery

    pipeline = _pipelines(settings, clients, clock)

    async def poll(batch: Batch, *, seconds: float) -> Outcome:
        async with pipeline() as ready:
            return await ready.poll_batch(batch.feeds, Now(batch.minute, clock()), seconds=seconds, message=batch)

    async def quarantine(batch: Batch) -> Outcome:
        async with pipeline() as ready:
            return await ready.quarantine(batch.feeds, Now(batch.minute, clock()))

    again = Redelivery(SqsQueue(clients("sqs"), queue.poll_queue_url))
    leases = DynamoLeases(clients("dynamodb"), settings.state_table)
    receiving = Delivery(poll, quarantine, again, leases, clock)
    return lambda batch, received, seconds: asyncio.run(receiving.receive(batch, received, seconds))


def _pipelines(
    settings: PollSettings, clients: Clients, clock: Clock, on_report: Progress | None = None
) -> Callable[[], AbstractAsyncContextManager[Pipeline]]:
    """A pipeline for each batch: its client keeps nothing from one to the next, the other edges are kept."""
    from feedriver.aws.bus import EventBridgeBus
    from feedriver.aws.leases import DynamoLeases
    from feedriver.aws.secrets import SsmSecrets
    from feedriver.aws.state import DynamoStates
    from feedriver.aws.store import S3Store
    from feedriver.fetch.body import reopen
    from feedriver.fetch.client import Client
    from feedriver.pipeline import Pipeline, aws_threads
    from feedriver.sandbox.parser import KillableParser
    from feedriver.unread import Unread

    states = DynamoStates(clients("dynamodb"), settings.state_table)
    store = S3Store(clients("s3"), settings.entries_bucket)
    bus = EventBridgeBus(clients("events"), settings.event_bus)
    prefix = settings.secrets_prefix
    secrets = SsmSecrets(partial(clients, "ssm"), prefix) if prefix else None
    leases = DynamoLeases(clients("dynamodb"), settings.state_table)
    parser, threads = KillableParser(), aws_threads()

    @asynccontextmanager
    async def pipeline() -> AsyncIterator[Pipeline]:
        client = Client(
            user_agent=settings.user_agent,
            allow_private=settings.allow_private,
            at_once=settings.feeds_at_once,
            max_body=settings.max_document,
        )
        async with client as fetcher:
            yield Pipeline(
                fetcher,
                states,
                store,
                bus,
                clock,
                parser,
                settings.feeds_at_once,
                on_report,
                threads,
                secrets,
                leases,
                Unread(store, reopen),
                settings.room,
            )

    return pipeline


def outbox(settings: ReconcileSettings | PollSettings, *, clients: Clients = aws_clients) -> Outbox:
    """What empties outboxes, and the edges that all repair works on."""
    from feedriver.aws.bus import EventBridgeBus
    from feedriver.aws.state import DynamoStates
    from feedriver.aws.store import S3Store
    from feedriver.outbox import Outbox

    return Outbox(
        DynamoStates(clients("dynamodb"), settings.state_table),
        S3Store(clients("s3"), settings.entries_bucket),
        EventBridgeBus(clients("events"), settings.event_bus),
        ThreadPoolExecutor(AWS_CALLS_AT_ONCE, "aws"),
    )


@dataclass(frozen=True, slots=True)
class Reconciler:
    """The reconcile function's work. Neither part of it begins anything when `seconds` have passed."""

    outbox: Outbox
    clock: Clock

    def sweep(self, *, seconds: float) -> Swept:
        """Announce what was left."""
        from feedriver.sweep import sweep

        return asyncio.run(sweep(self.outbox, self.clock, in_time=_in(seconds)))

    def compare(self, *, seconds: float) -> Compared | None:
        """Go on with the day's round; None where it is over."""
        from feedriver.daily import reconcile_daily

        return asyncio.run(reconcile_daily(self.outbox, self.clock, _in(seconds)))


def reconciler(settings: ReconcileSettings, *, clients: Clients = aws_clients, clock: Clock = utc_now) -> Reconciler:
    """The sweep, the daily reconcile, and their edges."""
    return Reconciler(outbox(settings, clients=clients), clock)


def _in(seconds: float) -> Callable[[], bool]:
    until = monotonic() + seconds
    return lambda: monotonic() < until
