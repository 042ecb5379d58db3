"""What publishers have forbidden (Retry-After, 410 Gone) or do not like (to be asked often), and whether it is done.

It binds from the end of the batch that was told, if that ended well: a worker that dies with the answer cannot keep it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from explorer.witness import Witness
from feedriver.http import Answer
from feedriver.urls import host_of

MOST = 2  # requests in a feed's interval, whatever goes wrong
FOR_EVER = datetime.max.replace(tzinfo=UTC)


class Manners:
    """Until when which host, or address, is not to be asked."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._forbidden: dict[str, datetime] = {}
        self._heard: dict[str, datetime] = {}
        self._asked: defaultdict[str, list[datetime]] = defaultdict(list)

    def answered(self, url: str, answer: Answer, now: datetime) -> None:
        """The origin answered `url` with this."""
        if answer.status == 410:
            self._heard[url] = FOR_EVER
        elif wait := answer.headers.get("retry-after"):
            until = now + timedelta(seconds=int(wait))
            self._heard |= {url: until, host_of(answer.url): until}

    def asked(self, url: str, now: datetime) -> None:
        """The origin is asked for `url`."""
        until = max((self._forbidden[key] for key in (url, host_of(url)) if key in self._forbidden), default=now)
        if now < until:
            self._witness.breaks("asked too soon", f"{url} at {now}, and not before {until}")

    def counted(self, url: str, now: datetime, every: timedelta) -> None:
        """The origin is asked for `url` by a poller that is to ask once in `every`, and twice at most."""
        self._asked[url] = [at for at in self._asked[url] if now - at < every] + [now]
        if len(self._asked[url]) > MOST:
            self._witness.breaks("asked too often", f"{url} at {self._asked[url]}, once in {every} is meant")

    def over(self, *, known: bool) -> None:
        """A batch ended: where it ended well, what it heard is `known`."""
        if known:
            self._forbidden |= self._heard
        self._heard.clear()

    def forgiven(self, url: str) -> None:
        """Somebody added the feed at `url` again."""
        if self._forbidden.get(url) == FOR_EVER:
            del self._forbidden[url]
