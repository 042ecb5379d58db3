"""A river to work on: the local one, whose AWS runs as long as the work lasts, or one deployed in the cloud.

A local river's folder holds `aws/` (the embedded AWS's own state), `s3/<bucket>/<key>` (every object, as a file) and
`events.jsonl` (each event as the subscriber's queue received it).
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from feedriver.aws.deadletters import SqsDeadLetters
from feedriver.aws.secrets import SsmSecrets
from feedriver.aws.state import DynamoStates
from feedriver.errors import InputError
from feedriver.local.emulator import emulator
from feedriver.local.stack import Stack, deploy, describe
from feedriver.poll.batch import Progress
from feedriver.poll.batches import MOST_IN_A_BATCH, Batch, Report
from feedriver.poll.dispatch import due
from feedriver.poll.edges import Edges
from feedriver.ports import Clock, DeadLetters, Secrets, States
from feedriver.settings import PollSettings, ReconcileSettings
from feedriver.table import Cursor
from feedriver.wiring import reconcile
from feedriver.wiring.clients import Clients, aws_clients
from feedriver.wiring.poll import poller

LEAST_FREE = 32 * 1024 * 1024  # bytes of disk; below it nothing is begun


@dataclass(frozen=True, slots=True)
class River:
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


@contextmanager
def local_river(folder: Path, *, host: str = "127.0.0.1", port: int = 0, live: bool = False) -> Iterator[River]:
    """The local river of this folder, started and stopped again. `live`: its own schedule polls, each minute.

    Raises `InputError` where the folder cannot be used, `LocalStackError` where the local AWS fails.
    """
    state = "ENABLED" if live else "DISABLED"
    parameters = {
        "Architecture": "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64",
        "ScheduleState": state,
        "SubscriberState": state,
    }
    with _own(folder), emulator(folder / "aws", port, host) as aws:
        if live:
            parameters["EndpointUrl"] = aws.endpoint  # a river at rest runs no function, and so needs none
        yield River(aws.clients, deploy(aws, parameters))


def deployed_river(name: str) -> River:
    """The stack of this name in the account and region that the environment names."""
    try:
        return River(aws_clients, describe(aws_clients("cloudformation"), name))
    except ClientError as error:
        raise InputError(f"stack {name}: {error.response['Error']['Message']}") from error
    except BotoCoreError as error:
        raise InputError(f"stack {name}: {error}") from error


@contextmanager
def _own(folder: Path) -> Iterator[None]:
    """Use the folder alone, or say why it cannot be used."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}: choose a folder that can be written with --data") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(
                f"{folder}: another feedriver is using it: wait for it, or choose another --data"
            ) from None
        if shutil.disk_usage(folder).free < LEAST_FREE:
            raise InputError(f"{folder}: {os.strerror(28)}: free some, or choose another --data")
        try:
            yield
        except OSError as error:
            raise InputError(
                f"{folder}: {error.strerror or error}: nothing is lost, the next run fetches this one's feeds again"
            ) from error
