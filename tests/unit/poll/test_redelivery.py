"""What becomes of a batch that was not polled as it came: what kills takes no other along, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fakes.calls import FAILED, Fault
from fakes.queue import FakeQueue

from feedriver.poll.batches import Batch
from feedriver.poll.redelivery import MOST_ROUNDS, MOST_TRIES, Redelivery

MINUTE = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def batch(*feeds: str, **more: object) -> Batch:
    return Batch(minute=MINUTE, feeds=feeds, **more)


@pytest.fixture
def queue():
    return FakeQueue()


@pytest.fixture
def again(queue):
    return Redelivery(queue)


def sent(queue) -> list[tuple[int, Batch]]:
    """What was sent, apart from how often it was."""
    bodies = [Batch.model_validate_json(body).model_copy(update={"sent": 0}) for body in queue.bodies]
    return list(zip(queue.delays, bodies, strict=True))


@pytest.mark.case("AB01")
@pytest.mark.parametrize(
    "settle",
    [
        lambda again, given: again.settle(given, given.feeds),
        lambda again, given: again.settle(given, (), given.feeds),
        lambda again, given: again.settle(given, given.feeds[1:], given.feeds[:1]),  # a part refused in each round
        lambda again, given: again.settle(given, (), given.feeds, unread=dict.fromkeys(given.feeds[1:], 1)),
        lambda again, given: again.isolate(given),
    ],
    ids=["all refused", "no time", "a part refused", "read one by one", "taken apart"],
)
def test_ab01_a_chain_of_messages_is_shorter_than_what_lambda_takes_for_a_loop(settle, again, queue):
    """Sixteen calls: the first message is the dispatcher's, and each call sends the next."""
    given = batch(*map(str, range(50)), unread=dict.fromkeys(map(str, range(50)), 1))
    calls = 1
    while True:
        settle(again, given)
        if not queue.bodies:
            break
        given = Batch.model_validate_json(queue.bodies[0])
        if len(given.feeds) == 1:
            given = given.model_copy(update={"feeds": ("a", "b")})
        queue.bodies.clear()
        calls += 1
    assert calls <= 15


@pytest.mark.case("D08")
def test_d08_what_there_was_no_time_for_comes_again_in_the_name_of_the_same_minute(again, queue):
    again.settle(batch("a", "b", "c"), (), ("b", "c"))
    assert sent(queue) == [(30, batch("b", "c", round=1))]


def test_each_round_is_longer_after_the_one_before_so_that_whoever_is_at_the_host_is_done(again, queue):
    for rounds in range(MOST_ROUNDS):
        again.settle(batch("a", "b", round=rounds), (), ("a", "b"))
    assert [delay for delay, _ in sent(queue)] == [30 * rounds for rounds in range(1, MOST_ROUNDS + 1)]


@pytest.mark.case("D08")
def test_d08_nothing_is_put_back_where_nothing_is_left_or_after_the_last_round(again, queue):
    again.settle(batch("a"), ())
    again.settle(batch("a", round=MOST_ROUNDS), (), ("a",))
    assert queue.bodies == []


def test_where_only_kept_answers_are_left_the_next_round_begins_at_once(again, queue):
    again.settle(batch("a", "b", "c"), (), ("b", "c"), unread={"b": 1, "c": 4})
    again.settle(batch("a", "b", "c"), (), ("b", "c"), unread={"b": 1})
    again.settle(batch("a", "b", "c"), ("c",), ("b",), unread={"b": 1, "c": 4})
    assert [(delay, each.unread) for delay, each in sent(queue)] == [
        (0, {"b": 1, "c": 4}),
        (30, {"b": 1}),
        (30, {"b": 1, "c": 4}),
    ]


def test_of_a_batch_that_was_finished_in_part_the_rest_alone_comes_again_and_it_costs_no_round(again, queue):
    again.settle(batch("a", "b", "c", round=MOST_ROUNDS), ("b",), ("c",))
    assert sent(queue) == [(30, batch("b", "c", round=MOST_ROUNDS))]


def test_a_batch_of_which_nothing_could_be_done_is_given_back_a_few_times_and_then_its_feeds_have_other_turns(
    again, queue
):
    given = batch("a", "b")
    for number in range(1, MOST_TRIES + 1):
        again.settle(given, ("a",), ("b",))
        assert sent(queue)[-1] == (300, batch("a", "b", tries=number))
        given = sent(queue)[-1][1]
    again.settle(given, ("a", "b"))
    assert len(queue.bodies) == MOST_TRIES


def test_a_message_that_comes_again_says_which_of_its_feeds_were_asked_in_this_turn(again, queue):
    again.settle(batch("a", "b", "c", "d", asked=("d", "z")), ("a", "d"), ("c",), ("a", "b"))
    assert sent(queue) == [(30, batch("a", "d", "c", asked=("a", "d")))]
    again.isolate(sent(queue)[0][1])
    assert [each.asked for _, each in sent(queue)[1:]] == [("a",), ("d",), ()]


@pytest.mark.case("D10")
def test_d10_of_a_batch_that_a_worker_died_of_each_feed_goes_alone_a_second_after_the_one_before(again, queue):
    feeds = tuple(f"{number:016x}" for number in range(500))
    again.isolate(batch(*feeds, round=3))
    assert sent(queue) == [(number, batch(feed, round=3, alone=True)) for number, feed in enumerate(feeds)]


def test_a_queue_that_refuses_in_the_middle_leaves_the_message_to_be_taken_apart_once_more(again, queue):
    queue.calls.faults.append(Fault(FAILED, number=2))
    with pytest.raises(type(FAILED)):
        again.isolate(batch("a", "b", "c"))
    again.isolate(batch("a", "b", "c"))
    assert {feed for _, each in sent(queue) for feed in each.feeds} == {"a", "b", "c"}


def test_what_is_kept_of_their_publishers_answers_comes_with_the_feeds_it_is_of(again, queue):
    again.settle(batch("a", "b", "c"), (), ("b", "c"), (), {"c": 7})
    assert sent(queue)[-1][1] == batch("b", "c", round=1, unread={"c": 7})
    again.settle(batch("a", "b", unread={"a": 1}), ("a", "b"), (), (), {"a": 1, "b": 2})
    assert sent(queue)[-1][1] == batch("a", "b", tries=1, unread={"a": 1, "b": 2})
    queue.bodies.clear()
    queue.delays.clear()
    again.isolate(batch("a", "b", unread={"b": 2}))
    assert [each.unread for _, each in sent(queue)] == [{}, {"b": 2}]


def test_rounds_in_which_something_of_it_is_read_go_on_until_all_is(again, queue):
    feeds = tuple(map(str, range(30)))
    left = batch(*feeds, round=MOST_ROUNDS, unread=dict.fromkeys(feeds, 1))
    rounds = 0
    while left.feeds[1:]:
        feeds = left.feeds[1:]
        again.settle(left, (), feeds, (), dict.fromkeys(feeds, 1))
        left, rounds = sent(queue)[-1][1], rounds + 1
    assert rounds == 29
    before = len(queue.bodies)
    again.settle(left, (), left.feeds, (), dict.fromkeys(left.feeds, 1))
    assert len(queue.bodies) == before, "a round in which nothing is read counts"
