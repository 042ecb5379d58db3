"""Whether an entry changed, and in which fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedriver.decide.fingerprint import FINGERPRINT_VERSION, changed_fields, content_hash, fingerprint, unsigned
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


@pytest.mark.case("I06")
@pytest.mark.parametrize("field", SourceFields._fields)
def test_i06_a_sites_move_to_https_changes_no_entry(field):
    before, after = (
        STORY._replace(**{field: f'See <a href="{scheme}://paper.example/a">'}) for scheme in ("http", "https")
    )
    assert fingerprint(before) == fingerprint(after)
    assert content_hash(before) == content_hash(after)


SIGNED = [
    "https://b.example/a.mp3?X-Amz-Algorithm=AWS4&X-Amz-Date={0}&X-Amz-Signature={0}",
    "https://b.example/a.mp3?v=3&amp;X-Amz-Date={0}&amp;X-Amz-Signature={0}",
    "https://b.example/a.mp3?v=3&#038;X-Amz-Date={0}&#038;X-Amz-Signature={0}",
    "https://b.example/a.mp3?X-Goog-Expires=9&X-Goog-Date={0}&X-Goog-Signature={0}",
    "https://b.example/a.mp3?Expires={0}&Signature={0}&Key-Pair-Id=K",
    "https://b.example/a.mp3?AWSAccessKeyId=K&Expires={0}&Signature={0}",
    "https://b.example/a.mp3?sv=2024&sp=r&se={0}&sig={0}",
]


@pytest.mark.case("I19")
@pytest.mark.parametrize("url", SIGNED)
@pytest.mark.parametrize("field", ["media", "content", "summary"])
def test_i19_a_new_signature_of_the_same_address_is_no_change(url, field):
    one, other = (STORY._replace(**{field: f'<img src="{url.format(number)}"> and more'}) for number in (1, 2))
    assert changed_fields(fingerprint(one), fingerprint(other)) == ()
    assert content_hash(one) == content_hash(other)


@pytest.mark.case("I19")
@pytest.mark.parametrize("url", SIGNED)
def test_i19_another_address_with_the_same_signature_is_a_change(url):
    one, other = (STORY._replace(media=url.format(1).replace("a.mp3", name)) for name in ("a.mp3", "b.mp3"))
    assert changed_fields(fingerprint(one), fingerprint(other)) == ("media",)


@pytest.mark.case("I19")
@pytest.mark.parametrize(
    "text",
    [
        "a.mp3?v={0}",
        "a.mp3?sig={0}",
        "a.mp3?expires={0}",
        "a.mp3?token={0}&expires={0}",
        "What is a signature={0}? Nobody knows.",
        "a.mp3?X-Amz-Signature=1&v={0}",
        "a.mp3?Expires=1&Signature=1#{0}",
    ],
)
def test_i19_whatever_else_differs_is_a_change(text):
    one, other = (STORY._replace(content=text.format(number)) for number in (1, 2))
    assert changed_fields(fingerprint(one), fingerprint(other)) == ("content",)


@pytest.mark.case("I19")
@given(st.text(alphabet="?&;=ampsigevx-Signature \"'<>", max_size=80))
def test_i19_what_was_made_unsigned_once_stays_so(text):
    assert unsigned(unsigned(text)) == unsigned(text)
