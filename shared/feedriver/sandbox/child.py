"""The parsing process: reads documents from its standard input and answers on its standard output, one by one.

It has a bound on memory for its whole life, and one on CPU time for each document: so it ends even where the process
that started it was killed in the middle of a document. It also ends when its standard input does.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import signal
import sys
from dataclasses import replace
from pathlib import Path

from feedriver.errors import ParseCode, ParseError
from feedriver.parse import Parsed, parse
from feedriver.sandbox.messages import NO_MEMORY, OUT_OF_MEMORY, TASK, Defect, Failure, Task, receive, replies, send
from feedriver.terminal import EscapingStream

READY = b"ready"


def main() -> None:
    """Parse until standard input ends. The argument: bytes of memory that it may take beyond those of the start."""
    from feedriver.parse import jsonfeed  # noqa: F401, PLC0415  # before the bounds are set
    from feedriver.parse.normalize import entry, feed  # noqa: F401, PLC0415  # before the bounds are set
    from feedriver.parse.xml import reader  # noqa: F401, PLC0415  # before the bounds are set

    answers = os.fdopen(os.dup(1), "wb")
    _redirect_output()
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_AS, _address_space() + int(sys.argv[1]))
    requests = sys.stdin.buffer
    with contextlib.suppress(EOFError, BrokenPipeError), contextlib.closing(answers):  # the poller has ended
        send(answers, READY)
        try:
            while True:
                (task,) = TASK.validate_json(receive(requests.read))
                for reply in replies(_outcome(task, receive(requests.read))):
                    send(answers, reply)
        except MemoryError:  # half of a reply may be written already: the process ends
            os._exit(NO_MEMORY)


def _redirect_output() -> None:
    """Escape what Python prints, and discard what a library prints past Python, such as a panic's message.

    Both may quote the document, and neither is a reply. A panic is reported nevertheless, as the exception it becomes.
    """
    sys.stdout = sys.stderr = EscapingStream(
        os.fdopen(os.dup(2), "w", encoding="utf-8", errors="backslashreplace", buffering=1)
    )
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _outcome(task: Task, body: bytes) -> Parsed | Failure | Defect:
    begun = _used()
    # The timer is exact. The limit counts whole seconds; it holds where a library uses the timer for itself.
    signal.setitimer(signal.ITIMER_PROF, task.seconds)
    _bound(resource.RLIMIT_CPU, math.ceil(begun + task.seconds) + 1)
    try:
        parsed: Parsed = parse(body, task.url, task.content_type, task.known)
    except ParseError as error:
        return Failure(task.url, error.code, error.detail, error.hint)
    except MemoryError:
        return Failure(task.url, ParseCode.OUT_OF_MEMORY, OUT_OF_MEMORY)
    except Exception as error:  # noqa: BLE001  # reported to the poller, which decides what a defect costs
        return Defect(repr(error))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return replace(parsed, seconds=_used() - begun)


def _used() -> float:
    """The seconds of CPU time that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _address_space() -> int:
    """The bytes of address space in use; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _bound(limit: int, value: int) -> None:
    # macOS knows some of these limits by name only.
    with contextlib.suppress(ValueError, OSError):
        _, most = resource.getrlimit(limit)
        resource.setrlimit(limit, (value if most == resource.RLIM_INFINITY else min(value, most), most))


if __name__ == "__main__":
    main()
