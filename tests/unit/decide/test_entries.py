"""What is stored of an entry: dates that lie ahead are clamped and marked, and decide nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from documents import URL, Reader, answer, at, brought, fresh, item

from feedriver.decide.document import decide
from feedriver.parse import parse

NOON = at().time


@pytest.mark.case("P11")
@pytest.mark.parametrize("name", ["published", "updated"])
@pytest.mark.parametrize("ahead", [timedelta(microseconds=1), timedelta(days=365), timedelta(days=60_000)])
def test_p11_a_date_ahead_becomes_the_time_of_the_first_sight_and_is_marked(name, ahead):
    raw = "Fri, 31 Dec 2999"
    (entry,) = Reader().read(item("A", guid="1", published_raw=raw, **{name: NOON + ahead})).entries
    assert getattr(entry, name) == entry.first_seen == NOON.replace(microsecond=0)
    assert (entry.marks, entry.published_raw) == (("future",), raw)


@pytest.mark.case("P11")
@pytest.mark.parametrize("when", [NOON, NOON - timedelta(days=40_000), None])
def test_p11_a_date_that_is_past_stays_as_it_is(when):
    (entry,) = Reader().read(item("A", guid="1", published=when, updated=when)).entries
    assert (entry.published, entry.updated, entry.marks) == (when, when, ())


@pytest.mark.case("P11")
def test_p11_a_later_revision_is_clamped_to_the_first_sight_too():
    reader = Reader()
    reader.read(item("A", guid="1"))
    (entry,) = reader.read(item("A", guid="1", text="x", published=NOON + timedelta(days=9))).entries
    assert (entry.revision, entry.published) == (2, NOON.replace(microsecond=0))


@pytest.mark.case("P11")
def test_p11_a_date_ahead_that_comes_true_is_no_new_version():
    reader = Reader()
    tomorrow = item("A", guid="1", published=NOON + timedelta(hours=1))
    reader.read(tomorrow)
    assert [reader.read(tomorrow).entries for _ in range(3)] == [()] * 3


@pytest.mark.case("P11")
def test_p11_what_the_parser_marked_stays_marked():
    (entry,) = Reader().read(item("A", guid="1", marks=("bidi",), published=NOON + timedelta(days=1))).entries
    assert entry.marks == ("bidi", "future")


@pytest.mark.case("I15", "P11")
@pytest.mark.parametrize("when", [datetime(1970, 1, 1, tzinfo=UTC), None, datetime(2199, 1, 1, tzinfo=UTC), NOON])
def test_i15_no_date_decides_whether_an_entry_is_new_or_which_it_is(when):
    reader = Reader()
    reader.read(item("A", guid="1", published=NOON), item("B", guid="2", published=when))
    decided = reader.read(
        item("A", guid="1", published=NOON), item("C", guid="3", published=when), item("B", guid="2", published=when)
    )
    assert brought(decided) == [("C", 1)]


@pytest.mark.case("P12")
def test_p12_dates_with_and_without_a_zone_in_one_feed_are_all_utc_or_none():
    dates = ("Mon, 4 May 2026 09:00:00", "Mon, 4 May 2026 09:00:00 +0200", "2026-05-04T09:00:00", "2026-05-04", "soon")
    items = "".join(f"<item><guid>{date}</guid><pubDate>{date}</pubDate></item>" for date in dates)
    body = f'<rss version="2.0"><channel><title>T</title>{items}</channel></rss>'.encode()
    decided = decide(fresh(), answer(body), parse(body, URL), at())
    published = [entry.published for entry in decided.entries]
    assert [each and each.hour for each in published] == [9, 7, 9, 0, None]
    assert all(each is None or each.utcoffset() == timedelta(0) for each in published)
    assert min(each for each in published if each).hour == 0
