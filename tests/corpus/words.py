"""The words that a reader of HTML sees, by a walk that shares nothing with the one under test."""

from __future__ import annotations

from html.parser import HTMLParser

# What HTML's own style sheet does not show (HTML Living Standard, 15.3.1), and what is no text of an article.
UNSEEN = frozenset(
    [
        "script",
        "style",
        "template",
        "head",
        "title",
        "svg",
        "math",
        "iframe",
        "select",
        "textarea",
        "noembed",
        "noframes",
        "xmp",
    ]
)
# All that the style sheet puts into the line; every other element begins a new one.
INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "img",
        "ins",
        "kbd",
        "label",
        "map",
        "mark",
        "nobr",
        "object",
        "picture",
        "q",
        "rb",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "source",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
        "blink",
        "tg-spoiler",
        "input",
        "link",
        "meta",
        "base",
        "area",
        "embed",
        "param",
        "track",
        "audio",
        "canvas",
        "output",
        "progress",
        "meter",
    ]
)
VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)


class _Walk(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self.within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN and tag not in VOID:
            self.within.append(tag)
        self._part(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # HTML knows no empty element but those that always are: `<b/>` opens. Who writes `<iframe/>` means it empty.
        if tag in UNSEEN:
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
        if tag not in INLINE and not self.within and ":" not in tag and "-" not in tag:
            self.seen.append(" ")


def words(html: str) -> list[str]:
    """The words of the visible text of `html`, in order. Block elements part words, inline ones do not."""
    walk = _Walk()
    walk.feed(html)
    walk.close()
    return "".join(walk.seen).split()
