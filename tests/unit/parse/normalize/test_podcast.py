import pytest

from feedriver.models import Podcast, Resource
from feedriver.parse.normalize.podcast import podcast
from feedriver.parse.source import SourcePodcast

BASE = "https://a.example/b/"


def episode(**written):
    return podcast(SourcePodcast(**written), BASE)


def test_an_entry_that_says_nothing_of_an_episode_is_none():
    assert episode() is None


@pytest.mark.parametrize(
    "written",
    [
        {"duration": "an hour"},
        {"season": "two"},
        {"episode": "-1"},
        {"episode_type": "other"},
        {"explicit": "perhaps"},
        {"transcripts": (("", "text/vtt"), ("javascript:1", ""))},
        {"chapters": ("", "application/json")},
    ],
    ids=lambda written: next(iter(written)),
)
def test_what_is_broken_says_nothing(written):
    assert episode(**written) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1:02:03", 3_723),
        (" 62:03 ", 3_723),
        ("3723", 3_723),
        ("3723.9", 3_723),
        ("00:00:00", 0),
        ("-5", None),
        ("1:2:3:4", None),
        ("1:02:", None),
        ("٣٠", None),
        ("", None),
    ],
)
def test_a_duration_is_in_seconds_however_it_is_written(text, seconds):
    assert episode(duration=text, season="1").duration == seconds


@pytest.mark.parametrize(("text", "kind"), [("full", "full"), ("Trailer", "trailer"), ("BONUS", "bonus")])
def test_an_episode_is_full_a_trailer_or_a_bonus(text, kind):
    assert episode(episode_type=text) == Podcast(episode_type=kind)


@pytest.mark.parametrize(
    ("text", "explicit"),
    [("true", True), ("Yes", True), ("explicit", True), ("false", False), ("no", False), ("Clean", False)],
)
def test_whether_an_episode_is_explicit_is_told_in_old_words_and_new_ones(text, explicit):
    assert episode(explicit=text) == Podcast(explicit=explicit)


def test_seasons_and_episodes_may_be_counted_by_the_year_and_not_beyond_a_million():
    assert episode(season="2026", episode="1000000") == Podcast(season=2026, episode=1_000_000)
    assert episode(episode="1000001") is None


def test_files_have_an_absolute_address_and_a_media_type_and_are_kept_once():
    found = episode(
        transcripts=(("1.srt", "Application/SRT"), ("/1.vtt", ""), ("1.srt", "application/srt")),
        chapters=("/1.json", "no type"),
    )
    assert found.transcripts == (
        Resource(url="https://a.example/b/1.srt", type="application/srt"),
        Resource(url="https://a.example/1.vtt"),
    )
    assert found.chapters == Resource(url="https://a.example/1.json")
