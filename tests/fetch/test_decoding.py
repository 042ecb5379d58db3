import gzip
import random
import sys
import tracemalloc
import zlib

import brotli
import pytest

from feedriver.errors import FetchCode, FetchError
from feedriver.fetch.decoding import STEP, Body

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

URL = "http://host.example/feed"
CAP = 1_000_000
TEXT = b"<rss>" + bytes(random.Random(1).choices(b"abcdefgh <>/", k=200_000)) + b"</rss>"


def raw_deflate(data):
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


CODINGS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=5),
    "zstd": zstd.compress,
}
CODERS = [*CODINGS.items(), ("deflate", raw_deflate), ("x-gzip", gzip.compress), (" GZIP ", gzip.compress)]
CODERS.append(("identity", bytes))
EVERY_CODER = pytest.mark.parametrize(("coding", "code"), CODERS, ids=lambda value: str(value)[:20])
EVERY_CODING = pytest.mark.parametrize(("coding", "code"), CODINGS.items(), ids=CODINGS)


def read(coding, data, *, piece=4_096, cap=CAP):
    body = Body(URL, coding, cap)
    for start in range(0, len(data), piece):
        body.take(data[start : start + piece])
    return body.whole()


def refusal(coding, data, **options):
    with pytest.raises(FetchError) as refused:
        read(coding, data, **options)
    return refused.value.code


@EVERY_CODER
@pytest.mark.parametrize("piece", [1, 7, 65_536, 10**9])
def test_a_body_is_decoded_however_it_is_cut_into_pieces(coding, code, piece):
    text = TEXT if piece > 7 else TEXT[:3_000]
    assert read(coding, code(text), piece=piece) == text


@EVERY_CODER
def test_a_tiny_body_is_decoded(coding, code):
    assert read(coding, code(b"x")) == b"x"


@EVERY_CODING
def test_an_output_of_exactly_whole_steps_is_decoded_to_its_end(coding, code):
    text = b"a" * STEP * 2
    assert read(coding, code(text), piece=10**9) == text


@EVERY_CODING
def test_no_bytes_at_all_are_an_empty_body(coding, code):
    assert read(coding, b"") == b""


@EVERY_CODING
def test_an_empty_text_is_decoded(coding, code):
    assert read(coding, code(b"")) == b""


@EVERY_CODING
@pytest.mark.parametrize("missing", [1, 8, 50, 5_000])
def test_b05_a_coded_stream_cut_short_is_truncated(coding, code, missing):
    assert refusal(coding, code(TEXT)[:-missing]) is FetchCode.TRUNCATED


def test_b05_a_raw_deflate_stream_cut_short_is_truncated():
    assert refusal("deflate", raw_deflate(TEXT)[:-5]) is FetchCode.TRUNCATED


@EVERY_CODING
def test_b02_a_bomb_is_given_up_when_it_has_filled_the_cap(coding, code):
    bomb = code(bytes(100 * CAP))
    assert len(bomb) < CAP
    body = Body(URL, coding, CAP)
    tracemalloc.start()
    try:
        with pytest.raises(FetchError) as refused:
            body.take(bomb)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert refused.value.code is FetchCode.TOO_LARGE
    assert CAP < len(body._out) <= CAP + 2 * STEP
    assert most < 8 * CAP


@EVERY_CODER
def test_b04_a_body_may_fill_the_cap_and_not_exceed_it(coding, code):
    assert len(read(coding, code(TEXT), cap=len(TEXT))) == len(TEXT)
    assert refusal(coding, code(TEXT), cap=len(TEXT) - 1) is FetchCode.TOO_LARGE


def test_the_bytes_received_are_capped_too():
    members = gzip.compress(b"") * 1_000
    assert refusal("gzip", members, cap=10_000) is FetchCode.TOO_LARGE


@pytest.mark.parametrize("coding", ["gzip, gzip", "gzip, br", "br,gzip", "deflate , identity, zstd"])
def test_b02_more_than_one_coding_is_refused(coding):
    assert refusal(coding, gzip.compress(gzip.compress(TEXT))) is FetchCode.BAD_ENCODING


def test_b02_gzip_within_gzip_is_undone_once_only():
    inner = gzip.compress(TEXT)
    assert read("gzip", gzip.compress(inner)) == inner


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate", "compress", "utf-8"])
def test_a_body_that_is_not_coded_as_it_says_is_refused(coding):
    noise = random.Random(2).randbytes(500)
    assert refusal(coding, b"\xff\xff" + noise) is FetchCode.BAD_ENCODING


@EVERY_CODING
def test_a_damaged_stream_is_refused(coding, code):
    data = bytearray(code(TEXT))
    data[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    assert refusal(coding, bytes(data)) in (FetchCode.BAD_ENCODING, FetchCode.TRUNCATED)


def test_a_wrong_check_sum_is_refused():
    data = bytearray(gzip.compress(TEXT))
    data[-8] ^= 1
    assert refusal("gzip", bytes(data)) is FetchCode.BAD_ENCODING


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "utf-8", "none"])
@pytest.mark.parametrize(
    "text",
    [
        b'<?xml version="1.0"?><rss/>',
        b"\xef\xbb\xbf<?xml version='1.0'?><feed/>",
        b"\r\n <rss version='2.0'></rss>",
        b"<feed xmlns='http://www.w3.org/2005/Atom'/>",
        b'{"version": "https://jsonfeed.org/version/1.1"}',
        b"<!DOCTYPE html><p>hello</p>",
        TEXT,
    ],
)
def test_plain_text_under_a_wrong_label_is_taken_as_it_is(coding, text):
    assert read(coding, text) == text


@pytest.mark.parametrize("piece", [1, 10, 10**9])
@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_stream_of_several_members_is_decoded_to_the_last(coding, piece):
    code = CODINGS[coding]
    assert read(coding, code(b"one ") + code(b"") + code(b"two"), piece=piece) == b"one two"
    assert refusal(coding, code(b"one ") + code(TEXT)[:-9], piece=piece * 100) is FetchCode.TRUNCATED


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])
def test_bytes_after_a_whole_stream_are_ignored(coding):
    assert read(coding, CODINGS[coding](TEXT) + b"\0\0\0 padding") == TEXT


def test_a_zstd_frame_that_asks_for_more_memory_than_the_rfc_allows_is_refused():
    greedy = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    assert refusal("zstd", greedy.compress(TEXT) + greedy.flush()) is FetchCode.BAD_ENCODING


def test_the_bytes_received_are_counted_as_they_came():
    data = gzip.compress(TEXT)
    body = Body(URL, "gzip", CAP)
    body.take(data)
    assert body.received == len(data)
