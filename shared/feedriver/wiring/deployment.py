"""A deployed stack to work on from the command line, in the cloud or in the emulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from feedriver.aws import stack
from feedriver.aws.deadletters import SqsDeadLetters
from feedriver.aws.secrets import SsmSecrets
from feedriver.aws.stack import Stack
from feedriver.aws.state import DynamoStates
from feedriver.poll.batch import Progress
from feedriver.poll.batches import MOST_IN_A_BATCH, Batch, Report
from feedriver.poll.dispatch import due
from feedriver.poll.edges import Edges
from feedriver.ports import Clock, DeadLetters, Secrets, States
from feedriver.registry import Registry
from feedriver.settings import PollSettings, ReconcileSettings
from feedriver.table import Cursor
from feedriver.wiring import reconcile
from feedriver.wiring.clients import Clients, aws_clients
from feedriver.wiring.poll import poller


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployed stack and the clients to reach it with."""

    clients: Clients
    stack: Stack

    @property
    def states(self) -> States:
        """Its feeds."""
        return DynamoStates(self.clients("dynamodb"), self.stack["StateTable"])

    @property
    def secrets(self) -> Secrets:
        """The credentials of its private feeds."""
        return SsmSecrets(partial(self.clients, "ssm"), self.stack["SecretsPrefix"])

    @property
    def registry(self) -> Registry:
        """Its feeds, to be added, found and removed."""
        return Registry(self.states, self.secrets)

    @property
    def edges(self) -> Edges:
        """Its states, store and bus, as repair works on them."""
        settings = ReconcileSettings(
            state_table=self.stack["StateTable"],
            entries_bucket=self.stack["EntriesBucket"],
            event_bus=self.stack["EventBus"],
        )
        return reconcile.edges(settings, clients=self.clients)

    @property
    def dead_letters(self) -> DeadLetters:
        """What its queues and the targets of its bus could not be given."""
        return SqsDeadLetters(
            self.clients("sqs"), self.clients("events"), self.stack["EventBus"], [self.stack["PollQueue"]]
        )

    @property
    def variables(self) -> dict[str, str]:
        """The environment of its functions, for `sam local invoke --env-vars`."""
        return {
            "STATE_TABLE": self.stack["StateTable"],
            "ENTRIES_BUCKET": self.stack["EntriesBucket"],
            "EVENT_BUS": self.stack["EventBus"],
            "SECRETS_PREFIX": self.stack["SecretsPrefix"],
            "POLL_QUEUE_URL": self.stack["PollQueue"],
            "LATEST_TABLE": self.stack["LatestTable"],
        }

    def due(self, clock: Clock) -> tuple[str, ...]:
        """The feeds whose turn came since it was last asked; the cursor moves on."""
        states = self.states
        cursor = states.cursor()
        found = due(states, clock(), cursor.minute)
        if not found.since or found.minute > found.since:
            states.advance(cursor, Cursor(found.minute))
        return found.feeds

    def poll(
        self,
        feeds: Sequence[str],
        clock: Clock,
        *,
        force: bool,
        allow_private: bool,
        on_report: Progress,
        contact: str = "",
    ) -> list[Report]:
        """Poll these feeds from this machine, in batches as the cloud would."""
        settings = PollSettings(
            state_table=self.stack["StateTable"],
            entries_bucket=self.stack["EntriesBucket"],
            event_bus=self.stack["EventBus"],
            secrets_prefix=self.stack["SecretsPrefix"],
            allow_private=allow_private,
            contact=contact,
        )
        polling = poller(settings, clients=self.clients, clock=clock, on_report=on_report)
        reports: list[Report] = []
        for start in range(0, len(feeds), MOST_IN_A_BATCH):
            batch = Batch(minute=clock(), feeds=tuple(feeds[start : start + MOST_IN_A_BATCH]))
            reports += polling.poll(batch, force=force).reports
        return reports


def deployed(name: str) -> Deployment:
    """The stack of this name in the account and region that the environment names; `InputError` where there is none."""
    return Deployment(aws_clients, stack.find(aws_clients, name))
