"""What a consumer should know of an entry before showing it, as far as the document tells."""

from __future__ import annotations

import re
from collections.abc import Iterable

from feedriver.models import Mark, Person
from feedriver.parse.limits import TITLE

# Embeddings, overrides and isolates (Unicode UAX #9 §2): in a list of titles they reorder what stands beside them.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def marks(title: str | None, authors: Iterable[Person]) -> tuple[Mark, ...]:
    """The marks of an entry with this title, as it is kept, and these authors."""
    found: list[Mark] = []
    if any(_TURNING.search(shown) for shown in (title, *(author.name for author in authors)) if shown):
        found.append("bidi")
    if title and len(title) == TITLE and title.endswith("…"):
        found.append("title_cut")
    return tuple(found)
