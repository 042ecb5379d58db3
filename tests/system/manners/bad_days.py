"""What AWS may do to a poller for hours, and how often publishers are asked meanwhile: for people, `python -m manners`.

Each plan has 24 feeds on eight hosts, half of them known for an hour, half new when the fault begins, and then hours in
which all is well. Half of them are looked at each quarter of an hour, half each hour. A rate is of calls of a port: of
what AWS refuses after the SDK's own retries.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from manners.virtual import Day, Paper

from feedriver import urls
from feedriver.registry import Registry, Subscription, canonical_address

FEEDS = 24
HOSTS = 8
GAP = 37  # minutes between two entries of a feed
HOUR = 3600.0
KNOWN_FOR = 1.1 * HOUR
FAULT = float(os.environ.get("MANNERS", "1")) * HOUR
HEALED = 2.5 * HOUR
QUIET = 2.1 * HOUR  # before the end nothing more is printed
MOST_IN_AN_INTERVAL = 2
MOST_AT_ONCE = 2

PUT_ITEM = ("states.commit", "states.advance")
UPDATE_ITEM = ("leases.take", "leases.finish", "states.clear_outbox", "states.hold")
READS = ("states.load", "states.holds", "states.cursor", "states.in_slots", "leases.standing")
INDEX = ("states.cursor", "states.in_slots")

Strike = Callable[[random.Random, str], "str | None"]


def always(*names: str, kind: str = "refused") -> Strike:
    """Calls whose names begin with one of these."""
    return lambda dice, name: kind if name.startswith(names) else None


def at_times(chance: float, *kinds: str, of: tuple[str, ...] = ("",), but: tuple[str, ...] = ()) -> Strike:
    """Calls whose names begin with one of those, as often as that."""

    def strike(dice: random.Random, name: str) -> str | None:
        hit = name.startswith(of) and name not in but and dice.random() < chance
        return dice.choice(kinds) if hit else None

    return strike


@dataclass(frozen=True)
class Plan:
    """A fault. `before` is how often a feed was asked in the fault and the hour after it, before leases were built.

    Messages come `copies` times more than they were sent; the queue takes a half, and says so, where it is `halved`;
    `killers` known feeds kill the worker that reads them; where workers die by `accident`, a feed may be taken for one.
    """

    name: str
    strike: Strike = lambda dice, name: None
    before: str = ""
    copies: int = 0
    halved: bool = False
    killers: int = 0
    accident: bool = False
    prepare: Callable[[Day], None] = lambda day: None


def slow_host(day: Day) -> None:
    """Thirty new feeds of a host that takes ten seconds for each answer."""
    day.press.slow["slow.example"] = 10.0
    for number in range(30):
        add(day, f"https://slow.example/{number}", dated=False)


def large_host(day: Day) -> None:
    """Two hundred known feeds of one host, all of which have their turn in one minute."""
    for number in range(200):
        feed_id = add(day, f"https://large.example/{number}", dated=False)
        day.states._replace(feed_id, day.states.items[feed_id].model_copy(update={"slot": "60:7"}))


PLANS = (
    Plan("all is well", before="2"),
    Plan("S3 PutObject denied", always("store.put"), "300 new, 7 known"),
    Plan("PutObject and PutItem denied", always("store.put", *PUT_ITEM), "400"),
    Plan("S3 503", always("store."), "300 new, 7 known"),
    Plan("PutItem throttled", always(*PUT_ITEM), "300 new, 102 known"),
    Plan("UpdateItem denied", always(*UPDATE_ITEM)),
    Plan("write credentials expired", always("store.put", "bus.", *PUT_ITEM, *UPDATE_ITEM), "300 new"),
    Plan("all calls throttled, 10 %", at_times(0.1, "refused"), "2.0"),
    Plan("all calls throttled, 50 %", at_times(0.5, "refused", but=INDEX), "1.4"),
    Plan("all calls throttled, 80 %", at_times(0.8, "refused", but=INDEX), "2.7"),
    Plan("all calls 5xx", always(""), "1.0"),
    Plan("read time-outs, 30 %", at_times(0.3, "refused", "lost", but=INDEX), "1.8"),
    Plan("reply lost, 30 %", at_times(0.3, "lost", but=INDEX), "2.0"),
    Plan("reply lost, 60 %", at_times(0.6, "lost", but=INDEX), "1.9"),
    Plan("EventBridge 5xx", always("bus."), "2.0"),
    Plan("PutEvents takes half", always("bus.", kind="half"), "2.0"),
    Plan("UnprocessedKeys", at_times(0.5, "refused", of=READS), "1.9"),
    Plan("SendMessage refused", always("queue.send")),
    Plan("SendMessage takes a half", halved=True),
    Plan("cursor refused", always("states.advance"), "1 more"),
    Plan("cursor refused at times", at_times(0.5, "refused", "lost", of=("states.advance",))),
    Plan("each message comes twice", before="2 each", copies=1),
    Plan("each message comes four times", before="4 each", copies=3),
    Plan("workers die, 1 % of calls", at_times(0.01, "dies"), accident=True),
    Plan("a feed that kills", killers=1),
    Plan("three feeds that kill, S3 503", always("store."), killers=3),
    Plan("a slow host of thirty new feeds", prepare=slow_host, before="16 of 30 twice"),
    Plan("the same, PutObject denied", always("store.put"), prepare=slow_host),
    Plan("a host of two hundred feeds", prepare=large_host),
)


@dataclass
class Account:
    """What came of a plan."""

    plan: str
    known: list[int] = field(default_factory=list)  # asks of each feed in the fault and the hour after it
    new: list[int] = field(default_factory=list)
    too_many: list[str] = field(default_factory=list)  # feeds that were asked more than twice in an interval
    most_at_once: int = 0
    lost: list[str] = field(default_factory=list)
    new_twice: list[str] = field(default_factory=list)
    ill: list[str] = field(default_factory=list)  # what is not well in the end
    figures: Counter[str] = field(default_factory=Counter)

    @property
    def broken(self) -> list[str]:
        """What was promised otherwise."""
        crowd = [f"{self.most_at_once} requests at once at one host"] if self.most_at_once > MOST_AT_ONCE else []
        lost, twice = (f"lost: {each}" for each in self.lost), (f"new twice: {each}" for each in self.new_twice)
        return [*self.too_many, *crowd, *lost, *twice, *self.ill]

    def row(self, before: str) -> str:
        """For people."""
        asks = "".join(f"{sum(each) / len(each):7.1f}{max(each):5}" for each in (self.known, self.new))
        counts = (self.most_at_once, len(self.lost), len(self.new_twice), self.figures["messages"])
        more = (self.figures["dead letters"], self.figures["quarantined"], len(self.broken))
        return f"{self.plan:<34}{before:<19}{asks}" + "".join(f"{each:>9,}" for each in (*counts, *more))


HEAD = f"{'':<34}{'asks before':<19}{'known, most':>12}{'new, most':>12}" + "".join(
    f"{each:>9}" for each in ("at once", "lost", "twice", "messages", "dead", "alone", "broken")
)


def add(day: Day, url: str, *, dated: bool) -> str:
    """A new feed; its id."""
    day.press.papers[url] = Paper(url, GAP, KNOWN_FOR + FAULT + HEALED - QUIET, dated)
    Registry(day.states, day.secrets).add(Subscription(url), day.clock())
    feed_id = day.ids[url] = urls.feed_id(canonical_address(url))
    return feed_id


def play(plan: Plan, *, seed: int = 1) -> Account:
    """One plan to its end."""
    with closing(Day()) as day:
        return _play(day, plan, random.Random(seed))


def _play(day: Day, plan: Plan, dice: random.Random) -> Account:
    addresses = [f"https://{number % HOSTS}.example/{number}" for number in range(FEEDS)]
    known, new = addresses[: FEEDS // 2], addresses[FEEDS // 2 :]
    for number, url in enumerate(known):
        add(day, url, dated=bool(number % 2))
    day.live(KNOWN_FOR)
    for number, url in enumerate(new):
        add(day, url, dated=bool(number % 2))
    plan.prepare(day)
    more = [url for url in day.press.papers if url not in addresses]
    day.reader.poison = set(known[: plan.killers])
    day.queue.copies, day.queue.halved = plan.copies, plan.halved
    day.calls.strike = lambda name: plan.strike(dice, name)
    begun = day.loop.time()
    day.live(FAULT)
    healed = day.loop.time()
    day.reader.poison = set()
    day.queue.copies, day.queue.halved = 0, False
    day.calls.strike = lambda name: None
    day.live(HEALED)
    account = Account(plan.name)
    account.known, account.new = (
        [_asked(day, url, begun, healed + HOUR) for url in addresses] for addresses in (known, [*new, *more])
    )
    _judge(day, plan, account, healed)
    return account


def _asked(day: Day, url: str, begin: float, end: float) -> int:
    return sum(begin <= at < end for at, _ in day.press.asks[url])


def _judge(day: Day, plan: Plan, account: Account, healed: float) -> None:
    account.too_many = [f"{url}: {told}" for url, asks in day.press.asks.items() for told in _too_many(asks)[:1]]
    account.most_at_once = max(day.press.most_at_once.values())
    quarantined = {url for url, feed_id in day.ids.items() if day.states.items[feed_id].quarantined}
    killers = quarantined if plan.killers or plan.accident else set()
    _entries(day, account, killers)
    for url in sorted(set(day.ids) - killers):
        state = day.states.items[day.ids[url]]
        if state.outbox or state.slot == "new" or state.failing or state.quarantined:
            account.ill.append(f"{url}: {state.slot}, outbox {len(state.outbox)}, {state.failing}")
        if not _asked(day, url, healed, healed + HEALED):
            account.ill.append(f"{url}: not asked since")
    if day.states.tries or day.queue.messages:
        account.ill.append(f"{day.states.cursor()}, {len(day.queue.messages)} messages")
    account.figures.update(messages=day.queue.sent, quarantined=len(quarantined), **day.failed)
    account.figures["dead letters"] = len(day.queue.dead)


def _too_many(asks: list[tuple[float, int]]) -> list[str]:
    """Where a feed was asked more often in its interval than it may be."""
    found = []
    for at, every in asks:
        within = [round(other / 60, 1) for other, _ in asks if at - every * 60 < other <= at]
        if len(within) > MOST_IN_AN_INTERVAL:
            found.append(f"asked at minutes {within}, every {every}")
    return found


def _entries(day: Day, account: Account, killers: set[str]) -> None:
    told: Counter[str] = Counter()
    seen: set[str] = set()
    for sent in day.bus.sent:
        detail = json.loads(sent.detail)
        if sent.detail_type == "Entry Published" and detail["metadata"]["event_id"] not in seen:
            seen.add(detail["metadata"]["event_id"])
            told[detail["data"]["entry"]["title"]] += 1
    account.new_twice = [title for title, count in told.items() if count > 1]
    for url, paper in day.press.papers.items():
        owed = {paper.title(number) for number in range(1, paper.printed(paper.last) + 1)}
        account.lost += [] if url in killers else sorted(owed - set(told))
