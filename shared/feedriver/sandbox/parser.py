"""The parser that can be killed: the poller's side of the parsing process."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Timer
from typing import IO

from feedriver.errors import OverQuantum, ParseCode, ParseError
from feedriver.parse.result import NOTHING_KNOWN, Known, Parsed
from feedriver.sandbox.messages import (
    NO_MEMORY,
    OUT_OF_MEMORY,
    TASK,
    Defect,
    Failure,
    Task,
    read_outcome,
    receive,
    send,
)

MEGABYTE = 1_000_000
SECONDS = 10.0  # of wall time that any document may take
SECONDS_A_MEGABYTE = 6.0  # and beyond that; ordinary feeds take 1 to 2 with a whole processor
MOST_SECONDS = 75.0  # whatever its size, so that a poll function has time for it
MEMORY = 320 * 1024 * 1024  # bytes beyond those of the start; ordinary feeds of 20 MB take 150 to 250
STARVED = 0.25  # of the wall time: with less CPU time a process was kept from running, and is given another try
LARGE = 4 * MEGABYTE  # bytes; after a larger document the process is ended, to free the memory that it keeps
# What a relocatable Python, as Lambda's is, needs to start. Nothing else is passed on: no credentials.
INHERITED = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "PYTHONHASHSEED", "SYSTEMROOT")
CHILD = "feedriver.sandbox.child"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one document may take: seconds of wall time, more for each megabyte, and bytes of memory."""

    seconds: float = SECONDS
    seconds_a_megabyte: float = SECONDS_A_MEGABYTE
    memory: int = MEMORY

    def seconds_for(self, body: bytes) -> float:
        """The seconds of wall time that `body` may take."""
        return min(self.seconds + self.seconds_a_megabyte * len(body) / MEGABYTE, MOST_SECONDS)


class KillableParser:
    """Parses in a process of its own, one document at a time; a `feedriver.parse.Parser`.

    The process starts with the first document and serves all that follow, in any event loop. Where it passes a bound or
    dies, its document raises `ParseError` (TOO_SLOW, OUT_OF_MEMORY, CRASHED), and the next document has a new process.
    It ends with `close`, with this object, and with the process that it serves, however that ends.
    """

    def __init__(self, bounds: Bounds | None = None, *, child: str = CHILD) -> None:
        self._bounds = bounds or Bounds()
        self._child = child
        self._worker = ThreadPoolExecutor(1, "parse")
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._end: weakref.finalize[..., KillableParser] | None = None
        self._current: object = None
        self._used = 0.0
        self._killed = False

    @property
    def pid(self) -> int | None:
        """The id of the process, or None where there is none."""
        return self._process.pid if self._process else None

    async def parse(
        self,
        body: bytes,
        url: str,
        content_type: str | None,
        known: Known = NOTHING_KNOWN,
        quantum: float | None = None,
    ) -> Parsed:
        """As `feedriver.parse.parse`, within the bounds. Cancelling it kills the process that parses the document.

        Raises `OverQuantum` where the document needs more than `quantum` seconds of CPU time, or where the process was
        stopped.
        """
        ticket, seconds = object(), self._bounds.seconds_for(body)
        task = Task(url, content_type, min(seconds, quantum or seconds), known)
        work = self._worker.submit(self._outcome, ticket, task, body, seconds)
        del body  # an error's traceback would keep it alive, in a reference cycle
        try:
            outcome = await asyncio.wrap_future(work)
        except asyncio.CancelledError:
            self._kill(ticket, cancelled=True)
            raise
        if isinstance(outcome, Parsed):
            return outcome
        raise outcome

    def close(self) -> None:
        """End the process, if there is one. Another document would start another."""
        if self._end:
            self._end()
        self._process = self._end = None

    def _outcome(self, ticket: object, task: Task, body: bytes, seconds: float) -> Parsed | Exception:
        """The result or the error: returned, not raised, since a traceback from here would keep the body alive."""
        all_of_it = task.seconds == seconds
        reply = self._reply(ticket, task, body, seconds)
        if reply is None and all_of_it and self._starved(seconds):
            self.close()
            reply = self._reply(ticket, task, body, seconds)
        if reply is None:
            error = self._exit_error(task.url, seconds)
            if error.code is ParseCode.TOO_SLOW and not all_of_it:
                return OverQuantum()
            return error
        if len(body) > LARGE or (isinstance(reply, Failure) and reply.code is ParseCode.OUT_OF_MEMORY) or self._killed:
            self.close()
        match reply:
            case Failure():
                return reply.error
            case Defect():
                return RuntimeError(reply.detail)
            case _:
                return reply

    def _reply(self, ticket: object, task: Task, body: bytes, seconds: float) -> Parsed | Failure | Defect | None:
        """The reply for a document; None where its process died, or was killed after `seconds`."""
        process = self._process or self._start()
        with self._lock:
            self._current, self._killed, self._used = ticket, False, _used(process.pid)
        deadline = Timer(seconds, self._kill, [ticket])
        deadline.start()
        try:
            return _exchange(process, task, body)
        except (EOFError, OSError):
            return None
        finally:
            deadline.cancel()
            deadline.join()  # its thread holds this object
            with self._lock:
                self._current = None

    def _starved(self, seconds: float) -> bool:
        """Whether the process was killed for its wall time and had got little CPU time: it was stopped or starved."""
        return self._killed and self._used < STARVED * seconds

    def _start(self) -> subprocess.Popen[bytes]:
        """A new process that is ready; raises `RuntimeError` where it does not start, which is no document's fault."""
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        process = subprocess.Popen(  # noqa: S603  # our own Python and our own module
            [sys.executable, "-P", "-m", self._child, str(self._bounds.memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,  # Ctrl-C is for the poller; when that ends, this process reads the end of its input
        )
        self._process = process
        self._end = weakref.finalize(self, _end, process)
        try:
            receive(_pipe(process.stdout).read)
        except EOFError:
            self.close()
            raise RuntimeError(f"the parsing process did not start: it ended with {process.returncode}") from None
        return process

    def _kill(self, ticket: object, *, cancelled: bool = False) -> None:
        """Kill the process if it still parses the document of `ticket`."""
        with self._lock:
            if self._current is ticket and self._process:
                self._killed = True
                self._used = math.inf if cancelled else _used(self._process.pid) - self._used
                self._process.kill()

    def _exit_error(self, url: str, seconds: float) -> ParseError:
        process = self._process
        self.close()
        status = process.returncode if process else 0
        if self._killed or status in {-signal.SIGPROF, -signal.SIGXCPU}:
            return ParseError(url, ParseCode.TOO_SLOW, f"not read in {seconds:.0f} seconds, and given up")
        if status in {NO_MEMORY, -signal.SIGABRT}:  # Rust aborts where it cannot allocate
            return ParseError(url, ParseCode.OUT_OF_MEMORY, OUT_OF_MEMORY)
        return ParseError(url, ParseCode.CRASHED, f"the process that read it died: {_status_name(status)}")


def _exchange(process: subprocess.Popen[bytes], task: Task, body: bytes) -> Parsed | Failure | Defect:
    requests = _pipe(process.stdin)
    send(requests, TASK.dump_json((task,)))
    send(requests, body)
    return read_outcome(_pipe(process.stdout).read)


def _used(pid: int) -> float:
    """The seconds of CPU time that a process has used; 0 where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise OSError("no pipe")
    return stream


def _status_name(status: int) -> str:
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"exit status {status}"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(OSError):  # a document that it did not read to the end may be left in the buffer
                pipe.close()
    process.wait()
