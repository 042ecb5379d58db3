"""Write what the parser makes of a golden feed: `python tests/system/golden/write_golden.py NAME…`.

It writes NAME.json beside each NAME.xml (or NAME.json-feed).

What it writes is what the parser makes of the document now, right or wrong: read it line by line before it is kept.
Without names all are written anew, so that `git diff` shows what a change to the parser changes.
"""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).parents[2]
sys.path[:0] = [str(TESTS / "support"), str(TESTS / "system")]

from golden.test_golden import FEEDS, INPUTS, told, written  # noqa: E402  # found by the path above


def main(names: list[str]) -> None:
    """Write the lines of the documents of these names, or of all."""
    if unknown := set(names) - {path.stem for path in INPUTS}:
        sys.exit(f"no such documents in {FEEDS}: {', '.join(sorted(unknown))}")
    for path in INPUTS:
        if not names or path.stem in names:
            lines = FEEDS / f"{path.stem}.json"
            lines.write_text(written(told(path)), encoding="utf-8")
            sys.stdout.write(f"{lines}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
