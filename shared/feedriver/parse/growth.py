"""Growth: HTML whose tree would be far longer than its source is found before a tree is made of it.

An HTML parser reopens formatting elements that are not closed in each block that follows, with their attributes (WHATWG
HTML §13.2.4.3): 400 `<b id=…>` before a thousand `<p>` become 350 times as long. And a short address that is made
absolute is as long as its base. What people write grows little, since they close their elements.
"""

from __future__ import annotations

import re

LEAST = 256 * 1024  # characters that any piece of markup may grow by
TIMES = 4  # and as many times its own length
_FORMATTING = "a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u"
_NOT_NESTED = frozenset({"a", "nobr"})  # a start tag closes the one that is open
# A formatting tag, with its name; or any other tag but those without an end of their own, which open no block.
_TAG = re.compile(
    rf"<(/?)(?:({_FORMATTING})(?=[\s/>])[^<>]*|(?!(?:area|br|embed|hr|img|input|link|meta|span|wbr)\b)[a-z][^<>]*)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\b(?:href|src|cite)\s*=", re.IGNORECASE)


def grows(markup: str, base: str) -> bool:
    """Whether the tree of `markup`, its addresses absolute by `base`, would be far longer. Takes linear time."""
    most = max(LEAST, TIMES * len(markup))
    tags = markup.count("<")
    if (len(markup) + len(base)) * tags <= most:
        return False
    grown = len(base) * len(_ADDRESS.findall(markup)) if len(base) * tags > most else 0
    open_tags: dict[str, list[int]] = {}
    length = 0
    for tag in _TAG.finditer(markup):
        if grown > most:
            return True
        name = tag[2].lower() if tag[2] else None
        if name is None:
            grown += length
            continue
        lengths = open_tags.setdefault(name, [])
        if lengths and (tag[1] or name in _NOT_NESTED):
            length -= lengths.pop()
        if not tag[1]:
            lengths.append(len(tag[0]) + 1)
            length += lengths[-1]
    return grown > most
