"""Extensions: what other namespaces than the formats' own say of an item, and the links of a feed. As written."""

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
from feedriver.parse.xml.element import Element, ElementReader, listed, relation_of

_FEEDS = {"application/atom+xml", "application/rss+xml", "application/rdf+xml", "application/feed+json"}
_TRANSCRIPTS = 20  # an episode that names more is mistaken


def links(feed: Element, values: ElementReader) -> SourceLinks:
    """The feed's own address, its hubs, and the documents with more of it (RFC 5005, WebSub §4)."""

    def first(relation: str) -> str:
        return next(iter(values.related(feed, relation)), "")

    return SourceLinks(
        self_url=first("self"),
        hubs=values.related(feed, "hub"),
        next=first("next"),
        prev_archive=first("prev-archive"),
        current=first("current"),
    )


def comments(entry: Element, values: ElementReader) -> SourceComments:
    """The comments on an item (RSS 2.0 `comments`, wfw, slash, RFC 4685)."""
    url, feed = values.plain(entry.get("comments")), values.plain(entry.get("wfw_commentrss"))
    count = values.first(entry, "slash_comments", "thr_total")
    for link in listed(entry, "links"):
        if relation_of(link) == "replies":
            target = values.plain(link.get("href"))
            if values.plain(link.get("type")).lower() in _FEEDS:
                feed = feed or target
            else:
                url = url or target
            count = count or values.first(link, "thr:count", "count")
    return SourceComments(url, feed, count)


def reply(entry: Element, values: ElementReader) -> SourceReply:
    """The item that this one replies to (RFC 4685 §3)."""
    answered = entry.get("thr_in-reply-to")
    if not isinstance(answered, Mapping):
        return SourceReply()
    return SourceReply(id=values.plain(answered.get("ref")), url=values.plain(answered.get("href")))


def origin(entry: Element, values: ElementReader) -> SourceOrigin:
    """The feed in which an item was first published (RSS 2.0 `source`, RFC 4287 §4.2.11)."""
    source = entry.get("source")
    if not isinstance(source, Mapping):
        return SourceOrigin()
    # The address of RSS; in Atom's element it would be that of an author.
    address = "" if listed(source, "authors") else values.plain(source.get("href"))
    return SourceOrigin(
        title=values.markup(source.get("title_detail")) or values.text(source, "title"),
        url=next(iter(values.related(source, "self")), address),
        link=values.link(source),
        id=values.plain(source.get(workarounds.GUID)),
    )


def place(entry: Element, values: ElementReader) -> SourcePlace:
    """The location of an item (GeoRSS Simple and GML, W3C Basic Geo)."""
    latitude, longitude = values.plain(entry.get("geo_lat")), values.plain(entry.get("geo_long"))
    where = entry.get("where")
    if isinstance(where, Mapping) and where.get("type") == "Point":
        longitude, latitude = (str(degrees) for degrees in tuple(where["coordinates"])[:2])
    elif len(pair := values.plain(entry.get(workarounds.POSITION)).replace(",", " ").split()) > 1:
        latitude, longitude = pair[:2]
    return SourcePlace(latitude, longitude, values.plain(entry.get("georss_featurename")))


def podcast(entry: Element, values: ElementReader) -> SourcePodcast:
    """An item as an episode of a podcast (the namespaces `itunes` and `podcast`)."""
    transcripts = [link for link in listed(entry, "links") if relation_of(link) == workarounds.TRANSCRIPT]
    chapters = entry.get("podcast_chapters")
    return SourcePodcast(
        duration=values.plain(entry.get("itunes_duration")),
        season=values.first(entry, "itunes_season", workarounds.SEASON),
        episode=values.first(entry, "itunes_episode", workarounds.EPISODE),
        episode_type=values.plain(entry.get("itunes_episodetype")),
        explicit=values.plain(entry.get(workarounds.EXPLICIT)),
        transcripts=tuple(_file(link, values) for link in transcripts[:_TRANSCRIPTS]),
        chapters=_file(chapters, values) if isinstance(chapters, Mapping) else ("", ""),
    )


def _file(element: Element, values: ElementReader) -> tuple[str, str]:
    return values.first(element, "href", "url"), values.plain(element.get("type"))
