"""The poll function's work, and its edges; likewise polling by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from feedriver.aws.bus import EventBridgeBus
from feedriver.aws.leases import DynamoLeases
from feedriver.aws.queue import SqsQueue
from feedriver.aws.secrets import SsmSecrets
from feedriver.aws.state import DynamoStates
from feedriver.aws.store import S3Store
from feedriver.decide.decision import Now
from feedriver.fetch.body import reopen
from feedriver.fetch.client import Client
from feedriver.fetch.user_agent import user_agent
from feedriver.poll.batch import BatchPoller, Progress
from feedriver.poll.batches import Batch
from feedriver.poll.delivery import Delivered, Delivery
from feedriver.poll.edges import aws_threads
from feedriver.poll.redelivery import Redelivery
from feedriver.poll.result import BatchResult
from feedriver.poll.unread import Unread
from feedriver.ports import Clock
from feedriver.sandbox.parser import KillableParser
from feedriver.settings import PollSettings, QueueSettings
from feedriver.wiring.clients import Clients, aws_clients, utc_now

Receive = Callable[[Batch, int, float], Delivered]
BatchPollers = Callable[[], AbstractAsyncContextManager[BatchPoller]]


@dataclass(frozen=True, slots=True)
class Poller:
    """Polls batches, and makes a `BatchPoller` for each."""

    batch_pollers: BatchPollers
    clock: Clock

    def poll(self, batch: Batch, *, force: bool = False) -> BatchResult:
        """By hand: with no leases, and as long as it takes. `force` overrides feeds' own rhythm."""

        async def poll() -> BatchResult:
            async with self.batch_pollers() as batch_poller:
                return await batch_poller.poll_batch(batch.feeds, Now(batch.minute, self.clock()), force=force)

        return asyncio.run(poll())

    async def deliver(self, batch: Batch, *, seconds: float) -> BatchResult:
        """A batch as it came off the queue, in so many seconds."""
        now = Now(batch.minute, self.clock())
        async with self.batch_pollers() as batch_poller:
            return await batch_poller.poll_batch(batch.feeds, now, seconds=seconds, message=batch)

    async def quarantine(self, batch: Batch) -> BatchResult:
        """A batch that workers died of."""
        async with self.batch_pollers() as batch_poller:
            return await batch_poller.quarantine(batch.feeds, Now(batch.minute, self.clock()))


def poller(
    settings: PollSettings,
    *,
    clients: Clients = aws_clients,
    clock: Clock = utc_now,
    on_report: Progress | None = None,
) -> Poller:
    """What polls, and its edges."""
    return Poller(_batch_pollers(settings, clients, clock, on_report), clock)


def delivery(
    settings: PollSettings, queue: QueueSettings, *, clients: Clients = aws_clients, clock: Clock = utc_now
) -> Receive:
    """The poll function's work, and its edges: of a batch, how often it was received, and the seconds that it has."""
    polling = poller(settings, clients=clients, clock=clock)
    again = Redelivery(SqsQueue(clients("sqs"), queue.poll_queue_url))
    leases = DynamoLeases(clients("dynamodb"), settings.state_table)
    receiving = Delivery(polling.deliver, polling.quarantine, again, leases, clock)
    return lambda batch, received, seconds: asyncio.run(receiving.receive(batch, received, seconds))


def _batch_pollers(
    settings: PollSettings, clients: Clients, clock: Clock, on_report: Progress | None = None
) -> BatchPollers:
    """A `BatchPoller` for each batch: its client keeps nothing from one to the next, the other edges are kept."""
    states = DynamoStates(clients("dynamodb"), settings.state_table)
    store = S3Store(clients("s3"), settings.entries_bucket)
    bus = EventBridgeBus(clients("events"), settings.event_bus)
    prefix = settings.secrets_prefix
    secrets = SsmSecrets(partial(clients, "ssm"), prefix) if prefix else None
    leases = DynamoLeases(clients("dynamodb"), settings.state_table)
    parser, threads = KillableParser(), aws_threads()

    @asynccontextmanager
    async def batch_poller() -> AsyncIterator[BatchPoller]:
        client = Client(
            user_agent=user_agent(settings.contact),
            allow_private=settings.allow_private,
            at_once=settings.feeds_at_once,
            max_body=settings.max_document,
        )
        async with client as fetcher:
            yield BatchPoller(
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
                settings.freshness,
                settings.raw_days > 0,
            )

    return batch_poller
