"""Every event fits, whatever its record holds; and as much of what subscribers filter on is left in it as can be."""

from __future__ import annotations

import json
from itertools import cycle
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from longest import AT, LETTERS, record

from feedriver.events import SOURCE, parse_event
from feedriver.models import Category, Enclosure, Entry, Source
from feedriver.poll import announcements
from feedriver.poll.announcements import ENVELOPE_BYTES, EVENT_BYTES
from feedriver.state import FeedState, Pending
from feedriver.trimming import LITTLE, cut, json_bytes, trimmed

KEY = "entries/date=2026-05-04/feed=00000000000000a7/1.jsonl"
EVENTS_ON_FEEDS = ("Entry Deleted", "Feed Failing", "Feed Moved", "Feed Identity Changed", "Feed Of A Newer Version")
ABOUT = ("code", "detail", "moved_from", "title_before", "link_before", "guid")


def announced(line: bytes):
    (announcement,) = announcements.entry_announcements(line + b"\n", "the-bucket", KEY, AT)
    return announcement


def size(announcement) -> int:
    """As EventBridge counts: source, detail-type and detail in UTF-8, and 14 for the time."""
    return len((SOURCE + announcement.detail_type + announcement.detail).encode()) + 14


def read(announcement):
    """The data of an event, as a target reads it; one of a newer version as if this one knew its type."""
    newer = announcement.detail_type == EVENTS_ON_FEEDS[-1]
    envelope = {
        "source": SOURCE,
        "detail-type": "Feed Gone" if newer else announcement.detail_type,
        "detail": json.loads(announcement.detail),
    }
    return parse_event(json.dumps(envelope)).detail.data


def differing(before, after, within="") -> set[str]:
    """The paths of the fields that differ."""
    found = set()
    for name in type(before).model_fields:
        one, other = getattr(before, name), getattr(after, name)
        if one != other:
            found |= differing(one, other, f"{within}{name}.") if isinstance(one, Source) else {within + name}
    return found


# A text by its letter and its length: so that an example that fails is a short one to print.
texts = st.tuples(st.sampled_from(LETTERS), st.sampled_from((1, 40, 300, 900)))
longer = st.tuples(st.sampled_from(LETTERS), st.sampled_from((2_000, 60_000)))
bodies = st.fixed_dictionaries({}, optional=dict.fromkeys(("html", "text", "summary", "title"), longer))


def spelled(text: tuple[str, int]) -> str:
    return text[0] * text[1]


@pytest.mark.long
@pytest.mark.case("W01")
@given(st.sampled_from((0, 1, 3)), st.lists(texts | longer, min_size=1, max_size=7), bodies)
@example(100, [("x", 1)], {})
@example(100, [("🗞", 300)], {})
@example(100, [("\x01", 40), ("ü", 300)], {"html": ("<", 60_000)})
@settings(max_examples=40, deadline=None)
def test_every_entry_is_announced_within_64_kb_with_no_more_gone_than_must(many, said, body):
    given_texts = cycle(map(spelled, said))
    entry = record(Entry, given_texts.__next__, many, **{name: spelled(text) for name, text in body.items()})
    line = entry.model_dump_json().encode()
    announcement = announced(line)
    assert size(announcement) <= EVENT_BYTES
    assert announced(line) == announcement
    data = read(announcement)
    assert differing(entry, data.entry) == set(data.trimmed)
    assert len(set(data.trimmed)) == len(data.trimmed)
    assert data.object.length == len(line)
    if data.trimmed:
        back = data.trimmed[-1].partition(".")[0]
        restored = data.entry.model_copy(update={back: getattr(entry, back)})
        assert size(announcement) + json_bytes(restored) - json_bytes(data.entry) > EVENT_BYTES - ENVELOPE_BYTES


@pytest.mark.long
@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("length", [2_048, 70_000])
def test_an_old_line_with_the_longest_of_everything_is_announced(letter, length):
    entry = record(Entry, lambda: letter * length, 20 if length == 2_048 else 1)
    announcement = announced(entry.model_dump_json().encode())
    assert size(announcement) <= EVENT_BYTES
    data = read(announcement)
    assert (data.entry.id, data.entry.revision) == (entry.id, entry.revision)
    assert differing(entry, data.entry) == set(data.trimmed)


@pytest.mark.case("W01")
def test_the_entry_of_a_redirect_that_grew_to_23_kb_is_announced_without_the_address():
    address = "https://a.example/" + "%F0%9F%98%80" * 1_950 + "/"
    feed = Source.model_construct(
        id="00000000000000a7", url="https://a.example/", title="T", link=address, icon=address
    )
    entry = record(Entry, lambda: "t", 0).model_copy(update={"link": address, "feed": feed})
    data = read(announced(entry.model_dump_json().encode()))
    assert (data.entry.link, data.entry.feed.link, data.entry.feed.icon, data.trimmed) == (None, None, None, ())


