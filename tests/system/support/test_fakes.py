"""The fakes obey what is asked of the real edges, and fail where they are told to."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import contracts
import pytest
from fakes.bus import FakeBus
from fakes.calls import FAILED, START, Calls, Clock, Crash, Fault
from fakes.leases import FakeLeases
from fakes.origin import FakeOrigin
from fakes.queue import FakeQueue
from fakes.secrets import FakeSecrets
from fakes.states import FakeStates
from fakes.store import FakeStore

from feedriver.errors import EdgeError, FetchCode, FetchError
from feedriver.http import Request
from feedriver.messaging import Announcement
from feedriver.state import Validators

URL = "https://paper.example/rss"


@pytest.mark.parametrize("rule", contracts.STATES_RULES, ids=lambda rule: rule.__name__)
def test_the_fake_states_obey_the_contract(rule):
    rule(FakeStates())


@pytest.mark.parametrize("rule", contracts.LEASES_RULES, ids=lambda rule: rule.__name__)
def test_the_fake_leases_obey_the_contract(rule):
    rule(FakeLeases())


@pytest.mark.parametrize("rule", contracts.SECRETS_RULES, ids=lambda rule: rule.__name__)
def test_the_fake_secrets_obey_the_contract(rule):
    rule(FakeSecrets())


@pytest.mark.parametrize("rule", contracts.STORE_RULES, ids=lambda rule: rule.__name__)
def test_the_fake_store_obeys_the_contract(rule):
    rule(FakeStore())


@pytest.mark.parametrize("rule", contracts.QUEUE_RULES, ids=lambda rule: rule.__name__)
def test_the_fake_queue_obeys_the_contract(rule):
    rule(FakeQueue())


def test_the_rules_of_a_contract_do_not_disturb_each_other():
    contracts.check_states(FakeStates())
    contracts.check_store(FakeStore())


class Forgetful(FakeStates):
    """Takes any revision."""

    def commit(self, state):
        self._replace(state.feed_id, state)


def test_the_contract_finds_states_without_a_guard():
    with pytest.raises(pytest.fail.Exception):
        contracts.states_contract(Forgetful)


def fetch(origin, validators=None):
    return asyncio.run(origin.fetch(Request(URL, validators)))


@pytest.mark.parametrize(
    ("etag", "last_modified", "status"),
    [
        ('"a"', None, 304),
        (None, "Mon", 304),
        ('"a"', "Tue", 304),
        ('"b"', "Mon", 200),
        (None, "Tue", 200),
        (None, None, 200),
    ],
)
def test_an_origin_answers_304_to_its_own_validators_only(etag, last_modified, status):
    origin = FakeOrigin()
    origin.serve(URL, b"<rss/>", etag='"a"', last_modified="Mon")
    answer = fetch(origin, Validators(url=URL, etag=etag, last_modified=last_modified))
    assert answer.status == status
    assert answer.body.read() == (b"" if status == 304 else b"<rss/>")
    assert answer.headers == {"etag": '"a"', "last-modified": "Mon"}
    assert origin.requests[0].validators.etag == etag


def test_an_origin_heeds_no_validators_of_another_url():
    origin = FakeOrigin()
    origin.serve(URL, b"<rss/>", etag='"a"')
    assert fetch(origin, Validators(url="https://elsewhere.example/", etag='"a"')).status == 200


def test_an_origin_redirects_fails_and_does_not_know():
    origin = FakeOrigin()
    assert fetch(origin).status == 404
    origin.redirects[URL] = "https://new.example/"
    origin.serve("https://new.example/", b"<rss/>")
    assert fetch(origin).url == "https://new.example/"
    origin.fail(URL, FetchCode.DNS)
    with pytest.raises(FetchError) as caught:
        fetch(origin)
    assert caught.value.code == "dns"


def test_a_bus_may_take_some_and_refuse_the_rest():
    bus, events = FakeBus(), [Announcement("Entry Published", str(number), START) for number in range(4)]
    bus.refuse_after(2)
    with pytest.raises(EdgeError):
        bus.announce(events)
    assert bus.sent == events[:2]
    with pytest.raises(EdgeError):
        bus.announce(events[2:])
    bus.accept()
    bus.announce(events[2:])
    assert bus.sent == events


@pytest.mark.parametrize(("after", "kept"), [(False, []), (True, ["one"])])
@pytest.mark.parametrize("error", [FAILED, Crash()])
def test_a_fault_strikes_once_before_or_after_the_effect(after, kept, error):
    queue = FakeQueue(Calls(faults=[Fault(error, name="queue.send", after=after)]))
    with pytest.raises(type(error)):
        queue.send(["one"])
    assert queue.bodies == kept
    queue.send(["two"])
    assert queue.bodies == [*kept, "two"]


def test_a_fault_can_be_bound_to_the_number_of_a_call():
    calls = Calls(faults=[Fault(Crash(), number=2)])
    queue, states = FakeQueue(calls), FakeStates(calls)
    queue.send([])
    with pytest.raises(Crash):
        states.cursor()
    assert calls.log == ["queue.send", "states.cursor"]


def test_a_clock_stands_still_until_it_is_moved():
    clock = Clock()
    assert clock() == clock() == START
    clock.advance(timedelta(minutes=1))
    assert clock() == START + timedelta(minutes=1)
