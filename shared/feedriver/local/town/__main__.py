"""`python -m feedriver.local.town [--port N]`: print the town's feeds, one a line, and serve until interrupted."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

from feedriver.errors import LocalStackError
from feedriver.local.town.server import Town


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the town; the exit status is 1 where it could not be opened, with the reason on standard error."""
    parser = argparse.ArgumentParser(prog="python -m feedriver.local.town", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1 (default: any free one)")
    port: int = parser.parse_args(arguments).port
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are born deaf to it
    try:
        with Town(memory=None, port=port) as town, suppress(KeyboardInterrupt):
            sys.stdout.write("\n".join(town.feeds) + "\n")
            sys.stdout.flush()
            threading.Event().wait()
    except LocalStackError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
