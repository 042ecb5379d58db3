"""What became of a batch, feed by feed and in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from feedriver.decide.outcome import Outcome, is_failure, is_unfinished
from feedriver.poll.batches import Report
from feedriver.table import Standing


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of a batch.

    `unfinished` are feeds that a failure of AWS or of our network stopped: their batch is to be redelivered. `deferred`
    are feeds that the batch had no time for: nothing of them was written, they are to be put back. New feeds are in
    neither where they were not asked, since the dispatcher sends them each minute. `asked` are those of both
    that are not to be asked again in this turn, `unread` those whose publishers' answers are kept (`unread`),
    with the revision that each feed is at. `logged` says whether the batch's log in `polls/` was written. `copy` says
    that nothing was done, since a copy of this message began before, and what that came to. `lag` is the longest time
    in seconds by which the event loop was late (`feedriver.poll.lag`).
    """

    reports: tuple[Report, ...]
    unfinished: tuple[str, ...]
    logged: bool = True
    deferred: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    copy: Standing | None = None
    unread: Mapping[str, int] = field(default_factory=dict)
    lag: float = 0.0

    @classmethod
    def from_reports(
        cls,
        reports: Sequence[Report],
        elsewhere: Collection[str] = (),
        unread: Mapping[str, int] | None = None,
        *,
        logged: bool = True,
        once: bool = True,
        lag: float = 0.0,
    ) -> Self:
        """What these reports come to. Those feeds that are sent `elsewhere` anyhow are not to come again by message.

        Where our network was closed few publishers have heard of us, so that a second request in a turn is no harm:
        `once` says that it was the second.
        """
        left = [each for each in reports if each.feed_id not in elsewhere]
        unfinished = [each for each in left if is_unfinished(each.outcome)]
        deferred = [each for each in left if each.outcome == Outcome.DEFERRED]
        asked = [each for each in (*unfinished, *deferred) if each.asked and (once or each.outcome != Outcome.NETWORK)]
        kept = {each.feed_id: rev for each in (*unfinished, *deferred) if (rev := (unread or {}).get(each.feed_id))}
        return cls(tuple(reports), _ids(unfinished), logged, _ids(deferred), _ids(asked), unread=kept, lag=lag)

    @property
    def outcomes(self) -> Counter[str]:
        """How many feeds had which outcome."""
        return Counter(report.outcome for report in self.reports)

    @property
    def counts(self) -> dict[str, int]:
        """What is counted of a batch, by the name of its metric. `BytesReceived` came over the wire.

        `LoopLag` is in milliseconds.
        """
        outcomes = self.outcomes
        return {
            "FeedsPolled": sum(report.asked for report in self.reports),
            "NotModified": outcomes[Outcome.NOT_MODIFIED],
            "Failed": sum(is_failure(report.outcome) for report in self.reports),
            "Deferred": len(self.deferred),
            "Waiting": outcomes[Outcome.WAITING],
            "BytesReceived": sum(report.bytes for report in self.reports),
            "EntriesPublished": sum(report.new for report in self.reports),
            "EntriesUpdated": sum(report.updated for report in self.reports),
            "EntriesHeld": sum(report.held for report in self.reports),
            "FeedsUnfinished": len(self.unfinished),
            "LoopLag": round(self.lag * 1000),
        }


def _ids(reports: Iterable[Report]) -> tuple[str, ...]:
    return tuple(report.feed_id for report in reports)
