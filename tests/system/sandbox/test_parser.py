"""The parsing process: what no precaution foresaw costs one document, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import re
import signal
import subprocess
import sys
from threading import Timer

import pytest
from checkout import FEEDS
from endless import ASecondForLoops
from fakes.origin import rss, story

from feedriver.errors import OverQuantum, ParseCode, ParseError
from feedriver.parse import Known, parse
from feedriver.sandbox import parser as parser_module
from feedriver.sandbox.messages import ITEMS_AT_ONCE
from feedriver.sandbox.parser import LARGE, MOST_SECONDS, Bounds, KillableParser

URL = "https://feeds.example/feed"
GOOD = rss(story("a"), story("b"))
ENDLESS = "endless"  # tests/support/endless.py: a process that does as its documents say


def run(parser, body, content_type=None):
    return asyncio.run(parser.parse(body, URL, content_type))


def refusal(parser, body):
    with pytest.raises(ParseError) as caught:
        run(parser, body)
    return caught.value


def lives(pid):
    """Whether there is such a process: a zombie is one."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def parser():
    parser = KillableParser()
    yield parser
    parser.close()


@pytest.fixture
def obedient():
    """A second for a loop, and little memory."""
    parser = KillableParser(ASecondForLoops(memory=64_000_000), child=ENDLESS)
    yield parser
    parser.close()


@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.name)
def test_what_the_process_reads_is_what_is_read_without_it(path, shared_parser):
    body = path.read_bytes()
    assert run(shared_parser, body) == parse(body, URL)


@pytest.fixture(scope="module")
def shared_parser():
    parser = KillableParser()
    yield parser
    parser.close()


@pytest.mark.parametrize(
    "body", [b"", b"<html><link rel=alternate type='application/rss+xml' href='/rss'></html>", b"<rss><channel>"]
)
def test_a_refusal_is_the_parsers_own(body, shared_parser):
    with pytest.raises(ParseError) as expected:
        parse(body, URL)
    assert vars(refusal(shared_parser, body)) == vars(expected.value)


def test_one_process_reads_all_documents_in_whichever_event_loop(parser):
    assert parser.pid is None
    run(parser, GOOD)
    first = parser.pid
    run(parser, GOOD)
    assert parser.pid == first


def test_items_that_are_known_are_left_out_as_they_are_without_it(shared_parser):
    known = Known(frozenset({parse(GOOD, URL).items[0].slice}))
    expected = parse(GOOD, URL, None, known)
    assert len(expected.items) == len(expected.kept) == 1
    assert asyncio.run(shared_parser.parse(GOOD, URL, None, known)) == expected


def test_many_who_wait_at_once_each_have_their_own_answer(parser):
    async def all_of_them():
        return await asyncio.gather(*(parser.parse(rss(story(str(n))), URL, None) for n in range(30)))

    assert [each.items[0].item.title for each in asyncio.run(all_of_them())] == [f"Story {n}" for n in range(30)]


@pytest.mark.long
@pytest.mark.case("P03")
@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [
        (b"loop for ever", ParseCode.TOO_SLOW, "not read in 1 seconds, and given up"),
        (b"fill the memory", ParseCode.OUT_OF_MEMORY, "it takes more memory than a document may"),
        (b"die by SIGKILL", ParseCode.CRASHED, "the process that read it died: SIGKILL"),
        (b"die by SIGABRT", ParseCode.OUT_OF_MEMORY, "it takes more memory than a document may"),
        (
            rss(*(story(f"{number}, end halfway through the answer") for number in range(2 * ITEMS_AT_ONCE))),
            ParseCode.OUT_OF_MEMORY,
            "it takes more memory than a document may",
        ),
    ],
)
def test_p03_a_document_that_passes_a_bound_fails_alone_and_the_next_is_read_by_a_new_process(
    body, code, detail, obedient
):
    run(obedient, GOOD)
    before = obedient.pid
    error = refusal(obedient, body)
    assert (error.code, error.detail, error.url) == (code, detail, URL)
    assert not lives(before)
    assert run(obedient, GOOD) == parse(GOOD, URL)
    assert obedient.pid != before


