import asyncio
import socket
from ipaddress import ip_address

import pytest

from feedriver.fetch.guard import GuardedResolver, RefusedAddressError, address_literal, guarded_sockets, refusal_reason

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450:4001::200e",
    "2001:4860:4860::8888",
    "2400:cb00::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]
REFUSED = [
    ("127.0.0.1", "loopback"),
    ("127.255.255.255", "loopback"),
    ("10.0.0.1", "private"),
    ("10.255.255.255", "private"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.168.0.1", "private"),
    ("169.254.169.254", "link-local"),
    ("169.254.170.2", "link-local"),
    ("100.64.0.1", "carrier-grade NAT"),
    ("100.127.255.255", "carrier-grade NAT"),
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "unspecified"),
    ("192.0.0.1", "protocol assignment"),
    ("192.0.0.170", "protocol assignment"),
    ("192.0.2.1", "documentation"),
    ("198.51.100.7", "documentation"),
    ("203.0.113.9", "documentation"),
    ("192.88.99.1", "6to4 relay"),
    ("198.18.0.1", "benchmarking"),
    ("198.19.255.255", "benchmarking"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.255", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.254", "reserved"),
    ("255.255.255.255", "broadcast"),
    ("::1", "loopback"),
    ("::", "unspecified"),
    ("::127.0.0.1", "IPv4-compatible"),
    ("::8.8.8.8", "IPv4-compatible"),
    ("::ffff:127.0.0.1", "loopback"),
    ("::ffff:169.254.169.254", "link-local"),
    ("::ffff:10.1.2.3", "private"),
    ("::ffff:224.0.0.1", "multicast"),
    ("::ffff:0:127.0.0.1", "IPv4-translated"),
    ("::ffff:0:8.8.8.8", "IPv4-translated"),
    ("64:ff9b::7f00:1", "loopback"),
    ("64:ff9b::a9fe:a9fe", "link-local"),
    ("64:ff9b::10.0.0.1", "private"),
    ("64:ff9b:1::7f00:1", "local NAT64"),
    ("64:ff9b:2::1", "reserved"),
    ("2002:a9fe:a9fe::1", "6to4"),
    ("2002:808:808::1", "6to4"),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"),
    ("2001:2::1", "benchmarking"),
    ("2001:10::1", "protocol assignment"),
    ("2001:db8::1", "documentation"),
    ("3fff::1", "documentation"),
    ("100::1", "discard-only"),
    ("fc00::1", "private"),
    ("fdff::1", "private"),
    ("fd00:ec2::254", "AWS metadata"),
    ("fd00:ec2::23", "AWS metadata"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("2606:4700::1111%eth0", "link-local"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
    ("4000::1", "reserved"),
    ("5f00::1", "reserved"),
    ("e000::1", "reserved"),
]
AT_HOME = ["127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "::1", "fd12::1", "::ffff:127.0.0.1"]
NEVER = ["169.254.169.254", "fd00:ec2::254", "224.0.0.1", "0.0.0.0", "100.64.0.1", "fe80::1", "ff02::1", "::127.0.0.1"]


@pytest.mark.case("S01")
@pytest.mark.parametrize("address", PUBLIC)
def test_s01_a_global_unicast_address_may_be_connected_to(address):
    assert refusal_reason(ip_address(address)) is None


@pytest.mark.case("S01", "S05")
@pytest.mark.parametrize(("address", "reason"), REFUSED)
def test_s01_s05_any_other_address_is_refused_with_its_reason(address, reason):
    assert refusal_reason(ip_address(address)) == reason


@pytest.mark.parametrize("address", AT_HOME)
def test_a_laptop_may_open_loopback_and_private_networks(address):
    assert refusal_reason(ip_address(address)) is not None
    assert refusal_reason(ip_address(address), allow_private=True) is None


@pytest.mark.parametrize("address", NEVER)
def test_opening_private_networks_opens_nothing_else(address):
    assert refusal_reason(ip_address(address), allow_private=True) is not None


@pytest.mark.case("S04")
@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1.", "2130706433", "0x7f000001", "0177.0.0.1", "127.1"])
def test_s04_every_spelling_of_an_address_is_read_as_the_system_reads_it(host):
    assert str(address_literal(host)) == "127.0.0.1"


@pytest.mark.parametrize("host", ["example.org", "1.example", "0x7g", "1.2.3.4.5", "bücher.example", ""])
def test_a_name_is_no_address(host):
    assert address_literal(host) is None


@pytest.mark.case("S01")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "169.254.169.254", "fe80::1%lo", "2130706433", "localhost", ""])
def test_s01_the_wall_refuses_the_socket_itself(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with pytest.raises(RefusedAddressError):
        guarded_sockets(allow_private=False)((family, socket.SOCK_STREAM, 6, "", (host, 80)))


def test_the_wall_lets_a_public_peer_through():
    peer = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("8.8.8.8", 80))
    with guarded_sockets(allow_private=False)(peer) as opened:
        assert opened.type == socket.SOCK_STREAM


class Names:
    def __init__(self, *answers):
        self.answers = list(answers)

    async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
        return [
            {"hostname": host, "host": ip, "port": port, "family": 2, "proto": 6, "flags": 0} for ip in self.answers
        ]


@pytest.mark.case("S03")
def test_s03_one_private_address_among_public_ones_refuses_the_host():
    guarded = GuardedResolver(Names("8.8.8.8", "127.0.0.1", "1.1.1.1"), allow_private=False)
    with pytest.raises(RefusedAddressError, match="resolves to a loopback address"):
        asyncio.run(guarded.resolve("rebind.example", 80))


def test_public_answers_pass_the_resolver_unchanged():
    guarded = GuardedResolver(Names("8.8.8.8", "2606:4700::1111"), allow_private=False)
    assert [found["host"] for found in asyncio.run(guarded.resolve("a.example", 80))] == ["8.8.8.8", "2606:4700::1111"]


def test_an_empty_answer_is_a_name_that_does_not_resolve():
    with pytest.raises(socket.gaierror):
        asyncio.run(GuardedResolver(Names(), allow_private=False).resolve("a.example", 80))