@given(
    st.sampled_from(EVENTS_ON_FEEDS),
    st.dictionaries(st.sampled_from(ABOUT), texts | longer),
    st.tuples(texts | longer, texts | longer, texts | longer),
)
@settings(max_examples=40, deadline=None)
def test_every_event_on_a_feed_and_every_deletion_fits(event, about, said):
    title, link, icon = map(spelled, said)
    link, icon = f"https://e.example/{quote(link)}"[:2_048], f"https://e.example/{quote(icon)}"[:2_048]
    about = {name: spelled(text) for name, text in about.items()}
    about |= {name: link for name in ("moved_from", "link_before") if name in about}
    needed = {"entry_id": "e" * 32, "revision": 1, "guid": "1"} if event == "Entry Deleted" else {}
    state = FeedState(
        feed_id="00000000000000a7", url=icon, added=AT, slot="new", every=60,
        title=title, link=link, icon=icon,
    )  # fmt: skip
    pending = Pending(at=AT, event=event, about=needed | about)
    announcement = announcements.feed_announcement(state, pending)
    assert size(announcement) <= EVENT_BYTES
    assert announcements.feed_announcement(state, pending) == announcement
    data = read(announcement)
    told = {name: about[name] for name in about if name in type(data).model_fields and name not in data.trimmed}
    assert {name: getattr(data, name) for name in told} == told


def test_what_a_newer_version_noted_of_a_feed_is_passed_over():
    state = FeedState(feed_id="00000000000000a7", url="https://a.example/", added=AT, slot="new", every=60)
    about = {"code": "dns", "weather": "fine", "detail": "no such host"}
    data = read(announcements.feed_announcement(state, Pending(at=AT, event="Feed Failing", about=about)))
    assert (data.code, data.detail, data.trimmed) == ("dns", "no such host", ())


def long_entry(**said) -> Entry:
    return record(Entry, lambda: "t", 0, **said)


@pytest.mark.case("W07")
def test_what_is_small_is_not_emptied_before_what_is_large():
    enclosures = tuple(Enclosure(url=f"https://a.example/{number:04}{'x' * 1_880}") for number in range(50))
    politics = (Category(term="politics"),)
    text = "A text of some length. " * 20
    entry = long_entry(text=text, categories=politics, enclosures=enclosures)
    data = read(announced(entry.model_dump_json().encode()))
    assert data.trimmed == ("enclosures",)
    assert (data.entry.text, data.entry.categories) == (text, politics)


@pytest.mark.case("W07")
def test_what_subscribers_filter_on_stays_while_the_rest_frees_enough():
    tags = tuple(Category(term="新" * 300) for _ in range(40))
    entry = long_entry(categories=tags, html="x" * 20_000, text="y" * 19_000)
    data = read(announced(entry.model_dump_json().encode()))
    assert data.trimmed == ("html",)
    assert data.entry.categories == tags


def test_a_text_is_not_emptied_because_the_categories_are_too_long():
    tags = tuple(Category(term="新" * 300) for _ in range(100))
    entry = long_entry(categories=tags, html="x" * 30_000, text="y" * 29_000)
    assert read(announced(entry.model_dump_json().encode())).trimmed == ("categories",)


def test_a_field_that_frees_next_to_nothing_stays_while_others_can_go():
    entry = long_entry(html="h" * 40_100, text="t" * 40_000, summary="s" * (LITTLE - 50))
    fitting, names = trimmed(entry, 80_050, ())
    assert names == ("html", "text")
    assert fitting.summary == entry.summary
    _, names = trimmed(entry, 80_150, ())
    assert names[:3] == ("html", "text", "summary")


def test_the_names_of_what_was_trimmed_have_room_too():
    entry = long_entry(html="h" * 40_000, text="t" * 40_000)
    assert len(trimmed(entry, 40_000, ())[1]) == 2
    fitting, names = trimmed(entry, 40_000 - len('"text",'), ())
    assert names == ("text",)
    assert json_bytes(entry) - json_bytes(fitting) == 40_000


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(LETTERS), max_size=60), st.integers(0, 200))
def test_a_text_is_cut_to_the_longest_beginning_that_fits(text, most):
    shorter = cut(text, most)
    assert text.startswith(shorter)
    assert json_bytes(shorter) - 2 <= most
    if shorter != text:
        assert json_bytes(text[: len(shorter) + 1]) - 2 > most
