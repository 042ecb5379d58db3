"""How well a reader behaves, judged from what a publisher sees: each request, byte for byte, and what was answered.

The criteria are those of Rachel Kroll's feed reader score (rachelbythebay.com/fs/help.html): conditional requests with
the validators as they were given, unconditional ones a day apart, an hour between two visits, and nothing sent that was
not asked for. The hour is counted over a day: as many visits as hourly ones or seven for each entry, and nearer to each
other where the feed may be about to publish.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
VALIDATORS = ((b"if-none-match", b"etag"), (b"if-modified-since", b"last-modified"))
ENTITY = (200, 304)  # answers whose validators are the document's

REFUSING = (400, 412, 416, 431)  # of a host that takes no conditions, so that there can be none

CRITERIA = {
    "altered": "validators altered (prefix, quotes, case, suffix)",
    "invented": "validators never given",
    "out of sequence": "validators of an earlier answer",
    "forgotten": "validators known, one of them not sent",
    "unconditional": "unconditional within a day of the last, though a body was had",
    "early": "sooner than the floor (four an hour) after the last",
    "often": "in a day more than hourly, and more than seven for each entry",
    "fresh": "before max-age or Expires had passed",
    "held": "before Retry-After had passed",
    "skipped": "in an hour that the publisher asks to skip",
    "gone": "after 410 Gone",
    "method": "HEAD, or anything but GET",
    "double": "two requests in one minute",
    "query": "query or path altered",
    "cookie": "cookies sent back",
    "referer": "referers",
    "agent": "User-Agent changed, or names no contact",
    "credentials": "credentials that nobody gave",
}


@dataclass(frozen=True)
class Request:
    """One request as it arrived, and what became of it.

    `whole` is False where the answer was cut short on purpose: its validators are not the reader's to keep. `fresh`
    and `held` are the times that the answer asked to wait; `apart` is the least time between two visits to this feed,
    `most` how many of them are right in a day.
    """

    host: str
    at: datetime
    raw: bytes
    status: int
    given: dict[bytes, bytes] = field(default_factory=dict)
    whole: bool = True
    fresh: timedelta = timedelta()
    held: timedelta = timedelta()
    apart: timedelta = HOUR
    most: int = 24
    skipped: bool = False
    known: str = "/feed"

    @property
    def method(self) -> bytes:
        return self.raw.split(b" ", 1)[0]

    @property
    def target(self) -> bytes:
        return self.raw.split(b" ", 2)[1]

    @property
    def headers(self) -> dict[bytes, bytes]:
        lines = self.raw.split(b"\r\n\r\n", 1)[0].split(b"\r\n")[1:]
        return {name.lower(): value for name, value in (line.split(b": ", 1) for line in lines)}


@dataclass
class Score:
    """Points lost by criterion, and where; and what was counted besides."""

    lost: Counter[str] = field(default_factory=Counter)
    where: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    counted: Counter[str] = field(default_factory=Counter)

    def lose(self, criterion: str, request: Request, detail: str = "") -> None:
        """One point less."""
        assert criterion in CRITERIA
        self.lost[criterion] += 1
        self.where[criterion].append(f"{request.host} {request.at:%d %H:%M:%S} {request.target.decode()} {detail}")

    def table(self) -> str:
        """For people."""
        lines = [f"{name:<58} {count:>7,}" for name, count in self.counted.items()]
        lines += ["", f"{'points lost for':<58} {'points':>7}"]
        lines += [f"{text:<58} {self.lost[name]:>7,}" for name, text in CRITERIA.items()]
        return "\n".join(lines)


def _plain(value: bytes) -> bytes:
    """What is left of a validator when all that readers alter is taken off."""
    return value.lower().removeprefix(b"w/").strip(b'"').removesuffix(b"-gzip")


def _validators(score: Score, request: Request, answers: Sequence[Request]) -> None:
    """Against all that this very URL has answered before."""
    whole = [answer for answer in answers if answer.status in ENTITY and answer.whole]
    sent = request.headers
    for asked, given in VALIDATORS:
        values = [answer.given[given] for answer in whole if given in answer.given]
        latest = _latest(whole, given)
        value = sent.get(asked)
        if value is None:
            continue
        if value == latest:
            score.counted[f"{asked.decode()} exactly as given last"] += 1
        elif value in values:
            score.lose("out of sequence", request, repr(value))
        elif _plain(value) in {_plain(known) for known in values}:
            score.lose("altered", request, repr(value))
        else:
            score.lose("invented", request, repr(value))
    known = [asked for asked, given in VALIDATORS if _latest(whole, given) is not None]
    if any(asked in sent for asked, _ in VALIDATORS):
        score.counted["conditional requests"] += 1
        if any(asked not in sent for asked in known):
            score.lose("forgotten", request)
    else:
        score.counted["unconditional requests"] += 1
        bodies = [answer for answer in answers if answer.status == 200 and answer.whole]
        if not bodies or request.status not in ENTITY or request.at - bodies[-1].at >= DAY:
            return
        refused = any(answer.status in REFUSING for answer in answers)
        if known and not refused:
            score.lose("unconditional", request, f"{request.at - bodies[-1].at} after a body")
        else:
            score.counted["  of them to a feed that gives or takes no validators"] += 1


def _latest(whole: Sequence[Request], given: bytes) -> bytes | None:
    """What a right reader keeps: a 200 replaces both validators, a 304 only those that it carries."""
    value: bytes | None = None
    for answer in whole:
        value = answer.given.get(given, value if answer.status == 304 else None)
    return value


def _time(score: Score, request: Request, before: Request) -> None:
    passed = request.at - before.at
    if passed < timedelta(minutes=1):
        score.lose("double", request)
    elif passed < before.held:
        score.lose("held", request, f"after {passed}, {before.held} asked")
    elif passed < before.fresh:
        score.lose("fresh", request, f"after {passed}, {before.fresh} asked")
    elif passed < request.apart:
        score.lose("early", request, f"after {passed}, {before.status} before")
    if before.status == 410:
        score.lose("gone", request)


def judge(requests: Sequence[Request]) -> Score:
    """The score of one reader. `requests` stand in the order in which they arrived."""
    score = Score()
    by_url: defaultdict[tuple[str, bytes], list[Request]] = defaultdict(list)
    agents = {request.headers.get(b"user-agent", b"") for request in requests}
    for request in requests:
        score.counted["requests"] += 1
        score.counted[f"answered {request.status}"] += 1
        before = by_url[request.host, request.target]
        headers = request.headers
        if request.method != b"GET":
            score.lose("method", request)
        if request.target.decode("latin-1") != request.known:
            score.lose("query", request)
        for name, criterion in ((b"cookie", "cookie"), (b"referer", "referer"), (b"authorization", "credentials")):
            if name in headers:
                score.lose(criterion, request)
        if len(agents) > 1 or b"+http" not in headers.get(b"user-agent", b""):
            score.lose("agent", request)
        if request.skipped:
            score.lose("skipped", request)
        if before:
            _time(score, request, before[-1])
        lately = sum(request.at - each.at < DAY for each in before[-request.most :])
        if lately >= request.most:
            score.lose("often", request, f"the {lately + 1}th in a day")
        _validators(score, request, before)
        before.append(request)
    score.counted["feeds"] = len({request.host for request in requests})
    return score
