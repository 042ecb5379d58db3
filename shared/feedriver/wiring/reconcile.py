"""The reconcile function's work, and its edges: those that all repair works on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from feedriver.aws.bus import EventBridgeBus
from feedriver.aws.state import DynamoStates
from feedriver.aws.store import S3Store
from feedriver.poll.outbox import Outbox, aws_threads
from feedriver.ports import Clock
from feedriver.repair.daily import Compared, reconcile_daily
from feedriver.repair.sweep import Swept, sweep
from feedriver.settings import PollSettings, ReconcileSettings
from feedriver.wiring.clients import Clients, aws_clients, utc_now


def outbox(settings: ReconcileSettings | PollSettings, *, clients: Clients = aws_clients) -> Outbox:
    """What empties outboxes, and the edges that all repair works on."""
    return Outbox(
        DynamoStates(clients("dynamodb"), settings.state_table),
        S3Store(clients("s3"), settings.entries_bucket),
        EventBridgeBus(clients("events"), settings.event_bus),
        aws_threads(),
    )


@dataclass(frozen=True, slots=True)
class Reconciler:
    """The reconcile function's work. Neither part of it begins anything when `seconds` have passed."""

    outbox: Outbox
    clock: Clock

    def sweep(self, *, seconds: float) -> Swept:
        """Announce what was left."""
        return asyncio.run(sweep(self.outbox, self.clock, in_time=_in(seconds)))

    def compare(self, *, seconds: float) -> Compared | None:
        """Go on with the day's round; None where it is over."""
        return asyncio.run(reconcile_daily(self.outbox, self.clock, _in(seconds)))


def reconciler(settings: ReconcileSettings, *, clients: Clients = aws_clients, clock: Clock = utc_now) -> Reconciler:
    """The sweep, the daily reconcile, and their edges."""
    return Reconciler(outbox(settings, clients=clients), clock)


def _in(seconds: float) -> Callable[[], bool]:
    until = monotonic() + seconds
    return lambda: monotonic() < until
