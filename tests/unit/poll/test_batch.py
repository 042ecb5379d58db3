"""One poll after another, in a world of fakes: what is done, in which order, and what one feed's trouble costs."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import timedelta

import pytest
from endless import ASecondForLoops
from fakes.calls import FAILED, START
from fakes.origin import Document, rss, story
from fakes.world import World

from feedriver.errors import FetchCode
from feedriver.events import parse_event
from feedriver.http import Request
from feedriver.models import Entry, Feed, Item
from feedriver.parse.result import Parsed, ParsedItem, SourceFields
from feedriver.poll.batches import Report
from feedriver.sandbox.parser import KillableParser

URL = "https://paper.example/rss"
OTHER = "https://other.example/rss"


@pytest.fixture
def world():
    return World()


def told(world):
    """The detail-type, and the title or the code, of each event sent."""
    return [(sent.detail_type, *list_about(json.loads(sent.detail)["data"])) for sent in world.bus.sent]


def list_about(data):
    return [data["entry"]["title"], data["entry"]["revision"]] if "entry" in data else [data.get("code")]


def only(outcome):
    (report,) = outcome.reports
    return report


# The order of effects


@pytest.mark.case("D22")
def test_entries_are_stored_before_they_are_committed_and_committed_before_they_are_announced(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a"), story("b")), etag='"1"')
    report = only(world.poll(feed))
    assert world.log == [
        "states.load",
        "states.holds",
        "fetch",
        "store.put staging",
        "store.put raw",
        "states.commit",
        "store.put entries",
        "bus.announce",
        "states.clear_outbox",
        "store.discard",
        "store.put polls",
    ]
    assert (report.outcome, report.new, report.status) == ("published", 2, 200)
    assert told(world) == [("Entry Published", "Story a", 1), ("Entry Published", "Story b", 1)]
    assert world.state(feed).outbox == ()


@pytest.mark.parametrize("document", [{"etag": '"1"'}, {"last_modified": "Mon"}])
def test_a_304_costs_no_write_but_the_batchs_log(world, document):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), **document)
    world.poll(feed)
    before = world.state(feed)
    world.until_its_turn(feed)
    report = only(world.poll(feed))
    assert (report.outcome, report.status, report.bytes) == ("not_modified", 304, 0)
    assert world.log == ["states.load", "states.holds", "fetch", "store.put polls"]
    assert world.state(feed) is before


@pytest.mark.case("F11")
def test_the_same_body_costs_no_write_and_no_parse(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), etag='"1"', stubborn=True)
    world.poll(feed)
    world.until_its_turn(feed)
    world.parser = None
    assert only(world.poll(feed)).outcome == "unchanged"
    assert world.log == ["states.load", "states.holds", "fetch", "store.put polls"]


def test_a_new_document_with_nothing_new_is_neither_read_nor_written_down(world, monkeypatch):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a"), story("b")))
    world.poll(feed)
    world.until_its_turn(feed)
    world.origin.serve(URL, rss(story("b"), story("a")))
    world.parser.parse_with = parser_with_a_defect
    assert only(world.poll(feed)).outcome == "unchanged"
    assert world.log == ["states.load", "states.holds", "fetch", "store.put polls"]


def test_of_a_document_with_nothing_new_the_new_validators_are_kept(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a"), story("b")), etag='"1"')
    world.poll(feed)
    world.later(hours=2)
    world.origin.serve(URL, rss(story("b"), story("a")), etag='"2"')
    assert only(world.poll(feed)).why.startswith("nothing new in another body")
    assert world.log == ["states.load", "states.holds", "fetch", "states.commit", "store.put polls"]
    assert world.state(feed).validators.etag == '"2"'


def test_the_next_request_carries_the_validators_byte_for_byte(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), etag='w/"a b"', last_modified="thu, 01 jan 1970")
    for _ in range(2):
        world.poll(feed)
        world.later(hours=2)
    first, second = world.origin.requests
    assert first == Request(URL, None)
    assert (second.validators.etag, second.validators.last_modified) == ('w/"a b"', "thu, 01 jan 1970")


def test_what_is_stored_is_what_came_and_what_was_read(world):
    feed = world.add(URL)
    body = rss(story("a", "Grüße"), story("b"))
    world.origin.serve(URL, body, headers={"content-type": "application/rss+xml"})
    world.poll(feed)
    (entries_key,), (raw_key,) = world.store.under("entries/"), world.store.under("raw/")
    assert entries_key == f"entries/date=2026-05-04/feed={feed}/{world.state(feed).rev}.jsonl"
    entries = [Entry.model_validate_json(line) for line in world.store.objects[entries_key].splitlines()]
    assert [(entry.title, entry.text) for entry in entries] == [("Story a", "Grüße"), ("Story b", "All of it.")]
    assert gzip.decompress(world.store.objects[raw_key]) == body
    assert not world.store.under("staging/")
    assert {key: world.store.labels[key] for key in world.store.objects} == {
        entries_key: ("application/x-ndjson", None),
        raw_key: ("application/rss+xml", "gzip"),
        world.store.under("polls/")[0]: ("application/x-ndjson", None),
    }


def test_where_documents_are_not_to_be_kept_entries_are_stored_all_the_same(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")))
    world.keeps_documents = False
    world.poll(feed)
    assert world.store.under("entries/")
    assert not world.store.under("raw/")


def test_an_event_points_to_the_line_that_it_is_about(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a", "Grüße 🗞"), story("b")))
    world.poll(feed)
    for sent in world.bus.sent:
        envelope = {"source": "feedriver", "detail-type": sent.detail_type, "detail": json.loads(sent.detail)}
        data = parse_event(json.dumps(envelope)).detail.data
        at = data.object
        line = world.store.objects[at.key][at.offset : at.offset + at.length]
        assert Entry.model_validate_json(line) == data.entry


def test_a_document_that_is_only_indented_or_encoded_otherwise_announces_nothing(world):
    feed = world.add(URL)
    document = rss(story("a", "Grüße,   all of you."), story("b"))
    world.origin.serve(URL, document)
    world.poll(feed)
    indented = document.replace(b"<item>", b"\n\t<item>\n").replace(b"   ", b" \n ").replace(b"><", b">\n  <")
    for body in (indented, document.decode().replace("utf-8", "iso-8859-1").encode("iso-8859-1")):
        world.later(hours=2)
        world.origin.serve(URL, body)
        assert only(world.poll(feed)).outcome == "unchanged"
    assert len(world.bus.sent) == 2


def test_one_empty_item_among_good_ones_is_counted_and_costs_nothing(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(*(story(str(number)) for number in range(99)), ""))
    report = only(world.poll(feed))
    assert (report.new, report.rejected) == (99, 1)


def test_a_feed_that_is_redirected_is_polled_at_its_own_address_with_the_validators_of_the_other(world):
    feed = world.add(URL)
    world.origin.redirects[URL] = "https://b.example/rss"
    world.origin.serve("https://b.example/rss", rss(story("a")), etag='"b"')
    world.poll(feed)
    world.later(hours=2)
    assert only(world.poll(feed)).outcome == "not_modified"
    assert world.origin.requests[1].url == URL
    assert world.origin.requests[1].validators.url == "https://b.example/rss"
    world.origin.redirects.clear()
    world.origin.serve(URL, rss(story("a")), etag='"b"')
    world.later(hours=2)
    assert only(world.poll(feed)).status == 200


# What is due


def test_a_feed_is_asked_again_when_its_interval_is_over_and_not_before(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")))
    assert only(world.poll(feed)).asked
    world.later(minutes=59)
    report = only(world.poll(feed))
    assert (report.asked, report.outcome) == (False, "waiting")
    assert "fetch" not in world.log
    world.later(minutes=1)
    assert only(world.poll(feed)).asked


@pytest.mark.case("F36")
def test_force_asks_at_once_and_still_conditionally(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), etag='"1"')
    world.poll(feed)
    assert only(world.poll(feed, force=True)).outcome == "not_modified"


@pytest.mark.case("F21")
def test_a_retry_after_stops_every_request_however_often_the_feeds_turn_comes(world):
    feed = world.add(URL)
    world.origin.serve(URL, status=429, headers={"retry-after": "86400"})
    assert only(world.poll(feed)).outcome == "rate_limited"
    for _ in range(23):
        world.later(hours=1)
        assert only(world.poll(feed, force=True)).outcome == "waiting"
    assert len(world.origin.requests) == 1
    world.origin.serve(URL, rss(story("a")))
    world.later(hours=2)
    assert only(world.poll(feed)).outcome == "published"


@pytest.mark.case("F25")
def test_a_feed_that_is_gone_is_asked_no_more(world):
    feed = world.add(URL)
    world.origin.serve(URL, status=410)
    report = only(world.poll(feed))
    assert (report.outcome, report.next) == ("gone", None)
    assert told(world) == [("Feed Gone", None)]
    world.later(days=30)
    assert only(world.poll(feed, force=True)).asked is False
    assert len(world.origin.requests) == 1


def test_a_report_says_when_the_feeds_next_turn_is(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), etag='"1"')
    report = only(world.poll(feed))
    assert START + timedelta(minutes=29) <= report.next < START + timedelta(minutes=61)
    world.clock.time = report.next
    assert only(world.poll(feed)).asked


# What one feed's trouble costs


def test_a_feed_that_fails_costs_no_other_feed_anything(world):
    bad = [world.add(f"https://{name}.example/") for name in ("timeout", "html", "empty", "missing")]
    good = world.add(URL)
    world.origin.fail("https://timeout.example/", FetchCode.TIMEOUT)
    world.origin.serve("https://html.example/", b"<!doctype html><html><body>Hello</body></html>")
    world.origin.serve("https://empty.example/", b"")
    world.origin.serve(URL, rss(story("a")))
    outcome = world.poll(*bad, good)
    assert [report.outcome for report in outcome.reports] == ["timeout", "not_a_feed", "empty", "http_404", "published"]
    assert outcome.unfinished == ()
    assert [world.state(feed).failing.code for feed in bad] == ["timeout", "not_a_feed", "empty", "http_404"]
    assert all(world.state(feed).validators is None for feed in bad)


def parser_with_a_defect(body, url, content_type, known=()):
    if url == URL:
        raise RecursionError("a defect")
    return Parsed(Feed(url=url, format="rss"), ())


def test_a_defect_of_the_parser_costs_one_feed_its_turn(world):
    world.parser.parse_with = parser_with_a_defect
    feeds = [world.add(URL), world.add(OTHER)]
    for url in (URL, OTHER):
        world.origin.serve(url, b"<rss/>", etag='"1"')
    outcome = world.poll(*feeds)
    assert [report.outcome for report in outcome.reports] == ["internal_error", "unchanged"]
    assert "a defect" in outcome.reports[0].why
    assert world.state(feeds[0]).validators is None


@pytest.mark.parametrize("call", ["fetch", "states.commit", "bus.announce", "store.put entries"])
def test_a_defect_anywhere_costs_one_feed_its_turn(world, call):
    feeds = [world.add(URL), world.add(OTHER)]
    for url in (URL, OTHER):
        world.origin.serve(url, rss(story("a")))
    world.at(call, RuntimeError("a defect"))
    outcome = world.poll(*feeds)
    assert sorted(report.outcome for report in outcome.reports) == ["internal_error", "published"]
    assert len(world.store.under("polls/")) == 1
    world.later(hours=2)
    world.poll(*feeds)
    world.later(hours=2)
    world.poll(*feeds)
    assert len({json.loads(sent.detail)["metadata"]["event_id"] for sent in world.bus.sent}) == 2


@pytest.mark.case("F07")
def test_validators_do_not_advance_over_a_document_that_could_not_be_read(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), etag='"1"')
    world.poll(feed)
    world.origin.serve(URL, b"<html><body>down</body></html>", etag='"2"')
    world.later(hours=2)
    assert only(world.poll(feed)).outcome == "not_a_feed"
    assert world.state(feed).validators.etag == '"1"'
    world.origin.serve(URL, rss(story("b"), story("a")), etag='"2"')
    world.later(hours=4)
    assert only(world.poll(feed)).new == 1


def test_three_failures_are_told_once_and_so_is_the_recovery(world):
    feed = world.add(URL)
    world.origin.fail(URL, FetchCode.DNS)
    for _ in range(5):
        world.poll(feed)
        world.later(days=2)
    world.origin.serve(URL, rss(story("a")))
    world.poll(feed)
    assert told(world) == [("Feed Failing", "dns"), ("Entry Published", "Story a", 1), ("Feed Recovered", "dns")]


def test_unknown_and_repeated_ids_are_passed_over(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")))
    assert len(world.poll("ffffffffffffffff", feed, feed).reports) == 1
    assert len(world.origin.requests) == 1
    assert world.poll("ffffffffffffffff").reports == ()
    assert world.log == ["states.load"]


def test_progress_is_told_of_each_feed(world):
    feeds = {world.add(URL), world.add(OTHER)}
    seen = []
    world.poll(*feeds, on_report=seen.append)
    assert {report.feed_id for report in seen} == feeds


def test_the_log_of_a_batch_has_a_line_a_feed_with_no_secrets(world):
    world.origin.documents["https://secret.example/rss"] = Document(rss(story("a")))
    feeds = [world.add("https://secret.example/rss?token=hush"), world.add(URL)]
    outcome = world.poll(*feeds)
    (key,) = world.store.under("polls/date=2026-05-04/1200-")
    lines = world.store.objects[key].splitlines()
    assert tuple(Report.model_validate_json(line) for line in lines) == outcome.reports
    assert b"hush" not in world.store.objects[key]
    (first, second) = outcome.reports
    assert (first.outcome, first.asked, first.milliseconds, first.bytes > 100) == ("published", True, 5, True)
    assert (second.outcome, second.why.startswith("HTTP 404 Not Found")) == ("http_404", True)


# When AWS fails


@pytest.mark.parametrize(
    "call", ["store.put entries", "store.put raw", "states.commit", "bus.announce", "states.clear_outbox"]
)
@pytest.mark.parametrize("after", [False, True])
def test_an_aws_failure_leaves_one_feed_unfinished_and_the_others_alone(world, call, after):
    feeds = [world.add(URL), world.add(OTHER)]
    for url in (URL, OTHER):
        world.origin.serve(url, rss(story("a")))
    world.at(call, FAILED, after=after)
    outcome = world.poll(*feeds)
    assert sorted(report.outcome for report in outcome.reports) == ["aws", "published"]
    (unfinished,) = outcome.unfinished
    world.later(minutes=1)
    outcome = world.poll(*feeds)
    assert outcome.unfinished == ()
    assert world.state(unfinished).outbox == ()
    ids = [json.loads(sent.detail)["metadata"]["event_id"] for sent in world.bus.sent]
    assert len(set(ids)) == 2


@pytest.mark.case("D20")
def test_a_leftover_outbox_is_announced_first_and_from_the_store(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a"), story("b")))
    world.bus.refuse_after(1)
    assert world.poll(feed).unfinished == (feed,)
    assert told(world) == [("Entry Published", "Story a", 1)]
    world.bus.accept()
    world.later(hours=2)
    world.origin.serve(URL, rss(story("c"), story("a"), story("b")))
    assert only(world.poll(feed)).new == 1
    assert world.log[:8] == [
        "states.load",
        "states.holds",
        "store.get",
        "store.put entries",
        "bus.announce",
        "states.clear_outbox",
        "store.discard",
        "fetch",
    ]
    assert [title for _, title, _ in told(world)] == ["Story a", "Story a", "Story b", "Story c"]
    assert world.bus.sent[0] == world.bus.sent[1]


@pytest.mark.case("D20")
def test_a_leftover_outbox_is_announced_though_the_feed_is_not_due(world):
    feed = world.add(URL)
    world.origin.serve(URL, status=410)
    world.bus.refuse_after(0)
    assert world.poll(feed).unfinished == (feed,)
    world.bus.accept()
    assert only(world.poll(feed)).outcome == "gone"
    assert told(world) == [("Feed Gone", None)]
    assert world.state(feed).outbox == ()


@pytest.mark.case("D04")
def test_while_the_bus_refuses_nothing_more_is_fetched_and_nothing_lost(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")))
    world.bus.refuse_after(0)
    for _ in range(3):
        assert only(world.poll(feed)).outcome == "aws"
        world.later(hours=2)
    assert len(world.origin.requests) == 1
    world.bus.accept()
    world.poll(feed)
    assert told(world) == [("Entry Published", "Story a", 1)]


class Overtaken(World):
    """Another worker commits the feed while this one fetches."""

    def poll(self, *feed_ids, **options):
        commit, self.states.commit = self.states.commit, None

        def late(state):
            del self.states.commit
            commit(self.state(state.feed_id).model_copy(update={"rev": state.rev, "title": "theirs"}))
            commit(state)

        self.states.commit = late
        return super().poll(*feed_ids, **options)


@pytest.mark.case("D06", "D07")
def test_a_poll_that_was_overtaken_announces_nothing_and_changes_nothing():
    world = Overtaken()
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")))
    outcome = world.poll(feed)
    assert only(outcome).outcome == "conflict"
    assert outcome.unfinished == ()
    assert world.bus.sent == []
    assert world.state(feed).title == "theirs"


# A first import


@pytest.mark.long
@pytest.mark.case("P15")
def test_p15_a_first_import_of_ten_thousand_entries_fits_the_item_and_is_announced_whole(world):
    count = 10_000
    feed = world.add(URL)
    items = tuple(
        ParsedItem(
            number,
            Item(title=f"Story {number}", guid=f"id-{number}", link=f"https://paper.example/{number}"),
            SourceFields(f"Story {number}", f"https://paper.example/{number}", "", "", "", "", "", ""),
        )
        for number in range(count)
    )
    world.parser.parse_with = lambda *_: Parsed(Feed(url=URL, format="rss"), items)
    world.origin.serve(URL, b"<rss/>", etag='"1"')
    assert only(world.poll(feed)).new == count
    state = world.state(feed)
    assert len(state.seen) + len(state.model_dump_json(exclude={"seen", "rhythm"})) < 400 * 1024
    assert state.validators.etag == '"1"'
    assert len({json.loads(sent.detail)["metadata"]["event_id"] for sent in world.bus.sent}) == count


def test_a_log_that_cannot_be_written_leaves_the_batch_done(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")))
    world.at("store.put polls", FAILED)
    outcome = world.poll(feed)

    assert (only(outcome).outcome, outcome.unfinished, outcome.logged) == ("published", (), False)
    assert len(world.bus.sent) == 1


def test_what_a_feed_left_unsaid_when_it_went_is_told_at_its_next_turn(world):
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")))
    world.poll(feed)
    world.later(minutes=24 * 60)
    world.origin.serve(URL, b"", status=410)
    world.at("bus.announce", FAILED)
    world.poll(feed)
    world.later(minutes=24 * 60)
    asked = len(world.origin.requests)
    world.poll(feed)

    assert told(world)[-1][0] == "Feed Gone"
    assert len(world.origin.requests) == asked


# Documents that pass their bounds


@pytest.mark.long
@pytest.mark.case("P02", "P03", "P22")
def test_p03_p22_documents_that_never_end_or_fill_the_memory_cost_themselves_and_no_other(world):
    world.parser = KillableParser(ASecondForLoops(memory=64_000_000), child="endless")
    bad = {"loop for ever": "too_slow", "fill the memory": "out_of_memory", "die by SIGKILL": "crashed"}
    good = [world.add(f"https://good{number}.example/rss") for number in range(20)]
    for number in range(20):
        world.origin.serve(f"https://good{number}.example/rss", rss(story(str(number))))
    feeds = [*good[:10]]
    for number, order in enumerate(bad):
        feeds.append(world.add(f"https://bad{number}.example/rss"))
        world.origin.serve(f"https://bad{number}.example/rss", order.encode(), etag='"1"')
    outcome = world.poll(*feeds, *good[10:])
    world.parser.close()
    assert outcome.outcomes == {"published": 20, "too_slow": 1, "out_of_memory": 1, "crashed": 1}
    assert outcome.unfinished == outcome.deferred == ()
    assert [report.outcome for report in outcome.reports[10:13]] == list(bad.values())
    assert [world.state(feed).failing.code for feed in feeds[10:]] == list(bad.values())
    assert all(world.state(feed).validators is None for feed in feeds[10:])


def test_what_the_batch_has_no_time_left_to_read_is_put_back(world, monkeypatch):
    class Hanging:
        async def parse(self, body, url, content_type, known, quantum):
            await asyncio.Event().wait()

    monkeypatch.setattr("feedriver.poll.batch.LAST_FETCH", -60.0)  # all the time is over once the document is there
    world.parser = Hanging()
    feed = world.add(URL)
    world.origin.serve(URL, rss(story("a")), etag='"1"')
    before = world.state(feed)
    outcome = world.poll(feed, seconds=60)
    assert (only(outcome).outcome, outcome.deferred, outcome.counts["Failed"]) == ("deferred", (feed,), 0)
    assert world.state(feed) is before
