"""`feedriver up`: the local river kept running, so that its own schedule polls and delivers."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from feedriver import wiring
from feedriver.cli.run import DATA, TOWN_PORT, Data
from feedriver.cli.sources import register_all
from feedriver.local.river import local_river
from feedriver.local.town import Town


def up_command(
    sources: Annotated[list[str] | None, typer.Argument(help="Feed addresses and OPML files to register.")] = None,
    data: Data = DATA,
    *,
    port: Annotated[int, typer.Option(help="Of the local AWS.")] = 4566,
    town: Annotated[bool, typer.Option(help="Start the sample town and register its feeds.")] = False,
    town_port: Annotated[int, typer.Option(help="Where the town's feeds are.")] = TOWN_PORT,
) -> None:
    """Keep the deployed stack running until it is interrupted: its schedule dispatches each minute."""
    stop = Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    with ExitStack() as stack:
        river = stack.enter_context(local_river(data, port=port, live=True))
        wanted = list(sources or [])
        if town:
            wanted += stack.enter_context(Town(data / "town.json", town_port)).feeds
        register_all(river.states, wanted, wiring.utc_now())
        _show(Path(data), port, dict(river.stack.outputs))
        stop.wait()


def _show(data: Path, port: int, outputs: dict[str, str]) -> None:
    print(f"The river runs at http://127.0.0.1:{port} (any credentials, us-east-1); its state is in {data}.")
    for name, value in sorted(outputs.items()):
        print(f"  {name:<17} {value}")
    print("Its schedule polls each minute. Ctrl-C stops it.", flush=True)
