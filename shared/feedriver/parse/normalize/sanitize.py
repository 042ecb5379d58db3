"""Sanitizing HTML: scripts and invisible pictures are taken out, and addresses are made absolute.

This module alone knows nh3.
"""

from __future__ import annotations

import re
from functools import lru_cache

import nh3

from feedriver import urls
from feedriver.parse.invisible import hiding_mark, without_invisible
from feedriver.parse.limits import clean

_SCHEMES = {"http", "https", "mailto"}
_ADDRESSES = {"href", "src", "cite"}
_HIDING = {"style", "hidden"}  # they pass nh3 only as far as its filter, which marks by them what nobody sees
_ATTRIBUTES = {**nh3.ALLOWED_ATTRIBUTES, "*": {"lang", "title"} | _HIDING}  # the first two are ammonia's default
# What nh3 allows, and the blocks that it does not: without them two sections would run into one line.
_TAGS = nh3.ALLOWED_TAGS | {"section", "main", "address", "tfoot"}
_PRE_WITH_LINE_FEED = re.compile(r"<pre(?:\s[^<>]*)?>(?=\n)")  # HTML drops the first line feed in it: another keeps it


def sanitized(html: str, base: str) -> str:
    """`html` without what may run and without pictures that nobody sees; addresses are absolute by `base`.

    Elements and attributes are of a fixed list; links are http, https or mailto. Visible pictures stay: whoever shows
    them requests them from the publisher or a third party.
    """
    return _PRE_WITH_LINE_FEED.sub(r"\g<0>\n", without_invisible(clean(_cleaner(base).clean(html))).strip())


@lru_cache(maxsize=32)
def _cleaner(base: str) -> nh3.Cleaner:
    # nh3 calls the filter after it has taken out each scheme that is not allowed: the rest is allowed, or relative.
    def filtered(tag: str, attribute: str, value: str) -> str | None:
        if attribute in _HIDING:
            return hiding_mark(tag, attribute, value)
        if attribute not in _ADDRESSES:
            return value
        if value[:7].lower() == "mailto:":
            return urls.encoded(value) if len(value) <= urls.MAX_URL else None
        return urls.resolve(base, value)

    return nh3.Cleaner(tags=set(_TAGS), attributes=_ATTRIBUTES, url_schemes=set(_SCHEMES), attribute_filter=filtered)
