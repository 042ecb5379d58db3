"""Dead letters on their way again: how many of each route, and what is not taken twice."""

from __future__ import annotations

import pytest

from feedriver.errors import EdgeError
from feedriver.messaging import Route
from feedriver.repair.redrive import MOST, Redriven, redrive

POLL, TARGET, SHARED = Route("poll-dead", "poll"), Route("target-dead", "target"), Route("poll-dead", "other")


class Letters:
    """`DeadLetters` in memory: how many there are on each queue of dead letters. A queue of `refused` takes none."""

    def __init__(self, counts, routes=(POLL, TARGET), refused=()):
        self.counts, self._routes, self.refused = dict(counts), routes, refused
        self.moved = []

    def routes(self):
        return self._routes

    def waiting(self, route):
        return self.counts.get(route.dead, 0)

    def move(self, route, most):
        if route.queue in self.refused:
            raise EdgeError("sqs SendMessage: AccessDenied")
        count = min(most, self.counts.get(route.dead, 0))
        self.counts[route.dead] = self.counts.get(route.dead, 0) - count
        self.moved.append((route, count))
        return count


def test_the_letters_of_each_route_are_sent_on_their_way_again():
    letters = Letters({"poll-dead": 23, "target-dead": 1})
    assert redrive(letters) == [Redriven(POLL, 23, 23), Redriven(TARGET, 1, 1)]
    assert letters.counts == {"poll-dead": 0, "target-dead": 0}


def test_a_dry_run_counts_and_moves_nothing():
    letters = Letters({"poll-dead": 23})
    assert redrive(letters, dry_run=True) == [Redriven(POLL, 23, 0), Redriven(TARGET, 0, 0)]
    assert letters.moved == []


def test_no_more_is_moved_than_was_asked_for_of_each_route():
    letters = Letters({"poll-dead": 23, "target-dead": 9})
    assert [done.moved for done in redrive(letters, 5)] == [5, 5]


def test_a_letter_that_dies_again_meanwhile_is_not_taken_a_second_time():
    asked = []
    letters = Letters({"poll-dead": 2}, [POLL])
    letters.move = lambda route, most: asked.append(most) or most
    redrive(letters)
    assert asked == [2]


def test_one_call_takes_no_more_than_its_bound_of_a_queue():
    letters = Letters({"poll-dead": MOST + 1})
    assert redrive(letters)[0].moved == MOST


def test_a_queue_that_serves_two_routes_is_emptied_into_the_first():
    letters = Letters({"poll-dead": 3}, [POLL, SHARED])
    assert redrive(letters) == [Redriven(POLL, 3, 3)]


def test_each_route_is_told_as_it_is_done_and_what_was_moved_before_a_failure_stays_moved():
    letters, told = Letters({"poll-dead": 3, "target-dead": 1}, refused={"target"}), []
    with pytest.raises(EdgeError):
        redrive(letters, on_route=told.append)
    assert told == [Redriven(POLL, 3, 3)]
    assert letters.moved == [(POLL, 3)]
