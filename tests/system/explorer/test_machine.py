"""Everything that publishers, clocks, schedules and AWS do, in any order that Hypothesis comes upon."""

from __future__ import annotations

import os
import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from explorer.faults import possible
from explorer.stage import Stage
from explorer.worker import Worker
from feedriver.decide import flood, overflow, seen
from feedriver.decide.wheel import floor_minute
from feedriver.errors import FetchCode
from feedriver.registry import Registry, Subscription

pytestmark = pytest.mark.long

TIMES = int(os.environ.get("EXPLORE", "1"))  # so many times the examples of `make test`, and others each time
MOST_VERSIONS = 5  # of one story: those beyond may wait for a day (`feedriver.decide.version`)
BATCH = 60.0  # seconds
WRITES = ("store.put staging", "states.commit", "store.put entries", "bus.announce", "states.clear_outbox")
papers = st.sampled_from(("post", "times", "echo"))
numbers = st.integers(0, 1000)


class River(RuleBasedStateMachine):
    """Three feeds, two of them on one host."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()
        self.stage.steady = False
        self.stage.bound(flood, "LEAST", 12)
        for name, host in (("post", None), ("times", "press.example"), ("echo", "press.example")):
            self.stage.found(name, host).publish("a", "b", "c")
        self.papers = {paper.name: paper for paper in self.stage.papers.values()}

    # -------------------------------------------------------- publishers

    @rule(name=papers, many=st.integers(1, 4))
    def publish(self, name, many):
        paper = self.papers[name]
        paper.publish(*(f"n{len(paper.numbers) + each}" for each in range(many)))

    @rule(name=papers, which=numbers)
    def edit(self, name, which):
        paper = self.papers[name]
        known = [story for story in paper.window if paper.numbers[story] < MOST_VERSIONS]
        if known:
            paper.edit(known[which % len(known)].partition("-")[2])

    @rule(name=papers, left=st.integers(0, 4))
    def drop(self, name, left):
        paper = self.papers[name]
        paper.window = paper.window[:left]
        paper.print()

    @rule(name=papers, which=numbers)
    def bring_back(self, name, which):
        paper = self.papers[name]
        absent = [story for story in paper.numbers if story not in paper.window]
        if absent:
            paper.window.insert(0, absent[which % len(absent)])
            paper.print()

    @rule(name=papers, seed=numbers)
    def reorder(self, name, seed):
        random.Random(seed).shuffle(self.papers[name].window)
        self.papers[name].print()

    @rule(name=papers)
    def replace_all(self, name):
        paper = self.papers[name]
        paper.window.clear()
        paper.publish(f"n{len(paper.numbers)}", f"n{len(paper.numbers) + 1}")

    @rule(name=papers)
    def go_to_https_or_back(self, name):
        paper = self.papers[name]
        paper.scheme = {"http": "https", "https": "http"}[paper.scheme]
        paper.print()

    @rule(name=papers)
    def lose_the_etag(self, name):
        self.papers[name].print(etag=False)

    @rule(name=papers)
    def move(self, name):
        paper = self.papers[name]
        paper.move(f"https://moved{len(paper.addresses)}.example/{name}")

    @rule(name=papers, code=st.sampled_from((FetchCode.TIMEOUT, FetchCode.DNS, FetchCode.TLS)))
    def fall_silent(self, name, code):
        for address in self.papers[name].addresses:
            self.stage.origin.fail(address, code)

    @rule(name=papers, status=st.sampled_from((429, 503)), minutes=st.integers(1, 600))
    def ask_for_rest(self, name, status, minutes):
        paper = self.papers[name]
        self.stage.origin.serve(paper.url, status=status, headers={"retry-after": str(60 * minutes)})

    @rule(name=papers, status=st.sampled_from((404, 500, 410)))
    def refuse(self, name, status):
        self.stage.origin.serve(self.papers[name].url, status=status)

    @rule(name=papers)
    def be_well_again(self, name):
        paper = self.papers[name]
        for address in paper.addresses:
            self.stage.origin.errors.pop(address, None)
        paper.print()

    @rule(name=papers)
    def add_again(self, name):
        paper = self.papers[name]
        self.stage.chance = lambda _: None
        Registry(self.stage.states).add(Subscription(paper.addresses[0]), self.stage.clock(), revive=True)
        for address in paper.addresses:
            self.stage.manners.forgiven(address)

    @rule(name=papers)
    def flood(self, name):
        self.publish(name=name, many=20)

    @rule(name=papers)
    def sort_upwards_or_back(self, name):
        self.papers[name].upwards = not self.papers[name].upwards
        self.papers[name].print()

    @rule(seed=numbers)
    def churn_some_guids(self, seed):
        paper = self.papers["echo"]
        self.stage.witness.churning.add("echo")
        for story in paper.window:
            paper.churned[story] += random.Random(f"{seed}{story}").random() < 0.5
        paper.print()

    @rule(name=papers)
    def release(self, name):
        paper = self.papers[name]
        self.stage.release_now([feed for feed, each in self.stage.papers.items() if each is paper])

    # -------------------------------------------------------- time, schedules, workers

    @rule(turns=st.integers(1, 3))
    def poll_at_their_turns(self, turns):
        for _ in range(turns):
            self.stage.poll_at_turn()

    @rule()
    def poll_for_two_days(self):
        for _ in range(12):
            self.stage.clock.advance(timedelta(hours=4))
            self.stage.poll_at_turn()

    @rule()
    def poll_out_of_turn(self):
        self.stage.deliver(tuple(self.stage.papers), floor_minute(self.stage.clock()))

    @rule()
    def sweep(self):
        self.stage.poll_now((), floor_minute(self.stage.clock()))

    @rule(seed=numbers)
    def deliver_twice_at_once(self, seed):
        chance, minute = random.Random(seed), self.stage.turn() or floor_minute(self.stage.clock())

        async def both():
            workers = [Worker(self.stage, name, tuple(self.stage.papers), minute) for name in "AB"]
            await self.stage.through(workers, chance.choice)

        self.stage.loop.run_until_complete(both())

    @rule(by=st.sampled_from((timedelta(hours=-1), timedelta(days=1), timedelta(minutes=7))))
    def set_the_clock(self, by):
        self.stage.clock.advance(by)

    @rule(calls=st.integers(1, 20), late=st.sampled_from((1, 100)))
    def run_out_of_time(self, calls, late):
        left = [calls]

        def pass_time(_):
            left[0] -= 1
            if not left[0]:
                self.stage.seconds += BATCH + late

        self.stage.chance = pass_time
        minute = self.stage.turn() or floor_minute(self.stage.clock())
        self.stage.deliver(tuple(self.stage.papers), minute, BATCH)

    @rule(after=st.integers(0, 8), kinds=st.lists(numbers, min_size=1, max_size=3))
    def let_calls_go_wrong(self, after, kinds):
        left, kinds = [after], list(kinds)

        def wrong(call):
            left[0] -= 1
            if left[0] >= 0 or not kinds:
                return None
            left[0] = after
            choices = possible(0, call)
            return choices[kinds.pop() % len(choices)]

        self.stage.chance = wrong

    @rule(name=st.sampled_from(WRITES), kind=numbers)
    def let_a_write_go_wrong(self, name, kind):
        left = [1]

        def wrong(call):
            if call.name != name or not left:
                return None
            left.pop()
            choices = possible(0, call)
            return choices[kind % len(choices)]

        self.stage.chance = wrong
        self.publish(name="post", many=2)
        self.stage.poll_at_turn()

    # -------------------------------------------------------- promises

    @invariant()
    def every_promise_is_kept(self):
        self.stage.witness.look()
        assert self.stage.witness.broken == []

    def teardown(self):
        stage = self.stage
        try:
            stage.chance = lambda _: None
            for name in self.papers:
                self.be_well_again(name=name)
                self.add_again(name=name)
            stage.heal(polls=3)
            assert stage.witness.broken == []
        finally:
            stage.close()


class Crowd(RuleBasedStateMachine):
    """A feed that holds more than can be remembered in full, in any order, now and then more than at all.

    What it drops it does not bring back: that was forgotten, and would be new.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()
        self.stage.steady = False
        for module, name, value in ((seen, "CAPACITY", 12), (overflow, "MOST", 24), (flood, "LEAST", 1_000)):
            self.stage.bound(module, name, value)
        self.paper = self.stage.found("crowd")
        self.grow(many=8)

    @rule(many=st.integers(1, 8))
    def grow(self, many):
        self.paper.publish(*(f"n{len(self.paper.numbers) + each}" for each in range(many)))

    @rule(left=st.integers(3, 24))
    def drop_the_oldest(self, left):
        self.paper.window = self.paper.window[:left]
        self.paper.print()

    @rule(seed=numbers)
    def reorder(self, seed):
        random.Random(seed).shuffle(self.paper.window)
        self.paper.print()

    @rule()
    def sort_upwards_or_back(self):
        self.paper.upwards = not self.paper.upwards
        self.paper.print()

    @rule()
    def poll(self):
        self.stage.poll_at_turn()

    @rule(after=st.integers(0, 8), kind=numbers)
    def let_a_call_go_wrong(self, after, kind):
        left = [after]

        def wrong(call):
            left[0] -= 1
            choices = possible(0, call)
            return choices[kind % len(choices)] if left[0] == -1 else None

        self.stage.chance = wrong

    @invariant()
    def every_promise_is_kept(self):
        self.stage.witness.look()
        assert self.stage.witness.broken == []
        state = next(iter(self.stage.states.items.values()))
        assert len(state.seen) + len(state.bare) <= 12 * seen.ENTRY_BYTES + 3

    def teardown(self):
        try:
            self.stage.chance = lambda _: None
            self.stage.heal(polls=3)
            assert self.stage.witness.broken == []
        finally:
            self.stage.close()


TestCrowd = Crowd.TestCase
TestCrowd.settings = settings(
    max_examples=20 * TIMES,
    stateful_step_count=20,
    derandomize=TIMES == 1,
    suppress_health_check=list(HealthCheck),
    deadline=None,
)

TestRiver = River.TestCase
TestRiver.settings = settings(
    max_examples=40 * TIMES,
    stateful_step_count=30,
    derandomize=TIMES == 1,
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
