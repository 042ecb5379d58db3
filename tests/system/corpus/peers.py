"""What feedparser makes of the captured feeds, entry by entry, as claims about what we make of them."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator

import feedparser
from corpus.claims import BASE, KINDS, Claim, Claims, forms

HEADERS = {"content-location": BASE, "content-type": "application/xml"}


def of_feedparser_itself(bodies: dict[str, bytes]) -> Claims:
    """Title, link, id, author, date, enclosures and the number of tags of each entry that feedparser finds.

    JSON Feeds are beyond it. Its cleaning is off: it alters none of these.
    """
    within: list[Claim] = []
    beyond: Counter[str] = Counter()
    for document, body in bodies.items():
        read = feedparser.parse(io.BytesIO(body), response_headers=dict(HEADERS), sanitize_html=False)
        if read.version.startswith("json") or not read.version:
            beyond["a document in which it finds no feed"] += 1
            continue
        within.append(Claim(document, "entries", (), forms("", len(read.entries))))
        for index, entry in enumerate(read.entries):
            within += _claims(document, index, entry)
    return Claims(within, beyond)


def _claims(document: str, index: int, entry: dict[str, object]) -> Iterator[Claim]:
    # dict.get, since feedparser's own gives one date for another.
    dates = [dict.get(entry, key) for key in ("published_parsed", "created_parsed", "updated_parsed")]
    enclosures = list(dict.fromkeys(each["href"] for each in entry.get("enclosures", ()) if each.get("href")))
    values = {
        "title": entry.get("title"),
        "link": entry.get("link"),
        "guid": entry.get("id"),
        "author": entry.get("author"),
        "published": next((tuple(each) for each in dates if each), None),
        "categories": len([tag for tag in entry.get("tags", ()) if tag.get("term") or tag.get("label")]),
    }
    for field, value in values.items():
        right = forms(KINDS.get(field, ""), value)
        yield Claim(document, f"entries.{field}", (index, 0), right, repr(value))
    for number, url in enumerate(enclosures):
        yield Claim(document, "entries.enclosure.url", (index, number), forms("url", url), url)
