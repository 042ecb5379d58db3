"""The bucket: S3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from feedriver.aws.calls import call
from feedriver.errors import EdgeError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Store:
    """`feedriver.ports.Store` on S3."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    @property
    def bucket(self) -> str:
        """See `Store.bucket`."""
        return self._bucket

    def put(self, key: str, body: bytes, content_type: str, content_encoding: str | None = None) -> None:
        """See `Store.put`. botocore adds the checksum that S3 verifies."""
        encoding: dict[str, Any] = {"ContentEncoding": content_encoding} if content_encoding else {}
        with call("s3 PutObject"):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type, **encoding)

    def get(self, key: str) -> bytes:
        """See `Store.get`."""
        with call("s3 GetObject"):
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

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
