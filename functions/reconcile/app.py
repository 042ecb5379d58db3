"""Each hour: what was committed and never announced is announced, and said."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from feedriver import wiring
from feedriver.settings import ReconcileSettings
from feedriver.sweep import Swept

MARGIN = 60.0  # seconds before Lambda's end: for the stretch that is under way then, and its outboxes
logger = Logger(service="feedriver-reconcile")
metrics = Metrics(namespace="feedriver", service="reconcile")


@cache
def _sweeper() -> Callable[..., Swept]:
    return wiring.sweeper(ReconcileSettings.of(os.environ))


@logger.inject_lambda_context
@metrics.log_metrics
def handler(_event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401  # Lambda's own, without a type
    """The schedule's event says no more than that it is time. What could not be announced is tried in the next hour."""
    swept = _sweeper()(seconds=context.get_remaining_time_in_millis() / 1000 - MARGIN)
    metrics.add_metric("OutboxAge", MetricUnit.Seconds, swept.oldest)
    for name, count in swept.counts.items():
        metrics.add_metric(name, MetricUnit.Count, count)
    result = {"OutboxAge": swept.oldest, "finished": swept.finished, **swept.counts}
    logger.info("reconciled", extra=result)
    return result
