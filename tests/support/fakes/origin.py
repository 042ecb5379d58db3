"""All hosts of the world, in memory: the `Fetcher`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from fakes.calls import Calls
from feedriver import urls
from feedriver.errors import FetchCode, FetchError
from feedriver.fetch.body import EMPTY, MemoryDocument
from feedriver.http import Answer, Request


@dataclass(frozen=True)
class Document:
    """What a host says at a URL. It answers 304 to validators that it gave, unless it is `stubborn`."""

    body: bytes = b""
    etag: str | None = None
    last_modified: str | None = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    stubborn: bool = False

    def current(self, request: Request, url: str) -> bool:
        """Whether the client has it already: If-None-Match alone counts where it is sent (RFC 9110 §13.2.2)."""
        known = request.validators
        if known is None or known.url != url or self.status != 200 or self.stubborn:
            return False
        if known.etag:
            return known.etag == self.etag
        return bool(known.last_modified) and known.last_modified == self.last_modified


@dataclass
class FakeOrigin:
    """All hosts of the world, a `Fetcher`: documents, errors, redirects (`moved`: for good) by URL; and `requests`."""

    calls: Calls = field(default_factory=Calls)
    documents: dict[str, Document] = field(default_factory=dict)
    errors: dict[str, FetchCode] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def serve(self, url: str, body: bytes = b"", **said: object) -> Document:
        """Say this at `url` from now on: `etag`, `last_modified`, `status`, `headers` (a dict), `stubborn`."""
        self.errors.pop(url, None)
        headers = tuple(dict(said.pop("headers", {})).items())
        self.documents[url] = Document(body, headers=headers, **said)
        return self.documents[url]

    def fail(self, url: str, code: FetchCode = FetchCode.TIMEOUT) -> None:
        """Give no usable answer at `url` from now on."""
        self.errors[url] = code

    async def fetch(self, request: Request) -> Answer:
        if request.gate:
            await request.gate(urls.host_of(request.url))
        with self.calls.made("fetch", request.url):
            self.requests.append(request)
            await asyncio.sleep(0)
            return self._answer(request)

    def _answer(self, request: Request) -> Answer:
        if request.url in self.errors:
            raise FetchError(request.url, self.errors[request.url], "it was told to fail")
        moved_to = self.moved.get(request.url)
        url = moved_to or self.redirects.get(request.url, request.url)
        document = self.documents.get(url, Document(status=404))
        headers = dict(document.headers)
        if document.etag:
            headers["etag"] = document.etag
        if document.last_modified:
            headers["last-modified"] = document.last_modified
        if document.current(request, url):
            return Answer(304, headers, url, EMPTY, 0, 5, moved_to)
        body = document.body if document.status == 200 else b""
        return Answer(document.status, headers, url, MemoryDocument(body), len(body), 5, moved_to)


def rss(*items: str, head: str = "<title>The Paper</title>") -> bytes:
    """An RSS document of these items."""
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{head}{body}</channel></rss>'.encode()


def story(name: str, text: str = "All of it.") -> str:
    """An item whose guid, link and title come from `name`."""
    return (
        f"<guid isPermaLink='false'>id-{name}</guid><title>Story {name}</title>"
        f"<link>https://paper.example/{name}</link><description>{text}</description>"
    )
