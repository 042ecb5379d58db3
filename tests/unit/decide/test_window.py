"""The window changes the cost of a poll and nothing else: what is announced and remembered is the same without it.

Documents that a feed might hold one after the other, generated: entries are added, edited, dropped, brought back,
reordered, doubled and deleted by tombstone; guids and links are shared, lost and flipped; the head changes.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass, replace

import pytest
from documents import URL, answer, at, fresh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedriver.decide import seen, window
from feedriver.decide.document import decide
from feedriver.decide.status import no_new_items
from feedriver.parse import NOTHING_KNOWN, nothing_new, parse
from feedriver.parse.xml.tombstones import NAMESPACE
from feedriver.state import FeedState

SITE = "https://paper.example"
DATES = (None, "Mon, 04 May 2026 08:00:00 GMT", "Tue, 05 May 2026 08:00:00 GMT")
few = st.integers(0, 2)
Edits = dict[str, st.SearchStrategy[int | None]]


@dataclass(frozen=True)
class Story:
    """An item; `guid` and `link` are None where it has none, `date` and `edited` number one of `DATES`."""

    guid: int | None
    link: int | None
    title: int = 0
    text: int = 0
    date: int = 0
    edited: int = 0

    def written(self) -> str:
        parts = [f"<title>Story {self.title}</title><description>Text {self.text}</description>"]
        if self.guid is not None:
            parts.append(f"<guid>{SITE}/guid/{self.guid}</guid>")
        if self.link is not None:
            parts.append(f"<link>{SITE}/{self.link}</link>")
        if published := DATES[self.date]:
            parts.append(f"<pubDate>{published}</pubDate>")
        if edited := DATES[self.edited]:
            parts.append(f"<dcterms:modified>{edited}</dcterms:modified>")
        return f"<item>{''.join(parts)}</item>"


stories = st.builds(Story, st.none() | st.integers(0, 3), st.none() | st.integers(0, 3), few, few, few, few)
regular = st.integers(0, 5).flatmap(lambda n: st.builds(Story, st.just(n), st.just(n), st.just(n), few, few, few))


@dataclass(frozen=True)
class Page:
    """One document: its items, its head, the guids of its tombstones, and the hours since the one before."""

    stories: tuple[Story, ...]
    title: int = 0
    deleted: tuple[int, ...] = ()
    hours: int = 1

    def written(self) -> bytes:
        tombs = "".join(f'<at:deleted-entry ref="{SITE}/guid/{number}"/>' for number in self.deleted)
        names = f'xmlns:at="{NAMESPACE}" xmlns:dcterms="http://purl.org/dc/terms/"'
        items = "\n".join(each.written() for each in self.stories)
        head = f"<title>Paper {self.title}</title><link>https://paper{self.title}.example/</link>"
        head += f"<ttl>{90 * self.title}</ttl><skipHours><hour>{self.title}</hour></skipHours>"
        return f'<rss version="2.0" {names}><channel>{head}{items}{tombs}</channel></rss>'.encode()


def after(draw: st.DrawFn, change: str, now: list[Story], items: st.SearchStrategy[Story], edits: Edits) -> list[Story]:
    """The items after a `change`, where it can be made."""
    where = draw(st.integers(0, max(len(now) - 1, 0)))
    here, before, behind = now[where : where + 1], now[:where], now[where + 1 :]
    match change:
        case "add":
            now = [*before, draw(items), *here, *behind]
        case "edit" if here:
            field = draw(st.sampled_from(sorted(edits)))
            now = [*before, replace(here[0], **{field: draw(edits[field])}), *behind]
        case "drop":
            now = [*before, *behind]
        case "reorder":
            now = draw(st.permutations(now))
        case "double" if here:
            now = [*now, replace(here[0], text=draw(few), edited=draw(few))]
        case "lose":
            now = [replace(each, guid=None) for each in now]
    return now


@st.composite
def lives(draw: st.DrawFn, items: st.SearchStrategy[Story], *, known_by_guid: bool) -> list[Page]:
    """A feed's documents, each made from the one before; `known_by_guid`: entries keep their guids and links."""
    changes = ["add", "edit", "drop", "return", "reorder", "double", "head", "bury", *["lose"] * (not known_by_guid)]
    names = {"guid", "link"} if not known_by_guid else set()
    edits = dict.fromkeys(("title", "text", "date", "edited"), few) | dict.fromkeys(names, st.none() | few)
    page = Page(tuple(draw(st.lists(items, min_size=1, max_size=5))))
    pages, gone = [page], list(page.stories)
    for _ in range(draw(st.integers(1, 6))):
        page = replace(page, hours=draw(st.sampled_from([1, 30])))
        for change in draw(st.lists(st.sampled_from(changes), max_size=3)):
            if change == "head":
                page = replace(page, title=draw(few))
            elif change == "bury":
                page = replace(page, deleted=tuple(draw(st.sets(st.integers(0, 3), max_size=2))))
            else:
                again = st.sampled_from(gone) if change == "return" else items
                kind = "add" if change == "return" else change
                page = replace(page, stories=tuple(after(draw, kind, list(page.stories), again, edits)))
        gone += page.stories
        pages.append(page)
    return pages


@functools.lru_cache(10_000)
def parsed(body, known=NOTHING_KNOWN):
    return parse(body, URL, None, known)


def with_window(state, body, now):
    """As the poller reads a document."""
    held = window.unpack(state)
    if nothing_new(body, URL, None, held.known):
        return no_new_items(state, answer(body), now)
    return decide(state, answer(body), parsed(body, held.known), now)


def whole(state, body, now):
    """The same document read whole: its items are the entries that they were, and none is left out.

    Where nothing is new, the window stays as it is: it knows the items of the last document in which something was.
    """
    decided = decide(state, answer(body), parsed(body), now)
    held = window.unpack(state)
    if nothing_new(body, URL, None, held.known):
        decided = replace(decided, state=decided.state.model_copy(update={"window": state.window}))
    return decided


def without_window(state, body, now):
    """The same document as if none had been seen before it, but for the seen-set."""
    return decide(state.model_copy(update={"window": b""}), answer(body), parsed(body), now)


def polled(read, pages):
    """What each poll told, and what was remembered after it."""
    state, hours, told = fresh(), 0, []
    for page in pages:
        hours += page.hours
        decided = read(state, page.written(), at(hours=hours))
        state = (decided.state or state).model_copy(update={"outbox": ()})
        events = decided.state.outbox if decided.state else ()
        named = [(pending.event, pending.about) for pending in events if pending.event]
        feed = (state.title, state.link, state.identity, state.skip_hours)
        told.append((decided.entries, named, remembered(state), feed))
    return told


def remembered(state: FeedState) -> dict[bytes, seen.SeenEntry]:
    known, _ = seen.unpack(state.seen)
    return {key: replace(each, day=at().time.date()) for key, each in known.items()}


TIMES = int(os.environ.get("FUZZ", "1"))
bounded = settings(
    deadline=None, derandomize=TIMES == 1, max_examples=60 * TIMES, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.mark.long
@bounded
@given(lives(regular, known_by_guid=True))
def test_whatever_becomes_of_a_feeds_entries_the_window_announces_and_remembers_the_same(pages):
    assert polled(with_window, pages) == polled(without_window, pages)


@pytest.mark.long
@bounded
@given(lives(stories, known_by_guid=False))
def test_however_little_tells_entries_apart_an_item_that_is_left_out_is_what_it_would_be_if_it_were_read(pages):
    assert polled(with_window, pages) == polled(whole, pages)
