"""What commands have in common: their options, the deployment that they work on, and the feed that one names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from feedriver import urls
from feedriver.errors import InputError
from feedriver.local.folder import local_deployment
from feedriver.ports import States
from feedriver.registry import ID, Registry, canonical_address
from feedriver.state import FeedState
from feedriver.wiring.deployment import Deployment, deployed

DATA = Path(".feedriver")
TOWN_PORT = 8808  # one for all runs: a feed is known by its address

Data = Annotated[Path, typer.Option(help="The folder of the local river.")]
Stack = Annotated[str | None, typer.Option(help="A deployed stack, in place of the local river.")]
Since = Annotated[str, typer.Option(metavar="TIME", help="From when on: 2h, 3d (ago), 2026-11-20, 2026-11-20T08:00.")]
Feed = Annotated[str | None, typer.Option(metavar="URL|ID", help="Of this feed only; it may have been removed.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON and nothing else.")]
Sources = Annotated[list[str] | None, typer.Argument(help="Feed addresses and OPML files to register.")]
WithTown = Annotated[bool, typer.Option(help="Start the sample town and register its feeds.")]
TownPort = Annotated[int, typer.Option(help="Where the town's feeds are.")]


@contextmanager
def open_deployment(data: Path, stack: str | None) -> Iterator[Deployment]:
    """The deployment to work on: that of the folder `data`, or the stack of this name in the cloud."""
    if stack:
        yield deployed(stack)
    else:
        with local_deployment(data) as deployment:
            yield deployment


def found_feed(registry: Registry, wanted: str) -> FeedState:
    """The feed that `wanted` names, or `InputError`."""
    state = registry.find(wanted)
    if state is None:
        raise InputError(f"not there: {urls.redact(wanted)}; see `feedriver feeds list`")
    return state


def feed_of(states: States, wanted: str | None) -> str | None:
    """The id of the feed that `wanted` names, also where it was removed; None where no feed is named."""
    if wanted is None:
        return None
    found = Registry(states).find(wanted)
    if found:
        return found.feed_id
    return wanted if ID.fullmatch(wanted) else urls.feed_id(canonical_address(wanted))
