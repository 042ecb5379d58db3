"""What becomes of a feed whose documents take long to read: it is looked at less, and recovers by itself."""

from dataclasses import replace

import pytest
from documents import answer, at, document, fresh, item, settled

from feedriver.decide import decision, slowness, wheel
from feedriver.decide.decision import Now
from feedriver.decide.document import decide
from feedriver.decide.schedule import Pace
from feedriver.decide.status import without_document
from feedriver.state import Validators


def test_a_quantum_grows_with_the_document():
    assert slowness.quantum(0) == 0.5
    assert slowness.quantum(1_000_000) == 3.5


@pytest.mark.parametrize(("seconds", "slow"), [(0.0, 0), (0.79, 0), (0.81, 3), (60.0, 3)])
def test_a_document_over_its_quantum_is_one_more_and_one_within_it_ends_the_row(seconds, slow):
    assert slowness.after(fresh(slow=2), 100_000, seconds) == slow


@pytest.mark.parametrize(("slow", "minutes"), [(0, 60), (1, 60), (2, 120), (3, 240), (5, 1440), (10, 1440)])
def test_a_feed_is_looked_at_less_with_each_slow_document_after_the_first(slow, minutes):
    assert slowness.slowed(Pace(60, 0), slow).every == minutes


def test_a_document_that_was_too_slow_counts_and_another_failure_does_not():
    now = Now(at().minute, at().time)
    assert decision.failed(fresh(slow=1), "too_slow", "x", now).state.slow == 2
    assert decision.failed(fresh(slow=1), "http_500", "x", now).state.slow == 1


def taking(seconds):
    return replace(document(item("one", guid="1")), seconds=seconds)


def test_a_feed_that_is_slow_again_and_again_is_polled_less_and_at_its_own_pace_once_it_is_quick():
    state, turns = fresh(freshness="eager", floor=60), []  # so that its own pace is an hour each time
    for number, seconds in enumerate([9.0, 9.0, 9.0, 0.1]):
        state = decide(state, answer(f"{number}".encode()), taking(seconds), at(days=number)).state
        turns.append((state.slow, state.every, state.slot.split(":")[0]))
    assert turns == [(1, 60, "60"), (2, 60, "120"), (3, 60, "240"), (0, 60, "60")]


def test_its_turn_stays_where_slowness_put_it_while_nothing_changes():
    known = Validators(url="https://paper.example/rss", etag='"1"', got=at().time)
    state = settled(slow=3, validators=known, slot=wheel.slot("00000000000000a7", 240))
    state = state.model_copy(update={"failing": decision.failed(state, "dns", "x", at()).state.failing})
    after = without_document(state, answer(b"", 304, etag='"1"'), at(days=1)).state
    assert (after.slow, after.slot.split(":")[0], after.every) == (3, "240", 60)
