"""When other readers look at a feed, by their source; and a bound, by who knows the truth.

    Fixed        each feed after the same time: Miniflux's round robin, FreshRSS, the library `reader`
    Miniflux     `entry_frequency`: internal/model/feed.go, internal/storage/feed.go (miniflux/v2 106cdd09, August 2026)
    CommaFeed    FeedRefreshIntervalCalculator.java, FeedParser.java (Athou/commafeed 689c20d3, August 2026)
    RssFetcher   fetcher/tasks.py, fetcher/config.py (mediacloud/rss-fetcher 2574743, August 2026)
    NewsBlur     apps/rss_feeds/models.py (an older copy of samuelclay/NewsBlur), for a number of subscribers
    Bound        looks as dense as the square root of the true rate (Sia, Cho & Cho 2007), the rates by hour of the week

Each is as it is shipped where its measure is 1; the measure multiplies its intervals. Left out is that Miniflux comes
to its feeds once an hour only, which flatters it, and what a publisher wants.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from functools import partial
from random import Random

from histories import History, rates
from looks import FLOOR, Look, Reader, Rule
from weeks import DAY, HOUR, MINUTE, WEEK, Week


def _dates(look: Look, first: int) -> list[float]:
    """The dates of the document's entries from `first` on; of those without one the time of the look."""
    return [look.time if each is None else each for each in look.history.shown[first : look.last]]


class Fixed(Rule):
    """So many minutes between two looks."""

    def __init__(self, history: History, measure: float, *, minutes: float) -> None:  # noqa: ARG002  # all are alike
        self._seconds = minutes * MINUTE * measure

    def wait(self, look: Look) -> float:  # noqa: ARG002  # all are alike
        """See `looks.Rule.wait`."""
        return self._seconds


class Miniflux(Rule):
    """A week, divided by the entries a week that the last week's dates tell; between five minutes and a day.

    They are counted before the request: what a look finds counts from the next one on. A feed that is added is looked
    at twice in a row, so that the first document counts at once.
    """

    LEAST, MOST = 5 * MINUTE, DAY

    def __init__(self, history: History, measure: float) -> None:  # noqa: ARG002  # begins without knowledge
        self._measure = measure
        self._dates: list[float] = []  # sorted

    def wait(self, look: Look) -> float:
        """See `looks.Rule.wait`."""
        if look.opening:
            self._note(look)
        interval = self._interval(look.time)
        if not look.opening:
            self._note(look)
        return interval * self._measure

    def _note(self, look: Look) -> None:
        for date in _dates(look, look.new):
            insort(self._dates, date)

    def _interval(self, now: float) -> float:
        first = bisect_left(self._dates, now - WEEK)
        count = len(self._dates) - first
        span = self._dates[-1] - self._dates[first] if count else 0
        if not span:
            return self.MOST
        weekly = math.ceil(WEEK / (span / (count - 1)))
        return min(max(WEEK / weekly, self.LEAST), self.MOST)


class CommaFeed(Rule):
    """Half the mean gap of the document's entries, between five minutes and an hour; longer after a week of silence."""

    LEAST, MOST = 5 * MINUTE, 4 * HOUR
    SILENT = ((30, 1), (14, 2), (7, 4))  # for so many days at least: `MOST` divided by so much

    def __init__(self, history: History, measure: float) -> None:  # noqa: ARG002  # begins without knowledge
        self._measure = measure
        self._newest: float | None = None
        self._gap: float | None = None

    def wait(self, look: Look) -> float:
        """See `looks.Rule.wait`."""
        if look.found:
            dates = sorted(min(date, look.time) for date in _dates(look, look.first))
            self._newest = dates[-1]
            self._gap = (dates[-1] - dates[0]) / (len(dates) - 1) if len(dates) > 1 else None
        return self._interval(look.time) * self._measure

    def _interval(self, now: float) -> float:
        if self._newest is None:
            return self.MOST
        silent = (now - self._newest) // DAY
        for days, share in self.SILENT:
            if silent >= days:
                return self.MOST / share
        return self.MOST if self._gap is None else min(max(self._gap / 2, self.LEAST), self.MOST / 4)


