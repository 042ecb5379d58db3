from __future__ import annotations

import os
from types import SimpleNamespace

import pytest
from mocked import REGION, SESSION, mocked_river

os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "feedriver"  # read when a handler is imported
VARIABLES = {
    "STATE_TABLE": "StateTable",
    "ENTRIES_BUCKET": "EntriesBucket",
    "EVENT_BUS": "EventBus",
    "SECRETS_PREFIX": "SecretsPrefix",
    "POLL_QUEUE_URL": "PollQueue",
    "LATEST_TABLE": "LatestTable",
}


@pytest.fixture
def river(monkeypatch):
    """A river on moto, and the environment that template.yaml gives the functions."""
    with mocked_river() as river:
        monkeypatch.setattr("boto3.DEFAULT_SESSION", SESSION)
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        monkeypatch.setenv("ALLOW_PRIVATE", "true")
        for variable, output in VARIABLES.items():
            monkeypatch.setenv(variable, river.stack[output])
        yield river


@pytest.fixture
def context():
    """What Lambda gives a handler beside the event."""
    return SimpleNamespace(
        function_name="f",
        memory_limit_in_mb=256,
        invoked_function_arn="arn:aws:lambda:x",
        aws_request_id="request",
        get_remaining_time_in_millis=lambda: 120_000,
    )
