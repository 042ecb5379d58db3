"""What we read of the corpus's documents, beside what the suites that they come from expect of them.

`python tests/system/corpus/differential.py` prints the report: for each suite and field how many claims were compared
and how many held; each difference with its kind; and of how many expectations nothing is said, since they are of fields
that we do not keep. `differences.md` has the kinds.
"""

from __future__ import annotations

import fnmatch
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch
from urllib.parse import urljoin

if __name__ == "__main__":  # pytest finds its neighbours by itself
    tests = Path(__file__).parents[2]
    sys.path[:0] = [str(tests / "support"), str(tests / "system")]

from corpus import archive, peers, siblings
from corpus.claims import BASE, SERVED, Claim, Claims, digest, headers, of_feedparser

from feedriver.errors import ParseError
from feedriver.models import Feed, Item, Person
from feedriver.parse import parse
from feedriver.parse.normalize import entry

SUITES = ("feedparser", "podcastparser", "rss-parser", "captured")  # the last as feedparser itself reads them
TABLE = Path(__file__).with_name("differences.md")


class Difference(NamedTuple):
    """A claim that does not hold, and what stands there for us."""

    suite: str
    claim: Claim
    ours: str


class Compared(NamedTuple):
    """The claims of a suite by field, those that held, those that did not, and what was beyond comparison."""

    suite: str
    claims: Counter[str]
    held: Counter[str]
    differences: list[Difference]
    beyond: Counter[str]

    @property
    def share(self) -> float:
        """The share of claims that held."""
        return self.held.total() / self.claims.total()


class Reading(NamedTuple):
    """A feed and all of its items, those that are rejected for saying too little among them."""

    feed: Feed
    items: list[Item]


class Kind(NamedTuple):
    """A row of `differences.md`: which differences fall under it, how many, and why they are there."""

    suite: str
    field: str
    documents: tuple[str, ...]
    count: int
    why: str

    def has(self, difference: Difference) -> bool:
        """Whether `difference` is of this kind."""
        return (
            self.suite == difference.suite
            and fnmatch.fnmatchcase(difference.claim.field, self.field)
            and any(fnmatch.fnmatchcase(difference.claim.document, each) for each in self.documents)
        )


def documents(suite: str) -> dict[str, bytes]:
    """The documents of `suite`, by their paths in the corpus."""
    if suite == "captured":
        return archive.documents(archive.captured().__contains__)
    return archive.documents(lambda path: path.startswith(f"{suite}/"))


def claims_of(suite: str, bodies: dict[str, bytes]) -> Claims:
    """What `suite` expects of its documents."""
    if suite == "captured":
        return peers.of_feedparser_itself(bodies)
    return of_feedparser(bodies) if suite == "feedparser" else siblings.read(suite)


def compare(suite: str) -> Compared:
    """The documents of `suite` as we read them, beside what it expects."""
    bodies = documents(suite)
    claims = claims_of(suite, bodies)
    compared, held, differences = Counter(), Counter(), []
    readings: dict[str, Reading | None] = {}
    for claim in claims.within:
        if claim.document not in readings:
            base = SERVED if suite == "feedparser" else BASE
            readings[claim.document] = read(bodies[claim.document], base)
        compared[claim.field] += 1
        values = list(_ours(suite, readings[claim.document], claim))
        if claim.forms & {digest(value) for value in values}:
            held[claim.field] += 1
        else:
            differences.append(Difference(suite, claim, " | ".join(values)))
    return Compared(suite, compared, held, differences, claims.beyond)


def kinds() -> list[Kind]:
    """The rows of `differences.md`."""
    rows = [line.strip("| ").split(" | ") for line in TABLE.read_text().splitlines() if line.startswith("| ")]
    return [
        Kind(suite, field.strip("`"), tuple(names.replace("`", "").split()), int(count), why)
        for suite, field, names, count, why in rows
        if count.isdigit()
    ]


