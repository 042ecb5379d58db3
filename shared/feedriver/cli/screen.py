"""What a person sees: a progress bar on stderr; entries, outcomes, events and places on stdout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from feedriver import pipeline
from feedriver.batches import Report
from feedriver.events import EntryPublished, EntryUpdated, parse_event
from feedriver.models import Entry

MOST_SHOWN = 40
NEVER = datetime.min.replace(tzinfo=UTC)
GOOD = {"published", "unchanged", "not_modified", "waiting"}


def complain(message: str) -> None:
    """One line on stderr."""
    Console(stderr=True, soft_wrap=True).print(f"feedriver: {escape(message)}", highlight=False)


@contextmanager
def progress(feeds: int, *, quiet: bool) -> Iterator[pipeline.Progress]:
    """A bar that moves with each feed done."""
    columns = (
        TextColumn("polling"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[last]}"),
    )
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as bar:
        task = bar.add_task("polling", total=feeds, last="")
        yield lambda report: bar.update(task, advance=1, last=escape(f"{report.outcome} {report.url}")[:60])


def show(reports: Sequence[Report], events: Sequence[str], places: Mapping[str, Path]) -> None:
    """The whole of a run."""
    console = Console(width=None if Console().is_terminal else 150)
    entries = [
        event.detail.data.entry
        for event in map(parse_event, events)
        if isinstance(event, EntryPublished | EntryUpdated)
    ]
    console.print(_entries(entries), _outcomes(reports), _events(events), sep="\n")
    polled = sum(report.asked for report in reports)
    new, updated = sum(report.new for report in reports), sum(report.updated for report in reports)
    unchanged = sum(1 for report in reports if report.outcome == "not_modified")
    console.print(f"[bold]{polled} polled, {unchanged} answered 304, {new} new, {updated} updated[/]", highlight=False)
    for name, place in places.items():
        console.print(Text(f"  {name:<9} {place}"), soft_wrap=True)


def _entries(entries: Sequence[Entry]) -> Table | str:
    if not entries:
        return "No new entries."
    newest = sorted(entries, key=lambda entry: entry.published or NEVER, reverse=True)
    more = f"; {len(entries) - MOST_SHOWN} more are in S3" if len(entries) > MOST_SHOWN else ""
    table = Table("time (UTC)", "source", "title", title=f"{len(entries)} new entries{more}", title_justify="left")
    for entry in newest[:MOST_SHOWN]:
        time = f"{entry.published:%Y-%m-%d %H:%M:%S}" if entry.published else "no date"
        title = f"{entry.title or entry.link or entry.id}" + (f"  (revision {entry.revision})" if entry.changed else "")
        table.add_row(time, Text(entry.feed.title or entry.feed.url), Text(title, overflow="ellipsis", no_wrap=True))
    return table


def _outcomes(reports: Sequence[Report]) -> Table:
    table = Table(
        "feed", "outcome", "status", "new", "updated", "next (UTC)", "why", title="Feeds", title_justify="left"
    )
    for report in reports:
        table.add_row(
            Text(report.url, overflow="ellipsis", no_wrap=True),
            Text(report.outcome, style="" if report.outcome in GOOD else "red"),
            str(report.status or ""),
            str(report.new or ""),
            str(report.updated or ""),
            f"{report.next:%m-%d %H:%M}" if report.next else "never",
            Text(report.why, overflow="ellipsis", no_wrap=True),
        )
    return table


def _events(events: Sequence[str]) -> str:
    kinds = Counter(parse_event(event).detail_type for event in events)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    return f"The subscriber's queue received: {told or 'nothing'}."
