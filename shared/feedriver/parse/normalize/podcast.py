"""An entry as an episode of a podcast."""

from __future__ import annotations

import re
from typing import Literal

from feedriver import urls
from feedriver.models import Podcast, Resource
from feedriver.parse.normalize.media import media_type, number
from feedriver.parse.source import SourcePodcast

_DURATION = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,4}):)?(\d{1,7})(?:\.\d{0,9})?")  # 1:02:03, 62:03, 3723, 3723.5
_TYPES: dict[str, Literal["full", "trailer", "bonus"]] = {"full": "full", "trailer": "trailer", "bonus": "bonus"}
# Apple asks for true and false; yes, no, clean and explicit are its older words.
_EXPLICIT = {"true": True, "yes": True, "explicit": True, "false": False, "no": False, "clean": False}
_HIGHEST = 1_000_000  # of seasons and episodes; some shows count by the date


def podcast(source: SourcePodcast, base: str) -> Podcast | None:
    """The episode, each value None where it is empty or broken; None where the entry says nothing of one."""
    transcripts = [_resource(file, base) for file in source.transcripts]
    found = Podcast(
        duration=_seconds(source.duration),
        season=number(source.season, _HIGHEST),
        episode=number(source.episode, _HIGHEST),
        episode_type=_TYPES.get(source.episode_type.lower()),
        explicit=_EXPLICIT.get(source.explicit.lower()),
        transcripts=tuple(dict.fromkeys(filter(None, transcripts))),
        chapters=_resource(source.chapters, base),
    )
    return found if found != Podcast() else None


def _seconds(text: str) -> int | None:
    match = _DURATION.fullmatch(text.strip()) if text.isascii() else None
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3_600 + minutes * 60 + seconds


def _resource(file: tuple[str, str], base: str) -> Resource | None:
    url = urls.resolve(base, file[0])
    return Resource(url=url, type=media_type(file[1])) if url else None
