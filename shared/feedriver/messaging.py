"""What is sent on the bus and the queues: an announcement, and the route of a dead letter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event, ready for the bus: `detail` is JSON."""

    detail_type: str
    detail: str
    time: datetime


class Route(NamedTuple):
    """A queue of dead letters and the queue that its messages were meant for, each by its URL."""

    dead: str
    queue: str
