"""How every AWS client here is made, and how every AWS failure becomes an `EdgeError`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from feedriver.errors import EdgeError, InvalidWriteError

# Retries are botocore's, jittered; the pool fits the pipeline's threads.
CONFIG = Config(
    connect_timeout=3,
    read_timeout=10,
    max_pool_connections=32,
    retries={"mode": "standard", "total_max_attempts": 4},
)
# What is refused for what it is. DynamoDB: an item over 400 KB. S3: a key, a label or a body that it does not take.
# EventBridge: a request over its size.
INVALID = frozenset(
    {
        "ValidationException", "InvalidArgument", "InvalidRequest", "KeyTooLongError", "MetadataTooLarge",
        "EntityTooLarge", "RequestEntityTooLarge", "RequestHeaderSectionTooLarge",
    }
)  # fmt: skip


@contextmanager
def call(what: str) -> Iterator[None]:
    """Name the call in whatever error comes of it. Messages carry AWS's error code, never a request or a response."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        raise (InvalidWriteError if code in INVALID else EdgeError)(f"{what}: {code}") from error
    except ParamValidationError as error:  # botocore's own, before anything is sent
        raise InvalidWriteError(f"{what}: {type(error).__name__}") from error
    except BotoCoreError as error:
        raise EdgeError(f"{what}: {type(error).__name__}") from error


def failed_condition(error: EdgeError) -> dict[str, Any] | None:
    """The item that did not meet the condition of a write (empty if AWS did not return it); None for other errors."""
    cause = error.__cause__
    if isinstance(cause, ClientError) and cause.response["Error"]["Code"] == "ConditionalCheckFailedException":
        item: dict[str, Any] = cause.response.get("Item", {})  # type: ignore[assignment]  # botocore's type leaves it out
        return item
    return None
