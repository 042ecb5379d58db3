"""`feedriver feeds`: which feeds are polled, in the local river or in a deployed stack."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from feedriver import opml, registry, urls, wiring
from feedriver.cli.run import DATA, Data
from feedriver.cli.screen import complain
from feedriver.cli.sources import register_all
from feedriver.errors import InputError
from feedriver.local.river import deployed_river, local_river
from feedriver.models import FeedState
from feedriver.ports import States

feeds = typer.Typer(help="Add, list and remove feeds; OPML in and out.", no_args_is_help=True)

Stack = Annotated[str | None, typer.Option(help="A deployed stack, in place of the local river.")]


@contextmanager
def _states(data: Path, stack: str | None) -> Iterator[States]:
    if stack:
        yield deployed_river(stack).states
    else:
        with local_river(data) as river:
            yield river.states


def _sorted(states: States) -> list[FeedState]:
    return sorted(states.every(), key=lambda state: (state.added, state.url))


@feeds.command("add")
def add(
    addresses: Annotated[list[str], typer.Argument(metavar="URL…")], data: Data = DATA, stack: Stack = None
) -> None:
    """Add feeds by address; each is polled in the next minute. One that was gone is asked again."""
    bad = 0
    with _states(data, stack) as states:
        for url in addresses:
            try:
                print(f"{registry.register_or_revive(states, url, wiring.utc_now())}: {registry.address(url)}")
            except InputError as error:
                complain(str(error))
                bad += 1
    if bad:
        raise typer.Exit(1)


@feeds.command("list")
def list_feeds(
    data: Data = DATA,
    stack: Stack = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON and nothing else.")] = False,
) -> None:
    """List the feeds: address, title, interval, and how they are."""
    with _states(data, stack) as states:
        found = _sorted(states)
    if as_json:
        rows = [_row(state) for state in found]
        json.dump(rows, sys.stdout, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    table = Table("feed", "title", "every", "state")
    for state in found:
        row = _row(state)
        table.add_row(Text(state.url), Text(state.title or ""), f"{state.every} min", Text(str(row["state"])))
    Console(width=None if Console().is_terminal else 150).print(
        table if found else "No feeds. Add one: feedriver feeds add URL"
    )


def _row(state: FeedState) -> dict[str, object]:
    if state.gone:
        health = "gone"
    elif state.failing:
        health = f"failing: {state.failing.code} ({state.failing.count} in a row)"
    else:
        health = "new" if state.rev == 0 else "well"
    return {
        "feed_id": state.feed_id,
        "url": urls.redact(state.url),
        "title": state.title,
        "every": state.every,
        "state": health,
    }


@feeds.command("remove")
def remove(
    addresses: Annotated[list[str], typer.Argument(metavar="URL…")], data: Data = DATA, stack: Stack = None
) -> None:
    """Remove feeds. What they brought stays in S3."""
    with _states(data, stack) as states:
        missing = []
        for url in addresses:
            canonical = registry.address(url)
            if states.remove(urls.feed_id(canonical)):
                print(f"removed: {canonical}")
            else:
                missing.append(urls.redact(canonical))
    if missing:
        raise InputError(f"not there: {', '.join(missing)}; see `feedriver feeds list`")


@feeds.command("import")
def import_opml(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="OPML files.")],
    data: Data = DATA,
    stack: Stack = None,
) -> None:
    """Add the feeds of OPML files."""
    with _states(data, stack) as states:
        known, bad = register_all(states, files, wiring.utc_now())
    print(f"{len(known)} feeds read from OPML")
    if bad:
        raise typer.Exit(1)


@feeds.command("export")
def export_opml(data: Data = DATA, stack: Stack = None) -> None:
    """Print all feeds as OPML."""
    with _states(data, stack) as states:
        outlines = [
            opml.Outline(url=state.url, title=state.title, html_url=state.link, category=None)
            for state in _sorted(states)
        ]
    sys.stdout.buffer.write(opml.write(outlines, "feedriver", wiring.utc_now()))
