"""`Leases` in memory."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from fakes.calls import Calls
from feedriver.table import Lease, Standing


class FakeLeases:
    """`Leases` in memory: `held` by batch, until when and at which hosts; None for one that is done."""

    KNOWN_FOR = timedelta(minutes=20)

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.held: dict[str, tuple[datetime, frozenset[str] | None]] = {}

    def take(self, batch: str, hosts: Collection[str], now: datetime, until: datetime) -> Lease:
        with self.calls.made("leases.take", batch):
            self._forget(now)
            if standing := self._standing(batch, now):
                return Lease(standing)
            busy = frozenset(hosts) & {host for until, at in self.held.values() for host in at or () if until >= now}
            self.held[batch] = until, frozenset(hosts) - busy
            return Lease("taken", busy)

    def standing(self, batch: str, now: datetime) -> Standing | None:
        with self.calls.made("leases.standing", batch):
            return self._standing(batch, now)

    def _standing(self, batch: str, now: datetime) -> Standing | None:
        if batch not in self.held:
            return None
        until, hosts = self.held[batch]
        if hosts is None:
            return "done"
        return "at_work" if until >= now else "left"

    def _forget(self, now: datetime) -> None:
        known = self.KNOWN_FOR
        self.held = {
            each: (until, hosts)
            for each, (until, hosts) in self.held.items()
            if until >= (now if hosts is None else now - known)
        }

    def finish(self, batch: str, now: datetime) -> None:
        with self.calls.made("leases.finish", batch):
            self.held[batch] = now + self.KNOWN_FOR, None
