"""What an entry is related to: its comments, the entry it replies to, the feed it was first in, its location."""

from __future__ import annotations

import math
import re

from feedriver import urls
from feedriver.models import Comments, Origin, Place, Reply
from feedriver.parse.limits import GUID, NAME, clean, short
from feedriver.parse.normalize.media import number
from feedriver.parse.normalize.text import title_of
from feedriver.parse.source import SourceComments, SourceOrigin, SourcePlace, SourceReply

_DEGREES = re.compile(r"[+-]?\d{1,3}(?:\.\d{0,20})?")
_LATITUDE, _LONGITUDE = 90, 180  # degrees


def comments(source: SourceComments, base: str) -> Comments | None:
    """The comments on the entry; None where nothing usable is said of them."""
    found = Comments(
        url=urls.resolve(base, source.url), feed=urls.resolve(base, source.feed), count=number(source.total)
    )
    return found if found != Comments() else None


def reply(source: SourceReply, base: str) -> Reply | None:
    """The entry that this one replies to, or None."""
    found = Reply(id=identifier(source.id), url=urls.resolve(base, source.url))
    return found if found != Reply() else None


def origin(source: SourceOrigin, base: str) -> Origin | None:
    """The feed that the entry was first in, or None where the entry does not say."""
    found = Origin(
        title=title_of(source.title),
        url=urls.resolve(base, source.url),
        link=urls.resolve(base, source.link),
        id=identifier(source.id),
    )
    return found if found != Origin() else None


def place(source: SourcePlace) -> Place | None:
    """The location of the entry. One coordinate without the other, or one out of range, is left out."""
    latitude, longitude = _degrees(source.latitude, _LATITUDE), _degrees(source.longitude, _LONGITUDE)
    if latitude is None or longitude is None:
        latitude = longitude = None
    found = Place(latitude=latitude, longitude=longitude, name=short(source.name, NAME))
    return found if found != Place() else None


def identifier(text: str) -> str | None:
    """An id as written, at most 4,096 characters, or None where there is none."""
    return clean(text).strip()[:GUID] or None


def _degrees(text: str, most: int) -> float | None:
    degrees = float(text) if _DEGREES.fullmatch(text.strip()) else math.nan
    return degrees if abs(degrees) <= most else None
