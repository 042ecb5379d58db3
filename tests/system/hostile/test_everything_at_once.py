"""Two batches of `make soak-hostile`: what is good at first turns bad in the second.

No deadline decides here: it is generous, and hosts that would wait for ever hang up by themselves. How late the event
loop was, and how much memory was taken, `make soak-hostile` judges.
"""

import asyncio

import pytest
from hostile.soak import FLOODS, GOOD, SLOW, TURNED, WORDS, soak

pytestmark = pytest.mark.long

BAD = ("published", "unchanged", "not_modified")
BATCHES = 2


@pytest.mark.case("B01", "B02", "B04", "B15")
def test_b01_b02_b04_whatever_hosts_do_at_once_no_batch_is_lost_and_good_feeds_are_read():
    account = asyncio.run(soak(batches=BATCHES, deadline=120.0, patience=0.5))
    assert account.troubles == []
    assert account.batches == BATCHES
    assert account.good == BATCHES * GOOD
    assert (account.blamed, account.lost, account.tasks_left) == (0, 0, 0)
    read = {host for host, found in account.outcomes.items() if set(found) & set(BAD)}
    assert read & {*SLOW, *FLOODS} == set()
    assert read & set(WORDS) <= {"attributes", "nested", "odd-validators", "length-too-small", "laughs"}
    assert "internal_error" not in {outcome for found in account.outcomes.values() for outcome in found}
    told = {host: set(account.outcomes[host]) for host in FLOODS}
    assert {host for host, found in told.items() if found == {"protocol"}} >= {
        "interim-flood", "newline-flood", "field-flood", "chunk-flood", "extension-flood", "size-flood",
    }  # fmt: skip
    assert all("published" in account.outcomes[host] for host in TURNED)