def test_a_defect_is_told_as_one_and_the_process_goes_on(obedient):
    with pytest.raises(RuntimeError, match="a defect"):
        run(obedient, b"raise")
    before = obedient.pid
    assert run(obedient, GOOD) == parse(GOOD, URL)
    assert obedient.pid == before


def test_what_a_library_prints_is_no_answer(obedient):
    assert run(obedient, rss(story("a", "print"))).items[0].item.text == "print"


def test_the_process_knows_no_credentials(obedient, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("LANG", "C.UTF-8")
    with pytest.raises(RuntimeError, match=r"LANG.*PYTHONPATH") as told:
        run(obedient, b"environment")
    assert "AWS" not in str(told.value)


def test_a_reader_who_is_called_off_leaves_no_answer_for_the_next(obedient):
    async def two():
        await obedient.parse(GOOD, URL, None)
        before = obedient.pid
        hanging = asyncio.create_task(obedient.parse(b"loop for ever", URL, None))
        waiting = asyncio.create_task(obedient.parse(rss(story("waits")), URL, None))
        while obedient._current is None:  # noqa: ASYNC110  # a thread sets it, which knows no event of the loop
            await asyncio.sleep(0)
        hanging.cancel()
        parsed = await waiting
        return before, hanging.cancelled(), parsed.items[0].item.title

    before, cancelled, title = asyncio.run(two())
    assert (cancelled, title) == (True, "Story waits")
    assert not lives(before)
    assert refusal(obedient, b"").code is ParseCode.EMPTY


def test_after_a_large_document_the_process_goes_with_its_memory(parser):
    assert len(run(parser, rss(story("a", "x" * LARGE))).items) == 1
    assert parser.pid is None


def test_no_document_has_more_time_than_a_poll_function():
    assert Bounds().seconds_for(b"") == 10
    assert Bounds().seconds_for(bytes(1_000_000)) == 16
    assert Bounds().seconds_for(bytes(20_000_000)) == MOST_SECONDS


def test_it_ends_when_it_is_closed_and_when_nobody_holds_it(parser):
    run(parser, GOOD)
    pid = parser.pid
    parser.close()
    assert not lives(pid)
    other = KillableParser()
    run(other, GOOD)
    pid = other.pid
    other._worker.shutdown()  # the thread that brought the answer may hold it for a moment longer
    del other
    gc.collect()
    assert not lives(pid)


def test_a_process_that_cannot_start_is_no_fault_of_the_document():
    parser = KillableParser(child="sandbox.nowhere")
    with pytest.raises(RuntimeError, match="did not start: it ended with 1"):
        run(parser, GOOD)
    assert parser.pid is None


@pytest.mark.case("X12")
def test_ctrl_c_is_told_to_the_poller_alone(parser):
    run(parser, GOOD)
    assert os.getsid(parser.pid) != os.getsid(0)


POLLER = """
import os, signal, sys
sys.path[:0] = {path!r}
from fakes.world import World
from feedriver.wiring import poll
from feedriver.sandbox.parser import KillableParser
world = World()
world.parser = KillableParser()
feed = world.add({url!r})
world.origin.serve({url!r}, {body!r})
assert world.poll(feed).counts["EntriesPublished"] == 2
print([name for name in ("feedparser", "nh3", "selectolax", "sgmllib", "xml.sax") if name in sys.modules], flush=True)
{then}
"""


@pytest.mark.long
@pytest.mark.parametrize("then", ["", "os.kill(os.getpid(), signal.SIGKILL)", "sys.exit(1)"])
def test_it_ends_with_the_process_that_it_serves_which_imports_no_parser(then):
    script = POLLER.format(path=sys.path, body=GOOD, url=URL, then=then)
    # What is printed ends when every process that holds the pipe has ended: the parsing process is one of them.
    told = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=600,
    )
    assert told.stdout == b"[]\n"
    assert told.returncode == {"": 0, "sys.exit(1)": 1}.get(then, -signal.SIGKILL)


