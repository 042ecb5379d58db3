"""What a decision writes, in which order, and what is written where a step fails."""

from __future__ import annotations

import asyncio
import gzip

import pytest
from documents import FEED_ID, answer, at, document, fresh, item
from fakes.bus import FakeBus
from fakes.calls import FAILED, Calls, Fault
from fakes.states import FakeStates
from fakes.store import FakeStore
from fakes.world import THREADS

from feedriver.decide.decision import Decision, failed
from feedriver.decide.document import decide
from feedriver.errors import CommitConflict, EdgeError
from feedriver.poll.commit import Committer
from feedriver.poll.edges import Edges

ANSWER = answer(b"<rss/>", content_type="application/rss+xml")
DECISION = decide(fresh(), ANSWER, document(item("Story a", guid="a"), item("Story b", guid="b")), at())


class Site:
    """The edges, one log of their calls, and a feed that was never polled."""

    def __init__(self):
        self.calls = Calls()
        self.states, self.store, self.bus = FakeStates(self.calls), FakeStore(self.calls), FakeBus(self.calls)
        self.states.items[FEED_ID] = fresh()
        self.states.index["new"][FEED_ID] = None

    def commit(self, decision, answer=None):
        edges = Edges(self.states, self.store, self.bus, THREADS)
        asyncio.run(Committer(edges).commit(decision, answer))


@pytest.fixture
def site():
    return Site()


def test_entries_are_staged_then_committed_then_stored_then_announced_and_the_outbox_is_cleared(site):
    site.commit(DECISION, ANSWER)
    assert site.calls.log == [
        "store.put staging",
        "store.put raw",
        "states.commit",
        "store.put entries",
        "bus.announce",
        "states.clear_outbox",
        "store.discard",
    ]
    assert site.store.objects[DECISION.entries_key] == DECISION.lines
    assert site.states.items[FEED_ID] == DECISION.state.replace(outbox=())


def test_the_document_is_kept_as_it_was_received_with_its_type_and_address(site):
    site.commit(DECISION, ANSWER)
    assert gzip.decompress(site.store.objects[DECISION.raw_key]) == b"<rss/>"
    assert site.store.labels[DECISION.raw_key] == ("application/rss+xml", "gzip")
    assert site.store.urls[DECISION.raw_key] == ANSWER.url


def test_a_decision_that_changes_nothing_writes_nothing(site):
    site.commit(Decision("unchanged", "the same body as before"), ANSWER)
    assert site.calls.log == []


def test_a_failure_is_one_write(site):
    site.commit(failed(fresh(), "timeout", "no answer", at()))
    assert site.calls.log == ["states.commit"]


def test_where_another_worker_was_first_nothing_is_announced(site):
    site.states.items[FEED_ID] = fresh(rev=1)
    with pytest.raises(CommitConflict):
        site.commit(DECISION, ANSWER)
    assert (site.bus.sent, site.store.under("entries/")) == ([], [])


@pytest.mark.parametrize("step", ["store.put staging", "store.put raw"])
def test_what_cannot_be_staged_is_not_committed(step, site):
    site.calls.faults.append(Fault(FAILED, name=step))
    with pytest.raises(EdgeError):
        site.commit(DECISION, ANSWER)
    assert site.states.items[FEED_ID] == fresh()


@pytest.mark.parametrize("step", ["store.put entries", "bus.announce", "states.clear_outbox"])
def test_what_fails_after_the_commit_is_left_in_the_outbox(step, site):
    site.calls.faults.append(Fault(FAILED, name=step))
    with pytest.raises(EdgeError):
        site.commit(DECISION, ANSWER)
    assert site.states.items[FEED_ID].outbox == DECISION.state.outbox
