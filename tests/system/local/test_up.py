"""`feedriver up`: the local river kept running for others to use, and stopped in good order."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from feedriver.local.emulator import Emulator, free_port

pytestmark = pytest.mark.stack

HOST = "127.0.0.1"


def test_a_river_kept_up_says_where_it_is_and_stops_when_it_is_interrupted(tmp_path):
    port, town_port = free_port(HOST, 0), free_port(HOST, 0)
    command = [sys.executable, "-c", "from feedriver.cli.app import main; main()", "up", "--paused", "--town"]
    command += ["--data", str(tmp_path), "--port", str(port), "--town-port", str(town_port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ) as up:
        said = [up.stdout.readline()]
        while said[-1] and not said[-1].endswith("stops it.\n"):  # empty where it ended too soon
            said.append(up.stdout.readline())
        variables = json.loads((tmp_path / "env.json").read_bytes())["Parameters"]
        table = Emulator(f"http://{HOST}:{port}").clients("dynamodb").describe_table(TableName=variables["STATE_TABLE"])
        up.send_signal(signal.SIGINT)
        _, complaints = up.communicate()

    assert (
        said[0] == f"The river runs at http://{HOST}:{port} (any credentials, us-east-1); its state is in {tmp_path}.\n"
    )
    assert said[-1] == "Its schedule is still. Ctrl-C stops it.\n"
    assert table["Table"]["ItemCount"] > 20
    assert (up.returncode, complaints) == (0, "")
