"""A local deployment in a folder: its AWS runs as long as the work on it lasts, and its state stays for the next time.

The folder holds `aws/` (the embedded AWS's own state), `s3/<bucket>/<key>` (every object, as a file) and `events.jsonl`
(each event as the subscriber's queue received it).
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feedriver.errors import InputError
from feedriver.local.deploy import deploy
from feedriver.local.emulator import emulator
from feedriver.wiring.deployment import Deployment

LEAST_FREE = 32 * 1024 * 1024  # bytes of disk; below it nothing is begun


@contextmanager
def local_deployment(
    folder: Path, *, host: str = "127.0.0.1", port: int = 0, live: bool = False
) -> Iterator[Deployment]:
    """The local deployment of this folder, started and stopped again. `live`: its own schedule polls, each minute.

    Raises `InputError` where the folder cannot be used, `LocalStackError` where the local AWS fails.
    """
    state = "ENABLED" if live else "DISABLED"
    parameters = {
        "Architecture": "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64",
        "ScheduleState": state,
        "SubscriberState": state,
    }
    with _locked(folder), emulator(folder / "aws", port, host) as aws:
        if live:
            parameters["EndpointUrl"] = aws.endpoint  # a deployment at rest runs no function, and so needs none
        yield Deployment(aws.clients, deploy(aws, parameters))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Use the folder alone, or say why it cannot be used."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}: choose a folder that can be written with --data") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(
                f"{folder}: another feedriver is using it: wait for it, or choose another --data"
            ) from None
        if shutil.disk_usage(folder).free < LEAST_FREE:
            raise InputError(f"{folder}: {os.strerror(28)}: free some, or choose another --data")
        try:
            yield
        except OSError as error:
            raise InputError(
                f"{folder}: {error.strerror or error}: nothing is lost, the next run fetches this one's feeds again"
            ) from error
