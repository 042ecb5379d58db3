"""What a document costs from its bytes to the lines in S3, against feedparser alone on the same bytes: `make bench`.

Ours is the whole way: cut, read, sanitize, text, identity, change, record, JSON line. It is taken three times: nothing
in the document is new, one item is, all of it is. The documents are the captured feeds of the corpus, of 5 KB and five
items or more as feedparser counts them, or the sample town's where there is no corpus. CPU time, the least of several
rounds; each ratio is of one document within this run.
"""

from __future__ import annotations

import io
import statistics
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import process_time
from urllib.error import HTTPError

import feedparser
from corpus import archive

from feedriver.decide import decision, reading, wheel, window
from feedriver.decide.decision import Now
from feedriver.errors import ParseError
from feedriver.fetch.body import Small
from feedriver.local.town import Town
from feedriver.models import FeedState
from feedriver.parse import nothing_new, parse
from feedriver.parse.slices import cut
from feedriver.ports import Answer
from feedriver.urls import feed_id

ROUNDS = 5
BYTES, ITEMS = 5_000, 5  # of a feed as it usually is: smaller ones cost next to nothing in any way
GOALS = {"nothing new": 100, "one new": 10, "all new": 1}  # times
NOW = Now(datetime(2026, 11, 22, 12, tzinfo=UTC), datetime(2026, 11, 22, 12, tzinfo=UTC))


@dataclass(frozen=True)
class Case:
    """A document, and what is known of its feed: nothing; all but its first item; all of it."""

    url: str
    body: bytes
    states: dict[str, FeedState]

    @classmethod
    def of(cls, url: str, body: bytes) -> Case:
        """The case of a document. Where it cannot be cut, all but the first item cannot be known: then all is."""
        fresh = FeedState(feed_id=feed_id(url), url=url, added=NOW.time, slot=wheel.NEW, every=60)
        slices = cut(body, url)
        earlier = slices.without({slices.hashes[0]}) if slices and len(slices.items) > 1 else body
        states = {"all new": fresh, "one new": after(fresh, earlier), "nothing new": after(fresh, body)}
        return cls(url, body, states)


def after(state: FeedState, body: bytes) -> FeedState:
    """The state after this document was read."""
    decided = reading.read(state, answer(state.url, body), parse(body, state.url), NOW)
    return decided.state or state


def answer(url: str, body: bytes) -> Answer:
    """The document as it came."""
    return Answer(status=200, headers={}, url=url, body=Small(body), received=len(body), milliseconds=0)


def ours(state: FeedState, body: bytes) -> None:
    """From the bytes to the lines, as the poller does it where the body is not the same to the byte."""
    if decision.same_body(state, answer(state.url, body + b"\n")):
        raise ValueError("the same body is never read")
    known = window.of(state).known
    if nothing_new(body, state.url, None, known):
        decision.unchanged(state, answer(state.url, body), NOW, same=False)
        return
    reading.read(state, answer(state.url, body), parse(body, state.url, None, known), NOW)


def theirs(url: str, body: bytes) -> None:
    """The same bytes through feedparser alone, as its documentation has it."""
    feedparser.parse(io.BytesIO(body), response_headers={"content-location": url, "content-type": "application/xml"})


def least(work: Callable[[], None]) -> float:
    """CPU milliseconds, the least of the rounds."""
    times = []
    for _ in range(ROUNDS):
        begun = process_time()
        work()
        times.append(process_time() - begun)
    return 1000 * min(times)


def documents() -> dict[str, bytes]:
    """The XML documents with entries in them."""
    if archive.ARCHIVE.is_file():
        captured = archive.captured()
        found = archive.documents(captured.__contains__)
        return {f"https://feeds.example/{path}": body for path, body in found.items() if _read(path, body)}
    print("the corpus is not there: these are the sample town's documents")
    with Town(None, slow=0) as town:
        bodies = {url: body for url in town.feeds if (body := _got(url))}
    return {url: body for url, body in bodies.items() if _read(url, body)}


def _got(url: str) -> bytes | None:
    try:
        with urllib.request.urlopen(url) as said:  # noqa: S310  # the town's own
            return bytes(said.read())
    except HTTPError:
        return None


def _read(url: str, body: bytes) -> bool:
    try:
        return bool(parse(body, f"https://feeds.example/{url}").items) and bool(
            feedparser.parse(io.BytesIO(body)).entries
        )
    except ParseError:
        return False


def main() -> None:
    """Print the median of each ratio, and whether it is met; with an argument, a line a document too."""
    ratios: dict[str, list[float]] = {name: [] for name in GOALS}
    alone_total, ours_total = 0.0, dict.fromkeys(GOALS, 0.0)
    for url, body in documents().items():
        case = Case.of(url, body)
        alone = least(lambda case=case: theirs(case.url, case.body))  # type: ignore[misc]  # a default binds it
        alone_total += alone
        for name in GOALS:
            state = case.states[name]
            cost = least(lambda state=state, case=case: ours(state, case.body))  # type: ignore[misc]  # as above
            ours_total[name] += cost
            ratios[name].append(alone / cost)
        if len(sys.argv) > 1:
            told = "  ".join(f"{name} {found[-1]:8.2f}x" for name, found in ratios.items())
            print(f"{len(body):>9,} bytes  feedparser {alone:8.1f} ms  {told}  {url}")
    for name, goal in GOALS.items():
        found = statistics.median(ratios[name])
        met = "met" if found >= goal else "NOT MET"
        print(
            f"{name:<12} feedparser alone takes {found:7.2f} times as long in the median of {len(ratios[name])} feeds,"
            f" {alone_total / ours_total[name]:7.2f} times in all (goal {goal}: {met})"
        )


if __name__ == "__main__":
    main()
