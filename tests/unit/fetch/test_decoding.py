import gzip
import hashlib
import random
import tracemalloc
from contextlib import closing

import pytest
from codings import CODINGS, EVERY_CODER, EVERY_CODING, TEXT, raw_deflate, zstd

from feedriver.errors import FetchCode, FetchError
from feedriver.fetch.body import Body
from feedriver.fetch.decoding import MAX_MEMBERS, STEP

URL = "http://host.example/feed"
CAP = 1_000_000


def read(coding, data, *, piece=4_096, cap=CAP):
    with closing(Body(URL, coding, cap)) as body:
        for start in range(0, len(data), piece):
            body.write(data[start : start + piece])
        document = body.document()
        whole = document.read()
        assert (document.size, document.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
        assert b"".join(document.pieces()) == document.read() == whole
        return whole


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


@pytest.mark.case("B05")
@EVERY_CODING
@pytest.mark.parametrize("missing", [1, 8, 50, 5_000])
def test_b05_a_coded_stream_cut_short_is_truncated(coding, code, missing):
    assert refusal(coding, code(TEXT)[:-missing]) is FetchCode.TRUNCATED


@pytest.mark.case("B05")
def test_b05_a_raw_deflate_stream_cut_short_is_truncated():
    assert refusal("deflate", raw_deflate(TEXT)[:-5]) is FetchCode.TRUNCATED


@pytest.mark.case("B02")
@EVERY_CODING
def test_b02_a_bomb_is_given_up_when_it_has_filled_the_cap(coding, code):
    bomb = code(bytes(100 * CAP))
    assert len(bomb) < CAP
    body = Body(URL, coding, CAP)
    body.write(bomb)
    tracemalloc.start()
    try:
        with pytest.raises(FetchError) as refused:
            body.document()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert refused.value.code is FetchCode.TOO_LARGE
    assert most < CAP + 4 * STEP


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_body_of_very_many_members_is_refused(coding):
    """What is left of the input is copied for each of them: without a bound that is the square of their number."""
    member = CODINGS[coding](b"")
    assert read(coding, member * MAX_MEMBERS) == b""
    assert refusal(coding, member * (MAX_MEMBERS + 1)) is FetchCode.BAD_ENCODING


@pytest.mark.case("B04")
@EVERY_CODER
def test_b04_a_body_may_fill_the_cap_and_not_exceed_it(coding, code):
    assert len(read(coding, code(TEXT), cap=len(TEXT))) == len(TEXT)
    assert refusal(coding, code(TEXT), cap=len(TEXT) - 1) is FetchCode.TOO_LARGE


@pytest.mark.case("B02")
@pytest.mark.parametrize("coding", ["gzip, gzip", "gzip, br", "br,gzip", "deflate , identity, zstd"])
def test_b02_more_than_one_coding_is_refused(coding):
    assert refusal(coding, gzip.compress(gzip.compress(TEXT))) is FetchCode.BAD_ENCODING


@pytest.mark.case("B02")
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
