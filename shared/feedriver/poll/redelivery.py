"""What becomes of a batch that was not polled as it came: nothing of it is lost, and nothing goes round for ever.

    settle     feeds that there was no time for, or that AWS stopped while others were done: a new message of them.
               AWS, or our own network, let nothing be done: a new message of them all, a few times
    isolate    the worker that had the message died of it. Each feed goes alone

A surviving worker sends what it could not do as a new message. So where a message is received a second time, began, and
was never done (`delivery`), its worker died: of a document that no precaution foresaw, out of memory, or out of time.
Nobody knows which of its feeds it was, so each is sent alone: a worker that dies of it takes no other feed along, and
the feed is put in quarantine. The others are polled in their order, a second apart.

A feed that was asked is not asked again in its turn: a message says which of its feeds were (`Batch.asked`), or that
all may have been (`Batch.again`). What was given up, or could not be sent, comes with its feeds' next turns; their
outboxes are emptied by the next sweep at the latest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from feedriver.poll.batches import Batch
from feedriver.ports import Queue

MOST_ROUNDS = 10  # put back for want of time so often, feeds wait for their next turn
ROUND_DELAY = 30  # seconds for hosts' turns, after the first round; after the second twice as long, and so on
MOST_TRIES = 4  # given back so often, feeds wait for their next turn
# Sent again so often, for whatever reasons, feeds wait for their next turn. Lambda takes about 16 calls, each of which
# sends the message of the next, for a loop, and would drop the last (its guide, "recursive loop detection").
MOST_SENT = 14
TRY_DELAY = 300  # seconds
LONGEST_DELAY = 900  # seconds, SQS's bound


class Redelivery:
    """Sends batches, or feeds of them, to be received once more, always in the name of their own minute."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def settle(
        self,
        batch: Batch,
        unfinished: Sequence[str],
        deferred: Sequence[str] = (),
        asked: Collection[str] = (),
        unread: Mapping[str, int] | None = None,
    ) -> None:
        """Send again what is left of a batch.

        `unfinished` are feeds that AWS or our own network stopped, `asked` those of them that are not to be asked again
        in this turn, `deferred` those that there was no time for. Where some were done, the others alone are sent:
        publishers are not asked again for others' sake. `unread` are those whose publishers' answers are kept
        (`Batch.unread`). A round in which some of these were read does not count, but for `MOST_SENT`. Where nothing
        else is left, nobody is to be asked, and so the next round begins at once.
        """
        left = (*unfinished, *deferred)
        kept = {feed: rev for feed, rev in (unread or {}).items() if feed in left}
        all_asked = frozenset({*batch.asked, *asked})
        again = batch.replace(feeds=left, asked=tuple(feed for feed in left if feed in all_asked), unread=kept)
        if unfinished and len(left) == len(batch.feeds):
            if batch.tries < MOST_TRIES:
                self._send(again.replace(tries=batch.tries + 1), TRY_DELAY)
            return
        some_read = batch.unread.keys() - kept.keys()
        rounds = batch.round + (not unfinished and not some_read)
        if left and rounds <= MOST_ROUNDS:
            turns = rounds if len(kept) < len(left) else 0  # what is kept waits for no host
            delay = ROUND_DELAY * (1 if unfinished else turns)
            self._send(again.replace(round=rounds), delay)

    def isolate(self, batch: Batch) -> None:
        """Send each feed of a batch alone, since a worker died of it."""
        for number, feed in enumerate(batch.feeds):
            asked = tuple(each for each in batch.asked if each == feed)
            unread = {each: rev for each, rev in batch.unread.items() if each == feed}
            alone = batch.replace(feeds=(feed,), asked=asked, unread=unread, alone=True)
            self._send(alone, min(number, LONGEST_DELAY))

    def _send(self, batch: Batch, delay: int) -> None:
        if batch.sent < MOST_SENT:
            self._queue.send([batch.replace(sent=batch.sent + 1).model_dump_json()], delay)
