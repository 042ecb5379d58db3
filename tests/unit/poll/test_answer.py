"""The decision on an answer: as little of it is read as tells, and what goes wrong costs one feed its turn."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

import pytest
from documents import URL, answer, at, document, fresh, item
from fakes.origin import rss, story

from feedriver.credentials import Secret
from feedriver.decide.document import decide
from feedriver.decide.freshness import BALANCED
from feedriver.errors import ParseCode, ParseError
from feedriver.parse import parse
from feedriver.poll import answer as answers
from feedriver.poll.answer import AnswerDecider
from feedriver.poll.parse_queue import NotRead
from feedriver.state import Validators

DOCUMENT = document(item("Story a", guid="a"))
SECRET = Secret("https://paper.example", query="token=canary-1")


class Queue:
    """A queue of documents, of which each is read as `result`: a parsed one, or an error."""

    def __init__(self, result=DOCUMENT):
        self.result = result
        self.read_slow = []
        self.comparing = asyncio.Lock()

    async def read(self, feed_id, answer, known, memory, *, slow):
        self.read_slow.append(slow)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def decided(queue, said, state=None, *, secret=None, slow=False):
    async def decision(threads):
        async with AsyncExitStack() as memory:
            decider = AnswerDecider(queue, threads, BALANCED)
            return await decider.decide(state or fresh(), said, at(), secret, memory, slow=slow)

    with ThreadPoolExecutor(1) as threads:
        return asyncio.run(decision(threads))


def test_a_document_is_read_and_decided_on_and_its_entries_go_on_as_lines_alone():
    queue = Queue()
    found = decided(queue, answer())
    assert (found.outcome, found.new, found.entries) == ("published", 1, ())
    assert len(found.lines.splitlines()) == 1
    assert queue.read_slow == [False]


def test_a_304_is_decided_on_and_nothing_is_read():
    queue = Queue()
    found = decided(queue, answer(b"", 304), fresh(validators=Validators(url=URL, etag='"a"')))
    assert (found.outcome, queue.read_slow) == ("not_modified", [])


@pytest.fixture
def known():
    """A feed whose last document held two stories, cut into items that are known by their hashes."""
    body = rss(story("a"), story("b"))
    return decide(fresh(), answer(body), parse(body, URL), at()).state


def test_another_body_in_which_each_item_is_known_is_not_read(known):
    queue = Queue()
    found = decided(queue, answer(rss(story("b"), story("a"))), known)
    assert (found.outcome, queue.read_slow) == ("unchanged", [])
    assert found.why.startswith("nothing new in another body")


def test_a_body_with_a_new_item_is_read(known):
    queue = Queue()
    assert decided(queue, answer(rss(story("c"), story("b"))), known).outcome == "published"
    assert len(queue.read_slow) == 1


FLAWED = b"<rss><channel><lastBuildDate>%d</lastBuildDate><item><title>Not closed</item><item>%s</item></rss>"


def seen_as(body, state, queue):
    """The state after `body`, read if it has to be."""
    return decided(queue, answer(body), state).state or state


@pytest.fixture
def uncut():
    """A feed whose documents cannot be cut, after two of them; and the queue that read them."""
    queue = Queue(parse(FLAWED % (1, b"One"), URL))
    state = fresh()
    for number in (1, 2):
        state = seen_as(FLAWED % (number, b"One"), state, queue)
    assert (state.window, len(queue.read_slow)) == (b"", 2)
    return state, queue


def test_a_document_that_cannot_be_cut_is_known_by_its_digest(uncut):
    state, queue = uncut
    found = decided(queue, answer(FLAWED % (3, b"One")), state)
    assert (found.outcome, len(queue.read_slow)) == ("unchanged", 2)
    assert found.state.validators.digest == state.validators.digest
    decided(queue, answer(FLAWED % (3, b"Two")), state)
    assert len(queue.read_slow) == 3, "the other body was read"


def test_of_a_large_document_no_digest_is_made(uncut, monkeypatch):
    state, queue = uncut
    monkeypatch.setattr(answers, "MOST_AT_ONCE", 10)
    decided(queue, answer(FLAWED % (3, b"One")), state)
    assert len(queue.read_slow) == 3


def test_a_digest_counts_for_its_own_address_and_for_what_read_it(uncut, monkeypatch):
    state, queue = uncut
    elsewhere = state.replace(validators=state.validators.replace(url="https://b.example/"))
    decided(queue, answer(FLAWED % (3, b"One")), elsewhere)
    monkeypatch.setattr(answers, "FINGERPRINT_VERSION", 2)
    decided(queue, answer(FLAWED % (3, b"One")), state)
    assert len(queue.read_slow) == 4


def test_a_document_that_is_cut_into_items_needs_no_digest(known):
    queue = Queue(parse(rss(story("c")), URL))
    assert seen_as(rss(story("c")), known, queue).validators.digest is None
    assert known.validators.digest is None


def test_a_large_body_is_left_to_the_queue_and_the_same_is_decided(known, monkeypatch):
    monkeypatch.setattr(answers, "MOST_AT_ONCE", 10)
    body = rss(story("b"), story("a"))
    queue = Queue(parse(body, URL, None, answers.window.unpack(known).known))
    assert decided(queue, answer(body), known).why.startswith("nothing new in another body")
    assert len(queue.read_slow) == 1


@pytest.mark.parametrize(("slow", "state"), [(True, fresh()), (False, fresh(slow=1))])
def test_a_document_that_showed_itself_to_be_slow_waits_behind_the_others(slow, state):
    queue = Queue()
    decided(queue, answer(), state, slow=slow)
    assert queue.read_slow == [True]


def test_a_body_that_is_no_feed_is_a_failure_that_names_the_feed_of_the_page():
    error = ParseError(URL, ParseCode.NOT_A_FEED, "a web page", ("https://paper.example/feed",))
    found = decided(Queue(error), answer())
    assert (found.outcome, found.status, found.state.failing.count) == ("not_a_feed", 200, 1)
    assert found.why.startswith("a web page; it names the feed https://paper.example/feed; backing off")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ParseError(URL, ParseCode.MALFORMED, "broken at canary-1"), "malformed"),
        (RuntimeError("a defect at canary-1"), "internal_error"),
    ],
    ids=["malformed", "a defect"],
)
def test_what_goes_wrong_is_the_feeds_own_failure_and_said_without_its_secret(error, outcome):
    found = decided(Queue(error), answer(), secret=SECRET)
    assert found.outcome == found.state.failing.code == outcome
    assert "canary" not in found.why + found.state.failing.detail
    assert "canary-1" in decided(Queue(error), answer()).why


def test_a_document_whose_turn_did_not_come_is_no_failure():
    with pytest.raises(NotRead):
        decided(Queue(NotRead(slow=False)), answer())
