import gzip
import io
import random
import tracemalloc

import pytest
from codings import EVERY_CODER, TEXT

from feedriver.errors import EdgeError, FetchCode, FetchError
from feedriver.fetch.body import IN_MEMORY, SMALL, Body, FileDocument, MemoryDocument, reopen
from feedriver.fetch.decoding import STEP

URL = "http://host.example/feed"
CAP = 1_000_000


@EVERY_CODER
def test_of_a_large_body_the_wire_is_kept_and_the_text_made_when_it_is_read(coding, code):
    text = random.Random(3).randbytes(6) * 150_000
    data = code(text)
    body = Body(URL, coding, CAP)
    body.write(data)
    tracemalloc.start()
    document = body.document()
    for _ in document.pieces():
        pass
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(document, FileDocument)
    assert (document.footprint, document.size) == (len(data), len(text))
    assert most < SMALL + 4 * STEP
    document.close()


def test_a_small_body_is_kept_as_it_is():
    body = Body(URL, "gzip", CAP)
    body.write(gzip.compress(TEXT[:SMALL]))
    assert body.document() == MemoryDocument(TEXT[:SMALL])


@EVERY_CODER
@pytest.mark.parametrize("size", [0, 3_000, IN_MEMORY + 1, len(TEXT)])
def test_what_is_saved_is_found_again(coding, code, size):
    body = Body(URL, coding, CAP)
    body.write(code(TEXT[:size]))
    document, file = body.document(), io.BytesIO(b"what stands before it\n")
    file.readline()
    document.save(file)
    file.seek(0)
    assert file.readline() == b"what stands before it\n"
    found = reopen(file)
    assert (found.size, found.sha256, found.read()) == (document.size, document.sha256, TEXT[:size])
    assert found.footprint < max(1_000, 0.6 * size)
    document.close()


@pytest.mark.parametrize("kept", [b"", b"nothing\n", b"{}\n", b'{"size": 1, "sha256": "", "coding": "rot13"}\nx'])
def test_what_was_not_saved_by_us_is_not_read(kept):
    with pytest.raises(EdgeError, match="cannot be read"):
        reopen(io.BytesIO(kept))


def test_a_temp_folder_without_room_is_no_fault_of_the_feed():
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    body = Body(URL, "", CAP)
    body.close()
    body._wire = Full()
    with pytest.raises(EdgeError, match="No space left"):
        body.write(b"x")


def test_the_bytes_received_are_capped_too():
    body = Body(URL, "gzip", 10_000)
    with pytest.raises(FetchError) as refused:
        body.write(gzip.compress(b"") * 1_000)
    assert refused.value.code is FetchCode.TOO_LARGE
    body.close()


def test_the_bytes_received_are_counted_as_they_came():
    data = gzip.compress(TEXT)
    body = Body(URL, "gzip", CAP)
    body.write(data)
    assert body.received == len(data)
    body.close()


@pytest.mark.parametrize(
    ("coding", "received", "quick"),
    [
        ("", b"", True),
        ("gzip", b"", True),
        ("", b"x" * SMALL, True),
        ("", b"x" * (SMALL + 1), False),
        ("gzip", b"x", False),
    ],
)
def test_only_a_small_body_that_is_not_coded_is_decoded_without_a_thread(coding, received, quick):
    body = Body(URL, coding, CAP)
    body.write(received)
    assert body.is_quick is quick
    body.close()


def test_a_document_that_was_saved_closes_its_file():
    file = io.BytesIO()
    MemoryDocument(b"<rss/>").save(file)
    file.seek(0)
    reopen(file).close()
    assert file.closed


def test_a_body_that_cannot_be_decoded_leaves_no_file_open():
    body = Body(URL, "gzip", CAP)
    body.write(b"\xff no gzip")
    with pytest.raises(FetchError, match="says it is gzip coded and is not"):
        body.document()
    assert body._wire.closed
