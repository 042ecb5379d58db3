"""What the polls of one batch share: who may be asked, who not, and why."""

from __future__ import annotations

import asyncio
import math
from datetime import timedelta

import pytest
from documents import FEED_ID, URL, at, fresh

from feedriver.credentials import Secret
from feedriver.decide import wheel
from feedriver.errors import EdgeError, FetchCode, FetchError
from feedriver.poll.batches import Batch
from feedriver.poll.context import MOST_REFUSED, BatchContext, interleave_hosts, redacted

ON_THE_WHEEL = fresh(slot=wheel.slot(FEED_ID, 60))
NOT_DUE = fresh(not_before=at(hours=1).minute)


def context(message=None, *, force=False, until=math.inf, **holds):
    return BatchContext(at(), holds, force=force, until=until, message=message)


def message(**more):
    return Batch(minute=at().minute, feeds=(FEED_ID,), **more)


def test_a_new_feed_may_be_asked():
    assert context().not_now(fresh(), at().time) is None
    assert context(message()).not_now(fresh(), at().time) is None


def test_a_feed_whose_time_has_not_come_is_not_asked_unless_a_person_wants_it():
    assert context().not_now(NOT_DUE, at().time).outcome == "waiting"
    assert context(force=True).not_now(NOT_DUE, at().time) is None


def test_a_feed_that_was_asked_in_this_turn_is_not_asked_again():
    found = context(message(asked=(FEED_ID,))).not_now(fresh(), at().time)
    assert (found.outcome, found.state) == ("waiting", None)
    assert found.why.startswith("it was asked in this turn")


def test_a_message_that_is_older_than_the_feeds_next_turn_asks_nobody_but_a_feed_that_is_alone():
    late = at(days=1).time
    assert context(message()).not_now(ON_THE_WHEEL, late).why.startswith("this message is late")
    assert context(message(alone=True)).not_now(ON_THE_WHEEL, late) is None
    assert context().not_now(ON_THE_WHEEL, late) is None


def test_a_feed_of_a_host_at_which_another_worker_is_has_its_turn_in_a_later_round():
    shared = context(message())
    shared.busy = frozenset({"paper.example"})
    found = shared.not_now(fresh(), at().time)
    assert (found.outcome, found.why) == ("deferred", "another worker is at paper.example; a later round asks")
    assert shared.not_now(fresh(url="https://other.example/"), at().time) is None


def test_after_three_feeds_that_aws_stopped_nobody_else_is_asked():
    shared = context()
    for _ in range(MOST_REFUSED):
        shared.check()
        shared.refused += 1
    with pytest.raises(EdgeError, match="AWS stopped 3 feeds"):
        shared.check()


def test_where_it_could_not_be_remembered_nobody_is_asked():
    shared = context()
    shared.unsafe = EdgeError("dynamodb UpdateItem: ThrottlingException")
    with pytest.raises(EdgeError, match="ThrottlingException; so nobody was asked"):
        shared.check()


@pytest.mark.parametrize(
    ("given", "state", "first"),
    [
        (message(), fresh(), True),
        (message(), ON_THE_WHEEL, False),
        (message(again=True), ON_THE_WHEEL, True),
        (message(alone=True), ON_THE_WHEEL, True),
        (None, fresh(), False),
    ],
    ids=["new", "known", "sent again", "alone", "by hand"],
)
def test_which_feeds_are_written_down_before_they_are_asked(given, state, first):
    assert context(given).first_written_down(state) is first


@pytest.mark.parametrize(("given", "once"), [(None, True), (message(), False), (message(tries=1), True)])
def test_a_batch_that_was_given_back_asks_each_feed_once(given, once):
    assert context(given).once is once


@pytest.mark.parametrize(("rev", "kept"), [(7, True), (8, False)])
def test_a_kept_answer_is_read_while_its_feed_is_at_the_same_revision(rev, kept):
    assert context(message(unread={FEED_ID: 7})).has_unread(fresh(rev=rev)) is kept
    assert not context(message(unread={"b7": rev})).has_unread(fresh(rev=rev))
    assert not context().has_unread(fresh(rev=rev))


@pytest.mark.parametrize(("seconds", "over"), [(-1, True), (60, False)])
def test_a_batch_is_over_when_its_time_is(seconds, over):
    async def is_over():
        return context(until=asyncio.get_running_loop().time() + seconds).over

    assert asyncio.run(is_over()) is over


def test_holds_that_a_batch_learns_of_are_its_own():
    known = {"paper.example": at(hours=1).time}
    shared = BatchContext(at(), known, force=False, until=math.inf)
    shared.holds["other.example"] = at(hours=2).time
    assert known == {"paper.example": at().time + timedelta(hours=1)}


def test_the_first_feed_of_each_host_comes_before_the_second_of_any():
    urls = [f"https://{host}.example/{number}" for number, host in enumerate("aaabba")]
    states = [fresh(url=url) for url in (*urls, "https://c.example/6")]
    order = [state.url[-1] for state in interleave_hosts(states)]
    assert order == ["0", "3", "6", "1", "4", "2", "5"]


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        (Secret("https://paper.example", query="token=canary-1"), "canary"),
        (None, ""),
        (FetchError(URL, FetchCode.NO_SECRET, "none"), ""),
    ],
    ids=["a secret", "none", "why there is none"],
)
def test_a_text_is_shown_without_the_feeds_secret(secret, said):
    text = redacted("no answer to token=canary-1", secret)
    assert text.startswith("no answer to token=")
    assert ("canary-1" in text) is not bool(said)
