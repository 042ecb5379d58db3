"""A few real kills; `make soak` makes two hundred."""

from __future__ import annotations

import pytest
from soak.kills import soak

pytestmark = [pytest.mark.stack, pytest.mark.long]


@pytest.mark.case("D28")
def test_d28_a_poller_killed_again_and_again_loses_nothing_and_announces_nothing_as_new_twice(tmp_path):
    account = soak(tmp_path, kills=6, seed=7)
    assert account.troubles == []
    assert account.kills == 6
    assert account.announced >= account.owed > 0
