"""What a person sees: a progress bar on stderr; entries, outcomes, events and places on stdout."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from feedriver.decide.outcome import Outcome
from feedriver.events import EntryPublished, EntryUpdated, parse_event
from feedriver.models import Entry
from feedriver.poll import batch
from feedriver.poll.batches import Report
from feedriver.terminal import escaped, plain, unescaped

PIPE_WIDTH = 120  # columns, where the output goes into a file or a pipe
WIDE = 100  # columns, from which there is room for reasons beside the outcomes
MOST_ENTRIES = 40
MOST_FEEDS = 60
NEVER = datetime.min.replace(tzinfo=UTC)
GOOD = {Outcome.PUBLISHED, Outcome.HELD, Outcome.UNCHANGED, Outcome.NOT_MODIFIED, Outcome.WAITING}


class Screen(Console):
    """A console whose colours and cursor are its own, and whose text steers nothing, whatever is printed.

    It writes past the gate (`feedriver.terminal`), which could not tell our colours from a publisher's.
    """

    def __init__(self, stream: TextIO, width: int | None = None, *, soft_wrap: bool = False) -> None:
        super().__init__(
            file=unescaped(stream), width=width, soft_wrap=soft_wrap, markup=False, emoji=False, highlight=False
        )

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """As rich renders it, each piece of text escaped."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=escaped(segment.text))


def console() -> Screen:
    """stdout, as wide as the terminal or as COLUMNS says; `PIPE_WIDTH` where neither does."""
    known = Screen(sys.stdout).is_terminal or "COLUMNS" in os.environ
    return Screen(sys.stdout, None if known else PIPE_WIDTH)


def table(title: str | None = None) -> Table:
    """A table as all of ours look, without columns yet."""
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
    )


def cell(text: str, style: str | Style = "", *, nowrap: bool = False) -> Text:
    """One line of a table."""
    return Text(plain(text), style, no_wrap=nowrap or None, overflow="ellipsis" if nowrap else None)


def errors() -> Screen:
    """Where all goes that is no result: stderr."""
    return Screen(sys.stderr)


def complain(message: str) -> None:
    """One line on stderr."""
    Screen(sys.stderr, soft_wrap=True).print(f"feedriver: {plain(message)}")


def as_json(result: object, *, indent: int | None = None) -> None:
    """Print a result as JSON: the whole of stdout."""
    json.dump(result, sys.stdout, ensure_ascii=False, indent=indent)
    sys.stdout.write("\n")


@contextmanager
def progress(feeds: int, *, quiet: bool) -> Iterator[batch.Progress]:
    """A bar that moves with each feed done."""
    columns = (
        TextColumn("polling"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[last]}", markup=False),
    )
    with Progress(*columns, console=errors(), disable=quiet or not feeds) as bar:
        task = bar.add_task("polling", total=feeds, last="")
        yield lambda report: bar.update(task, advance=1, last=plain(f"{report.outcome} {_short(report.url)}"[:60]))
        bar.update(task, last="")


def show(reports: Sequence[Report], events: Sequence[str], places: Mapping[str, Path]) -> None:
    """The whole of a run."""
    out = console()
    parsed = [parse_event(event) for event in events]
    entries = [event.detail.data.entry for event in parsed if isinstance(event, EntryPublished | EntryUpdated)]
    out.print(_entries(entries), "", sep="\n")
    out.print(_outcomes(reports, wide=out.width >= WIDE))
    kinds = Counter(event.detail_type for event in parsed)
    received = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    out.print(f"\nThe subscriber's queue received: {received or 'nothing'}.")
    out.print(Text(_summary(reports), style="bold"))
    for name, place in places.items():
        out.print(f"  {name:<9} {place}", soft_wrap=True)


