"""What reading a document costs, against feedparser alone on the same bytes, in one run: `make bench`.

Ours is the whole way from bytes to JSON lines: decode, feedparser, sanitize, text, identity, record, dump. The
documents are the sample town's. Figures are CPU time, the least of several rounds; the ratio is what
carries over to another machine.
"""

from __future__ import annotations

import io
import statistics
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from time import process_time
from urllib.error import HTTPError

import feedparser

from feedriver.decide import wheel
from feedriver.decide.decision import Now
from feedriver.decide.reading import read
from feedriver.errors import ParseError
from feedriver.local.town import Town
from feedriver.models import FeedState
from feedriver.parse import parse
from feedriver.ports import Answer
from feedriver.urls import feed_id

ROUNDS = 5
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def documents() -> dict[str, bytes]:
    """The XML documents of the town that hold entries."""
    found = {}
    with Town(None, slow=0) as town:
        for url in town.feeds:
            try:
                with urllib.request.urlopen(url) as answer:  # noqa: S310  # the town's own
                    body = answer.read()
                if parse(body, url).items and not body.lstrip().startswith(b"{"):
                    found[url] = body
            except (HTTPError, ParseError):
                continue
    return found


def ours(url: str, body: bytes) -> None:
    """From bytes to lines, all of it new."""
    state = FeedState(feed_id=feed_id(url), url=url, added=NOW, slot=wheel.NEW, every=60)
    answer = Answer(status=200, headers={}, url=url, body=body, received=len(body), milliseconds=0)
    for entry in read(state, answer, parse(body, url), Now(NOW, NOW)).entries:
        entry.model_dump_json()


def theirs(url: str, body: bytes) -> None:
    """The same bytes through feedparser alone, as its documentation has it."""
    feedparser.parse(io.BytesIO(body), response_headers={"content-location": url, "content-type": "application/xml"})


def least(work: Callable[[str, bytes], None], url: str, body: bytes) -> float:
    """CPU milliseconds, the least of the rounds."""
    times = []
    for _ in range(ROUNDS):
        begun = process_time()
        work(url, body)
        times.append(process_time() - begun)
    return 1000 * min(times)


def main() -> None:
    """Print a line a document, and the median of the ratios."""
    ratios = []
    print(f"{'document':<30} {'bytes':>8} {'feedparser ms':>14} {'ours ms':>9} {'ratio':>6}")
    for url, body in documents().items():
        alone, whole = least(theirs, url, body), least(ours, url, body)
        ratios.append(alone / whole)
        name = "/".join(url.split("/")[3:])
        print(f"{name:<30} {len(body):>8,} {alone:>14.1f} {whole:>9.1f} {ratios[-1]:>6.2f}")
    print(f"feedparser alone takes {statistics.median(ratios):.2f} times as long as the whole way, in the median")


if __name__ == "__main__":
    main()
