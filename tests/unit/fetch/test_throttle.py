"""How many requests are in flight, and how soon after each other they start."""

import asyncio
from collections import defaultdict
from itertools import pairwise

import pytest

from feedriver.fetch.throttle import HostThrottle


class Time:
    """A clock that stands still but for those who sleep by it; the starts at each host, by it."""

    def __init__(self):
        self.now = 1000.0
        self.sleepers = []
        self.starts = defaultdict(list)

    def throttle(self, **options):
        return HostThrottle(
            **{"at_once": 100, "per_host": 2, "spacing": 1.0} | options, clock=self.read, sleep=self.sleep
        )

    def read(self):
        return self.now

    async def sleep(self, seconds):
        woken = asyncio.get_running_loop().create_future()
        self.sleepers.append((self.now + seconds, woken))
        await woken

    async def run(self, *tasks):
        """Let the tasks run; whenever all of them wait, it is the time at which the first sleeper wakes."""
        waiting = {asyncio.ensure_future(task) for task in tasks}
        while waiting:
            for _ in range(20):
                await asyncio.sleep(0)
            _, waiting = await asyncio.wait(waiting, timeout=0)
            if waiting and self.sleepers:
                self.sleepers.sort(key=lambda sleeper: sleeper[0])
                self.now, woken = self.sleepers.pop(0)
                woken.cancelled() or woken.set_result(None)

    async def visit(self, throttle, host, gate=None):
        async with throttle.request(host, gate):
            self.starts[host].append(self.now)
            await asyncio.sleep(0)


def gaps(starts):
    return {later - earlier for earlier, later in pairwise(starts)}


def test_no_more_than_the_limit_are_under_way_at_once(run):
    async def story():
        throttle, running, most = HostThrottle(at_once=5, per_host=2), 0, 0

        async def take(host):
            nonlocal running, most
            async with throttle.request(host):
                running += 1
                most = max(most, running)
                await asyncio.sleep(0)
                running -= 1

        await asyncio.gather(*(take(f"host{number}") for number in range(50)))
        return most, throttle._hosts

    assert run(story()) == (5, {})


def test_who_waits_for_a_busy_host_takes_no_place_from_others(run):
    async def story():
        throttle, order = HostThrottle(at_once=2, per_host=1), []
        release = asyncio.Event()

        async def take(host, until=None):
            async with throttle.request(host):
                if until:
                    await until.wait()
                order.append(host)

        waiting = [asyncio.create_task(take("busy", release)) for _ in range(5)]
        await asyncio.sleep(0)
        await take("other")
        release.set()
        await asyncio.gather(*waiting)
        return order

    assert run(story()) == ["other"] + ["busy"] * 5


def test_a_wait_that_is_cancelled_leaves_no_trace(run):
    async def story():
        throttle = HostThrottle(at_once=1, per_host=1)
        async with throttle.request("host"):

            async def wait():
                async with throttle.request("host"):
                    raise AssertionError("not its turn")

            waiting = asyncio.create_task(wait())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
        async with throttle.request("host"):
            return len(throttle._hosts)

    assert run(story()) == 1


@pytest.mark.case("F34")
def test_f34_a_thousand_feeds_due_now_on_one_host_start_a_second_apart(run):
    async def story():
        time = Time()
        throttle = time.throttle()
        await time.run(*(time.visit(throttle, "busy") for _ in range(1000)))
        return time

    time = run(story())
    assert len(time.starts["busy"]) == 1000
    assert gaps(time.starts["busy"]) == {1.0}
    assert time.now == 1999.0


@pytest.mark.case("F34")
def test_f34_one_busy_host_makes_no_other_wait(run):
    async def story():
        time = Time()
        throttle = time.throttle(at_once=5)
        busy = [time.visit(throttle, "busy") for _ in range(50)]
        await time.run(*busy, *(time.visit(throttle, f"host{number}") for number in range(50)))
        return time

    time = run(story())
    assert {start for host, (start, *_) in time.starts.items() if host != "busy"} == {1000.0}


def test_a_start_that_had_to_wait_for_a_place_is_not_followed_too_soon(run):
    async def story():
        time = Time()
        throttle = time.throttle(at_once=1)

        async def long():
            async with throttle.request("long"):
                await time.sleep(10)

        await time.run(long(), time.visit(throttle, "host"), time.visit(throttle, "host"))
        return time.starts["host"]

    assert run(story()) == [1010.0, 1011.0]


def test_spacing_holds_though_nobody_waited_in_between(run):
    async def story():
        time = Time()
        throttle = time.throttle()
        for _ in range(3):
            await time.run(time.visit(throttle, "host"))
        return time.starts["host"]

    assert run(story()) == [1000.0, 1001.0, 1002.0]


def test_who_is_called_off_at_the_gate_delays_nobody(run):
    async def gate(host):
        raise LookupError(host)

    async def story():
        time = Time()
        throttle = time.throttle()

        async def called_off():
            with pytest.raises(LookupError, match="busy"):
                await time.visit(throttle, "busy", gate)

        last = time.visit(throttle, "busy")
        await time.run(time.visit(throttle, "busy"), *(called_off() for _ in range(100)), last)
        return time.starts["busy"], throttle._hosts

    assert run(story()) == ([1000.0, 1001.0], {})


def test_no_more_requests_than_its_share_are_in_flight_to_one_host(run):
    async def story():
        time, ends, most = Time(), [], []
        throttle = time.throttle(per_host=2, spacing=0.0)

        async def lingering():
            async with throttle.request("busy"):
                most.append(throttle._hosts["busy"].in_flight.locked())
                await time.sleep(10)
                ends.append(time.now)

        await time.run(*(lingering() for _ in range(4)))
        return most, ends

    assert run(story()) == ([False, True, True, True], [1010.0, 1010.0, 1020.0, 1020.0])


def test_the_gate_is_asked_when_the_request_could_start_and_not_before(run):
    asked = []

    async def story():
        time = Time()
        throttle = time.throttle()

        async def gate(host):
            asked.append((host, time.now))

        await time.run(*(time.visit(throttle, "host", gate) for _ in range(3)))

    run(story())
    assert asked == [("host", 1000.0), ("host", 1001.0), ("host", 1002.0)]
