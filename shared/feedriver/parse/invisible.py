"""Pictures that nobody sees (tracking pixels): they count readers, and show nothing.

They are found by what the markup says of their size and visibility, as a browser reads it (HTML, "rules for parsing
dimension values"; CSS Display 3 §2.8), and by no list of hosts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_VISIBLE_FROM = 2.0  # pixels a side; anything smaller is not seen
_DIMENSION = re.compile(r"[\t\n\f\r ]*(\d{1,20}(?:\.\d{1,20})?)(%?)")
_LENGTH = re.compile(r"(\d{0,20}(?:\.\d{1,20})?)(px)?")
_SIDES = {"width", "height", "max-width", "max-height"}
_HIDING = {("display", "none"), ("visibility", "hidden"), ("visibility", "collapse")}
_ZERO = re.compile(r"0+(?:\.0*)?%?|\.0+%?")
_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [^\s=>"]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' (width|height|style|hidden)="([^"]*)"')
_MARK = re.compile(r' (?:style|hidden)=""')
_EMPTY = {"area", "br", "col", "hr", "wbr"}  # elements without an end, of those that are allowed beside img


def tiny(dimension: str) -> bool:
    """Whether a `width` or `height` states a side of a pixel at most: `1`, `0`, `1px`, `1.5`; not `100%`."""
    found = _DIMENSION.match(dimension)
    return found is not None and float(found[1]) < (0.01 if found[2] else _VISIBLE_FROM)


def hidden(attributes: Mapping[str, str | None]) -> bool:
    """Whether an element with these attributes hides itself and all its content."""
    return "hidden" in attributes or any(
        (name, value) in _HIDING or (name == "opacity" and _ZERO.fullmatch(value))
        for name, value in _declared(attributes.get("style"))
    )


def invisible(attributes: Mapping[str, str | None]) -> bool:
    """Whether a picture with these attributes shows nothing."""
    if any(tiny(attributes.get(side) or "") for side in ("width", "height")) or hidden(attributes):
        return True
    return any(name in _SIDES and _small(value) for name, value in _declared(attributes.get("style")))


def hiding_mark(tag: str, attribute: str, value: str) -> str | None:
    """For nh3's filter: an empty `style` or `hidden` where it hides the element, else None (the attribute goes)."""
    hides = invisible if tag == "img" else hidden
    return "" if hides({attribute: value}) else None


def without_invisible(html: str) -> str:
    """`html` as nh3 writes it, without its invisible pictures and without the marks of `hiding_mark`."""
    if "<img" not in html and not _MARK.search(html):
        return html
    kept, at, depth = [], 0, 0  # depth: of open elements within one that is hidden
    for tag in _TAG.finditer(html):
        end, name, attributes = tag.groups()
        if end:
            depth -= bool(depth)
        elif name == "img":
            if depth or invisible(dict(_ATTRIBUTE.findall(attributes)) | _marked(attributes)):
                kept.append(html[at : tag.start()])
                at = tag.end()
        else:
            marked = _MARK.search(attributes)
            depth += bool(depth or marked) and name not in _EMPTY
            if marked:
                kept += (html[at : tag.start(3)], _MARK.sub("", attributes))
                at = tag.end(3)
    return "".join((*kept, html[at:]))


def _marked(attributes: str) -> dict[str, str]:
    return {"hidden": ""} if _MARK.search(attributes) else {}


def _declared(style: str | None) -> list[tuple[str, str]]:
    """The declarations of a `style`: names and values, in lower case."""
    pairs = (each.partition(":") for each in (style or "").lower().split(";"))
    return [(name.strip(), value.replace("!important", "").strip()) for name, _, value in pairs]


def _small(value: str) -> bool:
    """Whether a CSS length is less than two pixels; in other units only zero is."""
    found = _LENGTH.match(value)
    if not found or not found[1]:
        return False
    number = float(found[1])
    rest = value[found.end() :].strip()
    return number == 0 or (number < _VISIBLE_FROM and found[2] == "px" and not rest)
