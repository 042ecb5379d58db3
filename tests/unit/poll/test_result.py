"""What became of a batch: which feeds come again, which of them were asked, and the numbers for metrics."""

from __future__ import annotations

import pytest

from feedriver.poll.batches import Report
from feedriver.poll.result import BatchResult


def report(feed_id: str, outcome: str, *, asked: bool = True, **more: int) -> Report:
    return Report(feed_id=feed_id, url=f"https://{feed_id}.example/", asked=asked, outcome=outcome, why="", **more)


def test_what_aws_or_our_network_stopped_is_unfinished_and_what_had_no_time_is_deferred():
    reports = [report("a", "published"), report("b", "aws"), report("c", "network"), report("d", "deferred")]
    result = BatchResult.from_reports(reports)
    assert (result.reports, result.unfinished, result.deferred) == (tuple(reports), ("b", "c"), ("d",))


@pytest.mark.parametrize("outcome", ["published", "unchanged", "gone", "waiting", "conflict", "http_500", "timeout"])
def test_all_other_outcomes_are_done(outcome):
    result = BatchResult.from_reports([report("a", outcome)])
    assert (result.unfinished, result.deferred, result.asked) == ((), (), ())


def test_of_those_that_come_again_it_is_said_which_were_asked():
    reports = [report("a", "aws"), report("b", "aws", asked=False), report("c", "deferred"), report("d", "published")]
    assert BatchResult.from_reports(reports).asked == ("a", "c")


@pytest.mark.parametrize(("once", "asked"), [(True, ("a", "b")), (False, ("a",))])
def test_where_our_network_was_closed_a_feed_may_be_asked_once_more(once, asked):
    reports = [report("a", "aws"), report("b", "network")]
    assert BatchResult.from_reports(reports, once=once).asked == asked


def test_feeds_that_are_sent_anyhow_do_not_come_again_by_message_and_are_reported():
    reports = [report("a", "aws"), report("b", "deferred")]
    result = BatchResult.from_reports(reports, elsewhere={"a", "b"})
    assert (result.unfinished, result.deferred, result.asked) == ((), (), ())
    assert len(result.reports) == 2


def test_of_kept_answers_only_those_are_named_whose_feeds_come_again():
    reports = [report("a", "deferred"), report("b", "aws"), report("c", "published"), report("d", "deferred")]
    assert BatchResult.from_reports(reports, unread={"a": 4, "b": 5, "c": 6}).unread == {"a": 4, "b": 5}


def test_the_numbers_are_sums_over_the_reports():
    reports = [
        report("a", "published", new=3, updated=2, bytes=1_000),
        report("b", "published", new=4, held=5, bytes=10),
        report("c", "not_modified"),
        report("d", "waiting", asked=False),
        report("e", "deferred", asked=False),
        report("f", "http_500", bytes=1),
        report("g", "timeout"),
        report("h", "aws"),
        report("i", "network"),
    ]
    result = BatchResult.from_reports(reports, lag=0.0126)
    assert result.counts == {
        "FeedsPolled": 7,
        "NotModified": 1,
        "Failed": 2,
        "Deferred": 1,
        "Waiting": 1,
        "BytesReceived": 1_011,
        "EntriesPublished": 7,
        "EntriesUpdated": 2,
        "EntriesHeld": 5,
        "FeedsUnfinished": 2,
        "LoopLag": 13,
    }
    assert result.outcomes["published"] == 2
