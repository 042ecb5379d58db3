"""Which entry an item is: told by what a feed's readers see announced, document after document."""

from __future__ import annotations

import random

import pytest
from documents import Reader, at, brought, item
from hypothesis import given
from hypothesis import strategies as st

from feedriver.decide.identity import plain
from feedriver.decide.seen import entry_id

SITE = "https://paper.example"


def story(name: str, **changes: object):
    said = {"guid": f"id-{name}", "link": f"{SITE}/{name}", "text": f"All about {name}."} | changes
    return item(str(said.pop("title", f"Story {name}")), **said)


def rungs(decided):
    return [entry.identified_by for entry in decided.entries]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://a.example/1", "https://a.example/1"),
        ("https://www.a.example/1", "https://a.example/1"),
        ("https://a.example/1/", "https://a.example/1"),
        ("https://A.example/1", "https://a.example/1"),
        ("https://a.example/1?utm_source=rss&utm_medium=feed", "https://a.example/1"),
        ("https://a.example/?p=1&fbclid=x", "http://www.a.example/?p=1"),
        (" https://a.example/1\n", "https://a.example/1"),
        ("HTTPS://a.example/1", "https://a.example/1"),
    ],
)
def test_what_publishers_flip_makes_no_difference(one, other):
    assert plain(one) == plain(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/1", "https://a.example/2"),
        ("https://a.example/?p=1", "https://a.example/?p=2"),
        ("https://a.example/a", "https://a.example/A"),
        ("https://a.example/#1", "https://a.example/#2"),
        ("https://a.example/?id=utm_x", "https://a.example/"),
        ("urn:a", "urn:A"),
        ("0", ""),
    ],
)
def test_what_tells_entries_apart_stays(one, other):
    assert plain(one) != plain(other)


@given(st.text())
def test_any_text_at_all_can_be_a_guid(text):
    assert plain(plain(text)) is not None
    reader = Reader()
    assert reader.read(item("A", guid=text, link=f"{SITE}/1", text="x")).new == 1
    assert reader.read(item("A", guid=text, link=f"{SITE}/1", text="x")).entries == ()


@pytest.mark.parametrize("bad", ["http://[", "https://[::1", "http://a.example:port/", "//", "https://"])
def test_a_guid_that_only_looks_like_a_url_is_taken_as_it_is(bad):
    assert Reader().read(item("A", guid=bad)).new == 1


@pytest.mark.case("I01")
@pytest.mark.parametrize("guid", [None, "", "  \n"])
def test_i01_without_a_guid_the_link_identifies(guid):
    reader = Reader()
    assert rungs(reader.read(story("a", guid=guid), story("b", guid=guid))) == ["link", "link"]
    assert reader.read(story("b", guid=guid), story("a", guid=guid)).entries == ()


@pytest.mark.case("I01")
def test_i01_the_guid_0_is_a_guid():
    assert rungs(Reader().read(story("a", guid="0"))) == ["guid"]


@pytest.mark.case("I01")
def test_i01_without_guid_and_link_the_content_identifies():
    reader = Reader()
    assert rungs(reader.read(item("A", text="one"), item("", text="two"), item("", media="m.mp3"))) == ["content"] * 3
    assert brought(reader.read(item("A", text="edited"), item("", text="two"), item("", media="m.mp3"))) == [("A", 2)]


@pytest.mark.case("I02")
def test_i02_a_guid_that_all_items_share_is_distrusted():
    decided = Reader().read(*(story(name, guid="N/A") for name in "abc"))
    assert rungs(decided) == ["link"] * 3
    assert decided.rejected == ()


@pytest.mark.case("I02")
def test_i02_a_guid_that_all_items_share_is_distrusted_where_they_share_their_link_too():
    reader = Reader()
    home = {"guid": "N/A", "link": f"{SITE}/"}
    decided = reader.read(*(story(name, **home) for name in "abc"))
    assert rungs(decided) == ["content"] * 3
    assert brought(reader.read(*(story(name, **home) for name in "zab"))) == [("Story z", 1)]


def test_a_guid_that_was_shared_once_brings_nothing_again_when_it_is_not():
    reader = Reader()
    reader.read(story("a"), story("b", guid="x"), story("c", guid="x"))
    assert reader.read(story("d"), story("a"), story("b", guid="x")).new == 1
    assert reader.read(story("d"), story("a"), story("b", guid="x")).entries == ()


def test_a_link_that_several_entries_share_is_distrusted():
    shared = {"guid": None, "link": f"{SITE}/"}
    reader = Reader()
    assert rungs(reader.read(story("a", **shared), story("b", **shared))) == ["content"] * 2
    assert reader.read(story("b", **shared), story("a", **shared)).entries == ()


def test_a_link_that_was_shared_once_brings_nothing_again_when_it_is_not():
    shared = {"guid": None, "link": f"{SITE}/"}
    reader = Reader()
    reader.read(story("a", **shared), story("b", **shared), story("c"))
    assert reader.read(story("b", **shared), story("c")).entries == ()


