"""`Secrets` in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from fakes.calls import Calls
from feedriver.credentials import Secret
from feedriver.errors import EdgeError


class FakeSecrets:
    """`Secrets` in memory."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.kept: dict[str, Secret] = {}

    def load(
        self, feed_ids: Sequence[str], failed: dict[str, EdgeError] | None = None, changed: Collection[str] = ()
    ) -> dict[str, Secret]:
        try:
            with self.calls.made("secrets.load", tuple(feed_ids)):
                return {feed_id: self.kept[feed_id] for feed_id in feed_ids if feed_id in self.kept}
        except EdgeError as error:
            if failed is None:
                raise
            failed |= dict.fromkeys(feed_ids, error)
            return {}

    def keep(self, feed_id: str, secret: Secret) -> None:
        with self.calls.made("secrets.keep", feed_id):
            self.kept[feed_id] = secret

    def forget(self, feed_id: str) -> None:
        with self.calls.made("secrets.forget", feed_id):
            self.kept.pop(feed_id, None)
