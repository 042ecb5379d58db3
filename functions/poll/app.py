"""Poll the feeds of each batch on the queue."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from feedriver import wiring
from feedriver.batches import Batch
from feedriver.pipeline import Outcome
from feedriver.settings import PollSettings

logger = Logger(service="feedriver-poll")
metrics = Metrics(namespace="feedriver", service="poll")


@cache
def _poller() -> Callable[..., Outcome]:
    return wiring.poller(PollSettings.of(os.environ))


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer with the messages to redeliver: those of batches that AWS kept from being finished."""
    failures = []
    for record in event["Records"]:
        try:
            outcome = _poller()(Batch.model_validate_json(record["body"]))
        except Exception:
            logger.exception("batch not polled", extra={"message_id": record["messageId"]})
            failures.append({"itemIdentifier": record["messageId"]})
            continue
        if outcome.unfinished:
            failures.append({"itemIdentifier": record["messageId"]})
        _tell(outcome)
    metrics.add_metric("BatchesFailed", MetricUnit.Count, len(failures))
    return {"batchItemFailures": failures}


def _tell(outcome: Outcome) -> None:
    """One line and a handful of counts a batch; each feed's own line is in `polls/`."""
    counts = Counter(report.outcome for report in outcome.reports)
    new = sum(report.new for report in outcome.reports)
    updated = sum(report.updated for report in outcome.reports)
    metrics.add_metric("FeedsPolled", MetricUnit.Count, len(outcome.reports))
    metrics.add_metric("EntriesPublished", MetricUnit.Count, new)
    metrics.add_metric("EntriesUpdated", MetricUnit.Count, updated)
    metrics.add_metric("FeedsUnfinished", MetricUnit.Count, len(outcome.unfinished))
    logger.info("polled", extra={"outcomes": counts, "new": new, "updated": updated, "logged": outcome.logged})
