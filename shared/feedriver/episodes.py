"""What is remembered of a feed's episodes: a redirect that is watched, failures, silence, floods."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from feedriver.values import Kept, OwnAddress, Text, Utc


class Moving(Kept):
    """A permanent redirect that is being watched: where to, in how many good answers in a row, since when."""

    to: OwnAddress
    count: Annotated[int, Field(ge=1)]
    since: Utc


class Failing(Kept):
    """An episode of failure: how many polls in a row, since when, and what the last one said."""

    count: Annotated[int, Field(ge=1)]
    since: Utc
    code: Text
    detail: Text
    announced: bool = False


class Silence(Kept):
    """For how long a feed may be silent: `since` its last new entry was found, `after` when it is longer than usual."""

    since: Utc
    after: Utc
    announced: bool = False


class Flood(Kept):
    """How many new entries are usual for a feed, and what is held of a flood (`feedriver.decide.flood`).

    `found` are the new entries of the (UTC) day of turns `day`, announced or held. `largest` is the most entries of one
    document, `usual` a number of new ones a day. `held` entries wait to be released: those that the feed's revisions up
    to `released` held are. `since` is when the episode of holding began, `last` the last day of it. `part` says that
    what comes on this day may belong to the first import. `left_out` counts the items that the last document had beyond
    what can be remembered.
    """

    day: date
    found: int = 0
    largest: int = 0
    usual: int = 0
    held: int = 0
    released: int = 0
    since: Utc | None = None
    last: date | None = None
    part: bool = False
    left_out: int = 0
