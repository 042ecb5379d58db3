"""Whether it is our own network that fails: then no feed is to blame.

The rule: in one batch at least five hosts were asked, not one of them answered anything over HTTP, and at least four
in five failed in the way of a closed network: no name, no route, no answer in time. The fifth may differ, since a
portal that shuts us in shows some of them a false certificate.

One answer, be it an error, acquits the network: a few dead hosts in an old list are no sign, and with "most failed"
alone a batch of four dead and one living host would be tried again for ever. With fewer than five hosts (one, as a
rule, on a small river) there is no telling, and each failure is the feed's: it costs it a longer interval until it
answers, and is announced only at the third in a row.

Nor is a feed to blame for a time-out where the poller itself was late: its event loop stood still for some seconds, or
for half of the time that a fetch may take, piece by piece.
"""

from __future__ import annotations

from collections.abc import Iterable

from feedriver.errors import FetchCode

CLOSED = frozenset({FetchCode.DNS, FetchCode.UNREACHABLE, FetchCode.TIMEOUT})
LEAST_HOSTS = 5
SHARE = 0.8
STILL = 3.0  # seconds at one time
HALF = 7.5  # seconds, of any 15


def closed(asked: Iterable[tuple[str, FetchCode | None]]) -> bool:
    """Whether the network was closed. `asked`: host and failure of each feed asked; None where its host answered."""
    failures: dict[str, set[FetchCode]] = {}
    for host, failure in asked:
        if failure is None:
            return False
        failures.setdefault(host, set()).add(failure)
    shut = sum(bool(met & CLOSED) for met in failures.values())
    return len(failures) >= LEAST_HOSTS and shut >= SHARE * len(failures)


def late(longest: float, heaviest: float) -> bool:
    """Whether a time-out proves nothing: by how many seconds the event loop was late (`feedriver.poll.lag`)."""
    return longest > STILL or heaviest > HALF
