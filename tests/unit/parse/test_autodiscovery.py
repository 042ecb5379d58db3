import pytest

from feedriver.parse.autodiscovery import FEED_TYPES, advertised

URL = "https://site.example/blog/"


def link(href="feed", media_type="application/rss+xml", rel="alternate"):
    return f'<link rel="{rel}" type="{media_type}" href="{href}">'


@pytest.mark.parametrize("media_type", sorted(FEED_TYPES))
def test_a_link_to_each_format_of_feeds_is_found(media_type):
    assert advertised(link(media_type=media_type), URL) == ("https://site.example/blog/feed",)


@pytest.mark.parametrize(
    "written",
    [
        link(media_type="Application/RSS+XML; charset=utf-8"),
        link(rel="Alternate home"),
        "<LINK REL=alternate TYPE=application/rss+xml HREF=feed>",
        f"<body>{link()}</body>",
    ],
)
def test_a_link_is_found_however_it_is_written(written):
    assert advertised(written, URL) == ("https://site.example/blog/feed",)


@pytest.mark.parametrize(
    "written",
    [
        link(rel="stylesheet"),
        link(rel="alternates"),
        link(media_type="text/html"),
        link(media_type=""),
        link(href=""),
        link(href="javascript:alert(1)"),
        '<link rel="alternate" hreflang="de" href="/de">',
        '<a rel="alternate" type="application/rss+xml" href="feed">feed</a>',
        f"<!-- {link()} -->",
    ],
)
def test_what_is_no_link_to_a_feed_is_left_out(written):
    assert advertised(written, URL) == ()


def test_addresses_are_relative_to_the_base_of_the_page():
    assert advertised(f'<base href="/en/">{link("feed")}{link("//cdn.example/feed")}', URL) == (
        "https://site.example/en/feed",
        "https://cdn.example/feed",
    )


def test_a_base_that_is_no_web_address_is_not_used():
    assert advertised(f'<base href="javascript:">{link()}', URL) == ("https://site.example/blog/feed",)


def test_each_feed_is_named_once_in_the_order_of_the_page_and_no_more_than_ten():
    links = [link(name) for name in ("b", "a", "./b", *map(str, range(20)))]
    assert advertised("".join(links), URL) == tuple(f"https://site.example/blog/{name}" for name in "ba01234567")


def test_a_page_must_name_its_feeds_in_its_first_quarter_of_a_million_characters():
    assert advertised(" " * 262_000 + link(), URL)
    assert advertised(" " * 262_144 + link(), URL) == ()
