"""`feedriver up`: the local river kept running, so that its own schedule polls and delivers."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from feedriver.cli.options import DATA, TOWN_PORT, Data, Sources, TownPort, WithTown
from feedriver.cli.sources import register_all
from feedriver.local.folder import local_deployment
from feedriver.local.town import Town
from feedriver.wiring.clients import utc_now
from feedriver.wiring.deployment import Deployment


def up_command(
    sources: Sources = None,
    data: Data = DATA,
    *,
    host: Annotated[str, typer.Option(help="Where to listen: for containers, the bridge's address.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Of the local AWS.")] = 4566,
    paused: Annotated[bool, typer.Option(help="Keep the schedule still: turns are taken by hand.")] = False,
    town: WithTown = False,
    town_port: TownPort = TOWN_PORT,
) -> None:
    """Keep the deployed stack running until it is interrupted: its schedule dispatches each minute."""
    stop = Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    with ExitStack() as stack:
        deployment = stack.enter_context(local_deployment(data, host=host, port=port, live=not paused))
        wanted = list(sources or [])
        if town:
            wanted += stack.enter_context(Town(data / "town.json", town_port, host=host)).feeds
        register_all(deployment.registry, wanted, utc_now())
        _show(data, f"http://{host}:{port}", deployment, paused=paused)
        stop.wait()


def _show(data: Path, endpoint: str, deployment: Deployment, *, paused: bool) -> None:
    """Say where it is; and leave what `sam local invoke --env-vars` needs to run a function against it."""
    (data / "env.json").write_text(json.dumps({"Parameters": deployment.variables}, indent=2) + "\n")
    print(f"The river runs at {endpoint} (any credentials, us-east-1); its state is in {data}.")
    for name, value in sorted(deployment.stack.outputs.items()):
        print(f"  {name:<17} {value}")
    print("Its schedule is still. Ctrl-C stops it." if paused else "Its schedule polls each minute. Ctrl-C stops it.")
    sys.stdout.flush()
