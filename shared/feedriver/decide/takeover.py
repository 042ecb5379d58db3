"""Whether the feed at a known address is another one now: a domain that was sold, a host that was set up anew.

It is suspected where nothing that the document holds is known, and the feed calls itself otherwise than before: by
another Atom id, or by another title while its site is at another host (a redesign changes one of these two, a move the
other).
"""

from __future__ import annotations

from datetime import datetime

from feedriver.decide import identity, item_limit
from feedriver.models import Feed
from feedriver.state import FeedState, Pending
from feedriver.trimming import cut
from feedriver.urls import host_of

EVENT = "Feed Identity Changed"
_LONGEST_ID = 300  # characters of an Atom id that are remembered
_LONGEST_TITLE = 600  # bytes of JSON
_LONGEST_LINK = 500  # characters; a longer one is left out, since half an address is none


def own_id(state: FeedState, feed: Feed) -> str | None:
    """What the feed calls itself, without what publishers flip; where it no longer says, what it called itself last."""
    return (cut(identity.plain(feed.id or "")[:_LONGEST_ID], item_limit.LONGEST_NAME) or None) or state.identity


def event(state: FeedState, feed: Feed, at: datetime) -> Pending | None:
    """The event where `feed`, of which no entry is known, is not the one that `state` remembers; else None.

    It says what the feed was called before: what it is called now is in the state that it is sent from.
    """
    why = _why(state, feed)
    about = {
        "detail": why,
        "title_before": cut(state.title or "", _LONGEST_TITLE) or None,
        "link_before": state.link if state.link and len(state.link) <= _LONGEST_LINK else None,
    }
    return Pending.model_validate({"at": at, "event": EVENT, "about": about}) if why else None


def _why(state: FeedState, feed: Feed) -> str | None:
    if state.identity and own_id(state, feed) != cut(state.identity, item_limit.LONGEST_NAME):
        return "it has another id than before, and no entry of the feed is known"
    hosts = [_site(link) for link in (state.link, feed.link)]
    if (
        all(hosts)
        and hosts[0] != hosts[1]
        and state.title
        and feed.title
        and item_limit.title(state.title) != item_limit.title(feed.title)
    ):
        return "its site is at another host than before under another title, and no entry of the feed is known"
    return None


def _site(link: str | None) -> str:
    return host_of(link).removeprefix("www.") if link else ""
