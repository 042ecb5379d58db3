"""The message from the dispatcher to the poller: what it holds, what it is known by, what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from feedriver.errors import PassedOver
from feedriver.poll.batches import MOST_IN_A_BATCH, Batch, unreadable

MINUTE = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def batch(*feeds: str, **more: object) -> Batch:
    return Batch(minute=MINUTE, feeds=feeds, **more)


@pytest.mark.case("D24")
def test_d24_a_batch_of_an_older_version_is_read_and_what_a_newer_one_added_is_ignored():
    older = '{"version":1,"minute":"2026-05-04T12:00:00Z","feeds":["a","b"],"round":2}'
    assert Batch.model_validate_json(older) == batch("a", "b", round=2)
    newer = '{"version":1,"minute":"2026-05-04T12:00:00Z","feeds":["a"],"round":0,"tries":1,"lane":"fast"}'
    assert Batch.model_validate_json(newer) == batch("a", tries=1)


@pytest.mark.case("D10")
def test_d10_a_message_holds_ids_and_counts_and_nothing_secret():
    assert set(Batch.model_json_schema()["properties"]) == {
        *("version", "minute", "feeds", "round", "tries", "sent"),
        *("asked", "again", "alone", "unread"),
    }


def test_a_message_is_read_back_as_it_was_sent():
    sent = batch("a", "b", round=2, tries=1, sent=3, asked=("a",), again=True, unread={"b": 7})
    assert Batch.model_validate_json(sent.model_dump_json()) == sent


def test_a_message_of_a_newer_version_is_refused():
    with pytest.raises(ValidationError):
        Batch.model_validate_json('{"version":2,"minute":"2026-05-04T12:00:00Z","feeds":["a"]}')


@pytest.mark.parametrize(("feeds", "taken"), [(0, False), (1, True), (MOST_IN_A_BATCH, True), (501, False)])
def test_a_batch_has_1_to_500_feeds(feeds, taken):
    feed_ids = tuple(map(str, range(feeds)))
    if taken:
        assert batch(*feed_ids).feeds == feed_ids
    else:
        with pytest.raises(ValidationError):
            batch(*feed_ids)


def test_a_message_is_known_by_the_same_key_wherever_it_is_received():
    sent = batch("a", "b")
    assert Batch.model_validate_json(sent.model_dump_json()).key == sent.key
    assert len(sent.key) == 8


@pytest.mark.parametrize("change", [{"round": 1}, {"tries": 1}, {"sent": 1}, {"asked": ("a",)}, {"feeds": ("b", "a")}])
def test_a_message_that_is_sent_again_has_another_key(change):
    sent = batch("a", "b")
    assert sent.replace(**change).key != sent.key


def test_the_report_on_a_feed_that_cannot_be_read_says_why_and_that_nobody_was_asked():
    report = unreadable(PassedOver("a7", None, "its state cannot be read"))
    assert (report.feed_id, report.outcome, report.asked) == ("a7", "unreadable", False)
    assert (report.why, report.url, report.next) == ("its state cannot be read", "", None)
