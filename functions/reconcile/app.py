"""Each hour: what was committed and never announced is announced; once a day, all is compared with what is stored."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from feedriver.settings import ReconcileSettings
from feedriver.wiring import reconcile

MARGIN = 120.0  # seconds before Lambda's end: for the stretch or step that is under way then, and its outboxes
MOST_LINES = 100  # findings that are logged one by one; they are all counted, and the command line lists them
logger = Logger(service="feedriver-reconcile")
metrics = Metrics(service="reconcile")


@cache
def _work() -> reconcile.Reconciler:
    return reconcile.reconciler(ReconcileSettings.from_environment(os.environ))


@logger.inject_lambda_context
@metrics.log_metrics
def handler(_event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401  # Lambda's own, without a type
    """The schedule's event says no more than that it is time. What there was no time for is done in the next hour."""
    result: dict[str, Any] = {}
    try:
        _sweep(context.get_remaining_time_in_millis() / 1000 - MARGIN, result)
    finally:  # it is done all the same; then the function fails
        _compare(context.get_remaining_time_in_millis() / 1000 - MARGIN, result)
        logger.info("reconciled", extra=result)
    return result


def _sweep(seconds: float, result: dict[str, Any]) -> None:
    swept = _work().sweep(seconds=seconds / 2)
    metrics.add_metric("OutboxAge", MetricUnit.Seconds, swept.oldest)
    result |= {"OutboxAge": swept.oldest, "finished": swept.finished, **swept.counts}
    _report("passed over", swept.passed_over, swept.counts)


def _compare(seconds: float, result: dict[str, Any]) -> None:
    if compared := _work().compare(seconds=seconds):
        result |= {"round": compared.round.model_dump(mode="json"), **compared.done.counts}
        _report("does not agree", compared.done.findings, compared.done.counts)
        if compared.failure:
            raise compared.failure


def _report(what: str, found: Sequence[Any], counts: dict[str, int]) -> None:
    for each in found[:MOST_LINES]:
        logger.warning(what, extra=each._asdict())
    for name, count in counts.items():
        metrics.add_metric(name, MetricUnit.Count, count)
