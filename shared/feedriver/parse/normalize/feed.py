"""The feed itself: title, link, icon, language, and how often its publisher asks to be polled."""

from __future__ import annotations

import re

from feedriver import urls
from feedriver.models import Feed, FeedLinks, Wishes
from feedriver.parse import dates
from feedriver.parse.limits import DESCRIPTION, capped
from feedriver.parse.normalize.media import number
from feedriver.parse.normalize.people import people
from feedriver.parse.normalize.related import identifier
from feedriver.parse.normalize.text import text_of, title_of
from feedriver.parse.source import SourceFeed, SourceLinks, SourceWishes

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,4}")  # RFC 5646 §2.1, roughly
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PERIODS = {"hourly": 60, "daily": 1_440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}  # minutes
_YEAR = 525_600  # minutes
_HOURS = 24
_HUBS = 20  # a feed that names more is mistaken


def build_feed(source: SourceFeed, url: str) -> Feed:
    """The feed at `url`. Description at most 10,000 characters; an icon or link that is no http(s) address is None."""
    description = text_of(source.description) if source.description else ""
    moments = (dates.parse(raw) for raw in source.dates)
    icons = (urls.resolve(source.base, icon) for icon in source.icons)
    return Feed(
        url=url,
        id=identifier(source.id),
        title=title_of(source.title),
        link=urls.resolve(source.base, source.link),
        description=capped(description, DESCRIPTION) or None,
        language=language(source.language),
        icon=next(filter(None, icons), None),
        authors=people(source.authors, source.base),
        updated=next(filter(None, moments), None),
        format=source.format,
        wishes=_wishes(source.wishes),
        links=_links(source.links, source.base),
    )


def language(tag: str | None) -> str | None:
    """`tag` if it may be a language tag (RFC 5646), `_` for `-` forgiven; else None."""
    tag = (tag or "").strip().replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else None


def _links(source: SourceLinks, base: str) -> FeedLinks:
    hubs = (urls.resolve(base, hub) for hub in source.hubs)
    return FeedLinks(
        self_url=urls.resolve(base, source.self_url),
        hubs=tuple(dict.fromkeys(filter(None, hubs)))[:_HUBS],
        next=urls.resolve(base, source.next),
        prev_archive=urls.resolve(base, source.prev_archive),
        current=urls.resolve(base, source.current),
    )


def _wishes(source: SourceWishes) -> Wishes:
    # Invalid values are left out. More than a year is a year, and hour 24 is hour 0 (RSS 0.91 counts from 1).
    ttl = number(source.ttl)
    hours = {hour % _HOURS for raw in source.skip_hours if (hour := number(raw, _HOURS)) is not None}
    days = {raw.strip().capitalize() for raw in source.skip_days}
    return Wishes(
        ttl=min(ttl, _YEAR) if ttl else None,
        period=_period(source.update_period, source.update_frequency),
        skip_hours=tuple(sorted(hours)),
        skip_days=tuple(day for day in _DAYS if day in days),
    )


def _period(period: str, frequency: str) -> int | None:
    # RSS 1.0 syndication module: the period defaults to daily, the frequency to 1.
    if not (period.strip() or frequency.strip()):
        return None
    minutes = _PERIODS.get(period.strip().lower() or "daily")
    return max(minutes // (number(frequency) or 1), 1) if minutes else None
