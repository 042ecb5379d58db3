"""A feed's credentials on the way: to the origin that they are for, and to no other (RFC 9110 §11.6.1, §17.16.3)."""

from __future__ import annotations

from dataclasses import dataclass

from yarl import URL

from feedriver import urls
from feedriver.credentials import Secret, reveals, scrub, with_secret, without_secret
from feedriver.errors import FetchCode, FetchError
from feedriver.fetch.target import Aim, Target
from feedriver.http import Request


@dataclass(frozen=True, slots=True)
class Hop:
    """One hop of a fetch: where it goes, the `name` under which it is known (no secret in it), and headers for it."""

    target: Target
    name: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """From the feed's URL over each redirect, with credentials as far as their origin reaches."""

    aim: Aim
    feed: str
    secret: Secret | None

    @classmethod
    def of(cls, request: Request, aim: Aim) -> Way:
        """The way of one request."""
        return cls(aim, request.url, request.secret)

    def start(self) -> Hop:
        """The feed's own URL; raises `FetchError` BAD_URL or BLOCKED_ADDRESS."""
        target = self.aim.at(self.feed, feed=self.feed, code=FetchCode.BAD_URL)
        if self.secret is None or not self._is_home(target):
            return Hop(target, self.feed)
        whole = self.aim.at(with_secret(target.spelled, self.secret), feed=self.feed, code=FetchCode.BAD_URL)
        return Hop(whole, self.feed, self.secret.headers)

    def onward(self, url: str) -> Hop:
        """Where a redirect leads; raises `FetchError` REDIRECT or BLOCKED_ADDRESS.

        Within the origin it is followed as it stands. To another one it goes without what of the secret the host has
        written into it, and not at all where that stands in more than its query.
        """
        target = self.aim.at(url, feed=self.feed, code=FetchCode.REDIRECT)
        if self.secret is None:
            return Hop(target, target.spelled)
        name = without_secret(target.spelled, self.secret)
        if self._is_home(target):
            shown = scrub(name, self.secret)
            return Hop(target, urls.written(shown) or urls.origin_of(shown), self.secret.headers)
        if reveals(name, self.secret):
            detail = (
                f"it redirects to {target.host} with the feed's credentials in the address; they are not given away"
            )
            raise FetchError(self.feed, FetchCode.REDIRECT, detail)
        return Hop(self.aim.at(name, feed=self.feed, code=FetchCode.REDIRECT), name)

    def _is_home(self, target: Target) -> bool:
        if self.secret is None:
            return False
        home: URL = self.aim.at(self.secret.origin, feed=self.feed, code=FetchCode.BAD_URL).wire.origin()
        return home == target.wire.origin()
