"""The commands of repair: replay, redrive, reconcile and reparse."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Annotated

import typer
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from feedriver.cli import output
from feedriver.cli.options import DATA, AsJson, Data, DryRun, Feed, Since, Stack, feed_of, open_deployment
from feedriver.cli.times import moment
from feedriver.errors import InputError
from feedriver.repair.reconcile import Finding, Reconciled, reconcile
from feedriver.repair.redrive import MOST, Redriven, redrive
from feedriver.repair.reparse import reparse
from feedriver.repair.replay import Replayed, replay
from feedriver.sandbox.parser import KillableParser
from feedriver.terminal import plain
from feedriver.wiring.clients import utc_now

MOST_LINES = 200  # findings that are printed one by one; as JSON there are all
KINDS = {
    "outbox": "committed, and not announced",
    "lost": "gone from the store before they were announced",
    "staged": "staged, and left over",
    "uncommitted": "stored, and never committed",
    "unreadable": "stored, and not to be read",
    "unknown": "stored, and unknown to the feed's state",
    "ahead": "stored in a higher revision than the feed's state knows",
    "twice": "stored twice",
    "missing": "known, and not stored",
    "passed_over": "passed over, not to be read or worked on",
}


def bar(what: str, *, quiet: bool) -> Progress:
    """A line on stderr that says how far it is; `status` is what it says."""
    columns = (TextColumn(what), TextColumn("{task.fields[status]}", markup=False), TimeElapsedColumn())
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
    with open_deployment(data, stack) as deployment, bar("replay", quiet=as_json) as progress:
        edges = deployment.edges
        task = progress.add_task("replay", status="")

        def on_object(done: Replayed) -> None:
            progress.update(task, status=f"{done.objects} objects, {done.events.total()} events")

        done = replay(
            edges.store, edges.bus, start, end, feed_of(edges.states, feed), dry_run=dry_run, on_object=on_object
        )
    if as_json:
        output.as_json(
            {"objects": done.objects, "events": done.events, "unreadable": done.unreadable, "dry_run": dry_run}
        )
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
    with open_deployment(data, stack) as deployment:
        done = redrive(deployment.dead_letters, most, dry_run=dry_run)
    if as_json:
        output.as_json([_route(each) for each in done])
        return
    for each in done:
        route = _route(each)
        moved = "none moved, as asked" if dry_run else f"{each.moved} moved"
        print(f"{route['from']}: {each.waiting} waiting, {moved} to {route['to']}")


def _route(done: Redriven) -> dict[str, object]:
    dead, queue = (url.rpartition("/")[2] for url in done.route)
    return {"from": dead, "to": queue, "waiting": done.waiting, "moved": done.moved}


def reconcile_command(
    since: Since = "7d",
    feed: Feed = None,
    data: Data = DATA,
    stack: Stack = None,
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Announce what was left, discard what is staged for nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare store, state and announcements; exit code 1 where something was found, 0 where all agrees.

    Outboxes and staging are looked at whole, objects as far back as --since. That an outbox is empty after its commit
    proves that the bus took the events; what was lost behind the bus cannot be seen from here: see `feedriver replay`.
    Nothing under entries/ is ever changed.

    As JSON: {"feeds", "objects", "entries", "findings": [{"kind", "feed_id", "url", "key", "detail", "repaired"}]};
    `kind` one of outbox, lost, staged, uncommitted, unreadable, unknown, ahead, twice, missing, passed_over.
    """
    now = utc_now()
    start = moment(since, now)
    with open_deployment(data, stack) as deployment:
        edges = deployment.edges
        feed_id = feed_of(edges.states, feed)
        done = reconcile(edges, utc_now, start, feed_id, repair=repair)
    if as_json:
        output.as_json(
            {
                "feeds": done.feeds,
                "objects": done.objects,
                "entries": done.entries,
                "findings": [finding._asdict() for finding in done.findings],
            }
        )
    else:
        _print_findings(done, repair=repair)
    if done.findings:
        raise typer.Exit(1)


def _print_findings(done: Reconciled, *, repair: bool) -> None:
    for finding in done.findings[:MOST_LINES]:
        print(_line(finding))
    if len(done.findings) > MOST_LINES:
        print(f"… and {len(done.findings) - MOST_LINES} more: see --json")
    looked = f"{done.feeds} feeds, {done.objects} objects, {done.entries} entries"
    if not done.findings:
        print(f"{looked}: all agrees.")
        return
    counts = Counter(finding.kind for finding in done.findings)
    summary = "; ".join(f"{count} {KINDS[kind]}" for kind, count in sorted(counts.items()))
    repaired = sum(finding.repaired for finding in done.findings)
    hint = "" if repair or not counts.keys() & {"outbox", "staged"} else "; --repair announces and clears up"
    print(f"{looked}: {summary}. {repaired} repaired{hint}.")


def _line(finding: Finding) -> str:
    where = finding.key or finding.url or finding.feed_id
    return plain(f"{'repaired: ' if finding.repaired else ''}{KINDS[finding.kind]}: {where}: {finding.detail}")


def reparse_command(
    since: Since,
    feed: Feed = None,
    data: Data = DATA,
    stack: Stack = None,
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Read the documents that were kept with today's parser, and announce what it reads otherwise.

    An entry whose title, text, html, link, authors, published, images, enclosures, categories, language or summary
    differ is updated, one that had been missed or rejected is published: each as a new revision. Documents are kept for
    30 days. Nobody is asked for anything.

    As JSON: {"feeds", "documents", "compared", "updated", "published", "fields": {NAME: COUNT}, "passed_over": [WHY],
    "conflicts": [URL], "dry_run"}.
    """
    start = moment(since, utc_now())
    if start >= utc_now():
        raise InputError("--since must lie before now")
    with open_deployment(data, stack) as deployment:
        edges = deployment.edges
        feed_id = feed_of(edges.states, feed)
        done = asyncio.run(reparse(edges, KillableParser(), utc_now, start, feed_id, dry_run=dry_run))
    if as_json:
        output.as_json(
            {
                "feeds": done.feeds,
                "documents": done.documents,
                "compared": done.compared,
                "updated": done.updated,
                "published": done.published,
                "fields": done.fields,
                "passed_over": done.passed_over,
                "conflicts": done.conflicts,
                "dry_run": dry_run,
            }
        )
        return
    for why in done.passed_over:
        output.complain(f"passed over: {why}")
    for url in done.conflicts:
        output.complain(f"a poll came in between, run it again: {url}")
    fields = f" ({', '.join(f'{count} {name}' for name, count in done.fields.most_common())})" if done.fields else ""
    print(f"{done.documents} documents of {done.feeds} feeds, {done.compared} entries compared.")
    would = "Would be: " if dry_run else ""
    print(f"{would}{done.updated} updated{fields}, {done.published} published that had been missed.")
