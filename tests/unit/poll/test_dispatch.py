"""Who is due in this minute: every feed once an interval, through outages, crashes and clocks set back."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from fakes.calls import FAILED, START, Crash, Fault
from fakes.world import World

from feedriver.decide import timetable, wheel
from feedriver.decide.freshness import Shape
from feedriver.errors import EdgeError
from feedriver.poll.batches import Batch
from feedriver.poll.dispatch import FIRST_POLLS, MOST_SENDINGS, Bounds, dispatch, due
from feedriver.state import FeedState
from feedriver.table import Cursor
from feedriver.urls import feed_id

MINUTE = wheel.floor_minute(START)


@pytest.fixture
def world():
    return World()


def place(world, count, every=60):
    """So many feeds that were polled before and stand in their slots."""
    ids = [feed_id(f"https://{number}.example/") for number in range(count)]
    for each in ids:
        slot = wheel.slot(each, every)
        world.states.register(FeedState(feed_id=each, url="https://a.example/", added=START, slot=slot, every=every))
    return ids


def sent(world):
    return [feed for body in world.queue.bodies for feed in Batch.model_validate_json(body).feeds]


def run(world, per_batch=500):
    return dispatch(world.states, world.queue, world.clock(), per_batch)


def catch_up(world, bounds=Bounds()):  # noqa: B008  # frozen
    """Dispatch each minute until nothing is behind; how many minutes that took."""
    for minutes in range(1, 1_000):
        dispatch(world.states, world.queue, world.clock(), 500, bounds)
        if world.states.minute == wheel.floor_minute(world.clock()):
            return minutes
        world.later(minutes=1)
    raise AssertionError("never")


def test_every_feed_is_sent_once_in_each_period(world):
    feeds = place(world, 40, 60) + place(world, 0)
    run(world)
    world.queue.bodies.clear()
    for _ in range(2 * wheel.period(60)):
        world.later(minutes=1)
        run(world)
    assert Counter(sent(world)) == dict.fromkeys(feeds, 2)


@pytest.mark.case("D23")
def test_after_an_outage_every_feed_whose_turn_came_is_sent_once(world):
    feeds = place(world, 60, 15)
    run(world)
    world.queue.bodies.clear()
    world.later(hours=5)
    assert catch_up(world) < 5
    assert sorted(sent(world)) == sorted(feeds)


def test_after_a_month_of_outage_no_more_than_a_day_is_caught_up(world):
    feeds = place(world, 50, 1440)
    world.states.minute = MINUTE - timedelta(days=30)
    assert catch_up(world) < 15
    assert sorted(sent(world)) == sorted(feeds)


@pytest.mark.case("A04")
@pytest.mark.parametrize("bounds", [Bounds(feeds=100), Bounds(slots=50), Bounds(in_time=lambda: False)])
def test_a04_one_dispatch_is_bounded_and_the_next_goes_on_where_it_stopped(world, bounds):
    """Oldest minute first; the cursor stands at the minute that was done.

    Who was caught up out of its turn is sent again when its turn comes; the poller does not ask it then
    (tests/unit/poll/test_batch_manners.py).
    """
    feeds = place(world, 600, 60)
    world.states.minute = MINUTE - timedelta(minutes=60)
    first = dispatch(world.states, world.queue, world.clock(), 500, bounds)
    assert MINUTE - timedelta(minutes=60) < world.states.minute == first.upto < MINUTE
    assert len(first.feeds) < 150
    if bounds.in_time():  # else it does a minute each minute, and comes no nearer
        assert 1 < catch_up(world, bounds) < 61
        assert set(sent(world)) == set(feeds)


@pytest.mark.case("A04")
def test_a04_of_feeds_never_polled_so_many_are_looked_at_in_a_minute_and_none_twice_before_all_were_sent(world):
    ids = {world.add(f"https://{number}.example/") for number in range(100)}
    bounds = Bounds(new=30)
    for _ in range(3):
        dispatch(world.states, world.queue, world.clock(), 500, bounds)
        world.later(minutes=1)
    assert len(sent(world)) == len(set(sent(world))) == 90
    dispatch(world.states, world.queue, world.clock(), 500, bounds)
    assert set(sent(world)) == ids
    assert max(Counter(sent(world)).values()) == 2


def test_a_feed_just_added_is_sent_in_the_next_minute_and_until_it_was_polled(world):
    feed = world.add("https://paper.example/")
    assert run(world).feeds == (feed,)
    world.later(minutes=1)
    assert run(world).feeds == (feed,)


def test_a_schedule_that_fires_twice_in_a_minute_sends_once(world):
    world.add("https://paper.example/")
    assert len(run(world).feeds) == 1
    world.later(seconds=20)
    assert run(world).feeds == ()
    assert len(world.queue.bodies) == 1


def test_a_clock_set_back_sends_nothing_and_moves_no_cursor(world):
    world.add("https://paper.example/")
    run(world)
    world.later(hours=-1)
    assert run(world).feeds == ()
    assert world.states.minute == MINUTE


@pytest.mark.case("D18")
def test_d18_a_cursor_that_a_clock_a_day_ahead_left_behind_stops_nobody(world):
    feeds = place(world, 60, 15)
    world.states.minute = MINUTE + timedelta(days=1)
    for minute in range(wheel.period(15)):
        world.clock.time = START + timedelta(minutes=minute)
        assert run(world).minute == MINUTE + timedelta(minutes=minute)
    assert sorted(sent(world)) == sorted(feeds)
    assert world.states.minute == MINUTE + timedelta(minutes=wheel.period(15) - 1)


@pytest.mark.case("D18")
def test_d18_a_clock_set_back_a_little_leaves_no_turn_out_and_sends_none_twice(world):
    feeds = place(world, 60, 15)
    world.states.minute = MINUTE - wheel.MINUTE
    for minutes in (0, -30, 0, 5, 15):
        world.clock.time = START + timedelta(minutes=minutes)
        run(world)
    assert sorted(sent(world)) == sorted({*feeds, *sent(world)})
    assert set(sent(world)) == set(feeds)


@pytest.mark.parametrize(("feeds", "sizes"), [(0, []), (1, [1]), (10, [10]), (11, [10, 1]), (25, [10, 10, 5])])
def test_feeds_are_sent_in_batches_that_name_their_minute(world, feeds, sizes):
    for number in range(feeds):
        world.add(f"https://{number}.example/")
    run(world, per_batch=10)
    batches = [Batch.model_validate_json(body) for body in world.queue.bodies]
    assert [len(batch.feeds) for batch in batches] == sizes
    assert {batch.minute for batch in batches} <= {MINUTE}


def test_the_cursor_is_moved_before_the_batches_are_sent_and_after(world):
    world.add("https://paper.example/")
    world.calls.log.clear()
    run(world)
    index = ["states.behind", *["states.in_slots"] * 2]
    assert world.log == ["states.cursor", *index, "states.advance", "queue.send", "states.advance"]
    moves = [about for name, about in world.calls.about if name == "states.advance"]
    assert moves == [Cursor(None, 1), Cursor(MINUTE)]


@pytest.mark.case("D23")
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", ["queue.send", "states.advance"])
def test_a_crash_sends_again_and_leaves_no_feed_out(world, call, after):
    feeds = place(world, 60, 15)
    world.states.minute = MINUTE - timedelta(minutes=15)
    world.at(call, Crash(), after=after)
    with pytest.raises(Crash):
        run(world)
    world.later(minutes=1)
    run(world)
    assert set(sent(world)) == set(feeds)


# What AWS refuses


def batches(world):
    return [Batch.model_validate_json(body) for body in world.queue.bodies]


def refuse(port, name, times, *, after=False):
    """AWS refuses so many calls, or does them and says nothing."""
    call, left = getattr(port, name), [None] * times

    def refused(*arguments):
        if not left:
            return call(*arguments)
        left.pop()
        if after:
            call(*arguments)
        raise FAILED

    setattr(port, name, refused)


def minutes_of(world, count):
    """So many minutes of dispatch, whatever they come to; how many failed."""
    failed = 0
    for _ in range(count):
        try:
            run(world)
        except EdgeError:
            failed += 1
        world.later(minutes=1)
    return failed


@pytest.mark.case("Y01")
def test_a_table_that_takes_no_writes_sends_nothing_and_all_comes_when_it_does(world):
    feeds = [*place(world, 60, 15), world.add("https://paper.example/")]
    world.states.minute = MINUTE - wheel.MINUTE
    refuse(world.states, "advance", 15)
    assert minutes_of(world, 15) == 15
    assert world.queue.bodies == []
    run(world)
    assert sorted(sent(world)) == sorted(feeds)


def test_a_cursor_that_was_not_moved_after_sending_sends_the_minute_once_more_and_says_that_it_is_again(world):
    feeds = place(world, 60, 15)
    world.states.minute = MINUTE - timedelta(minutes=1)
    world.calls.faults.append(Fault(FAILED, number=7))
    world.calls.log.clear()
    assert minutes_of(world, 2) == 1
    assert [batch.again for batch in batches(world)] == [False, True]
    assert set(batches(world)[0].feeds) < set(batches(world)[1].feeds) < set(feeds)  # the next minute's are there, too
    minutes_of(world, 3)
    assert not any(batch.again for batch in batches(world)[2:])


def test_a_cursor_whose_reply_was_lost_loses_no_turn(world):
    feeds = place(world, 60, 15)
    world.states.minute = MINUTE - timedelta(minutes=15)
    refuse(world.states, "advance", 3, after=True)
    minutes_of(world, 6)
    assert set(feeds) == set(sent(world))


def test_a_queue_that_takes_nothing_for_hours_has_all_when_it_does_and_no_message_twice(world):
    feeds = place(world, 60, 15)
    world.states.minute = MINUTE - timedelta(minutes=15)
    refuse(world.queue, "send", 200)
    assert minutes_of(world, 200) >= 190  # in the others there was nothing to be sent
    minutes_of(world, 20)
    assert set(sent(world)) == set(feeds)
    assert max(Counter(world.queue.bodies).values()) == 1


def test_a_queue_that_takes_a_part_each_time_is_not_sent_the_same_for_ever(world, monkeypatch):
    place(world, 1, 1440)
    on_hosts(world, {"busy.example": 30}, every=1440)
    world.states.minute = MINUTE - timedelta(minutes=wheel.period(1440))
    send = world.queue.send

    def the_first_only(bodies, delay=0):
        if delay:
            raise FAILED
        send(bodies, delay)

    monkeypatch.setattr(world.queue, "send", the_first_only)
    for _ in range(60):
        with suppress(EdgeError):
            dispatch(world.states, world.queue, world.clock(), 20, Bounds(slots=100_000))
        world.later(minutes=1)
    assert 10 < len(world.queue.bodies) <= MOST_SENDINGS + 45
    assert world.states.tries == 0
    counts = Counter(sent(world))
    assert max(counts.values()) <= MOST_SENDINGS + 1
    assert [batch.again for batch in batches(world)[:10]] == [False] * 2 + [True] * 8


def test_who_comes_second_with_the_same_cursor_sends_nothing(world):
    world.add("https://paper.example/")
    advance = world.states.advance

    def another_first(before, after):
        world.states.tries += 2
        return advance(before, after)

    world.states.advance = another_first
    assert run(world).feeds == ()
    assert world.queue.bodies == []


def test_a_feed_in_quarantine_is_a_batch_of_its_own_once_a_day(world):
    place(world, 40, 15)
    lonely = feed_id("https://lonely.example/")
    slot = wheel.slot_alone(lonely)
    known = FeedState(feed_id=lonely, url="https://lonely.example/", added=START, slot=slot, every=15)
    world.states.register(known)
    minutes_of(world, 2 * wheel.period(1440))
    alone = [batch for batch in batches(world) if lonely in batch.feeds]
    assert [batch.feeds for batch in alone] == [(lonely,)] * 2
    assert all(batch.alone for batch in alone)
    assert alone[1].minute - alone[0].minute == timedelta(minutes=wheel.period(1440))
    assert not any(batch.alone for batch in batches(world) if lonely not in batch.feeds)


@pytest.mark.case("A04")
def test_a04_feeds_in_quarantine_count_too_since_each_is_a_message_of_its_own(world):
    for number in range(300):
        each = feed_id(f"https://{number}.example/")
        world.states.register(
            FeedState(feed_id=each, url="https://a.example/", added=START, slot=wheel.slot_alone(each), every=15)
        )
    world.states.minute = MINUTE - timedelta(minutes=wheel.period(1440))
    found = dispatch(world.states, world.queue, world.clock(), 500, Bounds(feeds=20, slots=100_000))
    assert 20 <= len(found.alone) < 30
    assert found.upto < MINUTE


def test_asking_who_is_due_changes_nothing(world):
    world.add("https://paper.example/")
    assert due(world.states, world.clock(), None) == due(world.states, world.clock(), None)
    assert world.states.minute is None


# Hosts


def on_hosts(world, sizes, every=15):
    """So many feeds on each host, all in their slots; the ids by host."""
    ids = {}
    for host, count in sizes.items():
        urls = [f"https://{host}/{number}" for number in range(count)]
        ids[host] = {feed_id(url) for url in urls}
        for url in urls:
            each = feed_id(url)
            slot = wheel.slot(each, every)
            world.states.register(FeedState(feed_id=each, url=url, added=START, slot=slot, every=every))
    return ids


def all_due(world):
    """Send all feeds of the shortest interval in one minute; each batch with its delay."""
    world.states.minute = MINUTE - timedelta(minutes=wheel.period(15))
    run(world, per_batch=100)
    batches = [Batch.model_validate_json(body) for body in world.queue.bodies]
    return list(zip(world.queue.delays, batches, strict=True))


def test_feeds_of_one_host_are_sent_in_one_batch(world):
    ids = on_hosts(world, {f"{name}.example": 30 for name in "abcdefgh"})
    batches = [set(batch.feeds) for _, batch in all_due(world)]
    assert [len(batch) for batch in batches] == [90, 90, 60]
    for host in ids.values():
        assert sum(bool(host & batch) for batch in batches) == 1


@pytest.mark.case("F34")
def test_f34_of_a_thousand_feeds_of_one_host_one_batch_is_sent_at_once_and_the_others_as_late_as_can_be(world):
    (ids,) = on_hosts(world, {"busy.example": 950}).values()
    sent = all_due(world)
    assert [delay for delay, _ in sent] == [0, *[900] * 9]
    assert [len(batch.feeds) for _, batch in sent] == [*[100] * 9, 50]
    assert {feed for _, batch in sent for feed in batch.feeds} == ids
    assert {batch.minute for _, batch in sent} == {MINUTE}


def test_other_hosts_do_not_wait_for_a_busy_one(world):
    ids = on_hosts(world, {"busy.example": 200} | {f"{number}.example": 1 for number in range(50)})
    at_once = {feed for delay, batch in all_due(world) if not delay for feed in batch.feeds}
    assert all(ids[f"{number}.example"] <= at_once for number in range(50))
    assert len(at_once & ids["busy.example"]) == 100


def test_a_feed_written_before_hosts_were_kept_is_alone_in_its_own(world):
    place(world, 200, 15)
    for each, state in list(world.states.items.items()):
        world.states.items[each] = state.model_copy(update={"url": ""})
    assert {delay for delay, _ in all_due(world)} == {0}
    assert len(sent(world)) == 200


@pytest.mark.case("F34")
def test_f34_of_a_thousand_new_feeds_on_one_host_a_few_are_sent_each_minute(world):
    feeds = {world.add(f"https://busy.example/{number}") for number in range(100)}
    other = world.add("https://other.example/")
    found = run(world)
    assert len(found.feeds) == FIRST_POLLS + 1
    assert other in found.feeds
    polled = set(found.feeds)
    while len(polled) < 101:
        for each in polled & set(world.states.items):
            state = world.state(each)
            if state.slot == wheel.NEW:
                world.states.commit(state.model_copy(update={"rev": state.rev + 1, "slot": wheel.slot(each, 1440)}))
        world.later(minutes=1)
        again = set(run(world).feeds) - polled
        assert 0 < len(again) <= FIRST_POLLS
        polled |= again
    assert feeds < polled


def test_who_asks_for_the_due_feeds_of_a_laptop_gets_all_new_ones(world):
    for number in range(100):
        world.add(f"https://busy.example/{number}")
    assert len(due(world.states, world.clock(), None).feeds) == 100


# Timetables

MORNING = Shape(tuple(12.0 if hour in {7, 8} else 0.05 for hour in range(24)), (1.0,) * 7)


def keep_hours(world, count):
    """So many feeds that are wanted in the morning."""
    text, _ = timetable.made(MORNING, 120, wheel.LONGEST)
    for number in range(count):
        url = f"https://{number}.example/"
        slot = wheel.slot(feed_id(url), 14)
        feed = FeedState(feed_id=feed_id(url), url=url, added=START, slot=slot, every=14, timetable=text)
        world.states.register(feed)


def test_a_turn_that_a_timetable_leaves_out_is_not_sent_and_no_state_is_read(world):
    keep_hours(world, 60)
    by_hour = Counter[int]()
    begin = START.replace(hour=0, minute=0, second=5)
    for minute in range(24 * 60):
        world.clock.time = begin + wheel.MINUTE * minute
        world.queue.bodies.clear()
        run(world)
        by_hour[world.clock().hour] += len(sent(world))
    assert by_hour[7] == by_hour[8] == 60 * 4
    assert sum(by_hour[hour] for hour in range(6)) < 60 * 6
    assert world.log.count("states.load") == 0


def test_after_an_outage_a_feed_is_sent_whose_last_turn_is_left_out_and_one_before_it_was_not(world):
    keep_hours(world, 60)
    world.clock.time = START.replace(hour=6, minute=59, second=5)
    run(world)
    world.clock.time = START.replace(hour=12, minute=0, second=5)
    missed = set(due(world.states, world.clock(), world.states.cursor().minute).feeds)
    assert len(missed) == 60


def test_without_an_outage_only_the_turn_of_the_minute_counts(world):
    keep_hours(world, 60)
    world.clock.time = START.replace(hour=12, minute=0, second=5)
    assert len(due(world.states, world.clock(), world.clock() - wheel.MINUTE).feeds) < 4
