"""Poll the feeds of each batch on the queue."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from feedriver import wiring
from feedriver.batches import Batch
from feedriver.pipeline import Outcome
from feedriver.settings import PollSettings, QueueSettings

MARGIN = 30.0  # seconds before Lambda's end: for what is under way then, its AWS calls, and the log
logger = Logger(service="feedriver-poll")
metrics = Metrics(namespace="feedriver", service="poll")


@cache
def _edges() -> tuple[Callable[..., Outcome], Callable[..., None]]:
    return wiring.poller(PollSettings.of(os.environ)), wiring.deferrer(QueueSettings.of(os.environ))


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401  # Lambda's own, without a type
    """Answer with the messages to redeliver: those of batches of which AWS or the network let nothing be finished."""
    failures = []
    for record in event["Records"]:
        try:
            poll, put_back = _edges()
            batch = Batch.model_validate_json(record["body"])
            outcome = poll(batch, seconds=context.get_remaining_time_in_millis() / 1000 - MARGIN)
            left = (*outcome.unfinished, *outcome.deferred)
            if outcome.unfinished and len(left) == len(batch.feeds):
                failures.append({"itemIdentifier": record["messageId"]})
            else:  # publishers whose feeds are done are not asked again for the others' sake
                put_back(batch, left, rounds=0 if outcome.unfinished else 1)
        except Exception:
            logger.exception("batch not polled", extra={"message_id": record["messageId"]})
            failures.append({"itemIdentifier": record["messageId"]})
            continue
        for name, count in outcome.counts.items():
            metrics.add_metric(name, MetricUnit.Bytes if name == "BytesReceived" else MetricUnit.Count, count)
        logger.info("polled", extra={"outcomes": outcome.outcomes, "logged": outcome.logged, **outcome.counts})
    metrics.add_metric("BatchesFailed", MetricUnit.Count, len(failures))
    return {"batchItemFailures": failures}
