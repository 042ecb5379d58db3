"""What was fetched and not read: the same answer again, without what is nobody's business."""

from __future__ import annotations

import ast
import gzip

import pytest
from checkout import SHARED
from fakes.store import FakeStore

from feedriver.errors import EdgeError
from feedriver.fetch.body import Body, MemoryDocument, reopen
from feedriver.http import Answer
from feedriver.poll.unread import HEADERS, Unread

OURS = SHARED / "feedriver"
LARGE = b"<rss>" + b"many words " * 50_000 + b"</rss>"
SAID = {name: f"what {name} says" for name in HEADERS}


@pytest.fixture
def store():
    return FakeStore()


@pytest.fixture
def unread(store):
    return Unread(store, reopen)


def packed(data, coding):
    body = Body("https://paper.example/", coding, 10**7)
    body.write(data)
    return body.document()


@pytest.mark.parametrize(
    "document",
    [lambda: MemoryDocument(b"<rss/>"), lambda: packed(LARGE, ""), lambda: packed(gzip.compress(LARGE), "gzip")],
    ids=["small", "plain", "coded"],
)
@pytest.mark.parametrize("slow", [True, False])
def test_an_answer_comes_back_as_it_was(document, slow, unread, store):
    answer = Answer(200, SAID, "https://paper.example/new", document(), 5, 7, "https://paper.example/new")
    unread.keep("unread/a", answer, slow=slow)
    found, told = unread.take("unread/a")
    assert told is slow
    assert (found.status, found.headers, found.url) == (answer.status, answer.headers, answer.url)
    assert (found.received, found.milliseconds, found.moved_to) == (5, 7, answer.moved_to)
    assert (found.body.size, found.body.sha256) == (answer.body.size, answer.body.sha256)
    assert found.body.read() == answer.body.read()
    assert len(store.objects["unread/a"]) < 0.2 * answer.body.size + 1_000
    found.body.close()
    answer.body.close()


def test_only_headers_that_something_reads_are_kept(unread, store):
    told = {"set-cookie": "session=CANARY", "x-user": "CANARY", "www-authenticate": "CANARY", "etag": "1"}
    unread.keep("unread/a", Answer(200, told, "https://paper.example/", MemoryDocument(b""), 0, 0), slow=False)
    assert b"CANARY" not in store.objects["unread/a"]


def test_all_headers_that_decisions_on_a_document_read_are_kept():
    """Whoever reads another one of an answer adds it to `HEADERS`, or says here why a 200 needs none."""
    never_of_a_200 = {"retry-after", "location", "content-encoding", "cf-mitigated", "www-authenticate", "server"}
    read = set()
    for path in [*OURS.glob("decide/*.py"), *OURS.glob("poll/*.py"), *OURS.glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("headers.get") and node.args:
                read |= {each.value for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)}
    assert {"content-type", "expires", "cache-control"} <= read
    assert read - never_of_a_200 <= set(HEADERS)


def test_what_is_not_there_or_not_ours_is_an_edge_error(unread, store):
    store.put("unread/a", b"{}", "text/plain")
    store.put("unread/b", b"", "text/plain")
    for key in ("unread/a", "unread/b", "unread/never"):
        with pytest.raises(EdgeError):
            unread.take(key)
