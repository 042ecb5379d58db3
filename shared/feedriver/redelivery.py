"""What becomes of a batch that was not polled as it came: nothing of it is lost, and nothing goes round for ever.

    settle     feeds that there was no time for, or that AWS stopped while others were done: a new message of them.
               AWS, or our own network, let nothing be done: a new message of them all, a few times
    isolate    the message has been received before and no worker gave it back: one died of it. Each feed goes alone

A worker that lives gives back what it could not do, as a new message. So a message that is received a second time was
in the hands of one that died: of a document that no precaution foresaw, out of memory, out of time. Which feed it was
nobody knows, and each of them alone tells it: whoever dies of that one takes no other along. It is received until the
queue makes a dead letter of it. The others are polled within as many seconds as there are feeds, in their order and a
second apart, so that the feeds of a host, which stand together, still do not come to it at once.
"""

from __future__ import annotations

from collections.abc import Sequence

from feedriver.batches import Batch
from feedriver.ports import Queue

MOST_ROUNDS = 10  # put back for want of time so often, feeds wait for their next turn
ROUND_DELAY = 30  # seconds
MOST_TRIES = 4  # given back so often, a batch is left to the queue, which makes a dead letter of it
TRY_DELAY = 300  # seconds
LONGEST_DELAY = 900  # seconds, SQS's bound


class Redelivery:
    """Sends batches, or feeds of them, to be received once more, always in the name of their own minute."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def settle(self, batch: Batch, unfinished: Sequence[str], deferred: Sequence[str] = ()) -> bool:
        """Send again what is left of a batch; False where its message is the queue's to deliver again, or to bury.

        `unfinished` are feeds that AWS or our own network stopped, `deferred` those that there was no time for. Where
        some were done, the others alone are sent: publishers are not asked again for others' sake.
        """
        left = (*unfinished, *deferred)
        if unfinished and len(left) == len(batch.feeds):
            return self._try_again(batch)
        rounds = batch.round + (not unfinished)
        if left and rounds <= MOST_ROUNDS:
            self._send(batch.model_copy(update={"feeds": left, "round": rounds}), ROUND_DELAY)
        return True

    def _try_again(self, batch: Batch) -> bool:
        if batch.tries >= MOST_TRIES:
            return False
        self._send(batch.model_copy(update={"tries": batch.tries + 1}), TRY_DELAY)
        return True

    def isolate(self, batch: Batch, received: int) -> bool:
        """Send each feed of a batch alone where a worker died of it, as `received`, the count of receipts, tells.

        False where none did, where there is but one feed, or where it is the queue's to make a dead letter of it.
        """
        if received <= 1 or len(batch.feeds) == 1 or batch.tries >= MOST_TRIES:
            return False
        for number, feed in enumerate(batch.feeds):
            self._send(batch.model_copy(update={"feeds": (feed,)}), min(number, LONGEST_DELAY))
        return True

    def _send(self, batch: Batch, delay: int) -> None:
        self._queue.send([batch.model_dump_json()], delay)
