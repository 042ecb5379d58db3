"""Every date of the corpus that feedparser can read is the same instant for us, or is told here why not."""

import calendar
import re

import pytest
from feedparser.datetimes import _parse_date

from feedriver.parse import dates

pytestmark = pytest.mark.corpus

DATED = re.compile(
    rb"<(?:\w+:)?(?:pubdate|published|updated|issued|modified|created|date|lastbuilddate|lastmod|expirationdate)"
    rb"\b[^<>]*>(?:<!\[CDATA\[)?([^<]{1,120}?)(?:\]\]>)?</",
    re.IGNORECASE,
)
OTHERWISE = {
    "1518478934": "a count of seconds since 1970, of which feedparser makes a day in 2015",
    "20-04-10T05:00:00+00:00": "a year of two digits in front may be a day as well",
    "Mon, 01 Jan 0001 00:00:00 +0000": "how Go and .NET write that there is no date",
    "Mon, 21 Jan 2008 8:56 am PST": "feedparser passes over the zone where it says am or pm",
    "Sun, 20 Apr 2014 8:19 pm CEST": "feedparser passes over am and pm, and then the zone",
}
IN_PORTUGUESE = re.compile(r"Seg, 24 Set 2018 .* -0300")


@pytest.fixture(scope="module")
def raws(corpus):
    found = set()
    for body in corpus.documents().values():
        plain = body.replace(b"\0", b"") if body[:2] in {b"\xff\xfe", b"\xfe\xff"} else body
        found.update(raw.decode("utf-8", "replace").strip() for raw in DATED.findall(plain))
    return found - {""}


def second(raw):
    moment = dates.parse(raw)
    return moment and int(moment.timestamp())


def their_second(raw):
    parsed = _parse_date(raw)
    return parsed and calendar.timegm(parsed)


def test_what_feedparser_reads_is_the_same_instant_for_us_or_is_explained(raws):
    differing = {raw for raw in raws if their_second(raw) is not None and second(raw) != their_second(raw)}

    assert len(raws) > 5_000
    assert differing == set(OTHERWISE)


def test_what_only_we_read_is_portuguese(raws):
    ours_alone = {raw for raw in raws if their_second(raw) is None and second(raw) is not None}

    assert ours_alone
    assert all(IN_PORTUGUESE.fullmatch(raw) for raw in ours_alone)
