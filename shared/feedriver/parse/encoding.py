"""The encoding of a document: from bytes to text.

The order is RFC 7303 §3: a byte order mark, the charset of the header, the XML declaration; then UTF-8. Practice needs
two exceptions. A document with NULs is UTF-16 or UTF-32 whatever its label, and one without is not. "latin-1" is the
label of servers and templates that do not know the encoding, so it is believed only where the bytes are not UTF-8.
The same bytes with the same header always give the same text.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How `<` or another ASCII character begins a document without a mark (XML 1.0, appendix F).
_PATTERNS = (
    (re.compile(rb"[^\0]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[^\0]"), "utf-32-be"),
    (re.compile(rb"[^\0]\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0[^\0]\0[^\0]"), "utf-16-be"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.ASCII | re.IGNORECASE)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?\bencoding\s*=\s*[\"']([\w.:-]{1,40})[\"']", re.ASCII)
# Python has more codecs than charsets: `punycode` and `unicode_escape` among them would be surprises.
_CHARSETS = re.compile(
    r"ascii|utf-8|iso8859-\d+|cp\d+|koi8-[rut]|gbk?\d*|gb2312|hz|big5\w*|euc_\w+|shift_jis\w*|iso2022_\w+|mac-\w+|johab"
)
# What a label means in practice: the superset that publishers' tools really write (WHATWG Encoding, §4.2).
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
}
_MORE_GOOD_THAN_BAD = 4


@dataclass(frozen=True, slots=True)
class Decoded:
    """A document as text. `flaw` says where the bytes were not in the encoding of their label."""

    text: str
    flaw: str | None = None


def decode(body: bytes, content_type: str | None = None) -> Decoded:
    """The text of `body`. It never fails: bytes that no encoding explains become U+FFFD."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return _decoded_as(body[len(mark) :], name) if name != "utf-8" else _decoded_by_label(body[3:], ["utf-8"])
    for pattern, name in _PATTERNS:
        if pattern.match(body):
            return _decoded_as(body, name)
    labels = []
    if content_type and (charset := _CHARSET.search(content_type)):
        labels.append(charset[1])
    if declared := _DECLARED.search(body[:4_096]):
        labels.append(declared[1].decode("ascii"))
    return _decoded_by_label(body, labels)


def _decoded_as(body: bytes, name: str) -> Decoded:
    try:
        return Decoded(body.decode(name))
    except UnicodeDecodeError:
        return Decoded(body.decode(name, "replace"), f"not all bytes are {name}")


def _decoded_by_label(body: bytes, labels: list[str]) -> Decoded:
    names = [name for name in map(_codec, labels) if name]
    utf8 = _utf8(body)
    labelled = names[0] if names else "utf-8"
    for name in [*names, "utf-8"]:
        if name in {"utf-8", "cp1252"} and utf8 is not None:
            return (
                utf8
                if labelled == name or body.isascii()
                else Decoded(utf8.text, f"said to be {labelled}, read as utf-8")
            )
        if name == "utf-8":
            continue
        try:
            return Decoded(body.decode(name), None if labelled == name else f"said to be {labelled}, read as {name}")
        except UnicodeDecodeError:
            continue
    return Decoded(
        body.decode("cp1252", "replace"), None if labelled == "cp1252" else f"not {labelled}, read as windows-1252"
    )


def _utf8(body: bytes) -> Decoded | None:
    try:
        return Decoded(body.decode())
    except UnicodeDecodeError:
        text = body.decode(errors="replace")
    bad = text.count("\ufffd")
    good = len(text) - len(text.encode("ascii", "ignore")) - bad
    return Decoded(text, f"{bad} bytes are not UTF-8") if good > bad * _MORE_GOOD_THAN_BAD else None


def _codec(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    return _SUPERSETS.get(name, name) if _CHARSETS.fullmatch(name) else None
