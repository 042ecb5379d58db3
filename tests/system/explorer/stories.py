"""What happens to be published while things go wrong: each story is what came before, and what is told from there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from explorer.stage import Stage

LATE = datetime(2026, 5, 4, 23, 50, 30, tzinfo=UTC)  # what is delivered again comes on the day after
Chapter = Callable[[Stage], None]


def _first(stage: Stage) -> list[Chapter]:
    """A feed is added, and first read shortly before midnight."""
    stage.clock.time = LATE
    paper = stage.found("post")
    return [lambda _: paper.publish("a", "b")]


def _edits(stage: Stage) -> list[Chapter]:
    """A known feed has news and an edit; by its next turn nothing that it held is left."""
    stage.clock.time = LATE.replace(hour=22)
    paper = stage.found("post")
    paper.publish("a", "b")
    stage.poll_at_turn()

    def news(_: Stage) -> None:
        paper.edit("b")
        paper.publish("c")

    def another(_: Stage) -> None:
        paper.window.clear()
        paper.publish("x", "y")

    return [news, another]


def _batch(stage: Stage) -> list[Chapter]:
    """Three feeds of one batch, each with news."""
    papers = [stage.found(name) for name in ("post", "times", "echo")]
    for paper in papers:
        paper.publish("a", "b")
    stage.poll_at_turn()

    def news(_: Stage) -> None:
        for paper in papers:
            paper.edit("a")
            paper.publish("c")

    return [news]


def _flood(stage: Stage) -> list[Chapter]:
    """Far more comes than usual; a person releases what is held, and the feed goes on."""
    paper = stage.found("post")
    paper.publish("a", "b")
    stage.poll_at_turn()

    def flood(_: Stage) -> None:
        paper.publish(*(f"n{number}" for number in range(6)))

    def release(stage: Stage) -> None:
        paper.edit("n0")
        stage.release_now(tuple(stage.papers))

    return [flood, release]


def _queue(stage: Stage) -> list[Chapter]:
    """As in the stack: a feed is added and read, then it has news. Its turns come by schedule, queue and lease."""
    stage.by_queue = True
    paper = stage.found("post")

    def news(_: Stage) -> None:
        paper.edit("b")
        paper.publish("c")

    return [lambda _: paper.publish("a", "b"), news]


STORIES: dict[str, Callable[[Stage], list[Chapter]]] = {
    "first": _first,
    "edits": _edits,
    "batch": _batch,
    "flood": _flood,
    "queue": _queue,
}
