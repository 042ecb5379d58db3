"""The lease of a batch: which hosts it takes, for how long, and what becomes of a batch that has none."""

from __future__ import annotations

import asyncio
import math
from datetime import timedelta

import pytest
from documents import FEED_ID, at, fresh
from fakes.calls import FAILED, Clock, Fault
from fakes.leases import FakeLeases
from fakes.world import THREADS

from feedriver.poll.batches import Batch
from feedriver.poll.context import BatchContext
from feedriver.poll.leasing import Leasing
from feedriver.state import Validators
from feedriver.table import Lease

OTHER = "00000000000000b7"
FEEDS = (fresh(), fresh(feed_id=OTHER, url="https://other.example/rss"))
MESSAGE = Batch(minute=at().minute, feeds=(FEED_ID, OTHER))
BY_HAND = Batch(minute=at().time, feeds=(FEED_ID, OTHER))


@pytest.fixture
def leases():
    return FakeLeases()


def context(message=MESSAGE, **holds):
    return BatchContext(at(), holds, force=False, until=math.inf, message=message)


def begun(leases, shared, states=FEEDS, seconds=90.0):
    async def begin():
        return await Leasing(leases, Clock(at().time), THREADS).begin(states, shared, seconds)

    return asyncio.run(begin())


def ended(leases, shared, states=FEEDS):
    asyncio.run(Leasing(leases, Clock(at().time), THREADS).end(states, shared))


def test_a_batch_takes_the_hosts_of_its_feeds_for_its_time_and_a_margin(leases):
    assert begun(leases, context()) == Lease("taken")
    until = at().time + timedelta(seconds=90 + 20 + 60)
    assert leases.held == {MESSAGE.key: (until, frozenset({"paper.example", "other.example"}))}


@pytest.mark.parametrize("seconds", [math.inf, 5_000.0])
def test_a_batch_without_bound_takes_them_for_a_quarter_of_an_hour_and_a_margin(seconds, leases):
    begun(leases, context(), seconds=seconds)
    ((until, _),) = leases.held.values()
    assert until == at().time + timedelta(seconds=900 + 60)


def test_the_host_that_a_feed_was_last_answered_from_is_taken_too(leases):
    begun(leases, context(), [fresh(validators=Validators(url="https://cdn.example/rss"))])
    ((_, hosts),) = leases.held.values()
    assert hosts == {"paper.example", "cdn.example"}


def test_hosts_of_feeds_that_are_not_asked_now_are_not_taken(leases):
    begun(leases, context(), [FEEDS[0], FEEDS[1].replace(not_before=at(hours=1).minute)])
    ((_, hosts),) = leases.held.values()
    assert hosts == {"paper.example"}


def test_where_nobody_is_to_be_asked_no_lease_is_taken(leases):
    resting = context(**{host: at(hours=1).time for host in ("paper.example", "other.example")})
    assert begun(leases, resting) is None
    assert leases.calls.log == []


def test_the_hosts_at_which_another_worker_is_are_known_to_the_polls(leases):
    leases.take("another", ["paper.example"], at().time, at(minutes=5).time)
    shared = context()
    assert begun(leases, shared) == Lease("taken", frozenset({"paper.example"}))
    assert shared.busy == {"paper.example"}


def test_a_copy_of_a_batch_is_told_what_the_first_came_to(leases):
    begun(leases, context())
    assert begun(leases, context()).standing == "at_work"
    ended(leases, context())
    assert begun(leases, context()).standing == "done"


def test_a_person_gives_way_to_nobody(leases):
    leases.take("another", ["paper.example"], at().time, at(minutes=5).time)
    leases.take(BY_HAND.key, [], at().time, at(minutes=5).time)
    shared = context(message=None)
    assert begun(leases, shared) == Lease("taken")
    assert shared.busy == frozenset()


def test_others_give_way_to_a_person_until_the_end(leases):
    person, shared = context(message=None), context()
    begun(leases, person)
    begun(leases, shared)
    assert shared.busy == {"paper.example", "other.example"}
    ended(leases, person)
    assert leases.standing(BY_HAND.key, at().time) == "done"


def test_where_the_table_takes_no_lease_nobody_may_be_asked(leases):
    leases.calls.faults.append(Fault(FAILED, name="leases.take"))
    shared = context()
    assert begun(leases, shared) is None
    assert shared.unsafe is FAILED


def test_a_lease_that_cannot_be_given_back_runs_out_by_itself(leases):
    begun(leases, context())
    leases.calls.faults.append(Fault(FAILED, name="leases.finish"))
    ended(leases, context())
    assert leases.standing(MESSAGE.key, at(minutes=4).time) == "left"


def test_a_batch_whose_time_is_over_takes_none(leases):
    assert begun(leases, BatchContext(at(), {}, force=False, until=-math.inf, message=MESSAGE)) is None
    assert leases.held == {}


def test_without_leases_nobody_else_is_thought_to_poll():
    assert begun(None, context()) is None
    ended(None, context())