def test_entries_of_their_own_guid_may_share_a_link():
    reader = Reader()
    home = {"link": f"{SITE}/"}
    assert rungs(reader.read(story("a", **home), story("b", **home))) == ["guid"] * 2
    assert brought(reader.read(story("c", **home), story("b", **home), story("a", **home))) == [("Story c", 1)]


@pytest.mark.parametrize("guid", ["id-a", None])
def test_several_new_guids_under_one_known_link_are_several_entries(guid):
    reader = Reader()
    page = {"title": "Alert", "link": f"{SITE}/alerts"}
    reader.read(story("a", **page, guid=guid))
    decided = reader.read(story("c", **page, text="flood"), story("b", **page, text="storm"))
    assert decided.new == 2
    assert decided.rejected == ()


def test_items_of_one_title_with_nothing_else_to_tell_them_apart_are_told_by_their_text():
    reader = Reader()
    weather = [item("Weather", text=text) for text in ("rain", "sun", "wind")]
    assert reader.read(*weather).new == 3
    assert reader.read(item("Weather", text="snow"), *weather[:2]).new == 1
    assert reader.read(weather[0]).entries == ()


def test_a_title_that_comes_again_under_a_link_of_its_own_is_a_new_entry():
    reader = Reader()
    reader.read(item("Weather", text="rain"), story("a"))
    assert reader.read(story("b", title="Weather"), story("a")).new == 1


def test_a_new_guid_under_a_known_link_is_a_new_entry_where_the_feeds_guids_hold():
    reader = Reader()
    reader.read(*map(story, "abc"))
    assert brought(reader.read(story("d", link=f"{SITE}/c"), story("a"), story("b"))) == [("Story d", 1)]


def test_a_new_guid_under_a_known_link_is_a_new_entry_after_a_gap():
    reader = Reader()
    reader.read(*map(story, "abc"))
    assert reader.read(*map(story, "uvwx"), story("y", link=f"{SITE}/a")).new == 5


def test_a_second_entry_under_a_link_that_was_one_entrys_alone_is_new():
    reader = Reader()
    shared = {"guid": None, "link": f"{SITE}/"}
    reader.read(story("a", **shared))
    decided = reader.read(story("b", **shared), story("a", **shared))
    assert brought(decided) == [("Story b", 1)]
    assert decided.rejected == ()


@pytest.mark.case("I04")
def test_i04_one_guid_in_two_feeds_is_two_entries():
    key = b"\x00\x01\x02\x03\x04\x05"
    assert entry_id("00000000000000a1", key) != entry_id("00000000000000a2", key)


@pytest.mark.case("I05")
def test_i05_an_entry_twice_in_a_document_is_announced_once_as_it_was_updated_last():
    older = story("a", text="early", updated=at().time)
    newer = story("a", text="late", updated=at(hours=1).time)
    for items in ((older, newer), (newer, older)):
        decided = Reader().read(*items)
        assert [entry.text for entry in decided.entries] == ["late"]
        (rejected,) = decided.rejected
        assert (rejected.reason, rejected.index) == ("duplicate", items.index(older))
        assert rejected.detail == "the same guid as another item"


@pytest.mark.case("I05")
def test_i05_an_entry_twice_without_dates_is_announced_as_it_stood_first():
    decided = Reader().read(story("a", text="one"), story("a", text="two"))
    assert [entry.text for entry in decided.entries] == ["one"]


@pytest.mark.case("I06")
@pytest.mark.parametrize(
    "flip",
    [
        lambda url: url.replace("https://", "http://"),
        lambda url: url.replace("://", "://www."),
        lambda url: f"{url}/",
        lambda url: f"{url}?utm_source=feed",
    ],
)
def test_i06_guids_that_flip_for_the_whole_feed_bring_nothing_again(flip):
    reader = Reader()
    urls = [f"{SITE}/{number}" for number in range(20)]
    reader.read(*(story(url, guid=url, link=url) for url in urls))
    decided = reader.read(*(story(url, guid=flip(url), link=url) for url in urls))
    assert decided.entries == ()


def test_guids_of_a_new_kind_for_the_whole_feed_bring_nothing_again():
    reader = Reader()
    first = reader.read(*(story(name) for name in "abcdef"))
    second = reader.read(*(story(name, guid=f"tag:{name}") for name in "xabcde"))
    assert brought(second) == [("Story x", 1)]
    edited = reader.read(story("a", guid="tag:a", text="edited"), *(story(name, guid=f"tag:{name}") for name in "bcde"))
    assert brought(edited) == [("Story a", 2)]
    assert edited.entries[0].id == first.entries[0].id


def random_guids(names: str, generator: random.Random):
    return [story(name, guid=str(generator.random())) for name in names]


