"""`python tests/parse/write_golden.py NAME…`: writes NAME.json beside each NAME.xml (or NAME.json-feed), for review.

What it writes is what the parser makes of the document now, right or wrong: read it line by line before it is kept.
Without names all are written anew, so that `git diff` shows what a change to the parser changes.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from parse.test_golden import FEEDS, INPUTS, told, written


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
