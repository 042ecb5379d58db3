"""A document that fills all the room that there is for known entries."""

from __future__ import annotations

import pytest
from documents import Reader, item

from feedriver.decide.seen import CAPACITY


@pytest.mark.long
@pytest.mark.case("I13")
def test_i13_a_full_window_that_moves_on_within_a_day_brings_nothing_twice():
    items = [item(guid=str(number)) for number in range(CAPACITY + 50)]
    reader = Reader()
    reader.read(*items[50:])
    assert reader.read(*items[:CAPACITY]).new == 50
    assert reader.read(*items[:CAPACITY]).entries == ()
