import pytest

from feedriver.models import FeedLinks, Wishes
from feedriver.parse.normalize.feed import build_feed, language
from feedriver.parse.source import Author, Markup, SourceFeed, SourceLinks, SourceWishes

URL = "https://a.example/feed"
BASE = "https://a.example/b/"


def feed(**written):
    return build_feed(SourceFeed(**{"format": "rss2.0", "base": BASE} | written), URL)


def wishes(**written):
    return feed(wishes=SourceWishes(**written)).wishes


def test_a_feed_that_says_nothing_has_its_address_and_its_format():
    assert feed().model_dump(exclude_defaults=True) == {"url": URL, "format": "rss2.0"}


def test_what_a_feed_says_of_itself_is_text_and_absolute_addresses():
    found = feed(
        title=Markup("<b>The</b> Paper", "html", BASE),
        link="../",
        description=Markup("<p>One</p><p>Two</p>", "html", BASE),
        authors=(Author("Ann"),),
        id=" urn:feed ",
    )
    assert (found.title, found.link, found.description) == ("The Paper", "https://a.example/", "One\nTwo")
    assert [author.name for author in found.authors] == ["Ann"]
    assert found.id == "urn:feed"


def test_a_description_has_at_most_ten_thousand_characters():
    found = feed(description=Markup("x" * 20_000, "text", BASE)).description
    assert (len(found), found[-1]) == (10_000, "…")


def test_of_icons_and_dates_the_first_that_can_be_used_is_taken():
    found = feed(icons=("", "data:,", "/icon.png", "/other.png"), dates=("", "soon", "2026-05-04", "2026-05-05"))
    assert (found.icon, f"{found.updated:%d}") == ("https://a.example/icon.png", "04")


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("en", "en"),
        (" de_AT ", "de-AT"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("", None),
        (None, None),
        ("no language", None),
        ("ninechars", None),
        ("en-", None),
    ],
)
def test_a_language_is_a_tag_or_nothing(tag, found):
    assert language(tag) == found


@pytest.mark.parametrize(
    ("ttl", "minutes"), [(" 60 ", 60), ("0", None), ("-1", None), ("often", None), ("", None), ("600000", 525_600)]
)
def test_a_time_to_live_is_in_minutes_and_a_year_at_most(ttl, minutes):
    assert wishes(ttl=ttl).ttl == minutes


@pytest.mark.parametrize(
    ("period", "frequency", "minutes"),
    [
        ("hourly", "", 60),
        (" Daily ", "2", 720),
        ("weekly", "1", 10_080),
        ("monthly", "1", 43_200),
        ("yearly", "1", 525_600),
        ("", "4", 360),
        ("", "", None),
        ("never", "1", None),
        ("hourly", "0", 60),
        ("hourly", "often", 60),
        ("hourly", "99999", 1),
    ],
)
def test_a_period_is_divided_by_its_frequency_and_is_a_minute_at_least(period, frequency, minutes):
    assert wishes(update_period=period, update_frequency=frequency).period == minutes


def test_hours_and_days_to_skip_are_in_order_and_what_is_none_is_left_out():
    found = wishes(skip_hours=("9", "3", "24", "25", "x", "-1"), skip_days=(" sunday", "MONDAY", "Caturday", "Sunday"))
    assert found == Wishes(skip_hours=(0, 3, 9), skip_days=("Monday", "Sunday"))


def test_links_are_absolute_and_what_is_no_address_is_left_out():
    links = SourceLinks("/self", ("https://hub.example/", "ftp://no/", "https://hub.example/"), "?page=2", "/2025", "")
    assert feed(links=links).links == FeedLinks(
        self_url="https://a.example/self",
        hubs=("https://hub.example/",),
        next="https://a.example/b/?page=2",
        prev_archive="https://a.example/2025",
    )


def test_no_more_than_twenty_hubs_are_kept():
    hubs = tuple(f"https://hub.example/{number}" for number in range(30))
    assert feed(links=SourceLinks(hubs=hubs)).links.hubs == hubs[:20]
