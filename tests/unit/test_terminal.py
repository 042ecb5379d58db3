"""Characters that control a terminal: they are escaped in text, in JSON, in XML, and on the standard streams."""

from __future__ import annotations

import io
import json
import sys
from xml.etree import ElementTree as ET

import pytest

from feedriver.terminal import EscapingStream, escaped, guarded, plain, referenced, unescaped

KINDS = (*range(9), 11, *range(12, 0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, 0x2028, 0x2029)


FORBIDDEN = {chr(each) for each in (*KINDS, *range(0xD800, 0xE000), *range(0xE0000, 0xE0080))}


def test_what_steers_is_escaped_and_stays_the_same_in_json_and_in_xml():
    for character in FORBIDDEN:
        for form in (escaped, plain):
            assert not set(form(f"a{character}b")) & FORBIDDEN
        assert json.loads(f'"{escaped(character)}"') == character
        if character >= "\x7f" and not "\ud800" <= character <= "\udfff":
            assert ET.fromstring(f"<a>{referenced(character)}</a>").text == character


@pytest.mark.parametrize(
    "text", ["Grüße", "日本語", "שלום", "🏴", "e\u0301", "👩\u200d👩", "a\tb\nc", "50\u00a0%", "\u200bx"]
)
def test_what_steers_nothing_stands_as_it_is(text):
    assert escaped(text) == referenced(text) == text


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("Two\nlines\tand a tab", "Two lines and a tab"),
        ("  spaces \u2028 around ", "spaces around"),
        ("\x1b[31mred", "[31mred"),
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("tag\U000e0041s", "tags"),
        ("", ""),
    ],
)
def test_a_cell_of_a_table_is_one_line_without_controls(text, cell):
    assert plain(text) == cell


def test_a_character_beyond_the_basic_plane_is_escaped_as_two_units():
    assert escaped("\U000e0041") == "\\udb40\\udc41"
    assert referenced("\U000e0041") == "&#917569;"


def test_a_stream_escapes_what_is_written_and_counts_what_was_given():
    stream = io.StringIO()
    assert EscapingStream(stream).write("a\x9bb\n") == 4
    assert stream.getvalue() == "a\\u009bb\n"


def test_a_stream_is_no_terminal_has_no_way_around_it_and_leaves_the_one_below_open():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1", errors="replace")
    escaping = EscapingStream(stream)
    assert (escaping.encoding, escaping.errors, escaping.writable()) == ("latin-1", "replace", True)
    assert not escaping.isatty()
    assert not hasattr(escaping, "buffer")
    with pytest.raises(OSError, match="fileno"):
        escaping.fileno()
    escaping.close()
    assert not stream.closed


def test_what_is_flushed_is_written_below():
    below = io.BytesIO()
    escaping = EscapingStream(io.TextIOWrapper(below, encoding="utf-8"))
    escaping.write("a\x1b")
    assert below.getvalue() == b""
    escaping.flush()
    assert below.getvalue() == b"a\\u001b"


def test_within_the_guard_both_streams_escape_whoever_prints(capsys):
    with guarded():
        sys.stdout.write("out\x9b")
        sys.stderr.write("err\x1b")
    sys.stdout.write("\x9b")
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("out\\u009b\x9b", "err\\u001b")


def test_who_escapes_on_its_own_gets_the_stream_below():
    stream = io.StringIO()
    assert unescaped(EscapingStream(stream)) is stream
    assert unescaped(stream) is stream
