"""The guard against SSRF: which addresses may be connected to.

The address that a socket is about to connect to is checked, never the string in the URL. So `2130706433`, `0177.0.0.1`,
a name that resolves to a private address, and a redirect are all refused in the same place (`guarded_sockets`). Before
that, a DNS answer is checked as a whole (`GuardedResolver`): one private address among public ones refuses the host.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

Address = IPv4Address | IPv6Address
SocketAddress = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]

# IANA IPv4 Special-Purpose Address Registry (RFC 6890), less what is ordinary anycast on the Internet. Spelled out,
# since `ipaddress.is_global` differs between Python's patch releases and is True for multicast.
SPECIAL_V4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(network), reason)
    for network, reason in (
        ("127.0.0.0/8", "loopback"),
        ("10.0.0.0/8", "private"),
        ("172.16.0.0/12", "private"),
        ("192.168.0.0/16", "private"),
        ("169.254.0.0/16", "link-local"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("0.0.0.0/8", "unspecified"),
        ("192.0.0.0/24", "protocol assignment"),
        ("192.0.2.0/24", "documentation"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("198.18.0.0/15", "benchmarking"),
        ("224.0.0.0/4", "multicast"),
        ("255.255.255.255/32", "broadcast"),
        ("240.0.0.0/4", "reserved"),
    )
)
# The same for IPv6 (RFC 4291 §2.4 and the registry). First match counts; what is outside 2000::/3 is no global unicast.
SPECIAL_V6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), reason)
    for network, reason in (
        ("::1/128", "loopback"),
        ("::/128", "unspecified"),
        ("::/96", "IPv4-compatible"),
        ("::ffff:0:0:0/96", "IPv4-translated"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("100::/64", "discard-only"),
        # The instance metadata and container credential endpoints of AWS, inside what is else private.
        ("fd00:ec2::/32", "AWS metadata"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
        ("2001::/32", "Teredo"),
        ("2001:2::/48", "benchmarking"),
        ("2001::/23", "protocol assignment"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
    )
)
GLOBAL_V6 = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052 §2.1
PRIVATE_REASONS = frozenset({"loopback", "private"})


class RefusedAddressError(OSError):
    """An address is refused. aiohttp lets an OSError pass; `feedriver.fetch.failures` makes a `FetchError` of it."""


def refusal_reason(address: Address, *, allow_private: bool = False) -> str | None:
    """Why `address` may not be connected to, in a word or two; None where it may be.

    Only global unicast addresses may. An IPv6 address that stands for an IPv4 one is checked as that: IPv4-mapped
    (RFC 4291 §2.5.5.2), and NAT64's well-known prefix (RFC 6052), through which an IPv6-only network reaches every
    IPv4 host. The other ways to wrap one (6to4, Teredo, IPv4-compatible, IPv4-translated, local NAT64) are refused
    whatever they hold: no feed lives there. `allow_private` opens loopback and private networks, and nothing else.
    """
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return "link-local"
        address = _unwrapped(address)
    table: tuple[tuple[Any, str], ...] = SPECIAL_V4 if address.version == 4 else SPECIAL_V6  # noqa: PLR2004 - IPv4 is its name
    reason = next((reason for network, reason in table if address in network), None)
    if reason is None and isinstance(address, IPv6Address) and address not in GLOBAL_V6:
        reason = "reserved"
    return None if allow_private and reason in PRIVATE_REASONS else reason


def _unwrapped(address: IPv6Address) -> Address:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFF_FFFF) if address in NAT64 else address


def address_literal(host: str) -> Address | None:
    """The address that `host` spells, in whatever way `inet_aton` reads (`127.1`, `0x7f000001`); None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host.rstrip(".")))
    except (OSError, UnicodeError):
        return None


def refusal_reason_of(address: str, *, allow_private: bool) -> str | None:
    """As `refusal_reason`, for an address as resolvers and sockets spell it; text that is no address is refused."""
    try:
        return refusal_reason(ip_address(address), allow_private=allow_private)
    except ValueError:
        return "not an address"


class GuardedResolver(AbstractResolver):
    """A resolver whose answers hold only addresses that may be connected to.

    The answer that was checked is the one that is connected to: there is no second lookup for DNS rebinding to use.
    """

    def __init__(self, inner: AbstractResolver, *, allow_private: bool) -> None:
        self._inner = inner
        self._allow_private = allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of `host`; raises OSError where there is none, or where one of them is refused."""
        results = await self._inner.resolve(host, port, family)
        if not results:
            raise socket.gaierror(socket.EAI_NONAME, "no address for this name")
        for result in results:
            reason = refusal_reason_of(result["host"], allow_private=self._allow_private)
            if reason:
                raise RefusedAddressError(f"{host} resolves to a {reason} address")
        return results

    async def close(self) -> None:
        """Nothing to do: whoever made the inner resolver closes it."""


def guarded_sockets(*, allow_private: bool) -> Callable[[SocketAddress], socket.socket]:
    """A factory of sockets for aiohttp; it raises `RefusedAddressError` for a peer that may not be connected to.

    This is the last check: every connection of the client goes through it.
    """

    def open_socket(peer: SocketAddress) -> socket.socket:
        family, kind, protocol, _, address = peer
        reason = refusal_reason_of(str(address[0]), allow_private=allow_private)
        if reason:
            raise RefusedAddressError(f"this is a {reason} address")
        return socket.socket(family, kind, protocol)

    return open_socket
