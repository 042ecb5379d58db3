"""Redirects of one request: where each hop goes, and how far a feed's credentials go with it.

Credentials are sent to the origin that they are for, and to no other (RFC 9110 §11.6.1, §17.16.3).
"""

from __future__ import annotations

from dataclasses import dataclass

from yarl import URL

from feedriver import urls
from feedriver.credentials import Secret, reveals, scrub, with_secret, without_secret
from feedriver.errors import FetchCode, FetchError
from feedriver.fetch.target import Target, TargetPolicy
from feedriver.http import Request


@dataclass(frozen=True, slots=True)
class Hop:
    """One request of a chain: its target, the `public_url` by which it is known (no secret in it), and its headers."""

    target: Target
    public_url: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RedirectChain:
    """From the feed's URL over each redirect; `secret` are its credentials, if it has any."""

    policy: TargetPolicy
    feed: str
    secret: Secret | None

    @classmethod
    def from_request(cls, request: Request, policy: TargetPolicy) -> RedirectChain:
        """The chain that begins with `request`."""
        return cls(policy, request.url, request.secret)

    def first_hop(self) -> Hop:
        """The feed's own URL; raises `FetchError` BAD_URL or BLOCKED_ADDRESS."""
        target = self.policy.target(self.feed, feed=self.feed, code=FetchCode.BAD_URL)
        if self.secret is None or not self._is_secret_origin(target):
            return Hop(target, self.feed)
        private = self.policy.target(with_secret(target.url, self.secret), feed=self.feed, code=FetchCode.BAD_URL)
        return Hop(private, self.feed, self.secret.headers)

    def next_hop(self, url: str) -> Hop:
        """The hop to which a redirect leads; raises `FetchError` REDIRECT or BLOCKED_ADDRESS.

        A redirect within the secret's origin is followed as it stands. One to another origin loses the parts of the
        secret that the host has written into its query. It is not followed where they stand elsewhere in it.
        """
        target = self.policy.target(url, feed=self.feed, code=FetchCode.REDIRECT)
        if self.secret is None:
            return Hop(target, target.url)
        public = without_secret(target.url, self.secret)
        if self._is_secret_origin(target):
            shown = scrub(public, self.secret)
            return Hop(target, urls.serialized(shown) or urls.origin_of(shown), self.secret.headers)
        if reveals(public, self.secret):
            detail = (
                f"it redirects to {target.host} with the feed's credentials in the address; they are not given away"
            )
            raise FetchError(self.feed, FetchCode.REDIRECT, detail)
        return Hop(self.policy.target(public, feed=self.feed, code=FetchCode.REDIRECT), public)

    def _is_secret_origin(self, target: Target) -> bool:
        if self.secret is None:
            return False
        home: URL = self.policy.target(self.secret.origin, feed=self.feed, code=FetchCode.BAD_URL).wire_url.origin()
        return home == target.wire_url.origin()
