"""The credentials of private feeds: SSM Parameter Store, one SecureString a feed, `<prefix><feed_id>`.

Standard parameters cost nothing, and 10,000 of them fit an account and region. They are encrypted under the account's
own key for Systems Manager, so that `ssm:GetParameters` on the prefix alone settles who may read them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from time import monotonic, sleep
from typing import Any

from feedriver.aws.calls import call
from feedriver.credentials import Secret
from feedriver.errors import EdgeError, InputError

READ_AT_ONCE = 10  # GetParameters' bound
PAUSE = 0.1  # seconds between two reads: 40 a second are the account's, for all that run in it (SSM's quotas)
KNOWN_FOR = 300.0  # seconds that a secret is not read again
MOST_CHARACTERS = 4_096  # of a standard parameter
BODY_LOGGERS = ("botocore.endpoint", "botocore.parsers")  # at DEBUG: the body of each request, and of each answer

_unlogged_now = ContextVar("_unlogged_now", default=False)


def _may_be_logged(_: logging.LogRecord) -> bool:
    return not _unlogged_now.get()


class SsmSecrets:
    """`feedriver.ports.Secrets` on SSM. `make` gives the client, when it is first needed: few feeds are private."""

    def __init__(
        self,
        make: Callable[[], Any],
        prefix: str,
        *,
        pause: Callable[[float], None] = sleep,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._make = make
        self._prefix = prefix
        self._pause = pause
        self._clock = clock
        self._known: dict[str, tuple[float, Secret]] = {}  # by feed, with the second until which it holds
        for name in BODY_LOGGERS:
            logging.getLogger(name).addFilter(_may_be_logged)

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401  # boto3 makes its clients at run time
        return self._make()

    def load(
        self, feed_ids: Sequence[str], failed: dict[str, EdgeError] | None = None, changed: Collection[str] = ()
    ) -> dict[str, Secret]:
        """See `Secrets.load`. Ten are read at a time, and what was read lately is not read again."""
        now = self._clock()
        stale = {feed_id for feed_id, (until, _) in self._known.items() if until <= now}.union(changed)
        self._known = {feed_id: known for feed_id, known in self._known.items() if feed_id not in stale}
        wanted = [feed_id for feed_id in dict.fromkeys(feed_ids) if feed_id not in self._known]
        for start in range(0, len(wanted), READ_AT_ONCE):
            if start:
                self._pause(PAUSE)
            some = wanted[start : start + READ_AT_ONCE]
            try:
                read = self._read(some)
            except EdgeError as error:
                if failed is None:
                    raise
                failed |= dict.fromkeys(some, error)
            else:
                self._known |= {feed_id: (now + KNOWN_FOR, secret) for feed_id, secret in read.items()}
        return {feed_id: self._known[feed_id][1] for feed_id in feed_ids if feed_id in self._known}

    def _read(self, feed_ids: Sequence[str]) -> dict[str, Secret]:
        with _unlogged("ssm GetParameters"):
            names = [self._prefix + feed_id for feed_id in feed_ids]
            answer = self._client.get_parameters(Names=names, WithDecryption=True)
        read = {
            parameter["Name"].removeprefix(self._prefix): _read(parameter["Value"])
            for parameter in answer["Parameters"]
        }
        return {feed_id: secret for feed_id, secret in read.items() if secret}

    def keep(self, feed_id: str, secret: Secret) -> None:
        """See `Secrets.keep`."""
        fields = {"origin": secret.origin, "headers": secret.headers, "query": secret.query}
        if secret.address:
            fields |= {"address": secret.address, "parts": secret.parts}
        value = json.dumps(fields)
        if len(value) > MOST_CHARACTERS:
            raise InputError(f"these credentials and headers are longer than {MOST_CHARACTERS} characters together")
        self._known.pop(feed_id, None)
        with _unlogged("ssm PutParameter"):
            self._client.put_parameter(
                Name=self._prefix + feed_id, Value=value, Type="SecureString", Tier="Standard", Overwrite=True
            )

    def forget(self, feed_id: str) -> None:
        """See `Secrets.forget`."""
        self._known.pop(feed_id, None)
        with _unlogged("ssm DeleteParameters"):
            self._client.delete_parameters(Names=[self._prefix + feed_id])


@contextmanager
def _unlogged(what: str) -> Iterator[None]:
    """A call of which nothing is logged, and whose error carries no message of AWS or botocore."""
    before = _unlogged_now.set(True)
    try:
        with call(what):
            yield
    except EdgeError as error:
        raise EdgeError(str(error)) from None
    finally:
        _unlogged_now.reset(before)


def _read(value: str) -> Secret | None:
    """The secret that a parameter holds; None where somebody wrote something else into it."""
    try:
        found = json.loads(value)
        headers = tuple((str(name), str(value)) for name, value in found["headers"])
        parts = tuple(map(str, found.get("parts", ())))
        return Secret(str(found["origin"]), headers, str(found["query"]), str(found.get("address", "")), parts)
    except (ValueError, KeyError, TypeError):
        return None
