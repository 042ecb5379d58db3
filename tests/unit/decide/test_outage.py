"""Is it our own network? One answer acquits it, few hosts tell nothing."""

from __future__ import annotations

import pytest

from feedriver.decide.outage import closed
from feedriver.errors import FetchCode

DNS, UNREACHABLE, TIMEOUT, TLS = FetchCode.DNS, FetchCode.UNREACHABLE, FetchCode.TIMEOUT, FetchCode.TLS


def asked(*failures):
    """One feed on a host of its own for each."""
    return [(f"{number}.example", failure) for number, failure in enumerate(failures)]


@pytest.mark.parametrize(
    ("failures", "verdict"),
    [
        ([DNS] * 5, True),
        ([DNS, UNREACHABLE, TIMEOUT, DNS, DNS], True),
        ([DNS] * 500, True),
        ([DNS] * 4 + [TLS], True),
        ([DNS] * 4 + [TLS] * 2, False),
        ([TLS] * 10, False),
        ([DNS] * 499 + [None], False),
        ([DNS] * 4, False),
        ([DNS], False),
        ([None], False),
        ([], False),
    ],
)
def test_the_network_is_closed_where_five_hosts_and_more_are_silent_in_its_ways(failures, verdict):
    assert closed(asked(*failures)) is verdict


def test_many_feeds_of_one_host_are_one_host():
    assert not closed([("a.example", DNS)] * 100)


def test_a_host_counts_as_shut_where_any_of_its_feeds_was_shut_out():
    assert closed([*asked(*[DNS] * 5), ("0.example", TLS), ("1.example", TLS), ("2.example", TLS)])
