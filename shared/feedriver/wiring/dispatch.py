"""The dispatch function's work, and its edges."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

from feedriver.aws.queue import SqsQueue
from feedriver.aws.state import DynamoStates
from feedriver.poll.dispatch import Bounds, Due, dispatch
from feedriver.ports import Clock, Queue, States
from feedriver.settings import DispatchSettings
from feedriver.wiring.clients import Clients, aws_clients, utc_now


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
    states = DynamoStates(clients("dynamodb"), settings.state_table)
    return Dispatcher(states, SqsQueue(clients("sqs"), settings.poll_queue_url), clock, settings.feeds_per_batch)
