"""The parser that can be killed, as the poller sees it."""

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
from feedriver.sandbox.messages import NO_MEMORY, OUT_OF_MEMORY, TASK, Defect, Refusal, Task, receive, send, told

MEGABYTE = 1_000_000
SECONDS = 10.0  # that any document may take, by the wall
SECONDS_A_MEGABYTE = 6.0  # and beyond that; ordinary feeds take 1 to 2 where a whole processor is theirs
MOST_SECONDS = 75.0  # so that a poll function has time for it, whatever its size
MEMORY = 320 * 1024 * 1024  # bytes beyond those of the start; ordinary feeds of 20 MB take 150 to 250
STARVED = 0.25  # of its time by the wall: who had less of a processor was kept from it, and is tried once more
LARGE = 4 * MEGABYTE  # after a document of this size the process goes, and the memory that it keeps with it
# What Python needs to start where it was built to be moved, as Lambda's is, and nothing else: no credentials.
INHERITED = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "PYTHONHASHSEED", "SYSTEMROOT")
CHILD = "feedriver.sandbox.child"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one document may take: wall seconds whatever its size, and a megabyte of it; bytes of memory."""

    seconds: float = SECONDS
    seconds_a_megabyte: float = SECONDS_A_MEGABYTE
    memory: int = MEMORY

    def seconds_for(self, body: bytes) -> float:
        """How long `body` may take."""
        return min(self.seconds + self.seconds_a_megabyte * len(body) / MEGABYTE, MOST_SECONDS)


class KillableParser:
    """Parses in a process of its own, one document at a time.

    The process starts with the first document and is used for all that follow, in any event loop. Where it passes a
    bound or dies, its document is a `ParseError` (TOO_SLOW, OUT_OF_MEMORY, CRASHED), and the next one has a new
    process. It ends with `close`, with this object, and with the process that it serves, however that ends.
    """

    def __init__(self, bounds: Bounds | None = None, *, child: str = CHILD) -> None:
        self._bounds = bounds or Bounds()
        self._child = child
        self._worker = ThreadPoolExecutor(1, "parse")
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._end: weakref.finalize[..., KillableParser] | None = None
        self._under_way: object = None
        self._used = 0.0
        self._killed = False

    @property
    def pid(self) -> int | None:
        """The process, where there is one."""
        return self._process.pid if self._process else None

    async def parse(
        self,
        body: bytes,
        url: str,
        content_type: str | None,
        known: Known = NOTHING_KNOWN,
        quantum: float | None = None,
    ) -> Parsed:
        """As `feedriver.parse.parse`, within bounds. Cancelled, it kills the process that is at it.

        `OverQuantum` where it needs more than `quantum` seconds of a processor, or its process was stopped.
        """
        ticket, seconds = object(), self._bounds.seconds_for(body)
        task = Task(url, content_type, min(seconds, quantum or seconds), known)
        work = self._worker.submit(self._outcome, ticket, task, body, seconds)
        del body  # an error's traceback would hold it, in a circle, until Python looks for such
        try:
            outcome = await asyncio.wrap_future(work)
        except asyncio.CancelledError:
            self._kill(ticket, called_off=True)
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
        """What came of a document, or why nothing: returned, since a traceback from here would hold the body."""
        all_of_it = task.seconds == seconds
        reply = self._told(ticket, task, body, seconds)
        if reply is None and all_of_it and self._starved(seconds):
            self.close()
            reply = self._told(ticket, task, body, seconds)
        if reply is None:
            error = self._death(task.url, seconds)
            if error.code is ParseCode.TOO_SLOW and not all_of_it:
                return OverQuantum()
            return error
        if len(body) > LARGE or (isinstance(reply, Refusal) and reply.code is ParseCode.OUT_OF_MEMORY) or self._killed:
            self.close()
        match reply:
            case Refusal():
                return reply.error
            case Defect():
                return RuntimeError(reply.detail)
            case _:
                return reply

    def _told(self, ticket: object, task: Task, body: bytes, seconds: float) -> Parsed | Refusal | Defect | None:
        """What came of a document; None where its process died of it, or was killed after `seconds`."""
        process = self._process or self._start()
        with self._lock:
            self._under_way, self._killed, self._used = ticket, False, _used(process.pid)
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
                self._under_way = None

    def _starved(self, seconds: float) -> bool:
        """Whether the process was killed for time, and had little of a processor in it: stopped, or pushed aside."""
        return self._killed and self._used < STARVED * seconds

    def _start(self) -> subprocess.Popen[bytes]:
        """A new process, ready; `RuntimeError` where there cannot be one: that is no document's fault."""
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        process = subprocess.Popen(  # noqa: S603  # our own Python and our own module
            [sys.executable, "-P", "-m", self._child, str(self._bounds.memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,  # Ctrl-C is for the poller, at whose end this process reads the end of its input
        )
        self._process = process
        self._end = weakref.finalize(self, _end, process)
        try:
            receive(_pipe(process.stdout).read)
        except EOFError:
            self.close()
            raise RuntimeError(f"the parsing process did not start: it ended with {process.returncode}") from None
        return process

    def _kill(self, ticket: object, *, called_off: bool = False) -> None:
        """Kill the process if it is still at what `ticket` stands for."""
        with self._lock:
            if self._under_way is ticket and self._process:
                self._killed = True
                self._used = math.inf if called_off else _used(self._process.pid) - self._used
                self._process.kill()

    def _death(self, url: str, seconds: float) -> ParseError:
        process = self._process
        self.close()
        status = process.returncode if process else 0
        if self._killed or status in {-signal.SIGPROF, -signal.SIGXCPU}:
            return ParseError(url, ParseCode.TOO_SLOW, f"not read in {seconds:.0f} seconds, and given up")
        if status in {NO_MEMORY, -signal.SIGABRT}:  # Rust aborts where it cannot allocate
            return ParseError(url, ParseCode.OUT_OF_MEMORY, OUT_OF_MEMORY)
        return ParseError(url, ParseCode.CRASHED, f"the process that read it died: {_name(status)}")


def _exchange(process: subprocess.Popen[bytes], task: Task, body: bytes) -> Parsed | Refusal | Defect:
    requests = _pipe(process.stdin)
    send(requests, TASK.dump_json((task,)))
    send(requests, body)
    return told(_pipe(process.stdout).read)


def _used(pid: int) -> float:
    """The seconds of a processor that a process has used; 0 where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise OSError("no pipe")
    return stream


def _name(status: int) -> str:
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
