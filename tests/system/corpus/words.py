"""The words that a reader of HTML sees, by a walk that shares nothing with the one under test."""

from __future__ import annotations

import re
from html.parser import HTMLParser

# What HTML's own style sheet does not show (HTML Living Standard, 15.3.1), and what is no text of an article.
UNSEEN = re.compile(r"script|style|template|head|title|svg|math|iframe|select|textarea|noembed|noframes|xmp")
# What it gives lines or cells of their own (15.3.2 to 15.3.10); every other element, known or not, stands in the line.
PARTING = re.compile(
    r"html|body|address|blockquote|center|dialog|div|figure|figcaption|footer|form|header|hr|legend|listing|main|p|"
    r"plaintext|pre|search|article|aside|h[1-6]|hgroup|nav|section|dir|dd|dl|dt|menu|ol|ul|li|table|caption|colgroup|"
    r"col|thead|tbody|tfoot|tr|td|th|fieldset|details|summary|optgroup|option|br|button|noscript|video|audio|iframe"
)


class _Walk(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self.within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if UNSEEN.fullmatch(tag):
            self.within.append(tag)
        self._part(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # HTML knows no empty element but those that always are: `<b/>` opens. Who writes `<iframe/>` means it empty.
        if UNSEEN.fullmatch(tag):
            self._part(tag)
        else:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.within:
            del self.within[self.within.index(tag) :]
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self.within:
            self.seen.append(data)

    def _part(self, tag: str) -> None:
        if PARTING.fullmatch(tag) and not self.within:
            self.seen.append(" ")


def words(html: str) -> list[str]:
    """The words of the visible text of `html`, in order. Block elements part words, inline ones do not."""
    walk = _Walk()
    walk.feed(html)
    walk.close()
    return "".join(walk.seen).split()
