"""The reconcile function's work, and its edges: those that all repair works on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from feedriver.aws.bus import EventBridgeBus
from feedriver.aws.state import DynamoStates
from feedriver.aws.store import S3Store
from feedriver.poll.edges import Edges, aws_threads
from feedriver.ports import Clock
from feedriver.repair.daily import Compared, reconcile_daily
from feedriver.repair.sweep import Swept, sweep
from feedriver.settings import ReconcileSettings
from feedriver.wiring.clients import Clients, aws_clients, utc_now


def edges(settings: ReconcileSettings, *, clients: Clients = aws_clients) -> Edges:
    """The edges that all repair works on."""
    return Edges(
        DynamoStates(clients("dynamodb"), settings.state_table),
        S3Store(clients("s3"), settings.entries_bucket),
        EventBridgeBus(clients("events"), settings.event_bus),
        aws_threads(),
    )


@dataclass(frozen=True, slots=True)
class Reconciler:
    """The reconcile function's work. Neither part of it begins anything when `seconds` have passed."""

    edges: Edges
    clock: Clock

    def sweep(self, *, seconds: float) -> Swept:
        """Announce what was left."""
        return asyncio.run(sweep(self.edges, self.clock, in_time=_until(seconds)))

    def compare(self, *, seconds: float) -> Compared | None:
        """Go on with the day's round; None where it is over."""
        return reconcile_daily(self.edges, self.clock, _until(seconds))


def reconciler(settings: ReconcileSettings, *, clients: Clients = aws_clients, clock: Clock = utc_now) -> Reconciler:
    """The sweep, the daily reconcile, and their edges."""
    return Reconciler(edges(settings, clients=clients), clock)


def _until(seconds: float) -> Callable[[], bool]:
    end = monotonic() + seconds
    return lambda: monotonic() < end
