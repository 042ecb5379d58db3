"""Each hour: what was committed and never announced is announced; once a day, all is compared with what is stored."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from feedriver import wiring
from feedriver.settings import ReconcileSettings

MARGIN = 120.0  # seconds before Lambda's end: for the stretch or step that is under way then, and its outboxes
MOST_LINES = 100  # findings that the log tells one by one; they are all counted, and the command line lists them
logger = Logger(service="feedriver-reconcile")
metrics = Metrics(namespace="feedriver", service="reconcile")


@cache
def _work() -> wiring.Reconciler:
    return wiring.reconciler(ReconcileSettings.of(os.environ))


@logger.inject_lambda_context
@metrics.log_metrics
def handler(_event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401  # Lambda's own, without a type
    """The schedule's event says no more than that it is time. What there was no time for is done in the next hour."""
    swept = _work().sweep(seconds=_left(context) / 2)
    metrics.add_metric("OutboxAge", MetricUnit.Seconds, swept.oldest)
    _count(swept.counts)
    result: dict[str, Any] = {"OutboxAge": swept.oldest, "finished": swept.finished, **swept.counts}
    if compared := _work().compare(seconds=_left(context)):
        _count(compared.done.counts)
        for finding in compared.done.findings[:MOST_LINES]:
            logger.warning("does not agree", extra=finding._asdict())
        result |= {"round": compared.round.model_dump(mode="json"), **compared.done.counts}
        if compared.failure:
            raise compared.failure
    logger.info("reconciled", extra=result)
    return result


def _left(context: Any) -> float:  # noqa: ANN401  # as above
    seconds: float = context.get_remaining_time_in_millis() / 1000 - MARGIN
    return seconds


def _count(counts: dict[str, int]) -> None:
    for name, count in counts.items():
        metrics.add_metric(name, MetricUnit.Count, count)
