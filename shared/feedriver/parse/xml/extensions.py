"""What namespaces beside the formats' own say of an item, and where its feed has more: read, not yet judged."""

from __future__ import annotations

from collections.abc import Mapping

from feedriver.parse.source import (
    SourceComments,
    SourceLinks,
    SourceOrigin,
    SourcePlace,
    SourcePodcast,
    SourceReply,
)
from feedriver.parse.xml import workarounds
from feedriver.parse.xml.element import Element, Reading, listed, relation_of

_FEEDS = {"application/atom+xml", "application/rss+xml", "application/rdf+xml", "application/feed+json"}
_TRANSCRIPTS = 20  # an episode that names more is mistaken


def links(feed: Element, how: Reading) -> SourceLinks:
    """Where else the feed is, and where more of it is (RFC 5005, WebSub §4)."""

    def first(relation: str) -> str:
        return next(iter(how.related(feed, relation)), "")

    return SourceLinks(
        self_url=first("self"),
        hubs=how.related(feed, "hub"),
        next=first("next"),
        prev_archive=first("prev-archive"),
        current=first("current"),
    )


def comments(entry: Element, how: Reading) -> SourceComments:
    """Where an item is talked about (RSS 2.0 `comments`, wfw, slash, RFC 4685)."""
    url, feed = how.plain(entry.get("comments")), how.plain(entry.get("wfw_commentrss"))
    count = how.first(entry, "slash_comments", "thr_total")
    for link in listed(entry, "links"):
        if relation_of(link) == "replies":
            target = how.plain(link.get("href"))
            if how.plain(link.get("type")).lower() in _FEEDS:
                feed = feed or target
            else:
                url = url or target
            count = count or how.first(link, "thr:count", "count")
    return SourceComments(url, feed, count)


def reply(entry: Element, how: Reading) -> SourceReply:
    """What an item answers to (RFC 4685 §3)."""
    answered = entry.get("thr_in-reply-to")
    if not isinstance(answered, Mapping):
        return SourceReply()
    return SourceReply(id=how.plain(answered.get("ref")), url=how.plain(answered.get("href")))


def origin(entry: Element, how: Reading) -> SourceOrigin:
    """The feed that an item was first in (RSS 2.0 `source`, RFC 4287 §4.2.11)."""
    source = entry.get("source")
    if not isinstance(source, Mapping):
        return SourceOrigin()
    # The address of RSS; in Atom's element it would be that of an author.
    address = "" if listed(source, "authors") else how.plain(source.get("href"))
    return SourceOrigin(
        title=how.markup(source.get("title_detail")) or how.text(source, "title"),
        url=next(iter(how.related(source, "self")), address),
        link=how.link(source),
        id=how.plain(source.get(workarounds.GUID)),
    )


def place(entry: Element, how: Reading) -> SourcePlace:
    """Where an item happens (GeoRSS Simple and GML, W3C Basic Geo)."""
    latitude, longitude = how.plain(entry.get("geo_lat")), how.plain(entry.get("geo_long"))
    where = entry.get("where")
    if isinstance(where, Mapping) and where.get("type") == "Point":
        longitude, latitude = (str(degrees) for degrees in tuple(where["coordinates"])[:2])
    elif len(pair := how.plain(entry.get(workarounds.POSITION)).replace(",", " ").split()) > 1:
        latitude, longitude = pair[:2]
    return SourcePlace(latitude, longitude, how.plain(entry.get("georss_featurename")))


def podcast(entry: Element, how: Reading) -> SourcePodcast:
    """What an item says as an episode (the namespaces `itunes` and `podcast`)."""
    transcripts = [link for link in listed(entry, "links") if relation_of(link) == workarounds.TRANSCRIPT]
    chapters = entry.get("podcast_chapters")
    return SourcePodcast(
        duration=how.plain(entry.get("itunes_duration")),
        season=how.first(entry, "itunes_season", workarounds.SEASON),
        episode=how.first(entry, "itunes_episode", workarounds.EPISODE),
        episode_type=how.plain(entry.get("itunes_episodetype")),
        explicit=how.plain(entry.get(workarounds.EXPLICIT)),
        transcripts=tuple(_file(link, how) for link in transcripts[:_TRANSCRIPTS]),
        chapters=_file(chapters, how) if isinstance(chapters, Mapping) else ("", ""),
    )


def _file(element: Element, how: Reading) -> tuple[str, str]:
    return how.first(element, "href", "url"), how.plain(element.get("type"))
