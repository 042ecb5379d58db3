"""The expected results that podcastparser and rss-parser ship beside their documents.

The corpus has the documents and not those results. `expected.tsv` has them as digests of their normal forms, a line a
document and field; `python tests/system/corpus/siblings.py FOLDER` makes it anew from a folder with checkouts of both.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

if __name__ == "__main__":  # pytest finds its neighbours by itself
    tests = Path(__file__).parents[2]
    sys.path[:0] = [str(tests / "support"), str(tests / "system")]

from corpus.claims import BASE, KINDS, Claim, Claims, forms

Result = dict[str, Any]
SITE, ROOT = urljoin(BASE, "/"), urljoin(BASE, ".")
EXPECTED = Path(__file__).with_name("expected.tsv")
BASES = {
    "podcastparser": {"title": "title", "link": "link", "description": "description", "cover_url": "icon",
                      "language": "language"},
    "rss-parser": {"title": "title", "link": "link", "description": "description", "image.url": "icon",
                   "language": "language"},
}  # fmt: skip
ENTRIES = {
    "podcastparser": {"title": "title", "link": "link", "guid": "guid", "description": "body",
                      "description_html": "body", "published": "published", "enclosures.url": "enclosure.url",
                      "enclosures.mime_type": "enclosure.type", "enclosures.file_size": "enclosure.length",
                      "episode_art_url": "image"},
    "rss-parser": {"title": "title", "link": "link", "guid": "guid", "id": "guid", "content": "body",
                   "content:encoded": "content", "summary": "summary", "pubDate": "published_raw",
                   "isoDate": "published", "creator": "author", "author": "author", "categories": "category.term",
                   "enclosure.url": "enclosure.url", "enclosure.type": "enclosure.type",
                   "enclosure.length": "enclosure.length"},
}  # fmt: skip


def read(suite: str) -> Claims:
    """The claims of `suite` in `expected.tsv`."""
    within: list[Claim] = []
    beyond: Counter[str] = Counter()
    for line in EXPECTED.read_text().splitlines():
        of, document, field, values = line.split("\t")
        if of != suite:
            continue
        if document == "-":
            beyond[field] = int(values)
            continue
        for value in values.split():
            place, _, digests = value.partition("=")
            numbers = tuple(int(each) for each in place.split(".") if each)
            within.append(Claim(document, field, numbers, frozenset(digests.split("|"))))
    return Claims(within, beyond)


def _results(folder: Path) -> Iterator[tuple[str, str, Result]]:
    for file in sorted(folder.glob("podcastparser/tests/data/*.json")):
        if file.with_suffix(".rss").exists():
            yield "podcastparser", f"podcastparser/tests/data/{file.stem}.rss", json.loads(_text(file))
    for file in sorted(folder.glob("rss-parser/test/output/*.json")):
        for kind in ("rss", "atom"):
            if (folder / f"rss-parser/test/input/{file.stem}.{kind}").exists():
                yield "rss-parser", f"rss-parser/test/input/{file.stem}.{kind}", json.loads(_text(file))["feed"]


def _said(suite: str, document: str, of: Result, field: str, value: object) -> tuple[str, object, frozenset[str]]:
    """The field that is meant, its value, and what else would be right.

    What a project writes where the feed says nothing is nothing said.
    """
    if suite == "rss-parser":  # it writes Atom's dates anew, in Coordinated Universal Time
        return "published" if field == "published_raw" and str(value)[4:5] == "-" else field, value, frozenset()
    filled = (field == "guid" and value in [of.get("link"), *(each["url"] for each in of["enclosures"])]) or (
        field == "link" and value == of.get("guid")
    )
    if isinstance(value, str):
        value = value.replace("file://tests/data/", ROOT).replace("file://tests/", SITE)
    names = {Path(document).stem, *(Path(each["url"]).stem for each in of.get("enclosures", ()))}
    if (field == "title" and value in names) or value in (-1, "application/octet-stream"):
        value = None
    return field, value, forms("", None) if filled else frozenset()


def _repeated(of: Result, index: int) -> bool:
    return of["enclosures"][index]["url"] in [each["url"] for each in of["enclosures"][:index]]


def _text(file: Path) -> str:
    body = file.read_bytes()
    try:
        return body.decode()
    except UnicodeDecodeError:  # one of them is as its document is
        return body.decode("latin-1")


def _leaves(
    value: object, name: str = "", numbers: tuple[int, ...] = ()
) -> Iterator[tuple[str, tuple[int, ...], object]]:
    if isinstance(value, dict):
        if "_" in value:  # an element with attributes, as rss-parser gives it
            value = {"": value["_"], **{f"@{key}": each for key, each in value.items() if key != "_"}}
        for key, each in value.items():
            yield from _leaves(each, f"{name}.{key}".strip("."), numbers)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _leaves(each, name, (*numbers, index))
    else:
        yield name, numbers, value


def _write(folder: Path) -> None:
    lines: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    beyond: Counter[tuple[str, str]] = Counter()
    for suite, document, result in _results(folder):
        episodes = result.pop("episodes", None) or result.pop("items", [])
        episodes.sort(key=lambda episode: -episode.get("published", 0))
        lines[suite, document, "entries"].append("=" + "|".join(sorted(forms("", str(len(episodes))))))
        for root, names, of in (("feed", BASES[suite], result), ("entries", ENTRIES[suite], episodes)):
            for name, numbers, value in _leaves(of):
                field = names.get(name)
                if len(numbers) > 1 and name.startswith("enclosures") and _repeated(of[numbers[0]], numbers[1]):
                    field, name = None, "enclosures, the same again"  # noqa: PLW2901 - named for the count
                if field is None:
                    beyond[suite, f"{root}.{name}"] += 1
                    continue
                place = ".".join(map(str, (*numbers, 0, 0)[: 2 if root == "entries" else 1]))
                meant, said, besides = _said(suite, document, of[numbers[0]] if numbers else of, field, value)
                kind = "text" if meant == "body" else KINDS.get(meant, "")
                right = forms(kind, said, ROOT) | besides
                lines[suite, document, f"{root}.{meant}"].append(f"{place}={'|'.join(sorted(right))}")
    rows = [(*key, " ".join(values)) for key, values in lines.items()]
    rows += [(suite, "-", name, str(count)) for (suite, name), count in sorted(beyond.items())]
    EXPECTED.write_text("".join("\t".join(row) + "\n" for row in rows))


if __name__ == "__main__":
    _write(Path(sys.argv[1]))
