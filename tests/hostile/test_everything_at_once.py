"""Ten seconds of `make soak-hostile`."""

import asyncio

from hostile.soak import DEADLINE, GOOD, SLOW, WORDS, soak

BAD = ("published", "unchanged", "not_modified")


def test_b01_b02_b04_whatever_hosts_do_at_once_no_batch_is_lost_and_good_feeds_are_read():
    account = asyncio.run(soak(10))
    assert account.troubles == []
    assert account.batches >= 1
    assert account.good == account.batches * GOOD
    assert account.slowest <= DEADLINE
    assert account.tasks_left == 0
    read = {host for host, found in account.outcomes.items() if set(found) & set(BAD)}
    assert read & set(SLOW) == set()
    assert read & set(WORDS) <= {"attributes", "nested", "odd-validators", "length-too-small", "laughs"}
