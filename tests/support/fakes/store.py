"""`Store` in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO
from urllib.parse import unquote

from fakes.calls import START, Calls, Clock
from feedriver.aws.store import in_metadata
from feedriver.errors import NoObjectError
from feedriver.keys import ListedObject, StoredObject


class FakeStore:
    """`Store` in memory: `objects` by key, and how each was labelled."""

    bucket = "the-bucket"

    def __init__(self, calls: Calls | None = None, clock: Clock | None = None) -> None:
        self.calls = calls or Calls()
        self.objects: dict[str, bytes] = {}
        self.labels: dict[str, tuple[str, str | None]] = {}
        self.urls: dict[str, str | None] = {}
        self.written: dict[str, datetime] = {}
        self.clock = clock

    def put(
        self, key: str, body: bytes, content_type: str, content_encoding: str | None = None, url: str | None = None
    ) -> None:
        with self.calls.made(f"store.put {key.partition('/')[0]}", key):
            self.calls.account.put(key, content_type)
            self.objects[key] = body
            self.labels[key] = (content_type, content_encoding)
            self.urls[key] = unquote(in_metadata(url or "")) or None
            self.written[key] = self.clock() if self.clock else START

    def put_file(self, key: str, file: IO[bytes]) -> None:
        self.put(key, file.read(), "application/octet-stream")

    def get_file(self, key: str, file: IO[bytes]) -> None:
        file.write(self.get(key))

    def get(self, key: str) -> bytes:
        with self.calls.made("store.get", key):
            if key not in self.objects:
                raise NoObjectError("fake GetObject: NoSuchKey")
            return self.objects[key]

    def read(self, key: str) -> StoredObject:
        return StoredObject(self.get(key), self.labels[key][0], self.urls[key])

    def listed(self, prefix: str, after: str = "") -> Iterator[ListedObject]:
        with self.calls.made("store.listed", prefix):
            found = [ListedObject(key, self.written[key]) for key in self.under(prefix) if key > after]
            self.calls.account.listed(len(found))
            yield from found

    def discard(self, keys: Sequence[str]) -> None:
        with self.calls.made("store.discard", tuple(keys)):
            for key in keys:
                self.objects.pop(key, None)

    def under(self, prefix: str) -> list[str]:
        """The keys that begin with `prefix`, sorted."""
        return sorted(key for key in self.objects if key.startswith(prefix))


def sha256_of(data: bytes) -> str:
    """As pointers have it."""
    return hashlib.sha256(data).hexdigest()
