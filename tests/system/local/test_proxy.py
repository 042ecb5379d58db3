"""A proxy of the environment sees nothing of the embedded AWS, which is sent the credentials of private feeds."""

from __future__ import annotations

import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from feedriver.local import emulator as emulators
from feedriver.local.emulator import emulator

pytestmark = [pytest.mark.stack, pytest.mark.long]

FEEDRIVER = [sys.executable, "-c", "from feedriver.cli.app import main; main()"]
NAMES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "ftp_proxy")


class Proxy(socketserver.ThreadingTCPServer):
    """Counts who comes, and answers none."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        self.seen = 0

    def process_request(self, request, client_address) -> None:
        self.seen += 1
        super().process_request(request, client_address)


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    with Proxy() as proxy:
        threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True).start()
        for name in NAMES:
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.server_address[1]}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        yield proxy
        proxy.shutdown()


@pytest.mark.case("X04")
def test_x04_no_client_of_the_embedded_aws_asks_a_proxy(proxy, tmp_path):
    with emulator(tmp_path) as aws:
        for service in ("dynamodb", "s3", "sqs", "events", "ssm", "cloudformation"):
            assert aws.clients(service).meta.config.proxies == {}
        aws.clients("ssm").put_parameter(Name="/x", Value="CANARY", Type="SecureString")
    assert proxy.seen == 0


@pytest.mark.case("X04")
def test_x04_a_command_works_under_any_proxy_and_it_sees_nothing(proxy, tmp_path):
    command = [*FEEDRIVER, "feeds", "add", "http://127.0.0.9:9/private.xml", "--user", "alice:CANARYpw12345"]
    done = subprocess.run([*command, "--data", str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, proxy.seen) == (0, 0), done.stderr


@pytest.mark.case("X04")
def test_x04_what_the_emulator_starts_knows_of_no_proxy():
    there = dict.fromkeys(NAMES, "http://127.0.0.1:1") | {"no_proxy": "*", "AWS_PROFILE": "work", "PATH": os.defpath}
    assert emulators._own_environment(there) == {"PATH": os.defpath}


def test_the_proxy_of_these_tests_is_one_that_others_ask(proxy):
    """Else nothing would be shown."""
    ask = "import urllib.request; urllib.request.urlopen('http://feeds.example/')"
    subprocess.run([sys.executable, "-c", ask], capture_output=True, check=False)
    assert proxy.seen > 0
