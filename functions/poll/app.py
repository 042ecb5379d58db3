"""Poll the feeds of each batch on the queue."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from feedriver.poll.batches import Batch
from feedriver.settings import PollSettings, QueueSettings
from feedriver.wiring import poll

MARGIN = 30.0  # seconds before Lambda's end: for what is under way then, its AWS calls, and the log
UNITS = {"BytesReceived": MetricUnit.Bytes, "LoopLag": MetricUnit.Milliseconds}
logger = Logger(service="feedriver-poll")
metrics = Metrics(service="poll")


@cache
def _receive() -> poll.Receive:
    return poll.delivery(PollSettings.from_environment(os.environ), QueueSettings.from_environment(os.environ))


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401  # Lambda's own, without a type
    """Answer with the messages to redeliver: those that could not be read, and copies of what another worker has."""
    failures = [record["messageId"] for record in event["Records"] if not _done(record, context)]
    metrics.add_metric("BatchesFailed", MetricUnit.Count, len(failures))
    return {"batchItemFailures": [{"itemIdentifier": failure} for failure in failures]}


def _done(record: dict[str, Any], context: Any) -> bool:  # noqa: ANN401  # as above
    try:
        batch, received = Batch.model_validate_json(record["body"]), record.get("attributes", {})
        seconds = context.get_remaining_time_in_millis() / 1000 - MARGIN
        delivered = _receive()(batch, int(received.get("ApproximateReceiveCount", 1)), seconds)
    except Exception:
        logger.exception("batch not polled", extra={"message_id": record["messageId"]})
        return False
    result = delivered.result
    for name, count in result.counts.items():
        metrics.add_metric(name, UNITS.get(name, MetricUnit.Count), count)
    log = logger.info if delivered.note == "polled" else logger.warning
    log(delivered.note, extra={"outcomes": result.outcomes, "logged": result.logged, **result.counts})
    return delivered.done
