"""Configuration of each function: environment to frozen model, read once, when the wiring is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from feedriver.errors import InputError
from feedriver.state import Freshness

MEGABYTE = 1024 * 1024
MAX_DOCUMENT = 20 * MEGABYTE  # bytes, decoded
PARSER = 380 * MEGABYTE  # at most (feedriver.sandbox.parser)
POLLER = 100 * MEGABYTE


class Settings(BaseModel):
    """Variables of a function's environment, each named like its field in upper case."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read them, or raise `InputError` naming each variable that is missing (or empty) or wrong."""
        wanted = {name: environment[name.upper()] for name in cls.model_fields if environment.get(name.upper())}
        try:
            return cls.model_validate(wanted)
        except ValidationError as error:
            faults = "; ".join(f"{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors())
            raise InputError(f"the function's environment is not right: {faults}; see template.yaml") from None


class QueueSettings(Settings):
    """What sends batches needs to know the queue."""

    poll_queue_url: str


class DispatchSettings(QueueSettings):
    """What the dispatcher needs to know."""

    state_table: str
    feeds_per_batch: Annotated[int, Field(ge=1, le=500)] = 500


class PollSettings(Settings):
    """What the poller needs to know. `allow_private` opens loopback and private addresses: for a laptop only.

    `freshness` says how often feeds are looked at (`feedriver.decide.freshness`). `contact` is sent in the User-Agent
    (`feedriver.fetch.user_agent`). The credentials of private feeds are under `secrets_prefix`; where it is empty there
    are none. Documents are kept as received for `raw_days`; where that is 0, none is.
    """

    state_table: str
    entries_bucket: str
    event_bus: str
    secrets_prefix: str = ""
    contact: str = ""
    freshness: Freshness = "balanced"
    raw_days: Annotated[int, Field(ge=0)] = 30
    feeds_at_once: Annotated[int, Field(ge=1, le=500)] = 100
    max_document: Annotated[int, Field(ge=1)] = MAX_DOCUMENT
    allow_private: bool = False
    aws_lambda_function_memory_size: Annotated[int, Field(ge=128)] = 1024  # MB; Lambda sets it

    @property
    def room(self) -> int:
        """The bytes of memory that a batch's states and documents may take.

        A third of the memory is to be left. The parsing process may take `PARSER` of the rest, and the poller needs
        `POLLER` by itself.
        """
        return max(self.aws_lambda_function_memory_size * MEGABYTE * 2 // 3 - PARSER - POLLER, 0)


class ReconcileSettings(Settings):
    """What the sweep and the daily reconcile need to know."""

    state_table: str
    entries_bucket: str
    event_bus: str


class SubscriberSettings(Settings):
    """What the example subscriber needs to know."""

    latest_table: str
