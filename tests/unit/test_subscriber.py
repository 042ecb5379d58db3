"""The subscriber's reader: the whole entry by a checked ranged GET, and the same end whatever came in which order."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedriver.errors import ObjectMismatchError
from feedriver.events import SOURCE, EntryDeleted, parse_event
from feedriver.models import Entry, Source
from feedriver.poll.announcements import entry_announcements, feed_announcement
from feedriver.state import FeedState, Pending
from feedriver.subscriber import Latest, Version, fetch_entry, full_entry, version

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
KEY = "entries/date=2026-05-04/feed=f/1.jsonl"
STATE = FeedState(feed_id="f" * 16, url="https://a.example/feed", added=NOON, slot="new", every=60)


def received(announcement):
    return parse_event(
        json.dumps(
            {
                "source": SOURCE,
                "detail-type": announcement.detail_type,
                "detail": json.loads(announcement.detail),
            }
        )
    )


def entry(revision: int = 1, text: str = "All of it.", entry_id: str = "e" * 32) -> Entry:
    return Entry(
        id=entry_id,
        revision=revision,
        identified_by="guid",
        changed=("content",) if revision > 1 else (),
        content_hash="0" * 32,
        feed=Source(id="f" * 16, url="https://a.example/feed"),
        first_seen=NOON,
        seen=NOON,
        text=text,
    )


def stored(*entries: Entry) -> tuple[bytes, list]:
    """An object of entries, and the events that point into it."""
    lines = b"".join(each.model_dump_json().encode() + b"\n" for each in entries)
    return lines, [received(each) for each in entry_announcements(lines, "the-bucket", KEY, NOON)]


def deletion(revision: int, entry_id: str = "e" * 32):
    about = {"entry_id": entry_id, "revision": revision, "guid": "urn:1", "when": None}
    return received(feed_announcement(STATE, Pending(at=NOON, event="Entry Deleted", about=about)))


def serving(body: bytes):
    """To get ranges of this object, and the ranges that were asked for."""
    asked = []

    def get(bucket, key, first, last):
        asked.append((bucket, key, first, last))
        return body[first : last + 1]

    return get, asked


# The whole entry


@given(st.lists(st.integers(0, 40_000), min_size=1, max_size=5))
def test_an_event_leads_to_its_whole_entry_with_one_ranged_get_at_most(lengths):
    entries = [entry(text="ü" * length, entry_id=f"{number:032x}") for number, length in enumerate(lengths)]
    body, events = stored(*entries)
    for sent, event in zip(entries, events, strict=True):
        get, asked = serving(body)
        assert full_entry(event, get) == sent
        assert len(asked) == bool(event.detail.data.trimmed)
        assert fetch_entry(event.detail.data.object, get) == sent
        assert {(bucket, key) for bucket, key, _, _ in asked} == {("the-bucket", KEY)}


@pytest.mark.case("D26")
@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda body: body[:-20], "bytes came"),
        (lambda _: b"", "0 bytes came"),
        (lambda body: body.replace(b"All", b"Ill"), "its SHA-256 is"),
        (lambda body: b"\n" + body, "its SHA-256 is"),
    ],
)
def test_d26_bytes_that_were_not_announced_are_refused_with_where_they_lie(spoil, says):
    body, (event,) = stored(entry(text="All of it. " * 9_000))
    get, _ = serving(spoil(body))
    with pytest.raises(ObjectMismatchError, match=says) as refused:
        full_entry(event, get)
    assert str(refused.value).startswith(f"s3://the-bucket/{KEY} from byte 0: ")
    assert "of it" not in str(refused.value)


@pytest.mark.case("D26")
def test_d26_more_bytes_than_were_asked_for_are_refused():
    body, (event,) = stored(entry())
    with pytest.raises(ObjectMismatchError, match="were announced"):
        fetch_entry(event.detail.data.object, lambda *_: body)


def test_what_keeps_the_object_from_being_read_is_raised_as_it_is():
    _, (event,) = stored(entry(text="x" * 70_000))

    def refused(*_):
        raise PermissionError("no")

    with pytest.raises(PermissionError):
        full_entry(event, refused)


def test_a_subscriber_needs_pydantic_alone():
    told = "import sys, feedriver.subscriber; print(*{'boto3', 'aiohttp', 'feedparser', 'botocore'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""


# The latest version


def versions(*revisions: int) -> list:
    return [event for number in revisions for event in stored(entry(number))[1]]


class LastWriter:
    """A consumer that keeps whatever came last: the model that goes wrong."""

    def __init__(self) -> None:
        self.has: Version | None = None

    def take(self, event) -> None:
        self.has = version(event)


class Highest:
    """A consumer that keeps what `Latest` tells it to."""

    def __init__(self) -> None:
        self.latest = Latest()
        self.has: Version | None = None

    def take(self, event) -> None:
        if self.latest.accept(event):
            self.has = version(event)


def after(consumer, events):
    for event in events:
        consumer.take(event)
    return consumer.has


@pytest.mark.case("D14")
def test_d14_a_last_writer_wins_consumer_goes_stale_where_revision_1_comes_after_2():
    first, second = versions(1, 2)
    assert after(LastWriter(), [second, first]) == Version("e" * 32, 1)
    assert after(Highest(), [second, first]) == Version("e" * 32, 2)


@pytest.mark.case("D14")
@pytest.mark.parametrize(
    ("events", "end"),
    [
        (versions(1, 2, 3), Version("e" * 32, 3)),
        ([*versions(1, 2), deletion(2)], Version("e" * 32, 2, deleted=True)),
        ([*versions(1, 2), deletion(1)], Version("e" * 32, 2)),
        ([deletion(1), deletion(3), *versions(1, 2, 3, 4)], Version("e" * 32, 4)),
    ],
)
def test_d14_no_order_of_arrival_leaves_the_highest_revision_stale_and_some_order_leaves_the_last_writer(events, end):
    orders = list(permutations(events))
    assert {after(Highest(), order) for order in orders} == {end}
    assert {after(LastWriter(), order) for order in orders} > {end}


@pytest.mark.long
@pytest.mark.case("D14", "D18")
@given(st.data())
def test_d14_no_order_with_any_repeats_leaves_a_consumer_of_the_highest_revision_stale(data):
    revisions = data.draw(st.integers(1, 6))
    deleted = data.draw(st.sets(st.integers(1, revisions)))
    events = [*versions(*range(1, revisions + 1)), *map(deletion, sorted(deleted))]
    repeats = data.draw(st.lists(st.sampled_from(events), max_size=10))
    order = data.draw(st.permutations(events + repeats))
    assert after(Highest(), order) == Version("e" * 32, revisions, deleted=revisions in deleted)


def test_entries_have_each_their_own_latest_in_the_mapping_that_was_given():
    ranks: dict[str, int] = {}
    _, events = stored(entry(2, entry_id="a" * 32), entry(1, entry_id="b" * 32))
    assert [Latest(ranks).accept(event) for event in events] == [True, True]
    assert [Latest(ranks).accept(event) for event in events] == [False, False]
    assert set(ranks) == {"a" * 32, "b" * 32}


def test_an_event_on_a_feed_is_about_no_entry():
    event = received(feed_announcement(STATE, Pending(at=NOON, event="Feed Gone", about={"status": 410})))
    assert version(event) is None
    assert not Latest().accept(event)


def test_a_deletion_is_the_last_word_on_its_own_revision_only():
    deleted = deletion(2)
    assert isinstance(deleted, EntryDeleted)
    assert version(versions(2)[0]).rank < version(deleted).rank < version(versions(3)[0]).rank
