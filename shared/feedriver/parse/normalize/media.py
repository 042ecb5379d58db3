"""Pictures and attached files of an entry."""

from __future__ import annotations

import re
from collections.abc import Iterable

from feedriver import urls
from feedriver.models import Enclosure, Image
from feedriver.parse.invisible import tiny
from feedriver.parse.limits import collapsed
from feedriver.parse.source import Attachment

_MOST = 100  # files of one entry
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,100}(?:;.{0,100})?", re.ASCII)
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp)(?:$|[?#])", re.IGNORECASE)
_MAX_PIXELS = 100_000  # pixels
_SAFE_INTEGER = 2**53  # the largest that JSON's readers keep (RFC 8259 §6)
# WordPress names the author's portrait as the first media:content of each entry; it shows a person, not the story.
_PORTRAIT = re.compile(r"^https?://[^/]*gravatar\.com/avatar/", re.IGNORECASE)


def images(attachments: Iterable[Attachment], in_html: Image | None, base: str) -> tuple[Image, ...]:
    """The pictures of an entry, each address once, the lead image first.

    What the publisher names goes before what we find: the `media:content` pictures, the widest first where widths are
    stated; then an enclosure that is a picture; then `itunes:image`, or JSON Feed's `image` and `banner_image`; then
    thumbnails, the widest first; then the first picture in the text. Pictures that nobody sees are left out.
    """
    found: dict[str, Image] = {}
    files = [file for file in attachments if _is_picture(file)]
    ranked = [
        *sorted((file for file in files if file.role == "media"), key=_by_width),
        *(file for file in files if file.role == "enclosure"),
        *(file for file in files if file.role in {"itunes", "jsonfeed"}),
        *sorted((file for file in files if file.role == "thumbnail"), key=_by_width),
    ]
    for file in ranked:
        url = urls.resolve(base, file.url)
        if url and not _PORTRAIT.match(url) and not (tiny(file.width) or tiny(file.height)):
            width, height = pixels(file.width), pixels(file.height)
            found.setdefault(url, Image(url=url, source=file.role, width=width, height=height))
    if in_html:
        found.setdefault(in_html.url, in_html)
    return tuple(found.values())[:_MOST]


def enclosures(attachments: Iterable[Attachment], base: str) -> tuple[Enclosure, ...]:
    """The attached files, each address once, in order. A length that is no number, or negative, is None.

    Audio and video of a `media:content` counts as attached (Media RSS 1.5.1, `medium`).
    """
    found: dict[str, Enclosure] = {}
    for file in attachments:
        attached = file.role == "enclosure" or (file.role == "media" and _plays(file))
        if attached and (url := urls.resolve(base, file.url)):
            found.setdefault(url, Enclosure(url=url, type=media_type(file.type), length=number(file.length)))
    return tuple(found.values())[:_MOST]


def media_type(text: str) -> str | None:
    """`text` if it is a media type (RFC 6838 §4.2), in lower case; else None."""
    text = collapsed(text).lower()
    return text if _MEDIA_TYPE.fullmatch(text) else None


def number(text: str, largest: int = _SAFE_INTEGER) -> int | None:
    """The whole number, not negative, that `text` is; None where it is none or above `largest`."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 20):  # noqa: PLR2004 - no number of ours is longer
        return None
    value = int(text)
    return value if value <= largest else None


def pixels(text: str) -> int | None:
    """A width or height in pixels, None where it is not stated as one."""
    return number(text.strip().removesuffix("px"), _MAX_PIXELS) or None


def _by_width(file: Attachment) -> int:
    return -(pixels(file.width) or 0)


def _plays(file: Attachment) -> bool:
    stated = file.type.strip().lower().partition("/")[0] or file.medium.strip().lower()
    return stated in {"audio", "video"}


def _is_picture(file: Attachment) -> bool:
    if file.role in {"itunes", "jsonfeed", "thumbnail"}:
        return True
    kind = file.type.strip().lower()
    if kind or file.medium:
        return kind.startswith("image/") or (not kind and file.medium.strip().lower() == "image")
    return bool(_PICTURE_FILE.search(file.url))
