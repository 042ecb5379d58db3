"""The command line. In no bundle."""

from __future__ import annotations

import sys

MISSING = 'feedriver: the command line needs the extra "cli": pip install "feedriver[cli]" (there is no module {name})'


def main() -> None:
    """Run the command. A subscriber has installed feedriver for its records alone: that is said in one line."""
    try:
        from feedriver.cli import app  # noqa: PLC0415  # what it imports may not be there
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "feedriver":
            raise
        sys.exit(MISSING.format(name=error.name))
    app.main()
