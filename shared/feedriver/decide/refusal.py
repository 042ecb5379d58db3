"""What a host means by 401, in words that say what to do (RFC 9110 §15.5.2)."""

from __future__ import annotations

from feedriver import urls
from feedriver.http import Answer
from feedriver.state import FeedState


def of_credentials(state: FeedState, answer: Answer) -> str:
    """Why the credentials of this feed, or their want, led to a 401."""
    if not state.secret:
        return "it asks for credentials; give them with `feedriver feeds add URL --user` or `--header`"
    if urls.origin_of(answer.url) != urls.origin_of(state.url):
        return f"asked by {urls.host_of(answer.url)}, where it redirects to and where its credentials are not sent"
    return "its credentials are wrong or have expired; add it again with the right ones"
