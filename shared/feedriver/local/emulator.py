"""The embedded AWS: ministack, started on a free loopback port, its state in a folder, stopped again.

All that is known of ministack stands in this module, so that another emulator with one endpoint can replace it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from feedriver.aws.calls import CONFIG
from feedriver.errors import LocalStackError

REGION = "us-east-1"
# What it is sent holds the credentials of private feeds: no proxy is to see them. An empty mapping has botocore look
# for none in the environment.
DIRECT = CONFIG.merge(Config(proxies={}))
START_SECONDS = STOP_SECONDS = 120  # two or three on an idle machine
_POLL_SECONDS = 0.05
# In botocore's form (name in the configuration, in the environment, default, conversion): nothing is looked up.
NO_PROFILE: dict[str, Any] = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
# Runs ministack, and ends it in good order when our end of the pipe closes: also where we are killed.
_KEEPER = """
import os, runpy, signal, sys, threading
def watch():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=watch, daemon=True).start()
runpy.run_module("ministack", run_name="__main__")
"""


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running AWS. `clients` makes boto3 clients of it."""

    endpoint: str
    access_key: str = "test"
    secret_key: str = "test"  # noqa: S105  # an emulator's

    def clients(self, service: str) -> Any:  # noqa: ANN401  # boto3 makes its clients at run time
        """A client of this AWS, whatever the environment and the user's own files say of another."""
        make: Any = _session(self.access_key, self.secret_key).client
        return make(service, endpoint_url=self.endpoint, config=DIRECT)


@cache
def _session(access_key: str, secret_key: str) -> boto3.Session:
    """One for all clients: it holds AWS's service descriptions, which take a tenth of a second each to read."""
    return boto3.Session(
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        region_name=REGION,
        botocore_session=botocore.session.Session(session_vars=NO_PROFILE),
    )


@contextmanager
def emulator(folder: Path, port: int = 0, host: str = "127.0.0.1", *, enforce_iam: bool = False) -> Iterator[Emulator]:
    """Start it, wait until it answers, stop it at the end; its state in `folder` is there the next time.

    Raises `LocalStackError` where the port is in use or it does not start; its own log is `folder/log`.
    """
    make_private(folder)  # what it keeps holds the credentials of private feeds
    _check_complete(folder / "state")
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    port = free_port(host, port)
    environment = _own_environment(os.environ) | {
        "BIND_HOST": host,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "1",
        "S3_PERSIST": "1",
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "s3"),
        "TMPDIR": str(temporary),
        "LOG_LEVEL": "WARNING",
        # It would listen for devices and files on every interface, and take most of its start for that.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AUTH": "true" if enforce_iam else "false",
    }
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  # our own interpreter on our own text
            [sys.executable, "-c", _KEEPER],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C reaches us first, and we stop it in good order
        )
    try:
        _wait_until_it_answers(process, host, port, folder)
        yield Emulator(f"http://{host}:{port}")
    except OSError:
        process.kill()  # the disk is full or gone: better the state of the last run than half of this one's
        raise
    finally:
        _stop(process)


def _own_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What ministack and the functions that it runs see of our environment: no other AWS, and no proxy."""
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(("AWS_", "MINISTACK_")) and not name.lower().endswith("_proxy")
    }


def make_private(folder: Path) -> None:
    """Make the folder, or take it as it is, and let only its user open it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def _check_complete(state: Path) -> None:
    """`LocalStackError` where a file of the state was cut short: ministack would begin without it, and half at odds."""
    for file in sorted(state.glob("*.json")):
        written = file.read_bytes().strip()
        if not (written.startswith(b"{") and written.endswith(b"}")):
            raise LocalStackError(
                f"{file} is damaged: put back a copy of {state.parent}, or remove that folder and begin anew: feeds are"
                " then to be added again, and their entries come again"
            )


def free_port(host: str, port: int) -> int:
    """The port if it can be had (0: any that can), or `LocalStackError`."""
    with socket.socket() as probe:
        try:
            probe.bind((host, port))
        except OSError as error:
            raise LocalStackError(
                f"port {port} on {host} is in use or cannot be had ({error.strerror}); choose another one"
            ) from None
        bound: int = probe.getsockname()[1]
        return bound


def _wait_until_it_answers(process: subprocess.Popen[bytes], host: str, port: int, folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise LocalStackError(
                f"the local AWS stopped at its start (exit {process.returncode}); see {folder / 'log'}"
            )
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(_POLL_SECONDS)
        else:
            return
    raise LocalStackError(f"the local AWS did not answer within {START_SECONDS} s; see {folder / 'log'}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM makes it write its state; what does not stop by then is killed with all that it started."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    finally:
        if process.stdin:
            process.stdin.close()
