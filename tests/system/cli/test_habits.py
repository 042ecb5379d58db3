"""A feed's rhythm in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from documents import at, fresh

from feedriver.cli import habits
from feedriver.decide import rhythm
from feedriver.decide.rhythm import Rhythm

MONDAY = at().time  # at noon
MORNING = MONDAY.replace(hour=7, minute=30)


def described(*published, now=MONDAY):
    return habits.habits(rhythm.first(published, now), now)


def weekdays(weeks: int):
    days = [MORNING - timedelta(days=day) for day in range(7 * weeks)]
    return [day for day in days if day.weekday() < 5]


@pytest.mark.parametrize(
    ("published", "words"),
    [
        (weekdays(4), "publishes about once a day, on weekdays, around 07:30; last new 4 hours ago"),
        (
            [MORNING - timedelta(weeks=week) for week in range(9)],
            "publishes about every 7 days, on Mondays, around 07:30; last new 4 hours ago",
        ),
        (
            [MONDAY - timedelta(minutes=20 * place) for place in range(1, 400)],
            "publishes about every 20 min; last new 20 min ago",
        ),
        (
            [MONDAY - timedelta(days=3, hours=5 * place) for place in range(60)],
            "publishes about every 5 hours; last new 3 days ago",
        ),
        ([MONDAY - timedelta(days=40)], "too little is known of its rhythm yet; last new 40 days ago"),
    ],
)
def test_a_rhythm_is_told_as_a_person_would(published, words):
    assert described(*published) == words


def test_hours_of_work_are_told_as_a_span():
    published = [MONDAY - timedelta(days=day, hours=hour) for day in range(1, 15) for hour in range(0, 8, 2)]
    assert "between " in described(*published)


def test_of_a_feed_that_was_never_read_nothing_is_known():
    assert habits.habits(Rhythm(), MONDAY) == "nothing is known of its rhythm yet"


def test_a_picture_has_a_bar_for_each():
    assert habits.picture([0, 1, 2, 4]) == "▁▃▅█"
    assert habits.picture([0.0] * 24) == ""


def test_intervals_are_told_with_how_they_differ():
    assert habits.intervals(fresh(every=60)) == "every 60 min"
    by_hour = "X" * 7 + "0" + "X" * 16 + "0" * 7 + "g"
    assert habits.intervals(fresh(every=14, timetable=by_hour)) == "every 14 to 240 min, by the hour of the week"
