from __future__ import annotations

import asyncio
import ssl
from ipaddress import ip_address

import pytest
from certificates import self_signed
from cryptography.x509 import IPAddress


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1 and its key, as two PEM files."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = self_signed(IPAddress(ip_address("127.0.0.1")))
    (folder / "certificate.pem").write_bytes(certificate)
    (folder / "key.pem").write_bytes(key)
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture
def serving(certificate):
    """The TLS side of an origin."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def trusting(certificate):
    """A client's trust in that origin."""
    return ssl.create_default_context(cafile=certificate[0])


@pytest.fixture
def run():
    """Run a coroutine to its end, as `asyncio.run` does, and see that it left no task behind."""

    def run_to_its_end(work):
        async def watched():
            result = await work
            left = asyncio.all_tasks() - {asyncio.current_task()}
            if left:  # servers that see their client leave
                _, stuck = await asyncio.wait(left, timeout=120)
                assert not stuck
            return result

        return asyncio.run(watched())

    return run_to_its_end
