"""The promises of the design, in every plan that fits a minute; and that the explorer sees where they are broken."""

from __future__ import annotations

import pytest
from explorer import Verdict, explore
from explorer.verdict import BROKEN

from feedriver import outbox, pipeline
from feedriver.errors import EdgeError


@pytest.fixture(scope="module")
def verdict():
    return explore(depth=2, switches=2, seeds=300)


def test_every_promise_is_kept_in_every_plan_of_two_faults_and_every_order_of_two_workers(verdict):
    assert verdict.kept, str(verdict)


def test_the_exploration_has_not_shrunk(verdict):
    assert verdict.figures["plans"] >= 4_500
    assert verdict.figures["faults"] >= 8_500
    assert verdict.figures["repeats"] >= 2_500
    assert verdict.figures["conflicts"] >= 300


def test_who_writes_what_comes_last_goes_stale_and_who_keeps_the_highest_revision_does_not(verdict):
    assert verdict.figures["last writer went stale"] > 0
    assert verdict.broken["highest revision is not the last version"] == 0
