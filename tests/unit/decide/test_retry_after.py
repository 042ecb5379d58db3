"""Retry-After: honoured in full up to a month, whatever stands in it, and whoever's clock is wrong."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest
from documents import at
from hypothesis import given
from hypothesis import strategies as st

from feedriver.decide import retry_after

NOW = at().time


@pytest.mark.case("F21", "F22")
@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 120 ", timedelta(minutes=2)),
        ("120.5", timedelta(seconds=120.5)),
        ("86400", timedelta(days=1)),
        ("1" + "0" * 20, timedelta(days=31)),
        ("1" + "0" * 400, timedelta(days=31)),
        ("0" * 400 + "120", timedelta(minutes=2)),
        (format_datetime(NOW.replace(microsecond=0) + timedelta(hours=3)), timedelta(hours=3)),
        (format_datetime(NOW.replace(microsecond=0) + timedelta(days=3_000)), timedelta(days=31)),
    ],
)
def test_f21_f22_a_retry_after_is_honoured_in_full_up_to_a_month(value, wait):
    until = retry_after.held_until({"retry-after": value}, NOW)
    assert until is not None
    assert abs(until - (NOW + wait)) < timedelta(seconds=1)


@pytest.mark.case("F22")
@pytest.mark.parametrize("ours", [timedelta(hours=-2), timedelta(0), timedelta(hours=2)])
def test_f22_a_retry_after_date_counts_from_the_answers_own_date(ours):
    theirs = NOW + ours
    headers = {"retry-after": format_datetime(theirs + timedelta(hours=1)), "date": format_datetime(theirs)}
    assert retry_after.held_until(headers, NOW) == NOW + timedelta(hours=1)


@pytest.mark.case("F22")
@pytest.mark.parametrize(
    "value",
    [
        "", "0", "-5", "soon", "1e3", "12 0", "NaN", "inf",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Thu, 01 Jan 2099 00:00:00",
        "Thu, 01 Jan 2099 00:00:00 +99999999999999999999",
        "Thu, 99 Jan 99999999999999999999 00:00:00 GMT",
        "Thu, 01 Jan 2099 00:00:00 -2460",
        "Thu, 01 Jan 2099 00:00:00 GMT" + " (" * 40,
    ],
)  # fmt: skip
def test_f22_a_retry_after_that_says_nothing_holds_nothing(value):
    assert retry_after.held_until({"retry-after": value}, NOW) is None


@pytest.mark.case("F22")
@given(st.text(), st.text())
def test_f22_no_retry_after_is_an_error_or_holds_longer_than_a_month(value, date):
    until = retry_after.held_until({"retry-after": value, "date": date}, NOW)
    assert until is None or NOW < until <= NOW + retry_after.LONGEST_HOLD
