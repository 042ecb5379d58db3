"""How a poll of a feed ended: the code in its report, in metrics and in `feedriver run --json`. A contract.

Beside these a code may be a `FetchCode`, a `ParseCode` or `http_<status>`: those are failures of the feed.
"""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """All other codes."""

    PUBLISHED = "published"
    HELD = "held"  # entries were stored and not announced (`feedriver.decide.flood`)
    UNCHANGED = "unchanged"
    NOT_MODIFIED = "not_modified"
    GONE = "gone"
    WAITING = "waiting"  # it is not its turn, or its host asked for rest
    DEFERRED = "deferred"  # the batch had no time for it
    CONFLICT = "conflict"  # another worker committed it first
    AWS = "aws"
    NETWORK = "network"  # our own
    BLOCKED = "blocked"  # by a bot wall
    RATE_LIMITED = "rate_limited"
    INTERNAL_ERROR = "internal_error"  # a defect of ours
    UNWRITABLE = "unwritable"  # AWS takes its result in no form
    UNREADABLE = "unreadable"  # its state was written by a newer version, or by a person
    KILLED_WORKER = "killed_worker"

    @property
    def is_unfinished(self) -> bool:
        """Whether AWS or our own network stopped it: nobody's fault, and its batch is to come again."""
        return self in {Outcome.AWS, Outcome.NETWORK}

    @property
    def is_failure(self) -> bool:
        """Whether something is wrong with the feed, or with how we read it."""
        return self in _FAILURES


_FAILURES = {
    Outcome.BLOCKED,
    Outcome.RATE_LIMITED,
    Outcome.INTERNAL_ERROR,
    Outcome.UNWRITABLE,
    Outcome.UNREADABLE,
    Outcome.KILLED_WORKER,
}
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}


def is_failure(code: str) -> bool:
    """Whether a poll that ended with this code failed; likewise for the codes that are not of `Outcome`."""
    known = _OUTCOMES.get(code)
    return known.is_failure if known else True


def is_unfinished(code: str) -> bool:
    """Whether a poll that ended with this code is to be made again, by nobody's fault."""
    known = _OUTCOMES.get(code)
    return bool(known and known.is_unfinished)