def read(body: bytes, base: str) -> Reading | None:
    """`body`, served at `base`, as we read it; None where we refuse it."""
    asked, items = headers(body), []

    def kept(*arguments: object) -> Item:
        items.append(built(*arguments))
        return items[-1]

    built = entry._item
    # An item that says nothing but, say, who wrote it is rejected; what it says is compared all the same.
    with patch.object(entry, "_item", kept):
        try:
            parsed = parse(body, urljoin(base, asked.get("content-location", "")), asked.get("content-type"))
        except ParseError:
            return None
    return Reading(parsed.feed, items)


def _ours(suite: str, parsed: Reading | None, claim: Claim) -> Iterable[str]:
    if parsed is None:
        return ["(refused)"]
    if claim.field == "entries":
        return [str(len(parsed.items))]
    root, _, field = claim.field.partition(".")
    if root == "feed":
        return _normal(_of_feed(parsed.feed, field, claim.place), parsed.feed.url)
    items = list(parsed.items)
    if suite == "podcastparser":  # it sorts them
        items.sort(key=lambda item: -(item.published.timestamp() if item.published else 0))
    if claim.place[0] >= len(items):
        return ["(no such entry)"]
    return _normal(_of_item(suite, parsed, items[claim.place[0]], field, claim.place[1]), parsed.feed.url)


def _of_feed(feed: Feed, field: str, place: tuple[int, ...]) -> list[object]:
    part, _, name = field.partition(".")
    if part == "author":
        return _author(feed.authors, name, place[0])
    return [getattr(feed, field)]


def _of_item(suite: str, parsed: Reading, item: Item, field: str, index: int) -> list[object]:
    part, _, name = field.partition(".")
    whole = item.text if item.body_from == "content" else None
    values: dict[str, Callable[[], list[object]]] = {
        "author": lambda: _author(item.authors, name, index),
        "category": lambda: _part(item.categories, name, index),
        "enclosure": lambda: _part(item.enclosures, name, index),
        "image": lambda: [image.url for image in item.images],
        # feedparser copies a content to a summary that is not there.
        "summary": lambda: [item.summary or whole],
        "content": lambda: [item.text],
        "categories": lambda: [len(item.categories)],
        # podcastparser has one text, rss-parser one name for either.
        "body": lambda: [item.summary, whole] if suite == "podcastparser" or whole else [item.summary],
    }
    return values[part]() if part in values else [getattr(item, field)]


def _author(authors: tuple[Person, ...], name: str, index: int) -> list[object]:
    if name:
        return _part(authors, name, index)
    both = [author for author in authors if author.name and author.email]
    whole = [form for one in both for form in (f"{one.name} ({one.email})", f"{one.email} ({one.name})")]
    return [*whole, *(author.name or author.email for author in authors), ", ".join(a.name or "" for a in authors)]


def _part(parts: tuple[object, ...], name: str, index: int) -> list[object]:
    return [getattr(parts[index], name)] if index < len(parts) else [None]


def _normal(values: list[object], base: str) -> Iterable[str]:
    for value in values or [None]:
        if hasattr(value, "timestamp"):
            yield str(int(value.timestamp()))
        elif value is None or value == 0:
            yield ""
        else:
            yield " ".join(str(value).split())
            yield str(value).lower()
            yield urljoin(base, str(value))


def main() -> None:
    """Print the report."""
    table = kinds()
    for suite in SUITES:
        result = compare(suite)
        sys.stdout.write(f"\n{suite}: {result.held.total()} of {result.claims.total()} hold, {result.share:.2%}\n")
        for field, count in sorted(result.claims.items()):
            held = result.held[field]
            sys.stdout.write(f"  {field:28} {count:6} compared {held:6} equal {held / count:8.2%}\n")
        for difference in result.differences:
            kind = next((kind.why for kind in table if kind.has(difference)), "UNEXPLAINED")
            claim = difference.claim
            values = f"{claim.shown[:150]} / {difference.ours[:150]!r}"
            sys.stdout.write(f"  {claim.document} {claim.field}{list(claim.place)}: {values}: {kind}\n")
        sys.stdout.write(f"  beyond comparison: {result.beyond.total()}, {dict(result.beyond.most_common())}\n")


if __name__ == "__main__":
    main()
