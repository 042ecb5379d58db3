"""The process that `bench/backlog.py` measures: the dispatch function's work as it is wired in the cloud.

    python bench/dispatching.py ENDPOINT SHARE

Of each line of its input, a minute, it dispatches that minute, and prints as JSON what that cost: `cpu`, seconds of
this process; `megabytes`, the most it ever had; and `feeds`, `since` and `upto` as the dispatcher says them. SHARE is
the part of a processor that the function has: so its time is over when it would be in Lambda.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

import boto3

from feedriver.aws.calls import CONFIG
from feedriver.aws.queue import SqsQueue
from feedriver.aws.state import DynamoStates
from feedriver.poll import dispatch

if TYPE_CHECKING:
    from collections.abc import Iterable

SECONDS = 25.0  # the function's timeout without its margin


def peak() -> float:
    """Megabytes that this process had at most; 0 where there is no /proc. `ru_maxrss` would count the parent's, too."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.is_file() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)


def main(endpoint: str, share: float, lines: Iterable[str]) -> None:
    """Dispatch minute after minute until the input ends."""
    make = partial(
        boto3.client,
        region_name="eu-central-1",
        endpoint_url=endpoint,
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",  # noqa: S106  # the other end is bench/backlog.py
        config=CONFIG,
    )
    states, queue = DynamoStates(make("dynamodb"), "state"), SqsQueue(make("sqs"), f"{endpoint}/queue")
    for line in lines:
        print(json.dumps(dispatched(states, queue, datetime.fromisoformat(line.strip()), share)), flush=True)


def dispatched(states: DynamoStates, queue: SqsQueue, minute: datetime, share: float) -> dict[str, object]:
    """Dispatch one minute; what it cost."""
    begun = process_time()
    end = begun + SECONDS * share
    due = dispatch.dispatch(states, queue, minute, 500, dispatch.Bounds(in_time=lambda: process_time() < end))
    upto = (due.upto or due.minute).isoformat()
    return {"cpu": process_time() - begun, "megabytes": peak(), "feeds": len(due.feeds), "upto": upto}


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.stdin)
