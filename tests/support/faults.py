"""What AWS does on a bad day, done to a boto3 client below its retries, by botocore's own hook.

    refuse(client, "PutItem", "ThrottlingException", times=2)   refused, no effect
    lose_reply(client, "PutItem")                               takes effect, and the reply never comes
    crash(client, "PutItem")                                    the process dies before the call, or after=True
    answer(client, "PutEvents", {…})                            answers this; no effect
    cut_short(client, "GetObject")                              answers, and breaks off in the body
    watch(client, "PutEvents")                                  nothing but what each request said

Each gives the list of requests that it met, which grows as they are made.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from itertools import count, cycle
from typing import Any
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ReadTimeoutError

Act = Callable[[AWSPreparedRequest], AWSResponse | None]

ALWAYS = 1_000_000
NOWHERE = "http://nowhere.invalid/"  # where a request goes that has been answered


class Crash(BaseException):
    """The end of the process, as far as a test can have it: nothing that catches `Exception` stops it."""


class _Body(io.BytesIO):
    def stream(self, **_: object) -> Any:
        yield self.read()


def _hook(
    client: Any,
    operation: str,
    act: Act,
    *,
    times: int,
    last: bool = False,
) -> list[bytes]:
    met: list[bytes] = []
    numbers = count()
    event = f"before-send.{client.meta.service_model.service_id.hyphenize()}.{operation}"

    def handler(event_name: str, request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
        if event_name != event or request.url == NOWHERE or next(numbers) >= times:
            return None
        body = request.body or b""
        met.append(body if isinstance(body, bytes) else str(body).encode())
        return act(request)

    if last:
        client.meta.events.register_last("before-send", handler)  # moto's own hook is on this: after that one
    else:
        client.meta.events.register_first(event, handler)
    return met


def _answer(request: AWSPreparedRequest, status: int, body: bytes, headers: dict[str, str]) -> AWSResponse:
    url = request.url
    # botocore asks every handler and takes the first answer: moto's must find nothing to do.
    request.url = NOWHERE
    return AWSResponse(url, status, headers, _Body(body))


def refuse(client: Any, operation: str, code: str, *, times: int = ALWAYS, status: int = 400) -> list[bytes]:
    """AWS refuses with this error code."""
    if client.meta.service_model.metadata["protocol"] == "rest-xml":
        body = f"<Error><Code>{escape(code)}</Code><Message>no</Message></Error>".encode()
    else:
        body = json.dumps({"__type": code, "message": "no"}).encode()
    return _hook(client, operation, lambda request: _answer(request, status, body, {}), times=times)


def answer(client: Any, operation: str, *results: object, times: int | None = None) -> list[bytes]:
    """AWS answers 200 with these, one a request, and then as usual: bytes as they are, anything else as JSON."""
    bodies = cycle([result if isinstance(result, bytes) else json.dumps(result).encode() for result in results])
    times = len(results) if times is None else times
    return _hook(client, operation, lambda request: _answer(request, 200, next(bodies), {}), times=times)


def cut_short(client: Any, operation: str) -> list[bytes]:
    """AWS answers 200, and the connection breaks in the middle of the body."""
    headers = {"Content-Length": "1000"}
    return _hook(client, operation, lambda request: _answer(request, 200, b"half", headers), times=ALWAYS)


def lose_reply(client: Any, operation: str, *, times: int = 1) -> list[bytes]:
    """The request takes effect, and the client waits for the reply in vain."""

    def act(request: AWSPreparedRequest) -> None:
        raise ReadTimeoutError(endpoint_url=request.url)

    return _hook(client, operation, act, times=times, last=True)


def crash(client: Any, operation: str, *, after: bool = False) -> list[bytes]:
    """The process dies as it makes the call, before it has an effect, or `after` it had."""

    def act(_: AWSPreparedRequest) -> None:
        raise Crash(operation)

    return _hook(client, operation, act, times=ALWAYS, last=after)


def watch(client: Any, operation: str) -> list[bytes]:
    """See what each request says, and let it pass."""
    return _hook(client, operation, lambda _: None, times=ALWAYS)
