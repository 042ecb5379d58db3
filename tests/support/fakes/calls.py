"""Every call to a fake, in order, and the faults still to come."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from account import Account

from feedriver.errors import EdgeError

START = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)
FAILED = EdgeError("fake Call: InternalServerError")


class Crash(BaseException):
    """The process dies here: nothing may catch it."""


@dataclass
class Fault:
    """What is to happen at a call: the next one of this name, or the one of this number (from 1)."""

    error: BaseException
    name: str | None = None
    number: int | None = None
    after: bool = False


@dataclass
class Calls:
    """Every call to any port, by name and in order, with what it was about; and the faults still to come."""

    log: list[str] = field(default_factory=list)
    about: list[tuple[str, object]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    account: Account = field(default_factory=Account)
    clock: Clock | None = None
    seconds: float = 0.0  # that each call takes of the clock's time
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def made(self, name: str, about: object = None) -> Iterator[None]:
        """Log the call, and raise what was asked for, before or after its effect."""
        with self._lock:
            self.log.append(name)
            self.about.append((name, about))
            number = len(self.log)
            due = [fault for fault in self.faults if fault.name == name or fault.number == number]
            for fault in due:
                self.faults.remove(fault)
            self.account.called(name)
            if self.clock:
                self.clock.advance(timedelta(seconds=self.seconds))
        for fault in due:
            if not fault.after:
                raise fault.error
        yield
        for fault in due:
            if fault.after:
                raise fault.error


@dataclass
class Clock:
    """A settable clock."""

    time: datetime = START

    def __call__(self) -> datetime:
        return self.time

    def advance(self, by: timedelta) -> None:
        self.time += by
