"""The promises of the design, in every plan that fits a minute; and that the explorer sees where they are broken."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from fakes.bus import FakeBus
from fakes.states import FakeStates

from explorer import ALL, explore
from feedriver import keys
from feedriver.errors import EdgeError
from feedriver.poll import commit, outbox
from feedriver.poll.announcements import entry_announcements


@pytest.fixture(scope="module")
def verdict():
    return explore(depth=2, switches=2, seeds=300, stories=ALL)


@pytest.mark.long
@pytest.mark.case("D01", "D02", "D06", "D07", "D28")
def test_every_promise_is_kept_in_every_plan_of_two_faults_and_every_order_of_two_workers(verdict):
    assert verdict.kept, str(verdict)


@pytest.mark.long
def test_the_exploration_has_not_shrunk(verdict):
    assert verdict.figures["plans"] >= 4_500
    assert verdict.figures["faults"] >= 8_500
    assert verdict.figures["repeats"] >= 2_500
    assert verdict.figures["conflicts"] >= 300
    assert verdict.figures["swept"] >= 20
    assert verdict.figures["released"] >= 800
    assert verdict.figures["reconciled"] >= 25_000


@pytest.mark.long
def test_who_writes_what_comes_last_goes_stale_and_who_keeps_the_highest_revision_does_not(verdict):
    assert verdict.figures["last writer went stale"] > 0
    assert verdict.broken["highest revision is not the last version"] == 0


async def clears_first(self, state, fresh=outbox.NOTHING):
    await self.edges.call(self.edges.states.clear_outbox, state.feed_id, state.rev)
    await SOUND_ANNOUNCE(self, state, fresh)


async def sends_what_is_not_stored(self, key, staged, lines):
    return lines or await self.edges.call(self.edges.store.get, staged or key)


async def stores_where_it_belongs_at_once(self, decision, answer):
    if decision.entries_key:
        await self.edges.call(self.edges.store.put, decision.entries_key, decision.lines, "application/x-ndjson")
    await SOUND_KEEP(self, decision, answer)


async def keeps_validators_first(self, decision, answer):
    before = self.edges.states.items[decision.state.feed_id] if decision.state else None
    if before and decision.lines:
        early = before.model_copy(update={"rev": before.rev + 1, "validators": decision.state.validators})
        await self.edges.call(self.edges.states.commit, early)
        decision = replace(decision, state=decision.state.model_copy(update={"rev": before.rev + 2}))
    await SOUND_KEEP(self, decision, answer)


async def announces_before_it_commits(self, decision, answer):
    if decision.entries_key:
        await self.edges.call(self.edges.store.put, decision.entries_key, decision.lines, "application/x-ndjson")
        (pending,) = [each for each in decision.state.outbox if each.key]
        events = list(entry_announcements(decision.lines, self.edges.store.bucket, pending.key, pending.at))
        await self.edges.call(self.edges.bus.announce, events)
    await SOUND_KEEP(self, decision, answer)


def commits_over_any_revision(self, state):
    with self.calls.made("states.commit", state):
        self._replace(state.feed_id, state)


def holds_nothing_back(_key):
    return False


def takes_half(self, announcements):
    with suppress(EdgeError):
        SOUND_SEND(self, announcements)


SOUND_ANNOUNCE, SOUND_KEEP, SOUND_SEND = outbox.Outbox.announce, commit.Committer.commit, FakeBus.announce


@pytest.mark.parametrize(
    ("owner", "name", "unsound", "promise"),
    [
        (outbox.Outbox, "announce", clears_first, "lost"),
        (outbox.Outbox, "announce", clears_first, "does not agree"),
        (outbox.Outbox, "_stored", sends_what_is_not_stored, "dangling pointer"),
        (commit.Committer, "commit", stores_where_it_belongs_at_once, "not committed under entries/"),
        (commit.Committer, "commit", keeps_validators_first, "validators ahead"),
        (commit.Committer, "commit", announces_before_it_commits, "not the same to the letter"),
        (FakeStates, "commit", commits_over_any_revision, "object written anew"),
        (FakeBus, "announce", takes_half, "lost"),
        (keys, "is_held", holds_nothing_back, "not the same to the letter"),
    ],
)
def test_a_pipeline_that_breaks_a_promise_is_found_out(owner, name, unsound, promise, monkeypatch):
    monkeypatch.setattr(owner, name, unsound)
    found = explore(seek=promise)
    assert found.broken[promise] > 0, str(found)
    assert found.examples[promise]
