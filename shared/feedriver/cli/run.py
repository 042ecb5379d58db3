"""`feedriver run`: one pass on this machine, on an AWS that lives in a folder."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from feedriver.cli import output
from feedriver.cli.options import DATA, TOWN_PORT, AsJson, Data, Sources, TownPort, WithTown
from feedriver.cli.sources import register_all
from feedriver.cli.times import stated
from feedriver.errors import InputError
from feedriver.local.folder import local_deployment
from feedriver.local.mirror import drain_events, mirror_bucket
from feedriver.local.town import Town
from feedriver.poll.batches import Report
from feedriver.ports import Clock
from feedriver.wiring.clients import utc_now
from feedriver.wiring.deployment import Deployment

LATEST = 2100  # year; what is remembered of an entry has 32 bits for its time (feedriver.decide.seen)
HOW = "write it like 2026-11-22T10:00:00Z"


def run_command(
    sources: Sources = None,
    data: Data = DATA,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Poll all feeds, due or not. Still conditional.")] = False,
    at: Annotated[str | None, typer.Option(help="The time to run at, ISO 8601, UTC unless it says.")] = None,
    allow_private: Annotated[bool, typer.Option(help="Let feeds be on loopback and private addresses.")] = False,
    contact: Annotated[
        str, typer.Option(envvar="FEEDRIVER_CONTACT", help="Where publishers can reach you; sent with each request.")
    ] = "",
    as_json: AsJson = False,
    town: WithTown = False,
    town_port: TownPort = TOWN_PORT,
) -> None:
    """Register feeds, poll what is due, show what came. State stays in the folder for the next run."""
    clock = _clock(at)
    with ExitStack() as stack:
        deployment = stack.enter_context(local_deployment(data))
        wanted = list(sources or [])
        if town:
            wanted += stack.enter_context(Town(data / "town.json", town_port)).feeds
        _, bad = register_all(deployment.registry, wanted, clock())
        reports, events = _pass(
            deployment,
            data,
            clock,
            everything=everything,
            private=allow_private or town,
            quiet=as_json,
            contact=contact,
        )
        objects = mirror_bucket(deployment, data)
    if as_json:
        output.as_json(result(reports))
    else:
        places = {"entries": objects / "entries", "documents": objects / "raw", "log": objects / "polls"}
        output.show(reports, events, places | {"events": data / "events.jsonl"})
    if bad:
        raise typer.Exit(1)


def _pass(
    deployment: Deployment, data: Path, clock: Clock, *, everything: bool, private: bool, quiet: bool, contact: str = ""
) -> tuple[list[Report], list[str]]:
    feeds = deployment.due(clock)
    if everything:
        everyone = sorted(deployment.states.every(), key=lambda state: (state.added, state.url))
        feeds = tuple(state.feed_id for state in everyone)
    with output.progress(len(feeds), quiet=quiet) as on_report:
        reports = deployment.poll(
            feeds, clock, force=everything, allow_private=private, on_report=on_report, contact=contact
        )
    return reports, drain_events(deployment, data / "events.jsonl")


def _clock(at: str | None) -> Clock:
    if at is None:
        return utc_now
    time = stated(at, HOW)
    if time.year >= LATEST:
        raise InputError(f"{at}: not before {LATEST}: {HOW}")
    return lambda: time


def result(reports: list[Report]) -> dict[str, object]:
    """What `--json` prints: a contract."""
    return {
        "polled": sum(report.asked for report in reports),
        "entries": {
            "published": sum(report.new for report in reports),
            "updated": sum(report.updated for report in reports),
        },
        "feeds": [
            report.model_dump(mode="json", include={"url", "outcome", "status", "new", "updated", "next", "why"})
            for report in reports
        ],
    }
