"""What the poller hears of a document from its parsing process."""

import io
from dataclasses import replace

import pytest
from pydantic import ValidationError

from feedriver.errors import ParseCode
from feedriver.models import Feed, Item, Rejected
from feedriver.parse.result import Known, KnownItem, Parsed, ParsedItem, SourceFields, Tombstone
from feedriver.sandbox.messages import (
    ITEMS_AT_ONCE,
    TASK,
    Defect,
    Failure,
    Task,
    read_outcome,
    receive,
    replies,
    send,
)

URL = "https://feeds.example/feed"
UNWRITABLE = "\ud83d"  # half an emoji: no reader of ours may make it, and no JSON can hold it


def document(count=2, **parts):
    items = tuple(
        ParsedItem(index, Item(title=f"Entry {index}"), SourceFields(f"Entry {index}", *[""] * 7), bytes([255, index]))
        for index in range(count)
    )
    return Parsed(**{"feed": Feed(url=URL, format="rss2.0"), "items": items} | parts)


def unwritable(parsed, *indexes):
    """A surrogate in a string that no record checks."""
    items = [
        replace(each, source=each.source._replace(title=UNWRITABLE)) if each.index in indexes else each
        for each in parsed.items
    ]
    return replace(parsed, items=tuple(items))


def sent(outcome):
    """The bytes of an outcome, as they go through the pipe."""
    pipe = io.BytesIO()
    for reply in replies(outcome):
        send(pipe, reply)
    return pipe.getvalue()


def through_the_pipe(outcome):
    pipe = io.BytesIO(sent(outcome))
    heard = read_outcome(pipe.read)
    assert pipe.read() == b""
    return heard


@pytest.mark.parametrize("count", [0, 1, ITEMS_AT_ONCE, ITEMS_AT_ONCE + 1, 2 * ITEMS_AT_ONCE])
def test_a_document_arrives_as_it_was_however_many_items_it_has(count):
    parsed = document(count)
    assert through_the_pipe(parsed) == parsed
    assert len(list(replies(parsed))) == 1 + -(-count // ITEMS_AT_ONCE)


def test_all_that_is_said_of_a_document_arrives():
    parsed = document(
        rejected=(Rejected(index=2, reason="empty", detail="x"),),
        flaw="not well-formed",
        kept=(KnownItem(3, b"\x00\xff"),),
        head=b"\xfe\x00",
        deleted=(Tombstone("urn:1", None),),
        seconds=0.25,
    )
    heard = through_the_pipe(parsed)
    assert (heard, heard.seconds) == (parsed, 0.25)


@pytest.mark.parametrize(
    "outcome",
    [Failure(URL, ParseCode.NOT_A_FEED, "an HTML page", ("https://feeds.example/rss",)), Defect("ValueError('x')")],
    ids=lambda outcome: outcome.kind,
)
def test_a_failure_and_a_defect_arrive_as_they_were(outcome):
    assert through_the_pipe(outcome) == outcome


def test_a_failure_becomes_the_error_that_it_was():
    error = Failure(URL, ParseCode.NOT_A_FEED, "an HTML page", ("https://feeds.example/rss",)).error
    assert (error.url, error.code, error.detail, error.hint) == (
        URL, ParseCode.NOT_A_FEED, "an HTML page", ("https://feeds.example/rss",),
    )  # fmt: skip


def test_a_task_arrives_with_the_hashes_of_what_is_known():
    task = Task(URL, None, 2.5, Known(frozenset({b"\x00\xff"}), b"\xfe", b"\xfd"))
    assert TASK.validate_json(TASK.dump_json((task,))) == (task,)


@pytest.mark.case("X03")
def test_an_item_that_cannot_be_written_to_the_pipe_costs_itself_alone():
    heard = through_the_pipe(unwritable(document(120), 70))
    assert [each.index for each in heard.items] == [number for number in range(120) if number != 70]
    assert [(each.index, each.reason) for each in heard.rejected] == [(70, "unreadable")]


def test_items_that_cannot_be_written_stand_among_the_rejected_in_document_order():
    parsed = document(4, rejected=(Rejected(index=2, reason="empty", detail="x"),))
    heard = through_the_pipe(unwritable(parsed, 1, 3))
    assert [(each.index, each.reason) for each in heard.rejected] == [
        (1, "unreadable"),
        (2, "empty"),
        (3, "unreadable"),
    ]


def test_a_head_that_cannot_be_written_to_the_pipe_is_a_defect_that_is_told():
    assert isinstance(through_the_pipe(document(flaw=UNWRITABLE)), Defect)


def test_messages_are_told_apart_by_their_lengths():
    pipe = io.BytesIO()
    for message in (b"one", b"", b"three"):
        send(pipe, message)
    pipe.seek(0)
    assert [receive(pipe.read) for _ in range(3)] == [b"one", b"", b"three"]


@pytest.mark.parametrize("missing", [1, 100, None])
def test_an_outcome_that_breaks_off_is_the_end_of_the_process(missing):
    whole = sent(document(ITEMS_AT_ONCE + 1))
    with pytest.raises(EOFError):
        read_outcome(io.BytesIO(whole[: -missing if missing else 0]).read)


@pytest.mark.parametrize("message", [b"", b"{}", b"printed by a library", b'{"kind": "other"}'])
def test_what_is_no_reply_of_ours_is_refused(message):
    pipe = io.BytesIO()
    send(pipe, message)
    pipe.seek(0)
    with pytest.raises(ValidationError):
        read_outcome(pipe.read)
