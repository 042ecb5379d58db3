"""Each minute: send the feeds whose turn it is to be polled."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from feedriver import wiring
from feedriver.settings import DispatchSettings

logger = Logger(service="feedriver-dispatch")
metrics = Metrics(service="dispatch")


@cache
def _dispatcher() -> wiring.Dispatcher:
    return wiring.dispatcher(DispatchSettings.of(os.environ))


@logger.inject_lambda_context
@metrics.log_metrics
def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """The schedule's event says no more than that a minute has come: the clock and the cursor say which."""
    due = _dispatcher().dispatch()
    metrics.add_metric("FeedsDispatched", MetricUnit.Count, len(due.feeds))
    result = {"feeds": len(due.feeds), "minute": due.minute.isoformat(), "since": due.since and due.since.isoformat()}
    logger.info("dispatched", extra=result)
    return result
