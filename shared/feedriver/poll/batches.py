"""The message from the dispatcher to the poller, and the log line of each poll."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from typing import Annotated, Literal

from pydantic import Field

from feedriver.decide.outcome import Outcome
from feedriver.errors import PassedOver
from feedriver.fields import Record, StoredRecord, Text, Utc

MOST_IN_A_BATCH = 500


class Batch(StoredRecord):
    """Feeds whose turn it is. `minute` is the turn's: a redelivery polls in the name of the same minute.

    `round` counts how often these feeds were put back, because a batch's time was over before their hosts' turns came;
    `tries` how often all of them were, because AWS or our own network let nothing be done; `sent` how often they were
    sent again at all, for whatever reason. `asked` are those that were asked in this turn already: what stands in their
    outbox is announced, and they are not asked. `again` says that they may have been asked already, `alone` that a
    worker died of them: then each is written down before it is asked.

    `unread` are those of them whose publishers have answered in this turn, with the revision that each was at: what
    they said is kept (`feedriver.poll.unread`), and is read instead of asking them.

    Fields that a newer version of this code added are ignored. A message of a newer `version` is one that this code
    could only read wrongly: it is refused, and received again, by the newer one when the deploy is over.
    """

    version: Literal[1] = 1
    minute: Utc
    feeds: Annotated[tuple[Text, ...], Field(min_length=1, max_length=MOST_IN_A_BATCH)]
    round: Annotated[int, Field(ge=0)] = 0
    tries: Annotated[int, Field(ge=0)] = 0
    sent: Annotated[int, Field(ge=0)] = 0
    asked: tuple[Text, ...] = ()
    again: bool = False
    alone: bool = False
    unread: dict[Text, int] = Field(default_factory=dict)

    @property
    def key(self) -> str:
        """What this message is known by, wherever and however often it is received: 8 characters of 6 bits each."""
        return urlsafe_b64encode(hashlib.sha256(self.model_dump_json().encode()).digest()[:6]).decode()


class Report(Record):
    """How one poll of one feed went: a line in `polls/`.

    `url` is redacted; `asked` says whether a request was made at all; `bytes` came over the wire.

    `held` counts entries that were stored and not announced (`feedriver.decide.flood`).

    `outcome` is an `Outcome`, a `FetchCode`, a `ParseCode` or `http_<status>` (`feedriver.decide.outcome`).
    """

    feed_id: Text
    url: Text
    asked: bool
    outcome: Text
    status: int | None = None
    new: int = 0
    updated: int = 0
    held: int = 0
    rejected: int = 0
    next: Utc | None = None
    why: Text
    milliseconds: int = 0
    bytes: int = 0


def unreadable(passed: PassedOver) -> Report:
    """The report on a feed whose state this version cannot read: nobody is asked, nothing is written."""
    return Report(feed_id=passed.feed_id, url="", asked=False, outcome=Outcome.UNREADABLE, why=passed.why)
