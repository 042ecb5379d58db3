from datetime import UTC, datetime, timedelta, timezone

import pytest

from feedriver.cli.times import moment, stated
from feedriver.errors import InputError

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2h", NOW - timedelta(hours=2)),
        ("3D", NOW - timedelta(days=3)),
        ("90m", NOW - timedelta(minutes=90)),
        ("2026-05-01", datetime(2026, 5, 1, tzinfo=UTC)),
        ("2026-05-01T08:30", datetime(2026, 5, 1, 8, 30, tzinfo=UTC)),
        ("2026-05-01T08:30+02:00", datetime(2026, 5, 1, 6, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_as_a_person_gives_it(text, time):
    assert moment(text, NOW) == time


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2w", "h", "2026-13-01", "-2h", "0001-01-01T00:00+14:00", "9999-12-31T23:59-01:00"]
)
def test_what_is_no_time_is_said_with_examples(text):
    with pytest.raises(InputError, match="give 2h, 3d"):
        moment(text, NOW)


@pytest.mark.parametrize("text", [" 2h ", "2H"])
def test_space_and_case_do_not_matter(text):
    assert moment(text, NOW) == NOW - timedelta(hours=2)


@pytest.mark.parametrize("text", ["2026-05-01T08:30", "2026-05-01T08:30Z", "2026-05-01T10:30+02:00"])
def test_every_time_is_in_utc(text):
    time = stated(text, "how")
    assert (time, time.tzinfo) == (datetime(2026, 5, 1, 8, 30, tzinfo=UTC), UTC)
    assert stated("2026-05-01", "how").tzinfo is UTC


def test_a_time_ago_is_reckoned_from_now_in_its_own_zone():
    now = datetime(2026, 5, 4, 14, tzinfo=timezone(timedelta(hours=2)))
    assert moment("1d", now) == datetime(2026, 5, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize("year", [1989, 9000, 9999])
def test_a_year_before_there_were_feeds_or_far_ahead_is_a_mistake(year):
    with pytest.raises(InputError, match="not between 1990 and 9000: how"):
        stated(f"{year}-12-31", "how")


@pytest.mark.parametrize("year", [1990, 8999])
def test_the_first_and_the_last_year_are_taken(year):
    assert stated(f"{year}-06-01", "how").year == year


def test_what_is_no_time_is_repeated_with_how_to_write_one():
    with pytest.raises(InputError, match=r"^tomorrow: not a time: write it so$"):
        stated("tomorrow", "write it so")
