"""Whether an entry changed, and in which fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedriver.decide.change import FINGERPRINT_VERSION, changed_fields, content_hash, fingerprint
from feedriver.decide.seen import Fingerprint
from feedriver.parse.result import SourceFields

STORY = SourceFields("Title", "https://a.example/1", "Ann", "Mon, 4 May", "Short", "Long", "a.jpg", "news")
sources = st.builds(SourceFields, *[st.text(max_size=20)] * 8)


@pytest.mark.parametrize("name", SourceFields._fields)
def test_a_changed_field_is_named(name):
    edited = STORY._replace(**{name: "something else"})
    assert changed_fields(fingerprint(STORY), fingerprint(edited)) == (name,)
    assert content_hash(edited) != content_hash(STORY)


def test_several_changed_fields_are_named_in_the_order_of_the_source():
    edited = STORY._replace(categories="sport", title="Other")
    assert changed_fields(fingerprint(STORY), fingerprint(edited)) == ("title", "categories")


@given(sources)
def test_what_is_the_same_has_not_changed(source):
    again = SourceFields(*map(str, source))
    assert changed_fields(fingerprint(source), fingerprint(again)) == ()
    assert content_hash(source) == content_hash(again)


@given(sources, sources)
def test_what_differs_changed_somewhere(one, other):
    assert bool(changed_fields(fingerprint(one), fingerprint(other))) == (one != other)


def test_text_that_moves_from_one_field_to_the_next_is_a_change():
    moved = STORY._replace(summary="", content="Short")
    assert changed_fields(fingerprint(STORY._replace(content="")), fingerprint(moved)) == ("summary", "content")


def test_where_16_bits_met_by_chance_every_field_is_named():
    now = fingerprint(STORY)
    before = Fingerprint(now.fields, now.whole ^ 1)
    assert changed_fields(before, now) == SourceFields._fields


def test_a_hash_says_the_version_of_the_fingerprint():
    assert content_hash(STORY).startswith(f"{FINGERPRINT_VERSION}:")


def test_a_lone_surrogate_is_no_error():
    assert fingerprint(STORY._replace(title="\ud800")) != fingerprint(STORY)
