"""Each minute: send the feeds whose turn it is to be polled."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from feedriver.settings import DispatchSettings
from feedriver.wiring import dispatch

MARGIN = 25.0  # seconds before Lambda's end: for the last minute's feeds, and for sending what was found
logger = Logger(service="feedriver-dispatch")
metrics = Metrics(service="dispatch")


@cache
def _dispatcher() -> dispatch.Dispatcher:
    return dispatch.dispatcher(DispatchSettings.from_environment(os.environ))


@logger.inject_lambda_context
@metrics.log_metrics
def handler(_event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401  # Lambda's own, without a type
    """The schedule's event says no more than that a minute has come: the clock and the cursor say which."""
    due = _dispatcher().dispatch(context.get_remaining_time_in_millis() / 1000 - MARGIN)
    metrics.add_metric("FeedsDispatched", MetricUnit.Count, len(due.feeds))
    minutes = {"minute": due.minute, "since": due.since, "upto": due.upto}
    result = {"feeds": len(due.feeds), **{name: time and time.isoformat() for name, time in minutes.items()}}
    logger.info("dispatched", extra=result)
    return result
