import pytest

from feedriver.parse.limits import CHARACTER_REFERENCE, capped, clean, collapsed, comparable, short


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Grüße, 日本 😀", "Grüße, 日本 😀"),
        ("a\x00\x08\x0b\x0c\x1f\x7fb", "ab"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\ud83db", "a\ufffdb"),
        ("\ud83d\x00", "\ufffd"),
        ("a\u202eb\u200bc", "a\u202eb\u200bc"),
        ("\x85", "\x85"),
        ("", ""),
    ],
)
def test_cleaning_takes_out_controls_and_lone_surrogates_and_leaves_data(text, cleaned):
    assert clean(text) == cleaned
    assert clean(cleaned) == cleaned


def test_collapsed_text_is_one_line():
    assert collapsed(" a\r\n\n b\u00a0\tc\x00 ") == "a b c"


@pytest.mark.parametrize(("text", "kept"), [("abc", "abc"), ("abcd", "ab…"), ("", "")])
def test_capped_text_is_no_longer_than_its_limit_and_says_that_it_was_cut(text, kept):
    assert capped(text, 3) == kept


@pytest.mark.parametrize(("text", "kept"), [(" a\nb ", "a b"), ("abcdef", "abc…"), (" \n\x00", None), ("", None)])
def test_a_short_text_is_one_capped_line_or_none(text, kept):
    assert short(text, 4) == kept


def test_texts_that_look_alike_are_compared_as_equal():
    assert comparable(" Cafe\u0301\n au  lait") == comparable("Caf\u00e9 au lait") == "Caf\u00e9 au lait"


def test_texts_that_differ_in_a_letter_or_its_case_are_not():
    assert comparable("Cafe") != comparable("cafe")
    assert comparable("ﬁ") != comparable("fi")


@pytest.mark.parametrize("reference", ["&amp;", "&#38;", "&#x26;", "&CounterClockwiseContourIntegral;"])
def test_a_character_reference_is_by_name_or_number(reference):
    assert CHARACTER_REFERENCE.fullmatch(reference)


@pytest.mark.parametrize("text", ["&", "&;", "&#;", "&#x;", "&amp", "&1a;", "& amp;", "&#12345678;", f"&{'a' * 33};"])
def test_what_only_looks_like_a_character_reference_is_none(text):
    assert not CHARACTER_REFERENCE.search(text)
