"""What comes out of hostile markup, read by two parsers that had no part in cleaning it.

`tests/system/xss/test_browser.py` has a browser read the same.
"""

from __future__ import annotations

import pytest
from xss.judges import harmful, safe
from xss.payloads import ADDRESSES, MARKUP, addressed, documents

from feedriver.errors import ParseError
from feedriver.parse import parse
from feedriver.parse.normalize.text import body_of
from feedriver.parse.source import Markup

URL = "https://feeds.example/dir/feed"


def addresses(parsed):
    feed = parsed.feed
    yield from (feed.link, feed.icon, *(person.url for person in feed.authors))
    for each in parsed.items:
        item = each.item
        yield from (item.link, item.image and item.image.url, *(image.url for image in item.images))
        yield from (enclosure.url for enclosure in item.enclosures)
        yield from (person.url for person in item.authors)


@pytest.mark.case("P08")
@pytest.mark.parametrize("name", MARKUP)
def test_p08_markup_that_would_run_a_script_comes_out_without_it(name):
    read_at_all = 0
    for kind, body in documents(MARKUP[name]).items():
        try:
            parsed = parse(body, URL)
        except ParseError:
            continue  # nothing was stored
        read_at_all += 1
        for each in parsed.items:
            item = each.item
            html = item.html or ""
            assert harmful(html) == set(), (kind, html)
            assert body_of(Markup(html, "html", URL)).html == html, (kind, html)
        assert all(map(safe, addresses(parsed))), kind
    assert read_at_all >= 8


@pytest.mark.case("P08", "P09")
@pytest.mark.parametrize("address", ADDRESSES)
def test_p08_p09_an_address_that_would_run_a_script_is_dropped_wherever_it_stands(address):
    for kind, body in addressed(address).items():
        parsed = parse(body, URL)
        assert [each for each in addresses(parsed) if not safe(each)] == [], kind
        assert len(parsed.items) == 1, kind
        html = parsed.items[0].item.html or ""
        assert harmful(html) == set(), (kind, html)


@pytest.mark.parametrize("address", ["https://a.example/x", "/x", "HTTPS://A.example/x"])
def test_an_address_that_runs_nothing_is_kept_everywhere(address):
    for kind, body in addressed(address).items():
        found = list(addresses(parse(body, URL)))
        assert found.count(None) <= 3, (kind, found)


@pytest.mark.parametrize(
    "html",
    [
        "<script>x</script>",
        "<p onclick=x>y</p>",
        "<a href='javascript:x'>y</a>",
        "<img src='data:x'>",
        "<svg></svg>",
        "<p style='x'>y</p>",
        "<!-- x -->y",
        "<p><math><mi>x</mi></math></p>",
        "<noscript><p title='</noscript><img src=x onerror=y>'></noscript>",
    ],
)
def test_the_judges_see_what_is_not_allowed(html):
    assert harmful(html) != set()
