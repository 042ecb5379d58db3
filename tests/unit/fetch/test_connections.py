"""What a connection may cost: answers, headers, frames and trailers are counted, and no host holds up the others.

Counted are bytes and turns of the event loop, never seconds.
"""

from __future__ import annotations

import asyncio
from contextlib import closing

import aiohttp
import pytest
from aiohttp.http_exceptions import HttpProcessingError
from origin import answer, origin

from feedriver.errors import FetchCode, FetchError
from feedriver.fetch import connections
from feedriver.fetch.client import Client
from feedriver.fetch.connections import (
    FREE_OVERHEAD,
    MAX_INTERIM,
    MAX_OVERHEAD,
    STEP,
    BoundedResponseHandler,
    ExcessError,
)
from feedriver.http import Request

FEED = b"<rss>" + b"<item>x</item>" * 3_000 + b"</rss>"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunks(body: bytes, size: int, extension: bytes = b"", trailers: bytes = b"") -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    framed = b"".join(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces)
    return CHUNKED + framed + b"0\r\n" + trailers + b"\r\n"


class Wire(asyncio.Transport):
    """The transport of a connection whose other end is the test."""

    def __init__(self) -> None:
        super().__init__()
        self.reading, self.aborted = True, False

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def abort(self) -> None:
        self.aborted = True

    close = abort

    def is_closing(self) -> bool:
        return self.aborted


