"""The decision of one poll: what is stored, announced and remembered, and what is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from documents import FEED_ID, URL, answer, at, document, events, fresh, item, settled

from feedriver.decide import decision, wheel
from feedriver.decide.decision import before_request, next_revision
from feedriver.decide.document import decide
from feedriver.decide.schedule import Pace
from feedriver.decide.status import without_document
from feedriver.state import Validators

KNOWN = Validators(url=URL, etag='"a"', last_modified="Mon", body_sha256="0" * 64)


def story(name: str, text: str = "All of it.", **said: object):
    return item(f"Story {name}", guid=name, link=f"https://paper.example/{name}", text=text, **said)


def read(state, *items, now=None, body=b"<rss/>", wishes=None, **headers):
    return decide(state, answer(body, **headers), document(*items, wishes=wishes), now or at())


def failed(state, times=1, code="timeout"):
    decisions = []
    for number in range(times):
        decisions.append(decision.failed(state, code, "no answer", at(hours=number)))
        state = decisions[-1].state.model_copy(update={"outbox": ()})
    return decisions, state


# What is due


def test_a_feed_is_due_from_its_minute_on():
    state = fresh(not_before=at(hours=1).minute)
    assert decision.not_due(state, at(minutes=59).minute, force=False).outcome == "waiting"
    assert decision.not_due(state, at(hours=1).minute, force=False) is None
    assert decision.not_due(fresh(), at().minute, force=False) is None


def test_force_overrides_a_feeds_own_rhythm_only():
    minute = at().minute
    assert decision.not_due(fresh(not_before=at(hours=1).minute), minute, force=True) is None
    held = decision.not_due(fresh(held_until=at(hours=1).time), minute, force=True)
    assert (held.outcome, held.state) == ("waiting", None)
    assert "Retry-After" in held.why
    gone = decision.not_due(fresh(gone=at(days=-1).time), minute, force=True)
    assert (gone.outcome, gone.state) == ("gone", None)


def test_a_hold_is_kept_to_the_second():
    held = fresh(held_until=at().minute + timedelta(seconds=30))
    assert decision.not_due(held, at().minute, force=False) is not None
    assert decision.not_due(held, at(minutes=1).minute, force=False) is None


# Failures


@pytest.mark.case("F07")
def test_f07_a_failure_leaves_validators_and_entries_as_they_are():
    state = read(fresh(), story("a"), etag='"a"').state.model_copy(update={"outbox": ()})
    decided = decision.failed(state, "malformed", "x" * 1_000, at(hours=1), status=200)
    assert (decided.outcome, decided.status) == ("malformed", 200)
    after = decided.state
    assert (after.validators, after.seen, after.every, after.rev) == (state.validators, state.seen, state.every, 2)
    assert after.failing.detail == "x" * 300


@pytest.mark.case("F24")
def test_f24_failures_back_off_and_the_rhythm_comes_back_with_the_first_good_answer():
    decisions, state = failed(settled(validators=KNOWN), 4)
    waits = [each.state.not_before - at(hours=number).minute for number, each in enumerate(decisions)]
    assert waits == [timedelta(minutes=minutes) for minutes in (60, 120, 240, 480)]
    assert state.slot == wheel.slot(FEED_ID, 480)
    recovered = without_document(state, answer(b"", 304), at(hours=9)).state
    assert recovered.failing is None
    assert (recovered.every, recovered.slot) == (60, wheel.slot(FEED_ID, 60))
    assert recovered.not_before == at(hours=10).minute


def test_failing_is_announced_once_an_episode_and_so_is_recovery():
    decisions, state = failed(settled(validators=KNOWN), 5)
    assert [events(each) for each in decisions] == [[], [], ["Feed Failing"], [], []]
    assert decisions[2].state.outbox[0].about == {
        "code": "timeout", "detail": "no answer", "count": 3, "since": at().time.isoformat(),
    }  # fmt: skip
    recovered = without_document(state, answer(b"", 304), at(hours=9))
    assert events(recovered) == ["Feed Recovered"]
    assert recovered.state.outbox[0].about == {"code": "timeout", "count": 5, "since": at().time.isoformat()}
    again, _ = failed(recovered.state.model_copy(update={"outbox": ()}), 3)
    assert [events(each) for each in again] == [[], [], ["Feed Failing"]]


def test_a_failure_or_two_are_over_without_a_word():
    _, state = failed(settled(validators=KNOWN), 2)
    recovered = without_document(state, answer(b"", 304), at(hours=9))
    assert (events(recovered), recovered.state.failing) == ([], None)


def test_a_document_ends_an_episode_too():
    _, state = failed(fresh(), 3)
    decided = read(state, story("a"), now=at(hours=9))
    assert events(decided) == ["Feed Recovered"]
    assert [pending.key for pending in decided.state.outbox] == [decided.entries_key, None]


# The minute after the interval


@pytest.mark.long
@pytest.mark.parametrize("every", wheel.INTERVALS)
def test_a_turn_comes_a_minute_later_than_the_interval(every):
    """Whatever its phase and the minute of the poll: a request may be made late in its minute, the next one early."""
    for phase in range(0, wheel.period(every), max(every // 15, 1)):
        feed_id = f"{phase:016x}"
        state = fresh(feed_id=feed_id, slot=wheel.slot(feed_id, every), every=every)
        for minutes in range(0, wheel.period(every), max(every // 60, 1)):
            now = at(minutes=minutes)
            for after in (next_revision(state, now, Pace(every, every)), before_request(state, now)):
                assert decision.next_turn(after, now.minute) - now.minute >= timedelta(minutes=every + 1)
