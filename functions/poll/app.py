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
from feedriver.errors import EdgeError
from feedriver.pipeline import Outcome
from feedriver.redelivery import Redelivery
from feedriver.settings import PollSettings, QueueSettings

MARGIN = 30.0  # seconds before Lambda's end: for what is under way then, its AWS calls, and the log
logger = Logger(service="feedriver-poll")
metrics = Metrics(namespace="feedriver", service="poll")


@cache
def _edges() -> tuple[Callable[..., Outcome], Redelivery]:
    return wiring.poller(PollSettings.of(os.environ)), wiring.redelivery(QueueSettings.of(os.environ))


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401  # Lambda's own, without a type
    """Answer with the messages to redeliver: those that could not be read, and those that were tried often enough."""
    failures = [record["messageId"] for record in event["Records"] if not _done(record, context)]
    metrics.add_metric("BatchesFailed", MetricUnit.Count, len(failures))
    return {"batchItemFailures": [{"itemIdentifier": failure} for failure in failures]}


def _done(record: dict[str, Any], context: Any) -> bool:  # noqa: ANN401  # as above
    try:
        (poll, again), batch = _edges(), Batch.model_validate_json(record["body"])
        if again.isolate(batch, int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))):
            logger.warning("a worker died of this batch: each feed is polled alone", extra={"feeds": len(batch.feeds)})
            return True
        try:
            outcome = poll(batch, seconds=context.get_remaining_time_in_millis() / 1000 - MARGIN)
        except EdgeError:
            logger.exception("no state could be read")
            return again.settle(batch, batch.feeds)
        for name, count in outcome.counts.items():
            metrics.add_metric(name, MetricUnit.Bytes if name == "BytesReceived" else MetricUnit.Count, count)
        logger.info("polled", extra={"outcomes": outcome.outcomes, "logged": outcome.logged, **outcome.counts})
        return again.settle(batch, outcome.unfinished, outcome.deferred)
    except Exception:
        logger.exception("batch not polled", extra={"message_id": record["messageId"]})
        return False
