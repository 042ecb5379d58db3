"""The document as it is kept under raw/."""

from __future__ import annotations

import gzip
import time

import pytest

from feedriver.fetch.body import MemoryDocument
from feedriver.poll.raw import LONGEST_TYPE, content_type, packed


class InPieces(MemoryDocument):
    """A document that is not to be read at once."""

    def read(self) -> bytes:
        raise AssertionError

    def pieces(self):
        yield from (b"<rss>", b"news", b"</rss>")


def test_a_document_is_kept_byte_for_byte():
    body = bytes(range(256)) * 100 + b" \n"
    assert gzip.decompress(packed(MemoryDocument(body))) == body


def test_it_is_packed_piece_by_piece():
    assert gzip.decompress(packed(InPieces(b""))) == b"<rss>news</rss>"


def test_the_same_document_gives_the_same_bytes_at_any_time(monkeypatch):
    now = packed(MemoryDocument(b"<rss/>"))
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    assert packed(MemoryDocument(b"<rss/>")) == now


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        ("application/rss+xml; charset=utf-8", "application/rss+xml; charset=utf-8"),
        ("text/xml; charset=\u00fc\n", "text/xml; charset=??"),
        ("x" * 5_000, "x" * LONGEST_TYPE),
        ("", "application/octet-stream"),
    ],
)
def test_a_content_type_is_kept_as_s3_can_sign_it(header, kept):
    assert content_type({"content-type": header}) == kept


def test_an_answer_without_a_content_type_is_bytes():
    assert content_type({}) == "application/octet-stream"
