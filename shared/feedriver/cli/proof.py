"""`feedriver reconcile` and `feedriver reparse`: does all agree, and what a better parser makes of what was kept."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Annotated

import typer

from feedriver.cli import output
from feedriver.cli.feeds import Stack, open_river
from feedriver.cli.repair import AsJson, DryRun, Feed, Since, feed_of, tell_json
from feedriver.cli.run import DATA, Data
from feedriver.cli.times import moment
from feedriver.errors import InputError
from feedriver.repair.reconcile import Finding, Reconciled, reconcile
from feedriver.repair.reparse import reparse
from feedriver.sandbox.parser import KillableParser
from feedriver.terminal import plain
from feedriver.wiring.clients import utc_now

MOST_LINES = 200  # findings that a person is told one by one; as JSON there are all
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
    with open_river(data, stack) as river:
        edges = river.edges
        feed_id = feed_of(edges.states, feed)
        done = reconcile(edges, utc_now, start, feed_id, repair=repair)
    if as_json:
        tell_json(
            {
                "feeds": done.feeds,
                "objects": done.objects,
                "entries": done.entries,
                "findings": [finding._asdict() for finding in done.findings],
            }
        )
    else:
        _tell(done, repair=repair)
    if done.findings:
        raise typer.Exit(1)


def _tell(done: Reconciled, *, repair: bool) -> None:
    for finding in done.findings[:MOST_LINES]:
        print(_line(finding))
    if len(done.findings) > MOST_LINES:
        print(f"… and {len(done.findings) - MOST_LINES} more: see --json")
    looked = f"{done.feeds} feeds, {done.objects} objects, {done.entries} entries"
    if not done.findings:
        print(f"{looked}: all agrees.")
        return
    counts = Counter(finding.kind for finding in done.findings)
    told = "; ".join(f"{count} {KINDS[kind]}" for kind, count in sorted(counts.items()))
    repaired = sum(finding.repaired for finding in done.findings)
    hint = "" if repair or not counts.keys() & {"outbox", "staged"} else "; --repair announces and clears up"
    print(f"{looked}: {told}. {repaired} repaired{hint}.")


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
    with open_river(data, stack) as river:
        edges = river.edges
        feed_id = feed_of(edges.states, feed)
        done = asyncio.run(reparse(edges, KillableParser(), utc_now, start, feed_id, dry_run=dry_run))
    if as_json:
        tell_json(
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
