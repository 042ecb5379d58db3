"""Whether our own network failed: then no feed is to blame.

It failed if three things hold in one batch. At least five hosts were asked. None of them answered anything over HTTP.
At least four in five failed as a closed network makes them fail: no name, no route, no answer in time. The fifth may
differ, since a captive portal shows some of them a false certificate.

One answer, even an error, shows that the network is open: a few dead hosts in an old list are no sign. If "most failed"
were enough, a batch of four dead hosts and one living host would be tried again for ever. With fewer than five hosts an
outage cannot be told from dead feeds, so each failure counts against its feed: its interval grows until it answers, and
`Feed Failing` comes only with the third failure in a row.

A feed is not to blame for a time-out either where the poller itself was late: where its event loop stood still for some
seconds, or for half of the time that a fetch may take, piece by piece.
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
