import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedriver.parse.dates import parse

EVENING = datetime(2025, 10, 8, 18, 46, tzinfo=UTC)


@pytest.mark.case("P11")
@pytest.mark.parametrize(
    "raw",
    [
        "Wed, 08 Oct 2025 18:46:00 +0000",
        "Wed, 8 Oct 2025 18:46 GMT",
        "08 Oct 25 18:46:00 Z",
        "8 October 2025 18:46:00 UT",
        "Fri, 08 Oct 2025 18:46:00 GMT",
        "Wed,08 Oct 2025 18:46:00 GMT",
        "Wed, 08 Oct 2025 18:46:00",
        "Wed, 08 Oct 2025 18:46:00 +0000 (UTC)",
        "Wed, 08-Oct-2025 18:46:00 GMT",
        "Wed Oct  8 18:46:00 2025",
        "Wed Oct 08 18:46:00 UTC 2025",
        "October 8, 2025 6:46 PM",
        "Wed, Oct 8th, 2025 at 6:46 pm",
        "2025-10-08T18:46:00Z",
        "2025-10-08T18:46Z",
        "2025-10-08T18:46:00.123456789Z",
        "2025-10-08 18:46:00",
        "2025-10-08T20:46:00+02:00",
        "2025-10-08T20:46:00+0200",
        "2025-10-08T20:46:00+02",
        "20251008T184600Z",
        "2025/10/08 18:46",
        "Wed, 08 Oct 2025 14:46:00 EDT",
        "Wed, 08 Oct 2025 13:46:00 EST",
        "Wed, 08 Oct 2025 11:46:00 PDT",
        "Wed, 08 Oct 2025 10:46:00 PST",
        "Wed, 08 Oct 2025 19:46:00 CET",
        "Wed, 08 Oct 2025 20:46:00 CEST",
        "Wed, 08 Oct 2025 21:46:00 MSK",
        "Wed, 08 Oct 2025 19:46:00 BST",
        "Thu, 09 Oct 2025 03:46:00 JST",
        "Wed, 08 Oct 2025 20:46:00 GMT+2",
        "Wed, 08 Oct 2025 20:46:00 UTC+02:00",
        "Thu, 09 Oct 2025 00:16:00 +05:30",
        "Mi, 08 Okt 2025 20:46:00 +0200",
        "mer., 08 oct. 2025 18:46:00 GMT",
        "Ср, 08 окт 2025 21:46:00 MSK",  # noqa: RUF001 - Russian
        "Qua, 08 Out 2025 15:46:00 -0300",
        "  Wed,  08 Oct\n2025 18:46:00 GMT ",
        "2025-10-08T18:46:00 Somewhere",
    ],
)
def test_p11_every_usual_form_of_a_date_is_the_same_moment(raw):
    assert parse(raw).replace(second=0) == EVENING


@pytest.mark.case("P11")
@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        "0000-00-00",
        "0000-00-00T00:00:00Z",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "-001-01-01",
        "2024-02-30",
        "2025-10-08T25:61:00Z",
        "25:61",
        "Wed, 08 Oct 2025 24:30:00 GMT",
        "1759948000",
        "inf",
        "nan",
        "today",
        "2999-01-01",
        "1899-12-31",
        "08/10/2025",
        "Wed, 08 Foo 2025 18:46:00 GMT",
        "9" * 5_000,
        " " * 5_000 + "2025-10-08",
        "13:00 PM",
        "2025-10-08T18:46:00+99:99",
        "9999-12-31T23:59:59-23:00",
        "2025-10-08 13:46 PM",
        "October 2025 8",
    ],
)
def test_p11_what_is_no_date_is_none(raw):
    assert parse(raw) is None


@pytest.mark.case("P11")
@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2025-10-08T24:00:00Z", datetime(2025, 10, 9, tzinfo=UTC)),
        ("2025-10-08", datetime(2025, 10, 8, tzinfo=UTC)),
        ("2025-10", datetime(2025, 10, 1, tzinfo=UTC)),
        ("2025", datetime(2025, 1, 1, tzinfo=UTC)),
        ("1 Jan 49", datetime(2049, 1, 1, tzinfo=UTC)),
        ("1 Jan 50", datetime(1950, 1, 1, tzinfo=UTC)),
        ("12:30 AM", None),
        ("Oct 8, 2025 12:30 AM", datetime(2025, 10, 8, 0, 30, tzinfo=UTC)),
        ("Oct 8, 2025 12:30 PM", datetime(2025, 10, 8, 12, 30, tzinfo=UTC)),
    ],
)
def test_p11_the_edges_of_dates(raw, moment):
    assert parse(raw) == moment


@pytest.mark.case("P11")
@given(
    st.one_of(
        st.text(max_size=40), st.from_regex(r"\d{1,4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{1,2}(:\d{1,2})?([+-]\d{1,4}|Z)?)?")
    )
)
def test_p11_no_text_makes_it_raise_and_every_moment_is_utc(raw):
    moment = parse(raw)
    assert moment is None or (moment.tzinfo is UTC and 1900 <= moment.year <= 2200)


@pytest.mark.case("P12")
@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process can be set on POSIX only")
def test_p12_the_zone_of_the_machine_plays_no_part(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert parse("2025-10-08 18:46") == EVENING
    finally:
        monkeypatch.undo()
        time.tzset()
