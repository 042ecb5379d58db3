"""The embedded AWS: whatever ends a run, it ends too, and its state is that of a moment that was."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from feedriver.aws.stack import Stack
from feedriver.errors import InputError, LocalStackError
from feedriver.local import emulator as emulators
from feedriver.local import folder as folders
from feedriver.local.emulator import emulator
from feedriver.local.folder import local_deployment

pytestmark = [pytest.mark.stack, pytest.mark.long]

SHARED = Path(emulators.__file__).parents[2]
PARENT = """
import sys
from pathlib import Path
from feedriver.local.emulator import emulator
with emulator(Path(sys.argv[1])) as aws:
    aws.clients("sqs").create_queue(QueueName="made-by-the-killed")
    print(aws.endpoint, flush=True)
    sys.stdin.read()
"""


def eventually(true: Callable[[], bool], within: float = 300) -> bool:
    deadline = time.monotonic() + within
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def answers(endpoint: str) -> bool:
    address = urlsplit(endpoint)
    try:
        socket.create_connection((address.hostname, address.port), timeout=1).close()
    except OSError:
        return False
    return True


def queues(aws: emulators.Emulator) -> set[str]:
    return {url.rpartition("/")[2] for url in aws.clients("sqs").list_queues().get("QueueUrls", [])}


def test_where_the_run_is_killed_the_emulator_saves_its_state_and_stops(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(SHARED)}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        endpoint = parent.stdout.readline().strip()
        assert answers(endpoint)
        parent.send_signal(signal.SIGKILL)
    assert eventually(lambda: not answers(endpoint))
    assert eventually((tmp_path / "state" / "sqs.json").is_file)
    with emulator(tmp_path) as aws:
        assert queues(aws) == {"made-by-the-killed"}


def test_a_full_disk_ends_the_run_in_one_line_and_the_state_of_the_run_before_stands(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "deploy", lambda _aws, _parameters: Stack("feedriver", {}))
    with local_deployment(tmp_path) as river:
        river.clients("sqs").create_queue(QueueName="of-the-run-before")

    def run_on_a_full_disk() -> None:
        with local_deployment(tmp_path) as river:
            river.clients("sqs").create_queue(QueueName="of-this-run")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(InputError) as caught:
        run_on_a_full_disk()
    assert str(caught.value).startswith(f"{tmp_path}: No space left on device: ")
    assert "\n" not in str(caught.value)
    with emulator(tmp_path / "aws") as aws:
        assert queues(aws) == {"of-the-run-before"}


def test_it_listens_on_loopback_alone(tmp_path):
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    if not tables[0].exists():
        pytest.skip("who listens where is read from Linux's /proc")

    def listening() -> set[tuple[str, str]]:
        rows = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
        return {(row[1], row[9]) for row in rows if row[3] == "0A"}

    def of(process: int) -> set[str]:
        links = [str(link.readlink()) for link in Path(f"/proc/{process}/fd").iterdir() if link.is_symlink()]
        return {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}

    started: list[int] = []
    popen = subprocess.Popen

    def starting(*arguments, **named):
        process = popen(*arguments, **named)
        started.append(process.pid)
        return process

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(emulators.subprocess, "Popen", starting)
        with emulator(tmp_path) as aws:
            queues(aws)
            ours = of(started[0])
            addresses = {address for address, inode in listening() if inode in ours}
    assert addresses
    assert {address.partition(":")[0] for address in addresses} == {"0100007F"}


def test_what_the_environment_says_of_another_aws_does_not_reach_it(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with emulator(tmp_path) as aws:
        assert queues(aws) == set()


def test_one_that_does_not_start_is_told_in_one_line_with_where_to_look(tmp_path, monkeypatch):
    monkeypatch.setattr(emulators, "_KEEPER", "import sys; print('no such luck'); sys.exit(7)")
    with pytest.raises(LocalStackError) as caught, emulator(tmp_path):
        pass
    assert "exit 7" in str(caught.value)
    assert str(tmp_path / "log") in str(caught.value)
    assert "no such luck" in (tmp_path / "log").read_text()


@pytest.mark.parametrize("before", [None, 0o755, 0o777], ids=["made", "as mkdir makes it", "open to all"])
def test_its_folder_is_opened_by_its_user_only(before, tmp_path, monkeypatch):
    folder = tmp_path / "aws"
    if before:
        folder.mkdir()
        folder.chmod(before)
    monkeypatch.setattr(emulators, "_KEEPER", "raise SystemExit(7)")
    usual = os.umask(0)
    try:
        with pytest.raises(LocalStackError), emulator(folder):
            pass
    finally:
        os.umask(usual)
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.case("X12")
@pytest.mark.parametrize("left", [b"", b'{"tables": {"feed', b"\x00\x00"], ids=["nothing", "a half", "zeros"])
def test_a_damaged_state_is_named_with_what_to_do(left, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "acm.json").write_bytes(b'{"whole": {}}\n')
    (tmp_path / "state" / "dynamodb.json").write_bytes(left)
    with pytest.raises(LocalStackError, match="is damaged: put back a copy") as told, emulator(tmp_path):
        pass
    assert str(tmp_path / "state" / "dynamodb.json") in str(told.value)
    assert not (tmp_path / "log").exists()
