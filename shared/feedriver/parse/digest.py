"""The digest of a document less what only says when it was made: where it is the same, nothing in it is new.

It is for documents that have no window (`feedriver.decide.window`): those that cannot be cut into items, that have
flaws, or that hold too many. Some hosts write the time of the request into each of them.
"""

from __future__ import annotations

import hashlib
import re

from feedriver.parse.slices import DATED, MOST_AROUND

LENGTH = 16  # hexadecimal digits
_BEGINS = re.compile(rb"<(?:item|entry)(?=[\s/>])")
_ENDS = (b"</item", b"</entry")
# What is no comment is kept: text that has "<!--" in it, and a comment without an end, which a parser may read
# otherwise. Such a one is the last match: the search for an end is made in vain but once.
_COMMENT = re.compile(rb"(<!\[CDATA\[.*?(?:\]\]>|\Z))|<!--.*?-->|(<!--.*\Z)", re.DOTALL)
_OTHERS = re.compile(rb"[<:](?:item|entry)(?=[\s/>])", re.IGNORECASE)  # also with a prefix, or in capitals


def digest_of(body: bytes, url: str, content_type: str | None, version: int) -> str:
    """The digest of `body`, a document got from `url`.

    What stands before the first item and behind the last counts without comments and without dates of its own, such as
    `lastBuildDate`. All else counts as it is, and so do `content_type` and the `version` of what read it. Where items
    may stand there as well, or where this is no XML, nothing is left out. Takes linear time.
    """
    before, items, behind = _parts(body)
    made = hashlib.sha256(b"\n".join((url.encode("utf-8", "replace"), (content_type or "").encode("utf-8", "replace"))))
    made.update(b"\n%d\n" % version)
    made.update(_timeless(before))
    made.update(items)
    made.update(_timeless(behind))
    return made.hexdigest()[:LENGTH]


def _parts(body: bytes) -> tuple[bytes, bytes, bytes]:
    """What stands before the first item, the items with all between them, what stands behind the last."""
    first = _BEGINS.search(body) if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else None
    start = first.start() if first else 0
    end = max((at for each in _ENDS if (at := body.rfind(each, start)) >= 0), default=len(body))
    others = _OTHERS.search(body, 0, start) or _OTHERS.search(body, end)
    if not first or start > MOST_AROUND or len(body) - end > MOST_AROUND or others:
        return b"", body, b""
    return body[:start], body[start:end], body[end:]


def _timeless(piece: bytes) -> bytes:
    return DATED.sub(b"", _COMMENT.sub(rb"\1\2", piece)).strip()
