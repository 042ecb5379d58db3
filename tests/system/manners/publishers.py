"""Two hundred publishers of as many habits, on one socket of this machine, told apart by the Host they are asked for.

Raw bytes in and out, through asyncio's protocols: a fortnight of visits takes seconds. Their time is the test's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Self

from manners.score import Request

FOUR_AN_HOUR = timedelta(minutes=14)  # from late in one minute to early in another
MINUTES = 60  # in an hour
HOURLY = 24  # visits
STORIES = 10  # in a document
COOKIE = b"Set-Cookie: visitor=%d; Path=/; Max-Age=31536000"


@dataclass(frozen=True)
class Habit:
    """What a publisher does, besides publishing. Days and minutes count from the beginning of the fortnight."""

    etag: str | None = '"{}"'  # how it spells the number of an edition
    dated: bool = True  # Last-Modified
    fresh: int = 0  # max-age, in seconds
    fresh_again: int | None = None  # max-age of a 304, where it differs
    expires: bool = False  # says it by Expires instead
    cached: bytes = b""  # a Cache-Control of its own
    head: str = ""  # more elements of the channel
    ttl: int = 0  # minutes that `head` asks for
    skip_hours: tuple[int, ...] = ()
    touched: int = 0  # minutes between new validators for the same document
    renewing: bool = False  # … which it gives with a 304
    forgets_etag: int = 99  # from this day
    stubborn: bool = False  # answers 200 always
    via: bytes = b""  # the status of a redirect from /feed to /elsewhere
    errs: tuple[tuple[int, int, int], ...] = ()  # from minute, to minute, status
    retry_after: str = ""  # seconds, or "date" for the end of the trouble
    cut: bool = False  # every seventh body is cut short
    undated: bool = False  # its entries have no dates


HABITS = {
    "plain": Habit(),
    "weak": Habit(etag='W/"{}"', dated=False),
    "lower-case weak": Habit(etag='w/"{}-gzip"'),
    "unquoted": Habit(etag="v {};br", dated=False),
    "dated": Habit(etag=None),
    "neither": Habit(etag=None, dated=False),
    "fresh for 12 h": Habit(fresh=43_200),
    "fresh for an hour": Habit(fresh=3_600),
    "fresh for 90 min": Habit(fresh=5_400),
    "expires": Habit(expires=True, fresh=3 * 3_600),
    "ttl": Habit(head="<ttl>180</ttl>", ttl=180),
    "sleeps at night": Habit(
        head="<skipHours>" + "".join(f"<hour>{hour}</hour>" for hour in range(6)) + "</skipHours>",
        skip_hours=tuple(range(6)),
    ),
    "redirects": Habit(via=b"302 Found"),
    "moved": Habit(via=b"301 Moved Permanently"),
    "busy for a day": Habit(errs=((4_000, 4_001, 429), (9_000, 9_001, 429)), retry_after="86400"),
    "closed until a date": Habit(errs=((5_000, 6_000, 503),), retry_after="date"),
    "busy": Habit(errs=((3_000, 5_000, 429),)),
    "down": Habit(errs=((5_000, 8_000, 500),)),
    "lost": Habit(errs=((2_000, 9_000, 404),)),
    "forbids": Habit(errs=((6_000, 12_000, 403),)),
    "dislikes conditions": Habit(errs=((7_000, 7_400, 412),)),
    "touched": Habit(touched=1_000),
    "renews": Habit(touched=700, renewing=True),
    "forgets": Habit(forgets_etag=5),
    "stubborn": Habit(stubborn=True),
    "fresher than it was": Habit(fresh=600, fresh_again=4 * 3_600),
    "no-cache": Habit(cached=b"no-cache, must-revalidate"),
    "cut": Habit(cut=True),
    "gone": Habit(errs=((11_000, 99_999, 410),)),
    "undated": Habit(undated=True, fresh=7_200),
}


@dataclass
class Publisher:
    """One feed. `gap` is the time between its entries, in minutes; 0 for one that has fallen silent."""

    host: str
    habit: Habit
    gap: int
    since: datetime
    visits: int = 0

    @property
    def apart(self) -> timedelta:
        """The least time between two visits: four of them an hour, where it may be about to publish."""
        return FOUR_AN_HOUR

    @property
    def visits_a_day(self) -> int:
        """As many as every hour, or seven for each entry that it publishes."""
        return max(HOURLY, 7 * HOURLY * MINUTES // self.gap if self.gap else 0)

    def _minute(self, now: datetime) -> int:
        return int((now - self.since).total_seconds()) // 60

    def edition(self, now: datetime) -> int:
        """How many entries there have been."""
        return 1_000 + (self._minute(now) // self.gap if self.gap else 0)

    def body(self, now: datetime) -> bytes:
        """The document as it stands."""
        items = []
        for number in range(self.edition(now), self.edition(now) - STORIES, -1):
            at = self.since + timedelta(minutes=(number - 1_000) * (self.gap or 20_000))
            date = "" if self.habit.undated else f"<pubDate>{format_datetime(at)}</pubDate>"
            items.append(
                f"<item><guid isPermaLink='false'>{self.host}-{number}</guid><title>Story {number}</title>"
                f"<link>http://{self.host}/{number}</link>{date}<description>It is told.</description></item>"
            )
        return (
            f'<?xml version="1.0"?><rss version="2.0"><channel><title>{self.host}</title>{self.habit.head}'
            f"{''.join(items)}</channel></rss>"
        ).encode()

    def validators(self, now: datetime) -> dict[bytes, bytes]:
        """As they stand."""
        habit = self.habit
        state = self.edition(now) * 1_000 + (self._minute(now) // habit.touched if habit.touched else 0)
        given = {}
        if habit.etag and self._minute(now) < habit.forgets_etag * 1_440:
            given[b"etag"] = habit.etag.format(f"{state:x}").encode()
        if habit.dated:
            at = self.since + timedelta(seconds=state % 100_000_000)
            given[b"last-modified"] = f"{at:%a, %d %b %Y %H:%M:%S} GMT".encode()
        return given

    def answer(self, request: Request, now: datetime) -> tuple[Request, bytes]:
        """What it says, and the request with all that its judge must know."""
        habit, minute = self.habit, self._minute(now)
        self.visits += 1
        request = replace(
            request, apart=self.apart, most=self.visits_a_day, skipped=now.hour in habit.skip_hours and self.visits > 1
        )
        for begin, end, status in habit.errs:
            if begin <= minute < end or (
                status == 429 and habit.retry_after and begin <= minute and self._first(begin)
            ):
                return self._trouble(request, now, status, end)
        if habit.via and request.target == b"/feed":
            where = f"http://{request.headers[b'host'].decode()}/elsewhere".encode()
            return replace(request, status=int(habit.via[:3])), _http(
                habit.via, [COOKIE % minute, b"Location: " + where]
            )
        given = self.validators(now)
        known = request.headers.get(b"if-none-match")
        if known is not None:
            matches = known == given.get(b"etag") or (habit.renewing and self.edition(now) == self._edition_of(known))
        else:
            matches = request.headers.get(b"if-modified-since", b"-") == given.get(b"last-modified")
        current = matches and not habit.stubborn
        seconds = habit.fresh if not current or habit.fresh_again is None else habit.fresh_again
        headers = [b"%s: %s" % (name.title(), value) for name, value in given.items()]
        headers += [COOKIE % minute, b"Date: " + _date(now), b"Vary: Accept-Encoding"]
        if habit.expires:
            headers.append(b"Expires: " + _date(now + timedelta(seconds=seconds)))
        elif seconds or habit.cached:
            headers.append(b"Cache-Control: " + (habit.cached or b"public, max-age=%d" % seconds))
        fresh = timedelta(seconds=max(seconds, habit.ttl * 60))
        request = replace(request, given=given, fresh=fresh, known="/elsewhere" if habit.via else "/feed")
        if current:
            return replace(request, status=304), _http(b"304 Not Modified", headers)
        body = self.body(now)
        if habit.cut and self.visits % 7 == 0:
            request = replace(request, whole=False, fresh=timedelta())
            return request, _http(b"200 OK", headers, body)[: -len(body) // 2]
        return request, _http(b"200 OK", [*headers, b"Content-Type: application/rss+xml"], body)

    def _first(self, begin: int) -> bool:
        """Trouble of one answer comes with the first visit after its time, however late that is."""
        marks = self.__dict__.setdefault("marks", set())
        return begin not in marks and not marks.add(begin)

    def _edition_of(self, etag: bytes) -> int:
        return int(etag.strip(b'"'), 16) // 1_000

    def _trouble(self, request: Request, now: datetime, status: int, end: int) -> tuple[Request, bytes]:
        headers, held = [COOKIE % 1, b"Date: " + _date(now), b'ETag: "of the error page"'], timedelta()
        if self.habit.retry_after == "date":
            until = self.since + timedelta(minutes=end)
            headers.append(b"Retry-After: " + _date(until))
            held = until - now.replace(microsecond=0)
        elif self.habit.retry_after:
            headers.append(b"Retry-After: " + self.habit.retry_after.encode())
            held = timedelta(seconds=int(self.habit.retry_after))
        return replace(request, status=status, held=held), _http(b"%d Trouble" % status, headers, b"<h1>Trouble</h1>")


def _date(time: datetime) -> bytes:
    return f"{time:%a, %d %b %Y %H:%M:%S} GMT".encode()


def _http(status: bytes, headers: list[bytes], body: bytes = b"") -> bytes:
    return b"\r\n".join([b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body), b"", body])


@dataclass
class Square:
    """Where all publishers are found. `requests` is what they saw, in order."""

    publishers: dict[str, Publisher]
    clock: Callable[[], datetime]
    requests: list[Request] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None

    def answer(self, raw: bytes) -> bytes:
        host = raw.lower().split(b"\r\nhost: ", 1)[1].split(b"\r\n", 1)[0].split(b":")[0].decode()
        request, answer = self.publishers[host].answer(Request(host, self.clock(), raw, 200), self.clock())
        self.requests.append(request)
        return answer

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(lambda: _Visit(self), "127.0.0.1", 0, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), 120)


class _Visit(asyncio.Protocol):
    """One connection, one answer."""

    def __init__(self, square: Square) -> None:
        self._square, self._read = square, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        if self._read.endswith(b"\r\n\r\n"):
            self._transport.write(self._square.answer(self._read))
            self._transport.close()
