"""`Queue` that keeps what was sent."""

from __future__ import annotations

from collections.abc import Sequence

from fakes.calls import Calls


class FakeQueue:
    """`Queue` that keeps what was sent."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.bodies: list[str] = []
        self.delays: list[int] = []

    def send(self, bodies: Sequence[str], delay: int = 0) -> None:
        with self.calls.made("queue.send", len(bodies)):
            self.calls.account.sent(bodies, delay)
            self.bodies += bodies
            self.delays += [delay] * len(bodies)
