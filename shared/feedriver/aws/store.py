"""The bucket: S3."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from botocore.exceptions import ClientError

from feedriver.aws.calls import call
from feedriver.errors import EdgeError, NoObjectError
from feedriver.keys import ListedObject, StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

URL = "url"  # the name of the metadata
AT_ONCE = 1 << 18  # bytes of an object that goes into a file
_BEHIND_PATH = re.compile("[?#]")
LONGEST_URL = 1_900  # characters; S3 counts names and values together
IN_HEADERS = "!#$&'()*+,/:;=?@[]"  # of URLs and of headers alike; "%" is encoded once more, so that it comes back


# Errors of S3 about one key, not about itself.
OF_ONE_OBJECT = {"NoSuchKey", "AccessDenied", "InvalidObjectState", "404", "403"}


@contextmanager
def _call_for_one() -> Iterator[None]:
    """A GetObject: what S3 refuses by the key is `NoObjectError`."""
    try:
        with call("s3 GetObject"):
            yield
    except EdgeError as error:
        cause = error.__cause__
        if isinstance(cause, ClientError) and cause.response["Error"]["Code"] in OF_ONE_OBJECT:
            raise NoObjectError(str(error)) from cause
        raise


class S3Store:
    """`feedriver.ports.Store` on S3."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    @property
    def bucket(self) -> str:
        """See `Store.bucket`."""
        return self._bucket

    def put(
        self, key: str, body: bytes, content_type: str, content_encoding: str | None = None, url: str | None = None
    ) -> None:
        """See `Store.put`. botocore adds the checksum that S3 verifies.

        Metadata is ASCII, 2 KB at most: `url` is percent-encoded as a whole. Of a longer one the folder is kept, which
        is what relative addresses are relative to; nothing where that is too long.
        """
        labels: dict[str, Any] = {"ContentEncoding": content_encoding} if content_encoding else {}
        if encoded := in_metadata(url or ""):
            labels["Metadata"] = {URL: encoded}
        with call("s3 PutObject"):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type, **labels)

    def put_file(self, key: str, file: IO[bytes]) -> None:
        """See `Store.put_file`."""
        with call("s3 PutObject"):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=file, ContentType="application/octet-stream")

    def get_file(self, key: str, file: IO[bytes]) -> None:
        """See `Store.get_file`."""
        with _call_for_one():
            for piece in self._client.get_object(Bucket=self._bucket, Key=key)["Body"].iter_chunks(AT_ONCE):
                file.write(piece)

    def get(self, key: str) -> bytes:
        """See `Store.get`."""
        with _call_for_one():
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def read(self, key: str) -> StoredObject:
        """See `Store.read`."""
        with _call_for_one():
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
            encoded = answer["Metadata"].get(URL)
            return StoredObject(answer["Body"].read(), answer["ContentType"], unquote(encoded) if encoded else None)

    def listed(self, prefix: str, after: str = "") -> Iterator[ListedObject]:
        """See `Store.listed`: a thousand keys a request, asked for as they are wanted."""
        wanted: dict[str, Any] = {"StartAfter": after} if after else {}
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix, **wanted)
        with call("s3 ListObjectsV2"):
            for page in pages:
                for item in page.get("Contents", []):
                    yield ListedObject(item["Key"], item["LastModified"])

    def discard(self, keys: Sequence[str]) -> None:
        """See `Store.discard`."""
        if not keys:
            return  # S3 calls an empty list malformed
        with call("s3 DeleteObjects"):
            answer = self._client.delete_objects(
                Bucket=self._bucket, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
            )
        if answer.get("Errors"):
            raise EdgeError(f"s3 DeleteObjects: {answer['Errors'][0].get('Code', 'unknown')}")


def in_metadata(url: str) -> str:
    """An address as metadata holds it, percent-encoded once more; its folder where it is too long, or nothing."""
    folder = _BEHIND_PATH.split(url, maxsplit=1)[0].rpartition("/")[0]
    forms = (quote(form, safe=IN_HEADERS) for form in (url, f"{folder}/"))
    return next((form for form in forms if len(form) <= LONGEST_URL), "")