def _summary(reports: Sequence[Report]) -> str:
    unchanged = sum(report.outcome == Outcome.NOT_MODIFIED for report in reports)
    new, updated = sum(report.new for report in reports), sum(report.updated for report in reports)
    polled = sum(report.asked for report in reports)
    return f"{polled} polled, {unchanged} answered 304, {new} new, {updated} updated"


def _entries(entries: Sequence[Entry]) -> Table | str:
    """The newest of each source, so that one which brings hundreds leaves room for the others."""
    if not entries:
        return "No new entries."
    newest = sorted(entries, key=lambda entry: entry.published or NEVER, reverse=True)
    shown = _fair_share(newest)
    title = f"{len(entries)} new and updated entries"
    if len(shown) < len(entries):
        title += f", of which these {len(shown)} are the newest of their sources"
    rows = table(title)
    rows.add_column("time (UTC)", no_wrap=True)
    rows.add_column("source", no_wrap=True, overflow="ellipsis", ratio=2)
    rows.add_column("title", no_wrap=True, overflow="ellipsis", ratio=4)
    rows.expand = True
    for entry in shown:
        time = f"{entry.published:%Y-%m-%d %H:%M}" if entry.published else "no date"
        mark = f"(revision {entry.revision}) " if entry.changed else ""
        source = entry.feed.title or _short(entry.feed.url)
        rows.add_row(time, cell(source), cell(mark + (entry.title or entry.text or entry.link or entry.id)))
    return rows


def _fair_share(newest: Sequence[Entry]) -> list[Entry]:
    """As many of each source, from its newest on, as fit in `MOST_ENTRIES` together; the order stays."""
    ranks: Counter[str] = Counter()
    ranked = []
    for entry in newest:
        ranks[entry.feed.id] += 1
        ranked.append((ranks[entry.feed.id], entry))
    share = max(
        (rank for rank in range(1, MOST_ENTRIES + 1) if sum(min(n, rank) for n in ranks.values()) <= MOST_ENTRIES),
        default=1,
    )
    return [entry for rank, entry in ranked if rank <= share][:MOST_ENTRIES]


def _outcomes(reports: Sequence[Report], *, wide: bool) -> Group | str:
    """A row a feed, those in trouble last; a reason that has no room in the row stands below the table."""
    if not reports:
        return "No feed is due. All of them are polled with --all; a new one with: feedriver run URL"
    well = [report for report in reports if report.outcome in GOOD]
    ill = [report for report in reports if report.outcome not in GOOD]
    rows = table(f"{len(reports)} feeds")
    rows.add_column("feed", no_wrap=True, overflow="ellipsis", max_width=44 if wide else 32)
    rows.add_column("outcome", no_wrap=True)
    for name in ("HTTP", "new", "upd."):
        rows.add_column(name, justify="right", no_wrap=True)
    rows.add_column("next (UTC)", no_wrap=True, min_width=11)
    if wide:
        rows.add_column("why", overflow="fold")
    for report in [*well[:MOST_FEEDS], *ill[:MOST_FEEDS]]:
        style = "" if report.outcome in GOOD else "red"
        counts = (str(report.status or ""), str(report.new or ""), str(report.updated or ""))
        after = f"{report.next:%m-%d %H:%M}" if report.next else "never"
        why = cell(report.why, nowrap=report.outcome in GOOD)
        row = (cell(_short(report.url)), cell(report.outcome, style), *counts, after)
        rows.add_row(*row, *([why] if wide else []))
    notes = [] if wide else [f"{plain(_short(report.url))}: {plain(report.why)}" for report in ill[:MOST_FEEDS]]
    for rest, how in ((well[MOST_FEEDS:], "went well"), (ill[MOST_FEEDS:], "are in trouble")):
        if rest:
            notes.append(f"{len(rest)} more {how}: see the log")
    if any(report.outcome == "blocked_address" for report in ill):
        notes.append("Feeds at private addresses and odd ports are polled with --allow-private only.")
    return Group(rows, *notes)


def _short(url: str) -> str:
    return url.partition("://")[2] or url
