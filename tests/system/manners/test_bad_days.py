"""Whatever AWS refuses, for hours: no publisher is asked more than its share, nothing is lost, and all heals."""

from __future__ import annotations

import pytest
from fakes.leases import FakeLeases
from manners.bad_days import HEAD, PLANS, play

from feedriver.poll.context import BatchContext
from feedriver.table import Lease

pytestmark = pytest.mark.long

ROWS: list[str] = []


@pytest.mark.case("Y01")
@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_a_feed_is_asked_at_most_twice_in_its_interval_and_a_host_by_two_at_once(plan):
    account = play(plan)
    ROWS.append(account.row(plan.before))
    assert account.broken == []


def test_the_score_is_told(capsys):
    with capsys.disabled():
        print("\n\n" + "\n".join([HEAD, *ROWS]))  # noqa: T201  # the score belongs into the output of the tests


def by_name(name):
    return next(plan for plan in PLANS if plan.name == name)


def test_a_feed_that_kills_is_in_quarantine_and_no_other():
    account = play(by_name("a feed that kills"))
    assert (account.figures["quarantined"], account.figures["workers"], account.figures["dead letters"]) == (1, 2, 0)


# The judge sees what is not so


def test_a_poller_that_writes_nothing_down_beforehand_is_found_out(monkeypatch):
    monkeypatch.setattr(BatchContext, "first_written_down", lambda self, state: False)
    assert play(by_name("S3 PutObject denied")).too_many


def test_leases_that_know_no_copies_are_found_out(monkeypatch):
    class Forgetful(FakeLeases):
        def _standing(self, batch, now):
            return None

    monkeypatch.setattr("manners.virtual.FakeLeases", Forgetful)
    assert play(by_name("each message comes four times")).too_many


def test_leases_that_know_no_hosts_are_found_out(monkeypatch):
    class Blind(FakeLeases):
        def take(self, *arguments):
            return Lease(super().take(*arguments).standing)

    monkeypatch.setattr("manners.virtual.FakeLeases", Blind)
    assert play(by_name("a slow host of thirty new feeds")).most_at_once > 2
