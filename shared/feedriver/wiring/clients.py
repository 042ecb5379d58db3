"""The clients and the clock of production."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3

from feedriver.aws.calls import CONFIG

Clients = Callable[[str], Any]  # an AWS service's name to its boto3 client


def utc_now() -> datetime:
    """The clock of production."""
    return datetime.now(UTC)


def aws_clients(service: str) -> Any:  # noqa: ANN401  # boto3 makes its clients at run time
    """A client of the account and region that the environment names, as in Lambda."""
    make: Any = boto3.client
    return make(service, config=CONFIG)
