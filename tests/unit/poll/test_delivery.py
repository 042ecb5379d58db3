"""What becomes of a message: polled, a copy, taken apart, or in quarantine. What kills takes no other along."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fakes.calls import FAILED, Clock, Fault
from fakes.leases import FakeLeases
from fakes.queue import FakeQueue
from hypothesis import given
from hypothesis import strategies as st

from feedriver.errors import EdgeError
from feedriver.poll.batches import Batch, Report
from feedriver.poll.delivery import Delivery
from feedriver.poll.redelivery import Redelivery
from feedriver.poll.result import BatchResult

MINUTE = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
RECEIPTS = 5  # maxReceiveCount of the poll queue (tests/system/stack/test_template.py)
HIDDEN = 720  # seconds, its visibility timeout
LASTS = timedelta(seconds=170)  # a lease


class Died(BaseException):
    """The worker is gone."""


class Site:
    """A queue, its workers, and what they do: `poison` kills, `fails` is what AWS does to a batch."""

    def __init__(self, poison=()):
        self.clock = Clock(MINUTE)
        self.queue = FakeQueue()
        self.leases = FakeLeases()
        self.poison = set(poison)
        self.polled = {}
        self.quarantined = {}
        self.outcome = BatchResult((), ())
        self.delivery = Delivery(self._poll, self._quarantine, Redelivery(self.queue), self.leases, self.clock)

    async def _poll(self, batch, *, seconds):
        lease = self.leases.take(batch.key, (), self.clock(), self.clock() + LASTS)
        if lease.standing != "taken":
            return BatchResult((), (), copy=lease.standing)
        for feed in batch.feeds:
            self.polled.setdefault(feed, []).append(self.clock())
        if self.poison & set(batch.feeds):
            raise Died
        self.leases.finish(batch.key, self.clock())
        return self.outcome

    async def _quarantine(self, batch):
        self.quarantined |= dict.fromkeys(batch.feeds, self.clock())
        return BatchResult((), ())

    def receive(self, batch, received=1):
        """Nothing here waits, so that no loop is needed."""
        receiving = self.delivery.receive(batch, received, 90.0)
        try:
            receiving.send(None)
        except StopIteration as done:
            return done.value

    @property
    def sent(self):
        bodies = (Batch.model_validate_json(body).model_copy(update={"sent": 0}) for body in self.queue.bodies)
        return list(zip(self.queue.delays, bodies, strict=True))


def batch(*feeds, **more):
    return Batch(minute=MINUTE, feeds=feeds, **more)


@pytest.fixture
def site():
    return Site()


@pytest.mark.case("Y05")
def test_a_message_received_four_times_in_its_minute_is_polled_once(site):
    assert [site.receive(batch("a", "b")).note for _ in range(4)] == ["polled", *["a copy"] * 3]
    assert all(site.receive(batch("a", "b")).done for _ in range(4))
    assert len(site.polled["a"]) == 1


def test_a_copy_of_what_is_at_work_is_given_back_and_done_when_that_is_done(site):
    site.leases.take(batch("a", "b").key, (), MINUTE, MINUTE + LASTS)
    assert not site.receive(batch("a", "b")).done
    assert not site.receive(batch("a", "b"), received=2).done
    site.leases.finish(batch("a", "b").key, MINUTE)
    site.clock.advance(timedelta(seconds=HIDDEN))
    assert site.receive(batch("a", "b"), received=2).done
    assert site.polled == {}
    assert site.sent == []


@pytest.mark.case("D10")
def test_d10_a_batch_that_a_worker_died_of_is_not_polled_again_but_its_feeds_each_alone(site):
    site.leases.take(batch("a", "b").key, (), MINUTE, MINUTE + LASTS)
    site.clock.advance(timedelta(seconds=HIDDEN))
    delivered = site.receive(batch("a", "b"), received=2)
    assert (delivered.done, delivered.note) == (True, "taken apart")
    assert site.polled == {}
    assert site.sent == [(0, batch("a", alone=True)), (1, batch("b", alone=True))]


def left(site, batch):
    """A worker began this batch and died."""
    site.leases.take(batch.key, (), site.clock(), site.clock() + LASTS)
    site.clock.advance(timedelta(seconds=HIDDEN))


def test_a_feed_that_was_alone_in_its_batch_by_chance_dies_twice_before_it_is_put_in_quarantine(site):
    left(site, batch("a"))
    assert site.receive(batch("a"), received=2).note == "taken apart"
    assert site.sent == [(0, batch("a", alone=True))]
    assert site.quarantined == {}
    left(site, batch("a", alone=True))
    assert site.receive(batch("a", alone=True), received=2).note == "quarantined"
    assert site.quarantined == {"a": site.clock()}
    assert site.polled == {}


def test_a_message_that_comes_again_and_never_began_is_polled_and_blames_nobody(site):
    assert site.receive(batch("a", alone=True), received=4).note == "polled"
    assert site.receive(batch("a", "b"), received=4).note == "polled"
    assert (site.quarantined, site.sent) == ({}, [])


def test_a_worker_that_lives_and_is_let_write_nothing_takes_its_message_for_done(site):
    site.outcome = BatchResult((), (), deferred=("a",))
    site.leases.finish = lambda batch, now: None
    site.queue.calls.faults.append(Fault(FAILED, name="queue.send"))
    delivered = site.receive(batch("a", alone=True))
    assert (delivered.done, delivered.note) == (True, "not put back")


def test_a_copy_of_what_was_left_blames_nobody(site):
    left(site, batch("a", alone=True))
    assert site.receive(batch("a", alone=True)).note == "a copy"
    assert (site.quarantined, site.sent) == ({}, [])


def test_a_feed_whose_quarantine_could_not_be_written_down_comes_again_and_is_not_asked(site):
    async def refused(batch):
        return BatchResult((), batch.feeds)

    site.delivery = Delivery(site._poll, refused, Redelivery(site.queue), site.leases, site.clock)
    left(site, batch("a", alone=True))
    assert not site.receive(batch("a", alone=True), received=2).done
    assert site.polled == {}


def test_a_lease_that_cannot_be_read_takes_nothing_apart(site):
    site.leases.calls.faults.append(Fault(FAILED, name="leases.standing"))
    with pytest.raises(EdgeError):
        site.receive(batch("a", "b"), received=2)
    assert site.sent == []


def test_what_is_left_of_a_batch_comes_again_with_what_was_asked(site):
    report = Report(feed_id="a", url="https://a.example/", asked=True, outcome="aws", why="")
    site.outcome = BatchResult((report,), ("a",), deferred=("b",), asked=("a",))
    assert site.receive(batch("a", "b", "c")).done
    assert site.sent == [(30, batch("a", "b", asked=("a",)))]


def test_a_batch_whose_states_could_not_be_read_is_given_back(site):
    async def refused(batch, *, seconds):
        raise FAILED

    site.delivery = Delivery(refused, site._quarantine, Redelivery(site.queue), site.leases, site.clock)
    assert site.receive(batch("a", "b")).done
    assert site.sent == [(300, batch("a", "b", tries=1))]


def lived_through(feeds, poison):
    """A queue with its worker, which dies of each batch that holds poison: second by second, until it is empty."""
    site = Site(poison)
    site.queue.send([batch(*feeds).model_dump_json()])
    messages, dead, taken = [], [], 0
    for second in range(4 * HIDDEN * RECEIPTS):
        site.clock.time = MINUTE + timedelta(seconds=second)
        for delay, body in zip(site.queue.delays[taken:], site.queue.bodies[taken:], strict=True):
            messages.append([second + delay, 0, Batch.model_validate_json(body)])
        taken = len(site.queue.bodies)
        for message in [message for message in messages if message[0] <= second]:
            message[1] += 1
            if message[1] > RECEIPTS:
                dead += message[2].feeds
                messages.remove(message)
                continue
            try:
                done = site.receive(message[2], message[1]).done
            except Died:
                done = False
            if done:
                messages.remove(message)
            else:
                message[0] = second + HIDDEN
        if not messages and taken == len(site.queue.bodies):
            break
    assert messages == []
    return site, dead


@pytest.mark.case("D10")
def test_d10_of_five_hundred_feeds_one_that_kills_is_put_in_quarantine_and_499_are_polled_within_minutes_of_the_death():
    feeds = [f"{number:016x}" for number in range(500)]
    site, dead = lived_through(feeds, {feeds[77]})
    assert dead == []
    assert list(site.quarantined) == [feeds[77]]
    assert site.quarantined[feeds[77]] <= MINUTE + timedelta(seconds=2 * HIDDEN + 80)
    assert max(times[-1] for times in site.polled.values()) <= MINUTE + timedelta(seconds=HIDDEN + 500)
    assert {len(times) for times in site.polled.values()} == {2}
    assert len(site.queue.bodies) == 501


@pytest.mark.long
@pytest.mark.case("D10")
@given(st.integers(1, 12), st.sets(st.integers(0, 11)))
def test_d10_whichever_feeds_kill_they_alone_are_put_in_quarantine_and_nothing_goes_round_for_ever(count, poison):
    feeds = [f"{number:016x}" for number in range(count)]
    killers = {feeds[number] for number in poison if number < count}
    site, dead = lived_through(feeds, killers)
    assert dead == []
    assert set(site.quarantined) == killers
    assert set(site.polled) == set(feeds)
    assert max(len(times) for times in site.polled.values()) <= 2
    assert len(site.queue.bodies) <= count + 1
