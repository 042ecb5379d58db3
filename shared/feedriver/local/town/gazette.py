"""The Sallowford Gazette: each edition brings one new story and sets an older one right.

Story n is new in edition n - 5 (the first edition has six), and is corrected three editions later: the same guid, one
paragraph more. When the stories of `pages/gazette.json` have all been told, they happen again under a new number.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from typing import TypedDict

from feedriver.local.town import rss

FIRST_EDITION = 6  # stories in it
CORRECTED_AFTER = 3  # editions from a story's first to its correction
KEPT = 20  # stories in an edition, at most
SITE = "https://gazette.sallowford.example"
FOUNDED = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
BETWEEN_EDITIONS = timedelta(minutes=90)

CHANNEL = rss.Channel(
    title="The Sallowford Gazette",
    link=f"{SITE}/",
    description="All the news of a very small town, corrected at once. Printed whenever something has happened.",
    icon=f"{SITE}/heron-144.png",
    ttl=60,
)


class Story(TypedDict):
    """A story as its reporter handed it in, and what had to be added when the readers had read it."""

    title: str
    by: str
    about: list[str]
    text: list[str]
    correction: str


def edition(number: int) -> tuple[rss.Item, ...]:
    """The stories of an edition, newest first. Editions count from 1."""
    newest = number + FIRST_EDITION - 1
    return tuple(_told(story, number) for story in range(newest, max(newest - KEPT, 0), -1))


def printed(number: int) -> datetime:
    """When an edition came out, in UTC."""
    return FOUNDED + (number + FIRST_EDITION - 1) * BETWEEN_EDITIONS


def document(number: int) -> bytes:
    """An edition as RSS 2.0."""
    return rss.document(CHANNEL, edition(number))


def _told(number: int, in_edition: int) -> rss.Item:
    stories = _stories()
    times, place = divmod(number - 1, len(stories))
    story = stories[place]
    # The first edition corrects nothing: there was none before it.
    corrected = 1 < number - FIRST_EDITION + 1 + CORRECTED_AFTER <= in_edition
    return rss.Item(
        guid=f"sallowford-gazette-{number}",
        title=f"{story['title']} (No. {number})" if times else story["title"],
        link=f"{SITE}/stories/{number}",
        author=story["by"],
        published=FOUNDED + number * BETWEEN_EDITIONS,
        categories=tuple(story["about"]),
        paragraphs=(*story["text"], f"Correction: {story['correction']}") if corrected else tuple(story["text"]),
    )


@cache
def _stories() -> tuple[Story, ...]:
    page = resources.files("feedriver.local.town") / "pages" / "gazette.json"
    stories: list[Story] = json.loads(page.read_text("utf-8"))
    return tuple(stories)
