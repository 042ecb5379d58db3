"""Emptying an outbox: its order, what is done again after a failure, and entries that are held or released."""

from __future__ import annotations

import asyncio
import json

import pytest
from documents import FEED_ID, answer, at, document, fresh, item
from fakes.bus import FakeBus
from fakes.calls import FAILED, Calls, Fault
from fakes.states import FakeStates
from fakes.store import FakeStore
from fakes.world import THREADS

from feedriver import keys
from feedriver.decide.document import decide
from feedriver.errors import EdgeError, NoObjectError
from feedriver.poll.edges import Edges
from feedriver.poll.outbox import EVENTS_AT_ONCE, Outbox
from feedriver.state import Pending

TITLES = ("Story a", "Story b")
DECISION = decide(fresh(), answer(), document(*(item(title, guid=title) for title in TITLES)), at())
STATE, KEY, STAGED = DECISION.state, DECISION.entries_key, DECISION.staging_key
HELD = keys.held_key(FEED_ID, 1)


class Site:
    """The edges after the commit of two entries, which a crash left in the outbox."""

    def __init__(self, state=STATE):
        self.calls = Calls()
        self.states, self.store, self.bus = FakeStates(self.calls), FakeStore(self.calls), FakeBus(self.calls)
        self.states._replace(FEED_ID, state)
        self.store.objects[STAGED] = DECISION.lines

    def announce(self, state=STATE, **fresh):
        edges = Edges(self.states, self.store, self.bus, THREADS)
        asyncio.run(Outbox(edges).announce(state, **fresh))

    @property
    def titles(self):
        return tuple(json.loads(sent.detail)["data"]["entry"]["title"] for sent in self.bus.sent)


@pytest.fixture
def site():
    return Site()


def test_what_a_crash_left_is_stored_from_staging_then_announced_then_cleared(site):
    site.announce()
    assert site.calls.log == [
        "store.get",
        "store.put entries",
        "bus.announce",
        "states.clear_outbox",
        "store.discard",
    ]
    assert site.store.objects == {KEY: DECISION.lines}
    assert site.titles == TITLES
    assert site.states.items[FEED_ID].outbox == ()


def test_entries_that_were_committed_just_now_are_not_read_again(site):
    site.announce(fresh={STAGED: DECISION.lines})
    assert "store.get" not in site.calls.log
    assert site.titles == TITLES


def test_a_second_time_the_same_bytes_are_stored_and_the_same_events_sent(site):
    site.announce()
    site.announce()
    assert site.bus.sent[:2] == site.bus.sent[2:]
    assert site.store.objects == {KEY: DECISION.lines}


def test_where_another_worker_stored_them_and_cleared_staging_they_are_announced_from_there(site):
    del site.store.objects[STAGED]
    site.store.objects[KEY] = DECISION.lines
    site.announce()
    assert site.titles == TITLES
    assert "store.put entries" not in site.calls.log


def test_entries_that_are_nowhere_are_an_error_and_the_outbox_stays(site):
    del site.store.objects[STAGED]
    with pytest.raises(NoObjectError):
        site.announce()
    assert site.states.items[FEED_ID].outbox == STATE.outbox


@pytest.mark.parametrize("step", ["store.put entries", "bus.announce", "states.clear_outbox"])
def test_a_step_that_fails_leaves_the_outbox_and_what_was_staged(step, site):
    site.calls.faults.append(Fault(FAILED, name=step))
    with pytest.raises(EdgeError):
        site.announce()
    assert site.states.items[FEED_ID].outbox == STATE.outbox
    assert STAGED in site.store.objects


def test_what_was_staged_and_cannot_be_discarded_expires_by_itself(site):
    site.calls.faults.append(Fault(FAILED, name="store.discard"))
    site.announce()
    assert site.states.items[FEED_ID].outbox == ()


def test_the_outbox_of_a_later_revision_is_not_cleared(site):
    later = STATE.replace(rev=STATE.rev + 1)
    site.states._replace(FEED_ID, later)
    site.announce()
    assert site.states.items[FEED_ID] == later


def test_an_event_on_the_feed_is_sent_without_any_object():
    state = fresh(outbox=(Pending(at=at().time, event="Feed Gone", about={"status": 410}),))
    site = Site(state)
    site.announce(state)
    assert site.calls.log == ["bus.announce", "states.clear_outbox"]
    assert [sent.detail_type for sent in site.bus.sent] == ["Feed Gone"]


def test_held_entries_are_stored_and_not_announced():
    state = STATE.replace(outbox=(Pending(at=at().time, key=HELD, staged=STAGED),))
    site = Site(state)
    site.announce(state)
    assert (site.store.objects, site.bus.sent) == ({HELD: DECISION.lines}, [])


def test_released_entries_move_to_their_new_key_and_are_announced_before_the_outbox_is_cleared():
    state = STATE.replace(outbox=(Pending(at=at().time, key=KEY, staged=HELD),))
    site = Site(state)
    site.store.objects = {HELD: DECISION.lines}
    site.announce(state)
    assert (site.store.objects, site.titles) == ({KEY: DECISION.lines}, TITLES)
    assert site.calls.log[-2:] == ["store.discard", "states.clear_outbox"]


def test_released_entries_that_cannot_be_discarded_stay_in_the_outbox():
    state = STATE.replace(outbox=(Pending(at=at().time, key=KEY, staged=HELD),))
    site = Site(state)
    site.store.objects = {HELD: DECISION.lines}
    site.calls.faults.append(Fault(FAILED, name="store.discard"))
    with pytest.raises(EdgeError):
        site.announce(state)
    assert site.states.items[FEED_ID].outbox == state.outbox


def test_many_entries_are_sent_a_hundred_at_a_time(site):
    lines = DECISION.lines.splitlines(keepends=True)[0] * (2 * EVENTS_AT_ONCE + 1)
    site.announce(fresh={STAGED: lines})
    assert [about for name, about in site.calls.about if name == "bus.announce"] == [100, 100, 1]
