"""Text of an entry: from HTML or plain text to sanitized HTML, and to plain text with a paragraph a line."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterable
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedriver import urls
from feedriver.models import Image
from feedriver.parse.growth import grows
from feedriver.parse.invisible import hidden, invisible
from feedriver.parse.limits import CHARACTER_REFERENCE, TITLE, capped, clean, collapsed
from feedriver.parse.normalize.media import pixels
from feedriver.parse.normalize.sanitize import sanitized
from feedriver.parse.source import Markup

# Elements whose content is no text to be read.
_NO_TEXT = ["script", "style", "template", "head", "title", "svg", "math", "iframe", "select", "textarea"]
_BLOCKS = (
    "address|article|aside|blockquote|br|button|caption|center|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|"
    "figure|footer|form|h[1-6]|header|hgroup|hr|legend|li|main|menu|nav|ol|optgroup|option|p|pre|section|summary|"
    "table|tbody|tfoot|thead|tr|ul|video|audio|noscript|iframe"
)
_BLOCK = re.compile(rf"<(?=/?(?:{_BLOCKS})\b)", re.IGNORECASE)
_CELL = re.compile(r"<(?=t[dh]\b)", re.IGNORECASE)
# Nesting costs an HTML parser its square. What people write is some twenty levels deep.
_MAX_DEPTH = 500
_NESTING = re.compile(
    r"<(/?)(?!(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr|"
    r"p|li|dt|dd|tr|t[dh]|thead|tbody|tfoot|option|optgroup|colgroup|r[bpt])\b)[a-z]",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]*>")
_PRE = re.compile(r"(</?pre\b)", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[A-Za-z/!]")
# `<iframe … />` as in XML is meant to be empty; HTML would take all that follows for its content.
_NEVER_EMPTY = "iframe|object|script|style|template|title|select|textarea|noembed|noframes|noscript|xmp|video|audio"
_SELF_CLOSED = re.compile(rf"<({_NEVER_EMPTY})\b([^<>]*)/>", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
# Marks the end of a line. HTML takes it for white space, so that it is not moved out of tables as text would be.
_LINE_END = "\f"


class Body(NamedTuple):
    """A piece of markup, read: sanitized HTML, plain text with a paragraph a line, and its first picture."""

    html: str
    text: str
    image: Image | None


def body_of(markup: Markup) -> Body:
    """Sanitize `markup` (`feedriver.parse.normalize.sanitize`) and read its text.

    Block elements, `<br>`, list items, table rows and the lines of `<pre>` are lines of the text. Inline elements
    neither part nor join words. Scripts and styles have no text. HTML without a single tag, as many RSS descriptions
    are, has a new paragraph at each blank line.
    """
    source = clean(markup.value)
    if plain := _without_tags(source, markup):
        return plain
    source = _SELF_CLOSED.sub(r"<\1\2></\1>", source)
    tree = _tree(source)
    html, text, image = sanitized(source, markup.base), _lines(tree), _first_image(tree, markup.base)
    # Where all tags were taken out, lines are left: without this, reading `html` once more would give other HTML.
    return Body(html, text, image) if _ANY_TAG.search(html) else in_paragraphs(text.split("\n"))._replace(image=image)


def text_of(markup: Markup) -> str:
    """The text of `markup` alone, a paragraph a line."""
    source = clean(markup.value)
    plain = _without_tags(source, markup)
    return plain.text if plain else _lines(_tree(_SELF_CLOSED.sub(r"<\1\2></\1>", source)))


def title_of(markup: Markup | None) -> str | None:
    """A title: one line of plain text, at most 2,000 characters.

    A character reference that is left after the markup was read was escaped twice, and is decoded too. What then looks
    like a tag is text: it was escaped on purpose.
    """
    if markup is None:
        return None
    source = markup.value[: TITLE * 20]
    text = collapsed(source) if markup.kind == "text" else collapsed(text_of(markup._replace(value=source)))
    if CHARACTER_REFERENCE.search(text):
        text = collapsed(entities.unescape(text))
    return capped(text, TITLE) or None


def _without_tags(source: str, markup: Markup) -> Body | None:
    """The body where no tag is to be read: plain text, HTML without tags, and HTML too deep or too large to parse."""
    if markup.kind == "text":
        return in_paragraphs(source.split("\n"))
    if not _ANY_TAG.search(source):
        return in_paragraphs(entities.unescape(part) for part in _BLANK_LINE.split(source))
    if (source.count("<") > _MAX_DEPTH and _too_deep(source)) or grows(source, markup.base):
        return in_paragraphs(entities.unescape(_TAG.sub("\n", source)).split("\n"))
    return None


def _too_deep(source: str) -> bool:
    depth = 0
    for tag in _NESTING.finditer(source):
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        if depth > _MAX_DEPTH:
            return True
    return False


def in_paragraphs(paragraphs: Iterable[str]) -> Body:
    """Plain text as a body, each of `paragraphs` a paragraph of it."""
    lines = [line for line in map(collapsed, paragraphs) if line]
    return Body("".join(f"<p>{entities.escape(line, quote=False)}</p>" for line in lines), "\n".join(lines), None)


def _tree(source: str) -> LexborHTMLParser:
    pieces = _PRE.split(source)
    for index in range(0, len(pieces), 2):
        in_pre = index > 0 and not pieces[index - 1].startswith("</")
        pieces[index] = pieces[index].replace("\n", _LINE_END) if in_pre else pieces[index]
    tree = LexborHTMLParser(_CELL.sub(" <", _BLOCK.sub(f"{_LINE_END}<", "".join(pieces))))
    tree.strip_tags(_NO_TEXT)
    return tree


def _lines(tree: LexborHTMLParser) -> str:
    node = tree.body or tree.root
    text = node.text(separator="") if node else ""
    lines = (" ".join(clean(line).split()) for line in text.split(_LINE_END))
    return "\n".join(filter(None, lines))


def _first_image(tree: LexborHTMLParser, base: str) -> Image | None:
    shown: dict[int, bool] = {}
    for node in tree.css("img[src]"):
        attributes = node.attributes
        if invisible(attributes) or not _shown(node.parent, shown):
            continue
        if url := urls.resolve(base, attributes.get("src")):
            width, height = pixels(attributes.get("width") or ""), pixels(attributes.get("height") or "")
            return Image(url=url, source="html", width=width, height=height)
    return None


def _shown(node: LexborNode | None, known: dict[int, bool]) -> bool:
    """Whether no element from `node` up hides its content. Each result is kept in `known`, by the node's id."""
    unknown = []
    while node and node.mem_id not in known:
        unknown.append(node)
        node = node.parent
    shown = known[node.mem_id] if node else True
    for each in reversed(unknown):
        shown = known[each.mem_id] = shown and not hidden(each.attributes)
    return shown
