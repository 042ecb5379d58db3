"""A publisher: what its feed says at any time, and what each document that it ever gave had in it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from fakes.origin import Document, FakeOrigin

_TOLD = re.compile(r"Version (\d+) of ([\w-]+)\.")


class Version(NamedTuple):
    """One version of one story, as its publisher counts them."""

    name: str
    number: int


def version_told(text: str) -> Version:
    """The version that an entry's text is of."""
    number, name = _TOLD.findall(text)[0]
    return Version(name, int(number))


@dataclass
class Archive:
    """What stood in each document that any publisher gave, by its ETag and by its hash."""

    by_mark: dict[str, tuple[Version, ...]] = field(default_factory=dict)

    def keep(self, document: Document, versions: tuple[Version, ...]) -> None:
        if document.etag:
            self.by_mark[document.etag] = versions
        self.by_mark[hashlib.sha256(document.body).hexdigest()] = versions

    def find(self, *marks: str | None) -> tuple[Version, ...] | None:
        """What stood in the document that one of these marks is of; None where they are of none."""
        return next((self.by_mark[mark] for mark in marks if mark in self.by_mark), None)


class Paper:
    """One feed. `window` are the stories in it, newest first; `numbers` the last version of each ever written.

    `upwards` says that it is printed with the oldest first, `churned` how often the guid of a story was made anew.
    """

    def __init__(self, name: str, origin: FakeOrigin, archive: Archive, host: str | None = None) -> None:
        self.name = name
        self.url = f"https://{host or f'{name}.example'}/{name}"
        self.addresses = [self.url]  # all that it ever had
        self.window: list[str] = []
        self.numbers: dict[str, int] = {}
        self.scheme = "http"
        self.upwards = False
        self.churned: Counter[str] = Counter()
        self._origin = origin
        self._archive = archive

    def publish(self, *stories: str) -> None:
        """New stories on top."""
        for story in stories:
            self.numbers[f"{self.name}-{story}"] = 1
            self.window.insert(0, f"{self.name}-{story}")
        self.print()

    def edit(self, *stories: str) -> None:
        """The next version of each of these, where they stand (or of one that is dropped)."""
        for story in stories:
            self.numbers[f"{self.name}-{story}"] += 1
        self.print()

    def move(self, url: str) -> None:
        """From now on the feed is at `url`, and its old addresses say so for good."""
        self._origin.moved |= dict.fromkeys(self.addresses, url)
        self.url = url
        self.addresses.append(url)
        self.print()

    @property
    def versions(self) -> tuple[Version, ...]:
        """What stands in the feed now."""
        names = reversed(self.window) if self.upwards else self.window
        return tuple(Version(name, self.numbers[name]) for name in names)

    def print(self, *, etag: bool = True) -> None:
        """Serve what stands in the feed now."""
        body, mark = self.pages(self.versions, etag=etag)
        self._archive.keep(self._origin.serve(self.url, body, etag=mark), self.versions)

    def pages(self, versions: Iterable[Version], *, etag: bool = True) -> tuple[bytes, str | None]:
        """The body, and its ETag, of a document of these versions."""
        body = self._head() + b"".join(map(self._item, versions)) + b"</channel></rss>"
        return body, f'"{hashlib.sha256(body).hexdigest()[:16]}"' if etag else None

    def cut(self) -> bytes:
        """What comes where the connection ends in the middle of the last item, and nobody notices."""
        body, _ = self.pages(self.versions)
        return body[: body.rfind(b"<item>") + 20] if self.window else body[:-20]

    def _head(self) -> bytes:
        title = f"<title>The {self.name}</title>"
        return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{title}'.encode()

    def _item(self, version: Version) -> bytes:
        place = f"{self.name}.example/{version.name}"
        again = f"#{self.churned[version.name]}" if self.churned[version.name] else ""
        return (
            f"<item><guid>{self.scheme}://{place}{again}</guid><title>Story {version.name}</title>"
            f"<link>https://{place}</link>"
            f"<description>Version {version.number} of {version.name}.</description></item>"
        ).encode()