@pytest.mark.case("I07")
def test_i07_guids_made_anew_on_each_fetch_bring_nothing_again():
    reader, generator = Reader(), random.Random(1)
    assert reader.read(*random_guids("abcdef", generator)).new == 6
    for _ in range(5):
        assert reader.read(*random_guids("abcdef", generator)).entries == ()
    assert brought(reader.read(*random_guids("xabcde", generator))) == [("Story x", 1)]


@pytest.mark.case("I07")
def test_i07_guids_made_anew_and_mostly_new_entries_cause_no_storm_for_ever():
    reader, generator = Reader(), random.Random(1)
    reader.read(*random_guids("abcdef", generator))
    reader.read(*random_guids("uvwxab", generator))
    for _ in range(3):
        assert reader.read(*random_guids("uvwxab", generator)).entries == ()


def test_guids_that_come_or_go_bring_nothing_again():
    reader = Reader()
    reader.read(*(story(name, guid=None) for name in "abc"))
    assert reader.read(*(story(name) for name in "abc")).entries == ()
    assert reader.read(*(story(name, guid=None) for name in "abc")).entries == ()


def test_a_link_that_changes_under_its_guid_is_an_edit():
    reader = Reader()
    reader.read(story("a"), story("b"))
    decided = reader.read(story("a", link=f"{SITE}/moved"), story("b"))
    assert [(entry.revision, entry.changed) for entry in decided.entries] == [(2, ("link",))]


@pytest.mark.case("I09")
@pytest.mark.parametrize("guid", ["../../etc/passwd", "a\x00b", "x" * 5_000, "🗞", "#", "a\nb"])
def test_i09_a_hostile_guid_is_hashed_into_the_id_and_kept_as_data(guid):
    first = Reader().read(story("a", guid=guid))
    (entry,) = first.entries
    assert entry.guid == guid
    assert len(entry.id) == 32
    assert set(entry.id) <= set("0123456789abcdef")
    assert first.entries_key == "entries/date=2026-05-04/feed=00000000000000a7/1.jsonl"


few = st.sampled_from
any_items = st.builds(
    item,
    few(["", "A", "B", "C"]),
    guid=few([None, "1", "2", "3", "4"]),
    link=few([None, f"{SITE}/", f"{SITE}/1", f"{SITE}/2"]),
    text=few(["", "x", "y"]),
)


@pytest.mark.long
@given(st.lists(any_items, max_size=6), st.lists(any_items, max_size=6))
def test_whatever_a_document_holds_reading_it_again_and_again_comes_to_rest(before, items):
    reader = Reader()
    reader.read(*before)
    for _ in range(3):
        decided = reader.read(*items)
        assert len({entry.id for entry in decided.entries}) == len(decided.entries)
        assert len(decided.entries) + len(decided.rejected) <= len(items)
    assert reader.read(*items).entries == ()


@given(st.lists(any_items, max_size=6))
def test_whatever_a_first_document_holds_a_second_reading_brings_nothing(items):
    reader = Reader()
    first = reader.read(*items)
    assert len(first.entries) + len(first.rejected) == len(items)
    assert reader.read(*items).entries == ()


@pytest.mark.case("I10")
@given(st.permutations("abcdef"))
def test_i10_a_new_order_brings_nothing(order):
    reader = Reader()
    reader.read(*map(story, "abcdef"))
    assert reader.read(*map(story, order)).entries == ()


@pytest.mark.case("I12")
def test_i12_entries_that_left_the_window_and_come_back_are_not_new():
    reader = Reader()
    twenty = [story(str(number)) for number in range(20)]
    reader.read(*twenty)
    assert reader.read(*twenty[:10]).entries == ()
    assert reader.read().entries == ()
    assert reader.read(*twenty).entries == ()


@pytest.mark.case("I12")
def test_i12_entries_that_come_back_after_years_are_not_new():
    reader = Reader()
    twenty = [story(str(number)) for number in range(20)]
    reader.read(*twenty)
    for _ in range(3):
        reader.reads += 365 * 24
        assert reader.read(story("new")).entries[1:] == ()
    assert reader.read(*twenty).entries == ()


@pytest.mark.case("I12")
def test_i12_thousands_of_entries_that_come_back_are_not_new():
    reader = Reader()
    thousands = [story(str(number)) for number in range(3_000)]
    for start in range(0, 3_000, 250):
        reader.read(*thousands[start : start + 250])
    assert reader.read(*thousands[:250]).entries == ()


@pytest.mark.case("I15")
def test_i15_an_old_post_in_the_middle_of_the_document_is_new():
    reader = Reader()
    reader.read(story("a"), story("c"))
    decided = reader.read(story("a"), story("b", published=at(days=-9_000).time), story("c"))
    assert brought(decided) == [("Story b", 1)]


def test_an_id_is_the_same_whenever_and_wherever_it_is_made():
    (entry,) = Reader().read(story("a")).entries
    (again,) = Reader().read(story("z"), story("a", text="other")).entries[1:]
    assert entry.id == again.id == "f0e6437a702bea10524ab7eae2e37d5d"
