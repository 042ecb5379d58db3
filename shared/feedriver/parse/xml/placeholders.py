"""Placeholders: feedparser sees a short mark in the place of a long text, and its result gets the text back.

feedparser is needed for the meaning of elements. It spends most of its time on the text in them, piece by piece and
several times over, for no more than is done here. A text is replaced only where there is one way to read it: one CDATA
section, or escaped text, that fills an element which feedparser takes for HTML.
"""

from __future__ import annotations

import html
import re
from contextlib import suppress
from dataclasses import dataclass

_SHORT = 150  # characters; a shorter text is not replaced
# Private-use characters (Unicode 23.5) around the number of the text.
_BEGIN, _END = "\uf8f3", "\uf8f4"
_PLACEHOLDER = re.compile(f"{_BEGIN}([0-9]+){_END}")
_OPEN = re.compile(
    r"<(?:(description|\w+:encoded|summary|content)|((?:dc|media):description|itunes:summary))((?:\s[^<>]*)?)(?<!/)>"
)
_TYPE = re.compile(r"\btype\s*=\s*[\"'](?:text/)?html[\"']", re.IGNORECASE)
_OTHER_TYPE = re.compile(r"\b(?:type|mode)\s*=", re.IGNORECASE)
_CDATA = "<![CDATA["
_UNKNOWN_REFERENCE = re.compile(r"&(?!(?:lt|gt|amp|quot|apos|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});)")
_C1 = re.compile("[\x80-\x9f]")
_SPACE = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class WithPlaceholders:
    """A document with placeholders in it, and the texts that they stand for, by their numbers."""

    text: str
    texts: tuple[str, ...] = ()

    def restored(self, value: str) -> str:
        """`value` with its placeholders replaced by the texts."""
        return _PLACEHOLDER.sub(self._text, value) if _BEGIN in value else value

    def _text(self, placeholder: re.Match[str]) -> str:
        return self.texts[int(placeholder[1])]


def with_placeholders(text: str) -> WithPlaceholders:
    """`text`, an XML document, with placeholders for its long texts. Takes linear time."""
    if _BEGIN in text or "<!ENTITY" in text:
        return WithPlaceholders(text)
    pieces: list[str] = []
    texts: list[str] = []
    done = at = 0
    while opened := _OPEN.search(text, at):
        start = opened.end()
        begin = _SPACE.match(text, start).end()  # type: ignore[union-attr]  # it matches everywhere
        cdata = text.startswith(_CDATA, begin)
        end = text.find("]]>", begin) if cdata else text.find("<", start)
        if end < 0:
            break
        at = end + 3 if cdata else end
        raw = text[begin + len(_CDATA) : end] if cdata else text[start:end]
        if len(raw) < _SHORT or not _html(opened) or not _closed(text, at, opened):
            continue
        if not cdata:
            if _UNKNOWN_REFERENCE.search(raw):
                continue
            raw = html.unescape(raw)
        pieces += (text[done:start], f"{_BEGIN}{len(texts)}{_END}")
        texts.append(_repaired(raw.strip()))
        done = at
    return WithPlaceholders("".join((*pieces, text[done:])), tuple(texts))


def _html(opened: re.Match[str]) -> bool:
    """Whether the element's text is HTML by its name, or by what it says of itself."""
    name, attributes = opened[1], opened[3]
    if name in {"summary", "content"}:
        return bool(_TYPE.search(attributes)) and "mode" not in attributes
    return name is None or not _OTHER_TYPE.search(attributes)


def _closed(text: str, at: int, opened: re.Match[str]) -> bool:
    end = f"</{opened[1] or opened[2]}"
    at = _SPACE.match(text, at).end()  # type: ignore[union-attr]  # as above
    return text.startswith(end, at) and text[at + len(end) : at + len(end) + 1] in {">", " ", "\n"}


def _repaired(text: str) -> str:
    """`text` with feedparser's own repairs: UTF-8 that was read as Latin-1 and encoded again, windows-1252 controls."""
    if text.isascii():
        return text
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode()
    return _C1.sub(_windows, text)


def _windows(control: re.Match[str]) -> str:
    return control[0].encode("latin-1").decode("cp1252", "replace") if control[0] not in _UNASSIGNED else control[0]


_UNASSIGNED = "\x81\x8d\x8f\x90\x9d"