def test_a_document_has_a_bound_on_the_processor_that_nobody_need_watch(obedient):
    with pytest.raises(RuntimeError, match="LookupError") as told:
        run(obedient, b"processor")
    seconds = int(re.search(r"-?\d+", str(told.value))[0])
    assert 1 <= seconds <= 200, "what it may take by the wall, beyond what its start took"


def test_a_loop_ends_even_where_nobody_is_left_to_kill_it(tmp_path):
    """Its CPU time is bounded by the system: here it is all that is, since no clock of the poller's runs."""
    parser = KillableParser(ASecondForLoops(), child=ENDLESS)
    parser._kill = lambda ticket: None
    error = refusal(parser, b"loop for ever")
    assert error.code is ParseCode.TOO_SLOW


def test_a_document_over_its_quantum_is_no_failure_and_has_all_its_time_when_it_is_tried_again(obedient):
    async def twice():
        with pytest.raises(OverQuantum):
            await obedient.parse(b"loop for ever", URL, None, quantum=0.2)
        with pytest.raises(ParseError) as caught:
            await obedient.parse(b"loop for ever", URL, None)
        return caught.value.code

    assert asyncio.run(twice()) is ParseCode.TOO_SLOW
    assert run(obedient, GOOD) == parse(GOOD, URL)


def test_a_quantum_is_of_the_processor_and_of_each_document_alone():
    parser = KillableParser(Bounds(60.0, 0.0), child=ENDLESS)

    async def many():
        return [await parser.parse(GOOD, URL, None, quantum=0.5) for _ in range(60)]

    try:
        told = asyncio.run(many())
        before = parser.pid
        with pytest.raises(OverQuantum):  # long before the 60 seconds by the wall
            asyncio.run(parser.parse(b"loop for ever", URL, None, quantum=0.2))
        assert before
    finally:
        parser.close()
    assert all(0 < each.seconds < 0.5 for each in told)


@pytest.mark.case("Y07")
def test_a_document_whose_process_stood_still_is_tried_once_more_in_a_new_one(obedient, monkeypatch):
    """Y7: a small document that has had no processor says nothing of its feed."""
    run(obedient, GOOD)
    waited = iter([0.0])  # its time is over at once, and the second time it has as long as it needs
    monkeypatch.setattr(parser_module, "Timer", lambda seconds, *work: Timer(next(waited, seconds), *work))
    before = obedient.pid
    os.kill(before, signal.SIGSTOP)
    assert run(obedient, GOOD) == parse(GOOD, URL)
    assert obedient.pid != before
    assert not lives(before)


def test_one_that_used_the_processor_is_not_tried_again(obedient):
    started = []
    start = obedient._start
    obedient._start = lambda: started.append(1) or start()
    assert refusal(obedient, b"loop for ever").code is ParseCode.TOO_SLOW
    assert len(started) == 1 or obedient._used < 0.25, "but where a busy machine gave it none"


def test_one_that_was_called_off_is_not_tried_again(obedient):
    async def story():
        await obedient.parse(GOOD, URL, None)
        started = []
        start = obedient._start
        obedient._start = lambda: started.append(1) or start()
        hanging = asyncio.create_task(obedient.parse(b"loop for ever", URL, None))
        while obedient._current is None:  # noqa: ASYNC110  # a thread sets it, which knows no event of the loop
            await asyncio.sleep(0)
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging
        with pytest.raises(ParseError):
            await obedient.parse(b"", URL, None)
        return len(started)

    assert asyncio.run(story()) == 1  # for the one after it


def test_a_document_that_cannot_be_read_leaves_memory_at_once(shared_parser):
    """Its error has a traceback, whose frames hold what they were given: in a circle, until Python looks for such."""
    body = b"<!doctype html><title>Maintenance</title>" + b" " * 1_000
    asked = []

    async def refused():
        with contextlib.suppress(ParseError):
            await shared_parser.parse(body, URL, None)
            asked.append("and read")

    before = sys.getrefcount(body)
    gc.disable()
    try:
        asyncio.run(refused())
        shared_parser._worker.submit(int).result()  # the thread that read it has let go of it
        assert (asked, sys.getrefcount(body)) == ([], before)
    finally:
        gc.enable()