class Connection:
    """A connection that what is said arrives on, and what came of it: bytes taken in, turns of the loop, the body."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.protocol = BoundedResponseHandler(asyncio.get_running_loop())
        self.protocol.connection_made(self.wire)
        self.protocol.set_response_params(read_until_eof=True, max_line_size=32_768, max_field_size=32_768)
        self.taken = self.turns = 0

    async def hear(self, said: bytes, at_once: int = 256 * 1024) -> None:
        """All of it, as fast as it is taken, `at_once` bytes at a time as asyncio reads them."""
        while self.taken < len(said) and not self.wire.aborted:
            if self.wire.reading:
                piece = said[self.taken : self.taken + at_once]
                self.taken += len(piece)
                self.protocol.data_received(piece)
            self.turns += 1
            await asyncio.sleep(0)
        while self.protocol._waiting and not self.wire.aborted:
            self.turns += 1
            await asyncio.sleep(0)

    async def answer(self) -> bytes:
        """The body of the answer that counts; raises what went wrong."""
        while True:
            message, payload = await self.protocol.read()
            if message.code >= 200:
                return await payload.read()


def heard(said: bytes, at_once: int = 256 * 1024) -> bytes | Exception:
    """The body, or the error."""

    async def story() -> bytes | Exception:
        connection = Connection()
        reading = asyncio.ensure_future(connection.answer())
        await connection.hear(said, at_once)
        connection.protocol.connection_lost(None)
        try:
            return await reading
        except (aiohttp.ClientError, HttpProcessingError) as error:
            return error

    return asyncio.run(story())


# What real servers send is read


@pytest.mark.parametrize("at_once", [1_000, 256 * 1024])
@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" * 2 + answer(FEED),
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" * 3 + answer(FEED),
        b"HTTP/1.1 103 Early Hints\r\nLink: %s\r\n\r\n" % (b"</a.css>; rel=preload, " * 300) * 2 + answer(FEED),
        answer(FEED, *(b"X-%d: %s" % (number, b"y" * 1_000) for number in range(30))),
        answer(FEED, b"Link: " + b"y" * 30_000),
        chunks(FEED, 10),
        chunks(FEED, 50),
        chunks(FEED, 8_192),
        chunks(FEED, len(FEED)),
        chunks(FEED, 1),
        chunks(FEED, 4_096, b";ieof;name=value"),
        chunks(FEED, 4_096, b"    "),
        chunks(FEED, 4_096, trailers=b"Server-Timing: cache;dur=3\r\nX-Checksum: " + b"y" * 64 + b"\r\n"),
        b"HTTP/1.1 200 OK\r\n\r\n" + FEED,
        b"\r\n" + answer(FEED),
    ],
)
def test_an_answer_as_real_servers_write_it_is_read_whole(said: bytes, at_once: int) -> None:
    assert heard(said, at_once) == FEED


@pytest.mark.parametrize("size", [10, 16, 50])
def test_a_body_of_many_small_chunks_is_read_whole(size: int) -> None:
    body = FEED * (60_000 * size // len(FEED))
    assert heard(chunks(body, size)) == body


def test_what_arrived_before_the_end_of_the_connection_is_read_whatever_the_reader_had_taken() -> None:
    async def story() -> None:
        connection = Connection()
        body = FEED * 40
        connection.protocol.data_received(chunks(body, 8_192))
        connection.protocol.connection_lost(None)
        assert await connection.answer() == body

    asyncio.run(story())


# What no answer needs is not

ENDLESS = {
    "interim answers": b"HTTP/1.1 100 Continue\r\n\r\n",
    "interim answers with headers": b"HTTP/1.1 103 Early Hints\r\nLink: " + b"y" * 20_000 + b"\r\n\r\n",
    "switches of protocol": b"HTTP/1.1 102 Processing\r\n\r\n",
    "newlines before the answer": b"\r\n",
}
ENDLESS_BODIES = {
    "chunks of one byte": b"1\r\na\r\n",
    "chunks of two bytes": b"2\r\naa\r\n",
    "long extensions": b"1;" + b"e" * 4_096 + b"\r\na\r\n",
    "long extensions of long chunks": b"400;" + b"e" * 4_096 + b"\r\n" + b"a" * 1_024 + b"\r\n",
    "sizes with many zeros": b"0" * 15 + b"1\r\na\r\n",
}
FLOODS = {
    **{name: said * (4_000_000 // len(said)) for name, said in ENDLESS.items()},
    **{name: CHUNKED + said * (4_000_000 // len(said)) for name, said in ENDLESS_BODIES.items()},
    "a size without end": CHUNKED + b"1;" + b"e" * 4_000_000,
}


@pytest.mark.case("B04", "X08")
@pytest.mark.parametrize("flood", FLOODS)
def test_b04_what_comes_for_ever_and_is_no_body_is_given_up(flood: str) -> None:
    async def story() -> None:
        connection = Connection()
        reading = asyncio.ensure_future(connection.answer())
        await connection.hear(FLOODS[flood], at_once=16 * 1024)
        assert connection.wire.aborted
        with pytest.raises(ExcessError):
            await reading
        overhead = connection.protocol.overhead
        assert overhead <= min(connection.taken, MAX_OVERHEAD + 64 * 1024)
        connection.protocol.data_received(b"more")
        connection.protocol.connection_lost(None)
        assert connection.protocol.overhead == overhead

    asyncio.run(story())


@pytest.mark.case("B04")
def test_b04_even_frames_that_are_half_as_long_as_their_chunks_do_not_come_for_ever(monkeypatch) -> None:
    monkeypatch.setattr(connections, "MAX_OVERHEAD", FREE_OVERHEAD + 4_096)
    assert isinstance(heard(chunks(b"x" * 700_000, 10)), ExcessError)


@pytest.mark.case("B04")
@pytest.mark.parametrize("flood", ["chunks of one byte", "long extensions", "newlines before the answer"])
def test_b04_no_more_than_a_quarter_of_a_megabyte_is_taken_of_it(flood: str) -> None:
    async def story() -> int:
        connection = Connection()
        reading = asyncio.ensure_future(connection.answer())
        await connection.hear(FLOODS[flood], at_once=16 * 1024)
        await asyncio.gather(reading, return_exceptions=True)
        return connection.taken

    assert asyncio.run(story()) < FREE_OVERHEAD * 3 // 2


@pytest.mark.case("B04")
def test_b04_nine_interim_answers_are_too_many() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    assert heard(interim * MAX_INTERIM + answer(FEED)) == FEED
    assert isinstance(heard(interim * (MAX_INTERIM + 1) + answer(FEED)), ExcessError)


def test_trailers_and_fields_of_any_number_are_no_answer() -> None:
    fields = b"X: y\r\n" * 100_000
    assert isinstance(heard(CHUNKED + b"0\r\n" + fields), Exception)
    assert isinstance(heard(b"HTTP/1.1 200 OK\r\n" + fields), Exception)


# Nobody waits for it


@pytest.mark.case("B02")
def test_b02_what_is_costly_is_read_a_step_at_a_time_with_turns_for_others_in_between() -> None:
    async def story() -> tuple[int, int]:
        connection = Connection()
        reading = asyncio.ensure_future(connection.answer())
        await connection.hear(chunks(b"x" * 40_000, 1))
        await reading
        return connection.taken, connection.turns

    taken, turns = asyncio.run(story())
    assert turns >= taken // STEP


@pytest.mark.case("B02")
def test_b02_what_is_body_is_read_at_once() -> None:
    async def story() -> int:
        connection = Connection()
        body = b"x" * 100_000
        reading = asyncio.ensure_future(connection.answer())
        await connection.hear(answer(body))
        assert await reading == body
        return connection.turns

    assert asyncio.run(story()) < 10


async def body_of(client: Client, url: str) -> bytes:
    with closing((await client.fetch(Request(url))).body) as body:
        return body.read()


async def fetched(url: str) -> bytes:
    async with Client(user_agent="feedriver", deadline=60.0, allow_private=True) as client:
        return await body_of(client, url)


@pytest.mark.case("B04")
@pytest.mark.parametrize("flood", ["interim answers", "chunks of one byte"])
def test_b04_it_is_told_as_the_hosts_fault_and_long_before_the_deadline(run, flood: str) -> None:
    async def floods(visit) -> None:
        await visit.say(FLOODS[flood])
        await visit.hold()

    async def story() -> FetchError:
        async with origin(feed=floods) as host:
            with pytest.raises(FetchError) as refused:
                await fetched(host.url())
            return refused.value

    error = run(story())
    assert error.code is FetchCode.PROTOCOL
    assert "127.0.0.1 sends more" in error.detail


@pytest.mark.long
@pytest.mark.case("B02", "X08")
def test_b02_innocent_hosts_are_answered_while_others_flood(run, monkeypatch) -> None:
    """As many steps of each hostile connection as turns of the loop that an innocent one takes, whatever arrives."""
    steps, begun = [], asyncio.Event()
    step = BoundedResponseHandler._step

    def counted(connection: BoundedResponseHandler) -> int:
        steps.append(connection)
        begun.set()
        return step(connection)

    monkeypatch.setattr(BoundedResponseHandler, "_step", counted)

    async def floods(visit) -> None:
        await visit.say(FLOODS["chunks of one byte"])
        await visit.hold()

    async def story() -> int:
        flooding = [f"flood{number}" for number in range(10)]
        async with origin(feed=answer(FEED), **dict.fromkeys(flooding, floods)) as host:
            client = Client(user_agent="feedriver", deadline=60.0, allow_private=True, per_host=100)
            async with client:
                bad = [asyncio.ensure_future(client.fetch(Request(host.url(f"/{name}")))) for name in flooding]
                await begun.wait()
                before = len(steps)
                assert await body_of(client, host.url()) == FEED
                during = len(steps) - before
                await asyncio.gather(*bad, return_exceptions=True)
            return during

    assert run(story()) < len(steps) / 2


def test_over_tls_too_all_of_a_body_is_read(run, serving, trusting) -> None:
    body = FEED * 20

    async def story() -> list[bytes]:
        async with origin(
            serving, one=answer(body), small=chunks(body, 100), open=b"HTTP/1.1 200 OK\r\n\r\n" + body
        ) as host:
            client = Client(user_agent="feedriver", deadline=60.0, allow_private=True, tls=trusting)
            async with client:
                return [await body_of(client, host.url(path)) for path in ("/one", "/small", "/open")]

    assert run(story()) == [body] * 3
