"""`feedriver feeds`: which feeds are polled, and how, in the local river or in a deployed stack."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from feedriver import credentials, opml, urls
from feedriver.cli import login, output, show
from feedriver.cli.options import DATA, AsJson, Data, Stack, found_feed, open_deployment
from feedriver.cli.sources import register_all
from feedriver.decide import schedule, wheel
from feedriver.decide.freshness import LEVELS
from feedriver.errors import CommitConflict, InputError, PassedOver
from feedriver.poll.log import last_polls
from feedriver.ports import States
from feedriver.registry import ID, Subscription
from feedriver.repair.release import release
from feedriver.state import FeedState
from feedriver.terminal import unescaped
from feedriver.wiring.clients import utc_now

feeds = typer.Typer(help="Add, list and remove feeds; OPML in and out.", no_args_is_help=True)

AS_FOR_ALL = "stack"

NewOnly = Annotated[
    bool, typer.Option("--new-only", help="Announce what is new from now on, and not what the feeds hold already.")
]


def _sorted(states: States) -> list[FeedState]:
    passed: list[PassedOver] = []
    found = sorted(states.every(passed), key=lambda state: (state.added, state.url))
    for each in passed:
        output.complain(f"feed {each.feed_id}: {each.why}")
    return found


@feeds.command("add")
def add(
    addresses: Annotated[list[str], typer.Argument(metavar="URL…")],
    data: Data = DATA,
    stack: Stack = None,
    user: Annotated[
        str | None, typer.Option(metavar="NAME", help="Basic authentication; the password is asked for.")
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option(metavar='"NAME: VALUE"', help="A header to send along; may be repeated.")
    ] = None,
    *,
    password_file: Annotated[
        Path | None, typer.Option(help=f"A file with the password; or set {login.VARIABLE}.")
    ] = None,
    secret: Annotated[
        bool, typer.Option("--secret", help="Show nothing of the address but its host, or hide what is in {braces}.")
    ] = False,
    new_only: NewOnly = False,
) -> None:
    """Add feeds by address; each is polled in the next minute. One that was gone is asked again.

    Credentials in an address, --secret, --user and --header are kept apart from all else, and sent to the feed's own
    host only. Parameters that carry keys by their names (token, key, signature …) are secret in any case.
    """
    done, bad = [], 0
    user = login.user(user, password_file)
    with open_deployment(data, stack) as deployment:
        registry = deployment.registry
        for url in addresses:
            wanted = Subscription(url, user, header or (), secret=secret, new_only=new_only)
            try:
                result = registry.add(wanted, utc_now(), revive=True)
                done.append(f"{result}: {wanted.address.url}")
                if not secret and (warning := credentials.key_warning(url)):
                    output.complain(warning)
            except InputError as error:
                output.complain(str(error))
                bad += 1
    for line in done:
        print(line)
    if bad:
        raise typer.Exit(1)


@feeds.command("list")
def list_feeds(
    data: Data = DATA,
    stack: Stack = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON and nothing else.")] = False,
) -> None:
    """List the feeds: address, title, interval, and how they are.

    As JSON: [{"feed_id", "url", "title", "every", "state", "failing", "held"}]; `every` in minutes, `state` one of new,
    well, failing, quarantined, gone; `failing` null or {"code", "detail", "count", "since"}; `held` counts a flood.
    """
    with open_deployment(data, stack) as deployment:
        found = _sorted(deployment.states)
    if as_json:
        output.as_json([row(state) for state in found])
    elif found:
        output.console().print(_table(found))
    else:
        print("No feeds. Add one: feedriver feeds add URL")


def row(state: FeedState) -> dict[str, object]:
    """What `list --json` prints of a feed: a contract."""
    if state.gone:
        health = "gone"
    elif state.quarantined:
        health = "quarantined"
    elif state.failing:
        health = "failing"
    else:
        health = "well" if state.validators else "new"
    return {
        "feed_id": state.feed_id,
        "url": state.url,
        "title": state.title,
        "every": state.every,
        "state": health,
        "failing": state.failing
        and state.failing.model_dump(mode="json", include={"code", "detail", "count", "since"}),
        "held": state.flood.held if state.flood else 0,
    }


def _table(found: list[FeedState]) -> Table:
    table = output.table()
    table.add_column("feed", overflow="fold")
    table.add_column("title", no_wrap=True, overflow="ellipsis")
    table.add_column("every", justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for state in found:
        health = str(row(state)["state"])
        if state.failing and not state.gone:
            health += f": {state.failing.code} ({state.failing.count} in a row)"
        if state.flood and state.flood.held:
            health += f", {state.flood.held} entries held"
        table.add_row(output.cell(state.url), output.cell(state.title or ""), f"{state.every} min", output.cell(health))
    return table


@feeds.command("show")
def show_feed(
    wanted: Annotated[str, typer.Argument(metavar="URL|ID")],
    data: Data = DATA,
    stack: Stack = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON and nothing else.")] = False,
) -> None:
    """Show all that is known of one feed, and how and why its last polls went as they did."""
    now = utc_now()
    with open_deployment(data, stack) as deployment:
        state = found_feed(deployment.registry, wanted)
        found = show.known(state, last_polls(deployment.edges.store, state.feed_id, now), now)
    if as_json:
        output.as_json(found)
    else:
        out = output.console()
        out.print(show.screenful(found, wide=out.width >= output.WIDE))


@feeds.command("set")
def set_pace(
    wanted: Annotated[str, typer.Argument(metavar="URL|ID")],
    data: Data = DATA,
    stack: Stack = None,
    freshness: Annotated[
        str | None, typer.Option(metavar="LEVEL", help=f"{', '.join(LEVELS)}; or `stack`: as for all feeds.")
    ] = None,
    floor: Annotated[
        int | None,
        typer.Option(
            min=wheel.INTERVALS[0],
            max=wheel.LONGEST,
            help=f"Minutes between two requests at least; for all feeds {schedule.FLOOR}.",
        ),
    ] = None,
) -> None:
    """Set how soon a feed's new entries are to be found: by how many requests, and how near each other.

    What its publisher asks for is kept in any case. It counts from the feed's next poll on.
    """
    with open_deployment(data, stack) as deployment:
        state = found_feed(deployment.registry, wanted)
        if freshness is None and floor is None:
            raise InputError("nothing to set: give --freshness or --floor")
        wanted_level = state.freshness if freshness is None else freshness
        level = next((each for each in LEVELS if each == wanted_level), None)
        if freshness not in {level, None, AS_FOR_ALL}:
            raise InputError(f"no such freshness: {freshness}; one of {', '.join(LEVELS)}, or {AS_FOR_ALL}")
        least = state.floor if floor is None else floor
        try:
            deployment.registry.set(state, freshness=level, floor=least)
        except CommitConflict:
            raise InputError("the feed was polled at this very moment: try again") from None
    print(f"set: {state.url}: {level or 'as for all feeds'}, {least or schedule.FLOOR} min apart at least")


@feeds.command("remove")
def remove(
    addresses: Annotated[list[str], typer.Argument(metavar="URL|ID…")], data: Data = DATA, stack: Stack = None
) -> None:
    """Remove feeds, and forget their credentials. What they brought stays in S3."""
    with open_deployment(data, stack) as deployment:
        registry, missing = deployment.registry, []
        for wanted in addresses:
            if ID.fullmatch(wanted) and registry.remove_unreadable(wanted):
                print(f"removed: {wanted}")
                continue
            state = registry.find(wanted)
            if state and registry.remove(state):
                print(f"removed: {state.url}")
            else:
                missing.append(urls.redact(wanted))
    if missing:
        raise InputError(f"not there: {', '.join(missing)}; see `feedriver feeds list`")


@feeds.command("release")
def release_held(
    wanted: Annotated[str, typer.Argument(metavar="URL|ID")],
    data: Data = DATA,
    stack: Stack = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Announce the entries of a feed that were held, because far more came than usual (Feed Flooding).

    So many new entries a day are then taken for usual. What a stopped release has left, the feed's next poll announces,
    and another release goes on with the rest.

    As JSON: {"feed_id", "url", "entries", "objects", "unreadable": [KEY]}.
    """
    with open_deployment(data, stack) as deployment:
        state = found_feed(deployment.registry, wanted)
        done = asyncio.run(release(deployment.edges, utc_now, state.feed_id))
    if as_json:
        counts = {"entries": done.entries, "objects": done.objects, "unreadable": done.unreadable}
        output.as_json({"feed_id": state.feed_id, "url": state.url} | counts)
        return
    for key in done.unreadable:
        output.complain(f"not an object of entries, passed over: {key}")
    print(f"released: {done.entries} entries of {state.url}")


@feeds.command("import")
def import_opml(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="OPML files.")],
    data: Data = DATA,
    stack: Stack = None,
    *,
    new_only: NewOnly = False,
) -> None:
    """Add the feeds of OPML files."""
    with open_deployment(data, stack) as deployment:
        known, bad = register_all(deployment.registry, files, utc_now(), new_only=new_only)
    print(f"{len(known)} feeds read from OPML")
    if bad:
        raise typer.Exit(1)


@feeds.command("export")
def export_opml(data: Data = DATA, stack: Stack = None) -> None:
    """Print all feeds as OPML, without their credentials."""
    with open_deployment(data, stack) as deployment:
        found = _sorted(deployment.states)
    outlines = [opml.Outline(url=state.url, title=state.title, html_url=state.link, category=None) for state in found]
    private = sum(state.secret for state in found)
    if private:
        output.complain(f"credentials are not exported: {private} of these feeds will need theirs again")
    unescaped(sys.stdout).buffer.write(opml.write(outlines, "feedriver", utc_now()))  # which steers nothing
