"""What the fakes refuse that no emulator does, how long their calls take, and what polls cost."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

import pytest
from account import EVENT, FIXED, FREE, GET, PUT, READ, SENT, SIZED, WRITE
from checkout import ROOT
from fakes.bus import FakeBus
from fakes.calls import START
from fakes.origin import rss, story
from fakes.queue import FakeQueue
from fakes.states import FakeStates
from fakes.store import FakeStore
from fakes.world import World

from feedriver.errors import EdgeError
from feedriver.messaging import Announcement

URL = "https://paper.example/rss"


@pytest.fixture
def world():
    return World()


def spent(world, work) -> Counter[str]:
    before = Counter(world.calls.account.units)
    work()
    return Counter({unit: count - before[unit] for unit, count in world.calls.account.units.items()})


@pytest.fixture
def known(world):
    """A feed that has been read, at its next turn."""
    feed = world.add(URL)
    world.origin.serve(URL, rss(*(story(str(each)) for each in range(20))), etag='"1"')
    world.poll(feed)
    world.until_its_turn(feed)
    return feed


def test_an_unchanged_poll_writes_no_state_and_costs_a_line_in_its_batchs_log(world, known):
    told = spent(world, lambda: world.poll(known))
    assert told[READ] == 1.5, "half a unit for the state, and one of the batch: which hosts are not to be asked"
    assert told[WRITE] <= 1, "the batch's own, if it makes one; none of the feed's"
    assert told[PUT] == 1, "the log, one object a batch"
    assert told[GET] == told[EVENT] == 0


def test_a_new_entry_costs_four_objects_one_event_and_a_few_units(world, known):
    world.origin.serve(URL, rss(story("new"), *(story(str(each)) for each in range(20))), etag='"2"')
    before = world.calls.account.dollars
    told = spent(world, lambda: world.poll(known))
    assert (told[PUT], told[EVENT]) == (4, 1), "staged, stored, the document, the log"
    assert 2 <= told[WRITE] <= 20, "the commit and the cleared outbox, of an item of a few KB"
    assert 2e-5 < world.calls.account.dollars - before < 5e-5


def test_a_large_event_costs_as_many_as_it_has_times_64_kb(world):
    world.bus.announce([Announcement("Entry Published", "x" * 65_000, START)] * 3)
    world.bus.announce([Announcement("Entry Published", "x" * 70_000, START)])
    assert world.calls.account.units == Counter({EVENT: 5})


def test_ten_messages_cost_one_request(world):
    world.queue.send(["a"] * 25)
    assert world.calls.account.units == Counter({SENT: 3})


def test_an_item_that_grows_costs_what_it_became(world):
    feed = world.add(URL)
    state = world.state(feed)
    told = spent(
        world, lambda: world.states.commit(state.model_copy(update={"rev": state.rev + 1, "seen": bytes(10_240)}))
    )
    assert told[WRITE] == 11


def test_a_bus_refuses_an_entry_over_256_kb_and_takes_what_is_under_it():
    bus = FakeBus()
    bus.announce([Announcement("Entry Published", "x" * 250_000, START)] * 12)
    with pytest.raises(EdgeError):
        bus.announce([Announcement("Entry Published", "x" * 262_144, START)])
    assert len(bus.sent) == 12


@pytest.mark.parametrize("key", ["k" * 1_025, "ü" * 513, "", "a\nb", "a\x00b", "\x1b[31m"])
def test_a_store_refuses_keys_that_are_too_long_or_steer(key):
    store = FakeStore()
    with pytest.raises(EdgeError):
        store.put(key, b"x", "text/plain")
    assert store.objects == {}


@pytest.mark.parametrize("label", ["text/ü", "text/plain\n"])
def test_a_store_refuses_what_no_header_can_say(label):
    with pytest.raises(EdgeError):
        FakeStore().put("key", b"x", label)


def test_a_refusal_leaves_what_stood(world):
    feed = world.add(URL)
    before = world.state(feed)
    with pytest.raises(EdgeError):
        world.states.commit(
            before.model_copy(update={"rev": before.rev + 1, "url": "https://a.example/" + "x" * 420_000})
        )
    assert world.state(feed) is before


def test_each_call_takes_the_time_that_it_is_told_to(world, known):
    world.calls.seconds, begun = 0.25, world.clock()
    world.poll(known)
    assert world.clock() - begun == timedelta(seconds=0.25) * len(world.log)


def test_each_call_of_the_fakes_has_a_price_or_is_free():
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests/support/fakes").glob("*.py"))
    made = set(re.findall(r"calls\.made\(f?\"([a-z._]+)", code))
    assert made == {*FIXED, *SIZED, *FREE}


def test_by_itself_no_call_takes_time(world, known):
    begun = world.clock()
    world.poll(known)
    assert world.clock() == begun


def test_an_edge_of_its_own_has_an_account_of_its_own():
    one, other, queue = FakeStates(), FakeStates(), FakeQueue()
    queue.send(["a"])
    one.cursor()
    assert one.calls.account.units == Counter({READ: 1})
    assert other.calls.account.units == Counter()
