"""What a document costs from its bytes to the lines in S3, against feedparser alone on the same bytes: `make bench`.

Ours is the whole way: cut, read, sanitize, text, identity, change, record, JSON line. It is taken three times: nothing
in the document is new, one item is, all of it is. The documents are the captured feeds of the corpus. Where there is no
corpus beside the checkout they are those of `tests/feeds`, written by hand, and some that are generated: of those the
goals are not judged. CPU time, the least of several rounds; each ratio is of one document within this run.

    python bench/parsing.py [--bound] [--each]

`--bound` is a few documents once, to show that it runs; `--each` prints a line a document.
"""

from __future__ import annotations

import argparse
import io
import statistics
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import process_time

import feedparser
from corpus import archive
from publisher import document

from feedriver.decide import wheel, window
from feedriver.decide.decision import Now
from feedriver.decide.document import decide
from feedriver.decide.fingerprint import FINGERPRINT_VERSION
from feedriver.decide.status import no_new_items, without_document
from feedriver.errors import ParseError
from feedriver.fetch.body import MemoryDocument
from feedriver.http import Answer
from feedriver.parse import nothing_new, parse
from feedriver.parse.digest import digest_of
from feedriver.parse.slices import cut
from feedriver.state import FeedState
from feedriver.urls import feed_id

ROUNDS = 5
BOUND = 6  # documents
GENERATED = (10, 20, 100)  # entries of those that are
HAND_WRITTEN = Path(__file__).parents[1] / "tests" / "feeds"
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
        earlier = slices.without_items({slices.hashes[0]}) if slices and len(slices.items) > 1 else body
        one_new = after(fresh, earlier, digest=None)
        digest = digest_of(body, url, None, FINGERPRINT_VERSION)
        return cls(url, body, {"all new": fresh, "one new": one_new, "nothing new": after(fresh, body, digest=digest)})


def after(state: FeedState, body: bytes, *, digest: str | None) -> FeedState:
    """The state after this document was read, known by its `digest` where it has no window."""
    parsed = replace(parse(body, state.url), digest=digest)
    return decide(state, answer(state.url, body), parsed, NOW).state or state


def answer(url: str, body: bytes) -> Answer:
    """The document as it came."""
    return Answer(status=200, headers={}, url=url, body=MemoryDocument(body), received=len(body), milliseconds=0)


def ours(state: FeedState, body: bytes) -> None:
    """From the bytes to the lines, as the poller does it where the body is not the same to the byte."""
    if without_document(state, answer(state.url, body + b"\n"), NOW):
        raise ValueError("the same body is never read")
    known = window.unpack(state).known
    digest = None if known.items else digest_of(body, state.url, None, FINGERPRINT_VERSION)
    same = digest and state.validators and digest == state.validators.digest
    if same or nothing_new(body, state.url, None, known):
        no_new_items(state, answer(state.url, body), NOW)
        return
    decide(state, answer(state.url, body), parse(body, state.url, None, known), NOW)


def theirs(url: str, body: bytes) -> None:
    """The same bytes through feedparser alone, as its documentation has it."""
    feedparser.parse(io.BytesIO(body), response_headers={"content-location": url, "content-type": "application/xml"})


def least(work: Callable[[], None], rounds: int) -> float:
    """CPU milliseconds, the least of the rounds."""
    times = []
    for _ in range(rounds):
        begun = process_time()
        work()
        times.append(process_time() - begun)
    return 1000 * min(times)


def captured() -> dict[str, bytes]:
    """The XML documents of the corpus with entries in them, none where it is not there."""
    if not archive.ARCHIVE.is_file():
        return {}
    real = archive.captured()
    found = archive.documents(real.__contains__)
    return {
        f"https://feeds.example/{path}": body
        for path, body in found.items()
        if _read(f"https://feeds.example/{path}", body)
    }


def our_own() -> dict[str, bytes]:
    """Documents that are always there: written by hand, and generated."""
    found = {path.name: path.read_bytes() for path in sorted(HAND_WRITTEN.glob("*.xml"))}
    found |= {f"generated-{entries}.xml": document(entries) for entries in GENERATED}
    return {
        f"https://feeds.example/{name}": body
        for name, body in found.items()
        if _read(f"https://feeds.example/{name}", body)
    }


def _read(url: str, body: bytes) -> bool:
    """Whether both find entries in it: there are documents that feedparser alone falls over."""
    try:
        return bool(parse(body, url).items) and bool(feedparser.parse(io.BytesIO(body)).entries)
    except (ParseError, ValueError):
        return False


def main(*, bound: bool, each: bool) -> None:
    """Print the median of each ratio, and whether it is met."""
    found = captured() if not bound else {}
    judged = bool(found)
    found = found or our_own()
    if bound:
        found = dict(list(found.items())[-BOUND:])
    print(f"{len(found)} {'captured' if judged else 'hand-written and generated'} documents")
    ratios: dict[str, list[float]] = {name: [] for name in GOALS}
    alone_total, ours_total = 0.0, dict.fromkeys(GOALS, 0.0)
    rounds = 1 if bound else ROUNDS
    for url, body in found.items():
        case = Case.of(url, body)
        alone = least(partial(theirs, case.url, case.body), rounds)
        alone_total += alone
        for name in GOALS:
            cost = least(partial(ours, case.states[name], case.body), rounds)
            ours_total[name] += cost
            ratios[name].append(alone / cost)
        if each:
            told = "  ".join(f"{name} {ratio[-1]:8.2f}x" for name, ratio in ratios.items())
            print(f"{len(body):>9,} bytes  feedparser {alone:8.1f} ms  {told}  {url}")
    for name, goal in GOALS.items():
        median = statistics.median(ratios[name])
        met = ("met" if median >= goal else "NOT MET") if judged else "not judged, no captured feeds"
        print(
            f"{name:<12} feedparser alone takes {median:7.2f} times as long in the median of {len(ratios[name])} feeds,"
            f" {alone_total / ours_total[name]:7.2f} times in all (goal {goal}: {met})"
        )


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--bound", action="store_true", help="show that it runs")
    options.add_argument("--each", action="store_true", help="a line a document")
    given = options.parse_args()
    main(bound=given.bound, each=given.each)
