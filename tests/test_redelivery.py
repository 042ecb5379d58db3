"""What becomes of a batch that was not polled as it came: what kills takes no other along, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fakes import FAILED, FakeQueue, Fault
from hypothesis import given
from hypothesis import strategies as st

from feedriver.batches import Batch
from feedriver.redelivery import MOST_ROUNDS, MOST_TRIES, Redelivery

MINUTE = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
RECEIPTS = 5  # maxReceiveCount of the poll queue (tests/stack/test_template.py)
HIDDEN = 720  # seconds, its visibility timeout


def batch(*feeds: str, **counts: int) -> Batch:
    return Batch(minute=MINUTE, feeds=feeds, **counts)


@pytest.fixture
def queue():
    return FakeQueue()


@pytest.fixture
def again(queue):
    return Redelivery(queue)


def sent(queue) -> list[tuple[int, Batch]]:
    return [(delay, Batch.model_validate_json(body)) for delay, body in zip(queue.delays, queue.bodies, strict=True)]


def test_d08_what_there_was_no_time_for_comes_again_in_the_name_of_the_same_minute(again, queue):
    assert again.settle(batch("a", "b", "c"), (), ("b", "c"))
    assert sent(queue) == [(30, batch("b", "c", round=1))]


def test_d08_nothing_is_put_back_where_nothing_is_left_or_after_the_last_round(again, queue):
    assert again.settle(batch("a"), ())
    assert again.settle(batch("a", round=MOST_ROUNDS), (), ("a",))
    assert queue.bodies == []


def test_of_a_batch_that_was_finished_in_part_the_rest_alone_comes_again_and_it_costs_no_round(again, queue):
    assert again.settle(batch("a", "b", "c", round=MOST_ROUNDS), ("b",), ("c",))
    assert sent(queue) == [(30, batch("b", "c", round=MOST_ROUNDS))]


def test_a_batch_of_which_nothing_could_be_done_is_given_back_a_few_times_and_then_left_to_the_queue(again, queue):
    given = batch("a", "b")
    for number in range(1, MOST_TRIES + 1):
        assert again.settle(given, ("a",), ("b",))
        assert sent(queue)[-1] == (300, batch("a", "b", tries=number))
        given = sent(queue)[-1][1]
    assert not again.settle(given, ("a", "b"))
    assert len(queue.bodies) == MOST_TRIES


@pytest.mark.parametrize(
    ("given", "received"),
    [
        (batch("a", "b"), 1),  # as it comes first
        (batch("a"), 4),  # alone already
        (batch("a", "b", tries=MOST_TRIES), 2),  # given up by workers that lived
    ],
)
def test_a_batch_that_nobody_died_of_or_that_is_one_feed_is_not_taken_apart(given, received, again, queue):
    assert not again.isolate(given, received)
    assert queue.bodies == []


def test_d10_of_a_batch_that_a_worker_died_of_each_feed_goes_alone_a_second_after_the_one_before(again, queue):
    feeds = tuple(f"{number:016x}" for number in range(500))
    assert again.isolate(batch(*feeds, round=3), 2)
    assert sent(queue) == [(number, batch(feed, round=3)) for number, feed in enumerate(feeds)]


def test_a_queue_that_refuses_in_the_middle_leaves_the_message_to_be_taken_apart_once_more(again, queue):
    queue.calls.faults.append(Fault(FAILED, number=2))
    with pytest.raises(type(FAILED)):
        again.isolate(batch("a", "b", "c"), 2)
    assert again.isolate(batch("a", "b", "c"), 3)
    assert {feed for _, each in sent(queue) for feed in each.feeds} == {"a", "b", "c"}


def lived_through(feeds: list[str], poison: set[str]) -> tuple[dict[str, int], list[str], int]:
    """A queue with its worker, which dies of each batch that holds poison: second by second, until it is empty.

    When each feed was polled, the feeds that became dead letters, and how many messages there were.
    """
    queue = FakeQueue()
    again = Redelivery(queue)
    queue.send([batch(*feeds).model_dump_json()])
    messages, polled, dead, taken = [], {}, [], 0
    for second in range(4 * HIDDEN * RECEIPTS):
        while taken < len(queue.bodies):
            messages.append([second + queue.delays[taken], 0, Batch.model_validate_json(queue.bodies[taken])])
            taken += 1
        for message in [message for message in messages if message[0] <= second]:
            if message[1] == RECEIPTS:
                dead += message[2].feeds
            else:
                message[1] += 1
                if again.isolate(message[2], message[1]):
                    pass
                elif poison & set(message[2].feeds):
                    message[0] = second + HIDDEN
                    continue
                else:
                    polled |= dict.fromkeys(message[2].feeds, second)
            messages.remove(message)
    assert messages == []
    return polled, dead, taken


def test_d10_of_five_hundred_feeds_one_that_kills_is_buried_and_499_are_polled_within_minutes_of_the_death():
    feeds = [f"{number:016x}" for number in range(500)]
    polled, dead, messages = lived_through(feeds, {feeds[77]})
    assert dead == [feeds[77]]
    assert set(polled) == set(feeds) - set(dead)
    assert max(polled.values()) <= HIDDEN + 500
    assert messages == 501


@given(st.integers(1, 40), st.sets(st.integers(0, 39)))
def test_d10_whichever_feeds_kill_they_alone_are_buried_and_nothing_goes_round_for_ever(count, poison):
    feeds = [f"{number:016x}" for number in range(count)]
    killers = {feeds[number] for number in poison if number < count}
    polled, dead, messages = lived_through(feeds, killers)
    assert sorted(dead) == sorted(killers)
    assert set(polled) == set(feeds) - killers
    assert messages <= count + 1


# Old and new code together


def test_d24_a_batch_of_an_older_version_is_read_and_what_a_newer_one_added_is_ignored():
    older = '{"version":1,"minute":"2026-05-04T12:00:00Z","feeds":["a","b"],"round":2}'
    assert Batch.model_validate_json(older) == batch("a", "b", round=2)
    newer = '{"version":1,"minute":"2026-05-04T12:00:00Z","feeds":["a"],"round":0,"tries":1,"lane":"fast"}'
    assert Batch.model_validate_json(newer) == batch("a", tries=1)


def test_d10_a_message_holds_ids_and_counts_and_nothing_secret():
    assert set(Batch.model_json_schema()["properties"]) == {"version", "minute", "feeds", "round", "tries"}
