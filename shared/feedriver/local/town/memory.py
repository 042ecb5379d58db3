"""What the town remembers between runs: how often it was opened, and how often the Gazette was hurried."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, TypeAdapter, ValidationError

from feedriver.errors import LocalStackError

Count = Annotated[int, Field(ge=0, le=100_000)]  # beyond it the Gazette's dates would leave the calendar


@dataclass(frozen=True, slots=True)
class Memory:
    """`openings` counts the openings of the town, `hurried` the editions that were published in between."""

    openings: Count = 0
    hurried: Count = 0

    @property
    def edition(self) -> int:
        """The edition of the Gazette, from 1: a new one on every second opening after the first.

        So a second run finds nothing new, and the third finds something.
        """
        return max(1, (self.openings + 1) // 2) + self.hurried

    def opened(self) -> Self:
        """The memory after one opening more."""
        return replace(self, openings=self.openings + 1)

    def published(self) -> Self:
        """The memory after one edition more."""
        return replace(self, hurried=self.hurried + 1)


RECORD = TypeAdapter(Memory)


def recall(path: Path | None) -> Memory:
    """What was kept at `path`; a fresh memory where there is no file, or none that can be read."""
    if path is None:
        return Memory()
    try:
        return RECORD.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return Memory()


def keep(memory: Memory, path: Path | None) -> None:
    """Write the memory to `path` whole or not at all; raise `LocalStackError` where it cannot be written."""
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(RECORD.dump_json(memory))
            Path(draft).replace(path)
        except OSError:
            Path(draft).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise LocalStackError(
            f"the sample town cannot keep its memory in {path}: {error.strerror}; choose a folder that can be written"
        ) from None
