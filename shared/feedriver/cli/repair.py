"""`feedriver replay` and `feedriver redrive`: what consumers or queues lost is given to them again."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from feedriver import registry, urls
from feedriver.cli import output
from feedriver.cli.feeds import Stack, open_river
from feedriver.cli.run import DATA, Data
from feedriver.cli.times import moment
from feedriver.errors import InputError
from feedriver.ports import States
from feedriver.repair.redrive import MOST, Redriven, redrive
from feedriver.repair.replay import Replayed, replay
from feedriver.wiring.clients import utc_now

Since = Annotated[str, typer.Option(metavar="TIME", help="From when on: 2h, 3d (ago), 2026-11-20, 2026-11-20T08:00.")]
Feed = Annotated[str | None, typer.Option(metavar="URL|ID", help="Of this feed only; it may have been removed.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON and nothing else.")]


def feed_of(states: States, wanted: str | None) -> str | None:
    """The id of the feed that `wanted` names, also where it was removed; None where no feed is named."""
    if wanted is None:
        return None
    found = registry.find(states, wanted)
    if found:
        return found.feed_id
    return wanted if registry.ID.fullmatch(wanted) else urls.feed_id(registry.address(wanted))


def tell_json(result: object) -> None:
    """The whole of stdout."""
    json.dump(result, sys.stdout, ensure_ascii=False)
    sys.stdout.write("\n")


def bar(what: str, *, quiet: bool) -> Progress:
    """A line on stderr that says how far it is; `told` is what it says."""
    columns = (TextColumn(what), TextColumn("{task.fields[told]}", markup=False), TimeElapsedColumn())
    return Progress(*columns, console=output.errors(), disable=quiet)


def replay_command(
    since: Since,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Before when; now, unless it says.")] = None,
    feed: Feed = None,
    data: Data = DATA,
    stack: Stack = None,
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Announce entries again, from the store: the same events to the letter, ids included.

    For all subscribers of the bus: who keeps the highest revision of each entry is not disturbed by it. Entries only:
    what happened to feeds (Feed Gone, Feed Moved, ...) and Entry Deleted are not stored as objects; the event archive
    of the bus replays those of the last 90 days.

    As JSON: {"objects", "events": {DETAIL-TYPE: COUNT}, "unreadable": [KEY], "dry_run"}.
    """
    now = utc_now()
    start, end = moment(since, now), moment(until, now) if until else now
    if start >= end:
        raise InputError("--since must lie before --until, and before now")
    with open_river(data, stack) as river, bar("replay", quiet=as_json) as progress:
        edges = river.edges
        task = progress.add_task("replay", told="")

        def on_object(done: Replayed) -> None:
            progress.update(task, told=f"{done.objects} objects, {done.events.total()} events")

        done = replay(
            edges.store, edges.bus, start, end, feed_of(edges.states, feed), dry_run=dry_run, on_object=on_object
        )
    if as_json:
        tell_json({"objects": done.objects, "events": done.events, "unreadable": done.unreadable, "dry_run": dry_run})
    else:
        for key in done.unreadable:
            output.complain(f"not an object of entries, passed over: {key}")
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(done.events.items())) or "no events"
        print(f"{'Would be announced' if dry_run else 'Announced'} again: {kinds}, of {done.objects} objects.")


def redrive_command(
    data: Data = DATA,
    stack: Stack = None,
    most: Annotated[int, typer.Option(min=1, help="Of one queue at most.")] = MOST,
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Send dead letters on their way again: batches to the poll queue, events to the queues of the bus's targets.

    Do it when what kept them from it is repaired: what fails again is a dead letter again. The schedule's dead letters
    stay: the next minute has caught up with them. Counts of what waits are SQS's estimates.

    As JSON: [{"from", "to", "waiting", "moved"}].
    """
    with open_river(data, stack) as river:
        done = redrive(river.dead_letters, most, dry_run=dry_run)
    if as_json:
        tell_json([_route(each) for each in done])
        return
    for each in done:
        told = _route(each)
        moved = "none moved, as asked" if dry_run else f"{each.moved} moved"
        print(f"{told['from']}: {each.waiting} waiting, {moved} to {told['to']}")


def _route(done: Redriven) -> dict[str, object]:
    dead, queue = (url.rpartition("/")[2] for url in done.route)
    return {"from": dead, "to": queue, "waiting": done.waiting, "moved": done.moved}
