"""Floods: when new entries are held, when they are not, and what is told of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from documents import TIME, Reader, answer, at, brought, document, events, fresh, item

from feedriver.decide import flood, seen
from feedriver.decide.deletion import EVENT as DELETED
from feedriver.decide.document import decide
from feedriver.parse.result import Parsed, Tombstone
from feedriver.repair.consistency import missing
from feedriver.state import Flood

HELD = flood.EVENT


def stories(*numbers: int, name: str = "s", text: str = "all of it", **said: object):
    return [item(f"{name}{number}", guid=f"urn:{name}{number}", text=text, **said) for number in numbers]


def many(count: int, name: str = "flood", **said: object):
    return stories(*range(count), name=name, **said)


class Feed(Reader):
    """A reader that counts what was announced, held, told. `hours` pass between two documents."""

    def __init__(self, hours: float = 1, **changes: object) -> None:
        super().__init__(fresh(**changes))
        self.hours, self.time = hours, 0.0

    def read(self, *items, flaw: str | None = None, **said):
        parsed = document(*items, **said)
        parsed = Parsed(parsed.feed, parsed.items, flaw=flaw, deleted=parsed.deleted)
        got = answer(f"document {self.reads}".encode())
        decided = decide(self.state, got, parsed, at(hours=self.time))
        self.time += self.hours
        self.reads += 1
        self.state = decided.state.model_copy(update={"outbox": ()})
        return decided

    @property
    def flood(self) -> Flood:
        return self.state.flood


def known(hours: float = 1, entries: int = 20) -> Feed:
    """A feed whose first document was read."""
    feed = Feed(hours)
    feed.read(*stories(*range(entries)))
    return feed


@pytest.mark.case("X06")
def test_a_known_feed_has_five_hundred_new_entries_a_day_announced_and_the_rest_held():
    feed = known()
    decided = feed.read(*many(600), *stories(*range(20)))
    assert (decided.outcome, decided.new, len(decided.entries), len(decided.held)) == ("published", 500, 500, 100)
    assert [entry.title for entry in decided.entries] == [f"flood{number}" for number in range(500)]
    assert all(entry.marks == ("flood",) for entry in decided.held)
    assert not any(entry.marks for entry in decided.entries)
    assert decided.why.startswith("a flood: 100 entries held, `feedriver feeds release` announces them; every")
    assert feed.flood.held == 100


def test_what_is_held_is_staged_and_stored_apart():
    decided = known().read(*many(502))
    announced, held = (pending for pending in decided.state.outbox if pending.key)
    assert announced.key == decided.entries_key
    assert held.key == f"held/feed={decided.state.feed_id}/{decided.state.rev:012d}.jsonl"
    assert decided.staged == {announced.staged: decided.lines, held.staged: decided.held_lines}
    assert held.at == decided.held[0].seen


def test_what_is_held_is_not_new_the_next_time_and_nothing_is_held_twice():
    feed = known()
    feed.read(*many(600))
    again = feed.read(*many(600))
    assert (again.outcome, again.entries, again.held) == ("unchanged", (), ())
    assert feed.flood.held == 100


def test_small_documents_add_up_to_a_days_flood_and_the_next_day_brings_as_many_again():
    feed = known(hours=0.5)
    counts = [feed.read(*many(100, name=f"n{number}-")) for number in range(8)]
    assert [(len(each.entries), len(each.held)) for each in counts] == [(100, 0)] * 5 + [(0, 100)] * 3
    assert [each.outcome for each in counts[4:6]] == ["published", "held"]
    feed.time += 24
    later = feed.read(*many(100, name="later"))
    assert (len(later.entries), later.held) == (100, ())


@pytest.mark.long
@pytest.mark.case("X06")
def test_one_event_an_episode_tells_the_count():
    feed = known()
    first = feed.read(*many(600))
    assert [(each.event, each.about["count"]) for each in first.state.outbox if each.event == HELD] == [(HELD, 100)]
    assert HELD not in events(feed.read(*many(600, name="more")))
    feed.time += 24
    assert HELD not in events(feed.read(*many(600, name="next day")))
    feed.time += 48
    assert HELD in events(feed.read(*many(600, name="another episode")))


@pytest.mark.parametrize("entries", [1, 501])
def test_a_first_import_is_no_flood(entries):
    decided = Feed().read(*many(entries))
    assert (decided.new, decided.held) == (entries, ())


def test_a_first_import_after_an_empty_document_is_none():
    feed = Feed()
    feed.read()
    assert feed.read(*many(600)).held == ()


@pytest.mark.long
def test_a_first_import_that_was_cut_short_goes_on_for_the_day():
    feed = Feed()
    feed.read(*many(3), flaw="cut short")
    feed.read(*many(700), flaw="cut short")
    assert feed.read(*many(1_000)).new == 300
    assert len(feed.read(*many(3_100, name="now a flood")).held) == 100


def test_an_import_in_parts_does_not_go_on_the_next_day():
    feed = Feed(hours=24)
    feed.read(*many(3), flaw="cut short")
    assert len(feed.read(*many(1_000), flaw="cut short").held) == 497


def test_where_new_ones_only_were_asked_for_the_first_document_is_no_flood_and_the_second_may_be():
    feed = Feed(new_only=True)
    first = feed.read(*many(600))
    assert (first.entries, first.held) == ((), ())
    feed = Feed(new_only=True)
    feed.read(*stories(1))
    assert len(feed.read(*many(600)).held) == 100


@pytest.mark.long
def test_a_large_feed_may_bring_three_times_its_largest_document():
    feed = known(entries=1_000)
    assert feed.read(*many(800), *stories(*range(200))).held == ()
    decided = feed.read(*many(2_300, name="flood of a large feed"))
    assert (len(decided.entries), len(decided.held)) == (2_200, 100)


@pytest.mark.long
def test_an_archive_that_grows_by_four_hundred_a_day_is_none():
    feed, total = known(hours=24), 20
    for _ in range(5):
        total += 400
        assert feed.read(*stories(*range(total))).held == ()


def test_a_feed_that_comes_back_after_a_week_is_none():
    feed = known()
    feed.time += 7 * 24
    assert feed.read(*stories(*range(15, 50))).held == ()


@pytest.mark.long
def test_a_busy_feed_with_a_short_window_is_none_by_its_own_dates():
    feed, number = Feed(hours=0.25), 0

    def window(start: int):
        when = [TIME + timedelta(hours=feed.time) - timedelta(seconds=60 * back) for back in range(20)]
        return [
            item(f"b{start - back}", guid=f"urn:b{start - back}", published=moment) for back, moment in enumerate(when)
        ]

    for number in range(0, 36 * 60, 15):  # 1,440 a day, for a day and a half
        assert feed.read(*window(number)).held == ()


def test_a_burst_of_a_quiet_feed_does_not_teach_itself_by_its_own_dates():
    feed = Feed(hours=0.25)
    feed.read(*stories(*range(20), published=None))

    def burst(poll: int):
        when = TIME + timedelta(hours=feed.time)
        return [
            item(f"x{poll}-{n}", guid=f"urn:x{poll}-{n}", published=when - timedelta(seconds=40 * n)) for n in range(20)
        ]

    announced = sum(len(feed.read(*burst(poll)).entries) for poll in range(40))
    assert announced == 500


def test_a_flood_does_not_teach_that_floods_are_usual():
    feed = known(hours=24)
    days = [feed.read(*many(520, name=f"day{number}-")) for number in range(5)]
    assert [len(each.entries) for each in days] == [500] * 5


def test_a_takeover_by_a_feed_of_thousands_is_held_too():
    feed = Feed()
    feed.read(*stories(1, 2), id="urn:one")
    decided = feed.read(*many(600), id="urn:another")
    assert len(decided.held) == 100
    assert {"Feed Identity Changed", HELD} <= set(events(decided))


def test_updates_are_no_new_entries_and_are_announced_in_a_flood():
    feed = known()
    feed.read(*many(600), *stories(*range(20)))
    decided = feed.read(*many(600), *stories(*range(20), text="edited"))
    assert brought(decided) == [(f"s{number}", 2) for number in range(20)]


def test_an_update_of_a_held_entry_is_held_as_its_next_revision():
    feed = known()
    feed.read(*many(502))
    decided = feed.read(*many(502, text="edited"))
    assert len(decided.entries) == 500
    assert [(entry.title, entry.revision) for entry in decided.held] == [("flood500", 2), ("flood501", 2)]
    assert feed.flood.held == 4


@pytest.mark.long
@pytest.mark.case("X06")
def test_twenty_honest_entries_are_known_after_a_flood_of_ten_thousand():
    feed = known()
    assert len(feed.read(*many(10_000)).held) == 9_500
    decided = feed.read(*stories(*range(20)))
    assert (decided.entries, decided.held) == ((), ())


def test_a_held_entry_that_was_forgotten_and_comes_again_is_held_again_with_the_same_id(monkeypatch):
    monkeypatch.setattr(seen, "CAPACITY", 30)
    monkeypatch.setattr(flood, "LEAST", 2)
    monkeypatch.setattr(flood, "TIMES", 0)
    feed = known()
    first = {entry.title: entry.id for entry in feed.read(*many(30)).held}
    feed.read(*stories(*range(20)))
    again = feed.read(*many(30), *stories(*range(20)))
    assert again.entries == ()
    assert again.held
    assert all(entry.id == first[entry.title] and entry.revision == 1 for entry in again.held)


def test_the_deletion_of_a_held_entry_is_told_and_is_its_last_word():
    feed = known()
    feed.read(*many(502))
    decided = feed.read(*many(501), deleted=(Tombstone("urn:flood501", None),))
    assert events(decided) == [DELETED]
    known_now, _ = seen.unpack(feed.state.seen)
    (entry,) = [each for each in known_now.values() if each.deleted]
    assert entry.held


def test_what_is_held_is_not_missing_under_entries():
    feed = known()
    decided = feed.read(*many(502))
    state = decided.state.model_copy(update={"outbox": ()})
    lacking = {doubt.detail.split()[1] for doubt in missing(state, (), TIME - timedelta(days=1))}
    assert lacking.isdisjoint(entry.id for entry in decided.held)
    assert {entry.id for entry in decided.entries} <= lacking


def test_a_release_frees_the_entries_ends_the_episode_and_makes_so_many_a_day_usual():
    feed = known()
    decided = feed.read(*many(600))
    after = flood.released(feed.state, decided.state.rev, decided.held, TIME.date())
    (pending,) = after.outbox
    assert pending.staged == f"held/feed={after.feed_id}/{decided.state.rev:012d}.jsonl"
    assert pending.key == f"entries/date=2026-05-04/feed={after.feed_id}/{after.rev}.jsonl"
    assert (after.rev, pending.at) == (feed.state.rev + 1, decided.held[0].seen)
    assert not list(seen.unpack(after.seen)[0].held())
    assert dict(seen.unpack(after.seen)[0]).keys() == dict(seen.unpack(feed.state.seen)[0]).keys()
    assert (after.flood.held, after.flood.since, flood.limit(after.flood)) == (0, None, 1_800)
    feed.state = after.model_copy(update={"outbox": ()})
    assert feed.read(*many(1_200, name="usual now")).held == ()


def test_a_feed_of_an_older_version_of_this_code_is_learned_first():
    feed = known()
    feed.state = feed.state.model_copy(update={"flood": None})
    assert feed.read(*many(600)).held == ()
    assert len(feed.read(*many(1_801, name="flood of it")).held) == 1


def test_a_clock_that_is_set_back_begins_no_new_day():
    feed = known()
    for number in range(4):
        feed.read(*many(100, name=f"{number}-"))
    feed.time -= 24
    assert len(feed.read(*many(150, name="yesterday")).held) == 50
