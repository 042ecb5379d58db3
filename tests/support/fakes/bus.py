"""`Bus` that keeps what was sent."""

from __future__ import annotations

from collections.abc import Sequence

from fakes.calls import Calls
from feedriver.errors import EdgeError
from feedriver.messaging import Announcement


class FakeBus:
    """`Bus` that keeps what was sent; `refuse_after(n)` takes n events more and then refuses, until `accept()`."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.sent: list[Announcement] = []
        self._room: int | None = None

    def refuse_after(self, taken: int = 0) -> None:
        self._room = taken

    def accept(self) -> None:
        self._room = None

    def announce(self, announcements: Sequence[Announcement]) -> None:
        with self.calls.made("bus.announce", len(announcements)):
            self.calls.account.announced(announcements)
            for announcement in announcements:
                if self._room == 0:
                    raise EdgeError("fake PutEvents: some entries were not taken")
                self.sent.append(announcement)
                self._room = self._room and self._room - 1
