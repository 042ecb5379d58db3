"""What a function's bundle carries of the shared code: what its handler imports, and what that imports.

    python tools/bundle.py functions/poll/app.py

prints their paths below shared/. They are read, not run: so it works with any Python, and without what they import. A
module whose whole name stands in a string is started by that name, as the parsing process is.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

SHARED = Path(__file__).parents[1] / "shared"
TYPED = "feedriver/py.typed"


def module(name: str) -> Path | None:
    """The file of a module of ours, or None where the name is of something else."""
    base = SHARED.joinpath(*name.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def named(tree: ast.AST) -> Iterator[str]:
    """The full names that it imports or starts; `from a import b` may name a module or what stands in one."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue  # imported by nobody at run time
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            yield node.module or ""
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        else:
            yield from named(node)


def closure(handler: Path) -> list[Path]:
    """The files of our modules that the handler needs, with the packages that they are in."""
    found: set[Path] = set()
    left = [handler]
    while left:
        tree = ast.parse(left.pop().read_bytes())
        for name in named(tree):
            parts = name.split(".")
            if parts[0] != "feedriver" or not all(part.isidentifier() for part in parts):
                continue
            files = {module(".".join(parts[:length])) for length in range(1, len(parts) + 1)}
            fresh = {path for path in files if path} - found
            found |= fresh
            left += fresh
    return sorted(found)


if __name__ == "__main__":
    print(TYPED, *(path.relative_to(SHARED).as_posix() for path in closure(Path(sys.argv[1]))), sep="\n")
