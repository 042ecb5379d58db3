"""`feedriver`: the commands, and how each failure becomes one clear line and an exit code.

Results go to stdout, everything else to stderr. Exit codes: 0 done; 1 something the user gave could not be used, or a
document is no feed, or `reconcile` found something; 2 the command itself was not understood.
"""

from __future__ import annotations

import platform
import sys
import traceback
from importlib import metadata
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from feedriver import __version__
from feedriver.cli.feeds import feeds
from feedriver.cli.parse import parse_command
from feedriver.cli.repair import reconcile_command, redrive_command, reparse_command, replay_command
from feedriver.cli.run import run_command
from feedriver.cli.up import up_command
from feedriver.errors import FeedriverError, ParseError
from feedriver.terminal import guarded

READS = ("feedparser", "nh3", "selectolax")  # what documents go through, beside expat

app = typer.Typer(
    name="feedriver",
    help="Every new article of any number of feeds, once, in your own AWS account.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("parse")(parse_command)
app.command("run")(run_command)
app.command("up")(up_command)
app.command("replay")(replay_command)
app.command("reparse")(reparse_command)
app.command("reconcile")(reconcile_command)
app.command("redrive")(redrive_command)
app.add_typer(feeds, name="feeds")


def _versions(wanted: bool) -> None:
    """What reads documents here: a slow or unsafe one among them is seen by its version."""
    if wanted:
        from pyexpat import EXPAT_VERSION  # noqa: PLC0415 - for this only

        expat = EXPAT_VERSION.replace("_", " ")
        read_by = ", ".join(
            (f"Python {platform.python_version()}", expat, *(f"{name} {metadata.version(name)}" for name in READS))
        )
        print(f"feedriver {__version__} ({read_by})")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_versions, is_eager=True, help="Print the versions in use and exit.")
    ] = False,
) -> None:
    """Every new article of any number of feeds, once, in your own AWS account."""


def main() -> None:
    """The entry point of the `feedriver` script."""
    with guarded():
        try:
            app()
        except ParseError as error:
            _fail(f"{error}; it names these feeds: {', '.join(error.hint)}" if error.hint else str(error))
        except FeedriverError as error:
            _fail(str(error))
        except (ClientError, BotoCoreError) as error:
            _fail(f"AWS: {error}")
        except BrokenPipeError:
            sys.exit(0)  # whoever read our output has seen enough
        except Exception:  # noqa: BLE001  # a defect of ours, printed within the gate: Python would print it outside
            traceback.print_exc()
            sys.exit(1)


def _fail(message: str) -> None:
    print(f"feedriver: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(1)