class RssFetcher(Rule):
    """Six hours at first; ten minutes more where most of a document was known, an hour less where little of it was.

    An hour more, where nothing came for a month. Between ten minutes and a day. How much was known is that of the
    document; the real one asks its database of stories.
    """

    FIRST, LEAST, MOST = 360, 10, 1_440  # minutes
    STEP, SMALL_STEP = 60, 10  # minutes
    KNOWN, NEW = 67, 33  # per cent of a document that was known: from which on it is mostly, below which hardly
    MONTH = 31  # days

    def __init__(self, history: History, measure: float) -> None:  # noqa: ARG002  # begins without knowledge
        self._measure = measure
        self._minutes = self.FIRST
        self._last_new = 0.0

    def wait(self, look: Look) -> float:
        """See `looks.Rule.wait`."""
        if look.found or look.opening:
            self._last_new = look.time
        if not look.opening:
            self._adjust(look)
        return self._minutes * MINUTE * self._measure

    def _adjust(self, look: Look) -> None:
        items = look.last - look.first
        known = 100 * (items - look.found) / items if look.found else 100.0
        if known >= self.KNOWN:
            lately = (look.time - self._last_new) // DAY <= self.MONTH
            self._minutes = min(self._minutes + (self.SMALL_STEP if lately or look.found else self.STEP), self.MOST)
        elif known < self.NEW:
            shorter = self.FIRST if self._minutes > self.FIRST else self._minutes - self.STEP
            self._minutes = max(shorter, self.LEAST)


class NewsBlur(Rule):
    """By the stories of the last 30 days and whether the feed has several subscribers; up to a quarter more, by chance.

    `several` are 2 to 10 that pay, else there is one.
    """

    MONTH = 30  # days
    MOST = 720  # minutes

    def __init__(self, history: History, measure: float, *, several: bool) -> None:
        self._measure, self._several = measure, several
        self._dates: list[float] = []  # sorted
        self._chance = Random(history.name)  # noqa: S311  # a simulation

    def wait(self, look: Look) -> float:
        """See `looks.Rule.wait`."""
        for date in _dates(look, look.new):
            insort(self._dates, date)
        minutes = self._minutes(look.time)
        return (minutes + self._chance.uniform(0, minutes) / 4) * MINUTE * self._measure

    def _minutes(self, now: float) -> float:
        a_day = (len(self._dates) - bisect_left(self._dates, now - self.MONTH * DAY)) / self.MONTH
        if a_day >= 1:
            return 15 if self._several else 60
        if a_day > 0:
            return max(1, (60 if self._several else 720) * (1 - a_day))
        months = (now - self._dates[-1]) / DAY / self.MONTH if self._dates else 0.0
        return min((360 if self._several else 720) * max(1.0, months), self.MOST)


class Bound(Rule):
    """Looks along the square root of the true rate, between a quarter of an hour and a day apart.

    It is the best allotment of requests there is where entries come by chance at known rates, without the two limits.
    """

    def __init__(self, history: History, measure: float) -> None:
        self._week = Week([math.sqrt(rate) / measure for rate in rates(history).hourly])

    def wait(self, look: Look) -> float:
        """See `looks.Rule.wait`."""
        return min(max(self._week.after(look.time, 1.0) - look.time, FLOOR), DAY)


PEERS: dict[str, Reader] = {
    "fixed interval, 60 min": partial(Fixed, minutes=60),
    "Miniflux entry_frequency": Miniflux,
    "CommaFeed": CommaFeed,
    "rss-fetcher": RssFetcher,
    "NewsBlur, 1 subscriber": partial(NewsBlur, several=False),
    "NewsBlur, 2-10 subscribers": partial(NewsBlur, several=True),
}
BOUND = "bound: true hourly rates"
