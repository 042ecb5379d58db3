"""US dollars, us-east-1, on demand, from AWS's public price lists as of November 2026 (aws.amazon.com/…/pricing)."""

from __future__ import annotations

PRICES = {
    "Lambda, GB-second, arm64": 0.0000133334,
    "Lambda, request": 0.20e-6,
    "DynamoDB, read unit": 0.125e-6,
    "DynamoDB, write unit": 0.625e-6,
    "EventBridge, event": 1.00e-6,
    "SQS, request": 0.40e-6,
    "S3, PUT": 5e-6,
    "S3, LIST": 5e-6,
    "S3, GET": 0.4e-6,
    "Scheduler, invocation": 1e-6,
}
