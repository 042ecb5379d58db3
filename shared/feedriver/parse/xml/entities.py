"""The harmless entities that a document declares for itself: `<!ENTITY co "Company &amp; Sons">` and `&co;`.

feedparser reads some of them, depending on how the lines are broken; an identity must not depend on that. What names
files or hosts, holds markup, or other entities (XML 1.0 §4.2: the way to billions of laughs) is never resolved.
"""

from __future__ import annotations

import re

_SUBSET = re.compile(r"<!DOCTYPE\s[^<>\[\]]{0,1000}\[(.{0,20000}?)\]\s*>", re.DOTALL)
_ENTITY = re.compile(r"""<!ENTITY\s+([A-Za-z_][\w.-]{0,60})\s+(?:"([^"<>%]{0,1000})"|'([^'<>%]{0,1000})')\s*>""")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
# XML's own five, and characters by number: all that the value of a harmless entity may refer to.
_REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")
_HEAD = 30_000  # characters in which a document type must stand
_MOST = 1_000_000  # characters that a document may grow by


def resolved(text: str) -> str:
    """`text`, an XML document, with its own harmless entities put in, outside CDATA sections.

    The document type goes where nothing else is declared: feedparser chokes on one that is written in one line. A
    document that would grow by more than a million characters is left as it is.
    """
    head = text[:_HEAD]
    subset = _SUBSET.match(head, head.find("<!DOCTYPE")) if "<!DOCTYPE" in head and "<!ENTITY" in head else None
    if subset is None:
        return text
    declared = _ENTITY.finditer(_COMMENT.sub("", subset[1]))
    values: dict[str, str] = {}
    for name, double, single in (entity.groups() for entity in declared):
        values.setdefault(name, double or single or "")  # of two declarations the first counts (XML 1.0 §4.2)
    harmless = {name: value for name, value in values.items() if not _REFERENCE.search(value)}
    if not harmless:
        return text
    reference = re.compile(rf"<!\[CDATA\[.*?(?:\]\]>|\Z)|&({'|'.join(map(re.escape, harmless))});", re.DOTALL)
    body = text[subset.end() :]
    if sum(len(harmless[found[1]]) for found in reference.finditer(body) if found[1]) > _MOST:
        return text
    declared_before = text[: subset.start() if harmless.keys() == values.keys() else subset.end()]
    return declared_before + reference.sub(lambda found: harmless[found[1]] if found[1] else found[0], body)
