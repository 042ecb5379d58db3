"""A world to poll in, all in memory: one fake for each port, and one log of what was done to them, in order.

They refuse what AWS refuses, count what it charges (`calls.account`), and take the time that they are told to take
(`calls.seconds`, none by itself). Any call can be told to fail or to crash, before or after it took effect:

    world.at("states.commit", FAILED)                  AWS refuses the next commit
    world.at("bus.announce", Crash(), after=True)      the process dies when the events are out
    world.at_call(7, Crash())                          … before the seventh call, whichever that is
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from datetime import timedelta

from fakes.bus import FakeBus
from fakes.calls import Calls, Clock, Fault
from fakes.leases import FakeLeases
from fakes.origin import FakeOrigin
from fakes.parser import FakeParser
from fakes.queue import FakeQueue
from fakes.secrets import FakeSecrets
from fakes.states import FakeStates
from fakes.store import FakeStore
from feedriver import urls
from feedriver.decide.decision import Now, next_turn
from feedriver.decide.wheel import floor_minute
from feedriver.fetch.body import reopen
from feedriver.parse import Parser
from feedriver.poll.batch import BatchPoller, Progress
from feedriver.poll.batches import Batch
from feedriver.poll.edges import aws_threads
from feedriver.poll.result import BatchResult
from feedriver.poll.unread import Unread
from feedriver.registry import Registry, Subscription, canonical_address
from feedriver.state import FeedState

THREADS = aws_threads()  # the same for all tests: they are idle in between


class World:
    """All fakes around one pipeline, sharing one log of calls and one clock."""

    def __init__(self) -> None:
        self.calls = Calls()
        self.clock = self.calls.clock = Clock()
        self.origin = FakeOrigin(self.calls)
        self.states = FakeStates(self.calls)
        self.leases = FakeLeases(self.calls)
        self.store = FakeStore(self.calls, self.clock)
        self.bus = FakeBus(self.calls)
        self.queue = FakeQueue(self.calls)
        self.secrets = FakeSecrets(self.calls)
        self.parser: Parser = FakeParser()
        self.keeps_documents = True
        self.rounds = 0

    @property
    def log(self) -> list[str]:
        """The names of the calls so far, in order."""
        return self.calls.log

    def at(self, name: str, error: BaseException, *, after: bool = False) -> None:
        """Raise `error` at the next call of this name."""
        self.calls.faults.append(Fault(error, name=name, after=after))

    def at_call(self, number: int, error: BaseException, *, after: bool = False) -> None:
        """Raise `error` at the call that will be this one of the log, counted from 1."""
        self.calls.faults.append(Fault(error, number=number, after=after))

    def add(self, url: str) -> str:
        """Register a feed; its id."""
        Registry(self.states, self.secrets).add(Subscription(url), self.clock())
        return urls.feed_id(canonical_address(url))

    def state(self, feed_id: str) -> FeedState:
        """What is kept of a feed now."""
        return self.states.items[feed_id]

    def poll(
        self,
        *feed_ids: str,
        force: bool = False,
        on_report: Progress | None = None,
        seconds: float = math.inf,
        feeds_at_once: int = 100,
        message: Batch | None = None,
        unread: Mapping[str, int] | None = None,
    ) -> BatchResult:
        """One batch, in the clock's minute. `log` then holds this batch's calls alone.

        By hand and with no leases, or as the `message` of the queue that is given, with them. What is `unread` comes in
        a message of another round.
        """
        if unread and not message:
            self.rounds += 1
            minute = floor_minute(self.clock())
            message = Batch(minute=minute, feeds=feed_ids, round=self.rounds, unread=dict(unread))
        self.calls.log.clear()
        self.calls.about.clear()
        pipeline = BatchPoller(
            self.origin,
            self.states,
            self.store,
            self.bus,
            self.clock,
            self.parser,
            feeds_at_once,
            on_report,
            THREADS,
            self.secrets,
            self.leases if message else None,
            Unread(self.store, reopen),
            keeps_documents=self.keeps_documents,
        )
        now = Now(message.minute if message else floor_minute(self.clock()), self.clock())
        wanted = message.feeds if message else feed_ids
        return asyncio.run(pipeline.poll_batch(wanted, now, force=force, seconds=seconds, message=message))

    def later(self, **by: float) -> None:
        """Let time pass: `minutes=`, `hours=`, `days=`."""
        self.clock.advance(timedelta(**by))

    def until_its_turn(self, feed_id: str) -> None:
        """Let time pass until this feed's turn comes next; its poll is then one like any other."""
        turn = next_turn(self.state(feed_id), floor_minute(self.clock()))
        assert turn is not None
        self.clock.time = turn + timedelta(seconds=30)

    def calm(self) -> None:
        """No more faults."""
        self.calls.faults.clear()
        self.bus.accept()
