"""HTML and plain text, to sanitized HTML and to paragraphs one a line."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedriver import urls
from feedriver.models import Image
from feedriver.parse.growth import grows
from feedriver.parse.invisible import hidden, invisible, mark, taken_out
from feedriver.parse.limits import TITLE, capped, clean, collapsed
from feedriver.parse.normalize.media import pixels
from feedriver.parse.source import Markup

_SCHEMES = {"http", "https", "mailto"}
_ADDRESSES = {"href", "src", "cite"}
_HIDING = {"style", "hidden"}  # allowed as far as the filter, which marks by them what nobody sees
_ATTRIBUTES = {**nh3.ALLOWED_ATTRIBUTES, "*": {"lang", "title"} | _HIDING}  # the first two are ammonia's default
# What nh3 allows, and the blocks that it does not: without them two sections would run into one line.
_TAGS = nh3.ALLOWED_TAGS | {"section", "main", "address", "tfoot"}
# What is never meant to be read as text.
_UNREAD = ["script", "style", "template", "head", "title", "svg", "math", "iframe", "select", "textarea"]
_BLOCKS = (
    "address|article|aside|blockquote|br|button|caption|center|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|"
    "figure|footer|form|h[1-6]|header|hgroup|hr|legend|li|main|menu|nav|ol|optgroup|option|p|pre|section|summary|"
    "table|tbody|tfoot|thead|tr|ul|video|audio|noscript|iframe"
)
_BLOCK = re.compile(rf"<(?=/?(?:{_BLOCKS})\b)", re.IGNORECASE)
_CELL = re.compile(r"<(?=t[dh]\b)", re.IGNORECASE)
# Nesting costs an HTML parser its square; what people write is some twenty levels deep.
_DEEPEST = 500
_NESTING = re.compile(
    r"<(/?)(?!(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr|"
    r"p|li|dt|dd|tr|t[dh]|thead|tbody|tfoot|option|optgroup|colgroup|r[bpt])\b)[a-z]",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]*>")
_PRE = re.compile(r"(</?pre\b)", re.IGNORECASE)
_LINE_AHEAD = re.compile(r"<pre(?:\s[^<>]*)?>(?=\n)")  # HTML drops the first line feed within: another keeps it
_ANY_TAG = re.compile(r"<[A-Za-z/!]")
# Who writes `<iframe … />` as in XML means it empty; HTML would take all that follows for its content.
_SWALLOWERS = "iframe|object|script|style|template|title|select|textarea|noembed|noframes|noscript|xmp|video|audio"
_SELF_CLOSED = re.compile(rf"<({_SWALLOWERS})\b([^<>]*)/>", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# Stands for the end of a line. HTML takes it for white space, so that it is not moved out of tables as text would be.
_LINE = "\f"


class Body(NamedTuple):
    """What a piece of markup says: sanitized HTML, paragraphs one a line, and its first picture."""

    html: str
    text: str
    image: Image | None


def read(markup: Markup) -> Body:
    """Sanitize `markup` and read its text.

    Links and pictures are absolute, http, https or mailto. Block elements, `<br>`, list items, table rows and the
    lines of `<pre>` are lines; inline elements neither part nor join words; scripts and styles are gone. HTML without
    a single tag, as many RSS descriptions are, has a paragraph where it has a blank line.
    """
    source = clean(markup.value)
    if plain := _without_tags(source, markup):
        return plain
    source = _SELF_CLOSED.sub(r"<\1\2></\1>", source)
    tree = _tree(source)
    html, text, image = sanitized(source, markup.base), _lines(tree), _first_image(tree, markup.base)
    # Of tags that are all taken out the lines are left: without this, reading `html` once more would give other HTML.
    return Body(html, text, image) if _ANY_TAG.search(html) else in_paragraphs(text.split("\n"))._replace(image=image)


def text_of(markup: Markup) -> str:
    """The text of `markup` alone, paragraphs one a line."""
    source = clean(markup.value)
    plain = _without_tags(source, markup)
    return plain.text if plain else _lines(_tree(_SELF_CLOSED.sub(r"<\1\2></\1>", source)))


def title_of(markup: Markup | None) -> str | None:
    """A title: one line of plain text, at most 2,000 characters.

    A reference that is left once the markup is read was escaped twice, and is read too; what then looks like a tag is
    text, since somebody took pains to show it.
    """
    if markup is None:
        return None
    source = markup.value[: TITLE * 20]
    text = collapsed(source) if markup.kind == "text" else collapsed(text_of(markup._replace(value=source)))
    if _REFERENCE.search(text):
        text = collapsed(entities.unescape(text))
    return capped(text, TITLE) or None


def sanitized(html: str, base: str) -> str:
    """`html` with what may run, and pictures that nobody sees, taken out, and its addresses absolute.

    Pictures to be seen stay, and whoever shows them asks the publisher, or a third party, for them.
    """
    return _LINE_AHEAD.sub(r"\g<0>\n", taken_out(clean(_cleaner(base).clean(html))).strip())


@lru_cache(maxsize=32)
def _cleaner(base: str) -> nh3.Cleaner:
    # Called after nh3 has taken out every scheme that is not allowed: what is left is allowed, or relative.
    def absolute(tag: str, attribute: str, value: str) -> str | None:
        if attribute in _HIDING:
            return mark(tag, attribute, value)
        if attribute not in _ADDRESSES:
            return value
        if value[:7].lower() == "mailto:":
            return urls.encoded(value) if len(value) <= urls.MAX_URL else None
        return urls.resolve(base, value)

    return nh3.Cleaner(tags=set(_TAGS), attributes=_ATTRIBUTES, url_schemes=set(_SCHEMES), attribute_filter=absolute)


def _without_tags(source: str, markup: Markup) -> Body | None:
    if markup.kind == "text":
        return in_paragraphs(source.split("\n"))
    if not _ANY_TAG.search(source):
        return in_paragraphs(entities.unescape(part) for part in _BLANK_LINE.split(source))
    if (source.count("<") > _DEEPEST and _too_deep(source)) or grows(source, markup.base):
        return in_paragraphs(entities.unescape(_TAG.sub("\n", source)).split("\n"))
    return None


def _too_deep(source: str) -> bool:
    depth = 0
    for tag in _NESTING.finditer(source):
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        if depth > _DEEPEST:
            return True
    return False


def in_paragraphs(paragraphs: Iterable[str]) -> Body:
    """Plain text as a body, each of these a paragraph of it."""
    lines = [line for line in map(collapsed, paragraphs) if line]
    return Body("".join(f"<p>{entities.escape(line, quote=False)}</p>" for line in lines), "\n".join(lines), None)


def _tree(source: str) -> LexborHTMLParser:
    pieces = _PRE.split(source)
    for index in range(0, len(pieces), 2):
        in_pre = index > 0 and not pieces[index - 1].startswith("</")
        pieces[index] = pieces[index].replace("\n", _LINE) if in_pre else pieces[index]
    tree = LexborHTMLParser(_CELL.sub(" <", _BLOCK.sub(f"{_LINE}<", "".join(pieces))))
    tree.strip_tags(_UNREAD)
    return tree


def _lines(tree: LexborHTMLParser) -> str:
    node = tree.body or tree.root
    text = node.text(separator="") if node else ""
    lines = (" ".join(clean(line).split()) for line in text.split(_LINE))
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
    """Whether no element from `node` up hides what is in it. Each is judged once and `known` from then on."""
    unknown = []
    while node and node.mem_id not in known:
        unknown.append(node)
        node = node.parent
    shown = known[node.mem_id] if node else True
    for each in reversed(unknown):
        shown = known[each.mem_id] = shown and not hidden(each.attributes)
    return shown
