"""What a local run leaves in its folder for people and scripts: the bucket as files, the events as lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from feedriver.wiring.deployment import Deployment

MOST_AT_ONCE = 10  # messages in one ReceiveMessage


def mirror_bucket(deployment: Deployment, folder: Path) -> Path:
    """Bring `folder/s3/<bucket>/` up to date with the bucket; gives that path."""
    s3, bucket = deployment.clients("s3"), deployment.stack["EntriesBucket"]
    root = folder / "s3" / bucket
    wanted = set()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", []):
            path = root / item["Key"]
            wanted.add(path)
            if path.is_file() and path.stat().st_size == item["Size"] and _etag(path) == item["ETag"]:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read())
    for path in [path for path in root.rglob("*") if path.is_file() and path not in wanted]:
        path.unlink()
    return root


def _etag(path: Path) -> str:
    """The ETag of an object that was put whole under SSE-S3: the MD5 of its bytes."""
    return f'"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}"'


def drain_events(deployment: Deployment, file: Path) -> list[str]:
    """Take what the subscriber's queue received, append it to `file`, then delete it from the queue."""
    received: list[str] = []
    sqs, queue = deployment.clients("sqs"), deployment.stack["SubscriberQueue"]
    with file.open("a", encoding="utf-8") as lines:
        for batch in _batches(sqs, queue):
            for message in batch:
                received.append(message["Body"])
                lines.write(message["Body"] + "\n")
            lines.flush()
            sqs.delete_message_batch(
                QueueUrl=queue,
                Entries=[{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(batch)],
            )
    return received


def _batches(sqs: Any, queue: str) -> Iterator[list[dict[str, str]]]:  # noqa: ANN401  # boto3 makes its clients at run time
    while batch := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=MOST_AT_ONCE, WaitTimeSeconds=0).get(
        "Messages"
    ):
        yield batch
