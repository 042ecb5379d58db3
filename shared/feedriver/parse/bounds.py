"""Bounds of an entry: its texts are cut so that no line of the store has more than 4 MB. Pure.

Readers of the table have bounds of their own: one longer line makes all of it unreadable (DuckDB's
`maximum_object_size` is 16 MB, a row of Athena has 32 MB, pyarrow fails from 1 MB of block on). The documents are in
`raw/`, whole. Bounds are bytes of JSON in UTF-8, in which `"` takes two and a control up to six. All the other fields
of an entry together take 1.2 MB at most, by the bounds that each of them has where it is read.
"""

from __future__ import annotations

import re
from typing import TypeVar

from feedriver.models import Item
from feedriver.parse.normalize.sanitize import sanitized
from feedriver.parse.normalize.text import in_paragraphs
from feedriver.trimming import cut

AnItem = TypeVar("AnItem", bound=Item)
LINE = 4_000_000  # bytes of JSON that no entry is over
BODY = 1_000_000  # of `html`, and of `text`
SUMMARY = 250_000
_LONGEST_CHARACTER = 6  # bytes of JSON
_CLOSING = 20_000  # bytes of the end tags of what is open where html is cut
_ESCAPED = 5  # times as long is "&" in html
_BEGUN = re.compile(r"&[#\w]{0,31}\Z", re.ASCII)  # a reference that was cut


def bounded(item: AnItem) -> AnItem:
    """`item` with `html`, `text` and `summary` in their bounds, and the mark "body_cut" where one was over.

    A summary equal to `text` is not kept twice. An item that was bounded before does not change.
    """
    summary = None if item.body_from == "summary" or item.summary == item.text else item.summary
    whole = {"html": item.html, "text": item.text, "summary": summary}
    kept = {
        "html": item.html and _html(item.html, item.text),
        "text": _lines(item.text, BODY),
        "summary": summary and _lines(summary, SUMMARY),
    }
    marked = kept == whole or "body_cut" in item.marks
    return item.replace(**(kept | {"marks": item.marks if marked else (*item.marks, "body_cut")}))


def _lines(text: str, most: int) -> str:
    """The lines of `text` that fit; where the first that does not is longer than all of them, a part of it too."""
    if len(text) * _LONGEST_CHARACTER <= most or (kept := cut(text, most)) == text:
        return text
    end = kept.rfind("\n")
    return kept[:end] if end > len(kept) // 2 else kept


def _html(html: str, text: str) -> str:
    """`html` up to a tag, sanitized once more, which closes what is open there."""
    if len(html) * _LONGEST_CHARACTER <= BODY or cut(html, BODY) == html:
        return html
    for most in (BODY - _CLOSING, BODY // 2):
        kept = cut(html, most)
        tag = kept.rfind("<")
        shorter = sanitized(kept[:tag] if tag > most // 2 else _BEGUN.sub("", kept), "")
        if cut(shorter, BODY) == shorter:
            return shorter
    # Its end tags are as long as all of it.
    return in_paragraphs(_lines(text, BODY // (2 * _ESCAPED)).split("\n")).html
