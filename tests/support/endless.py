"""A parsing process whose parser does as a document says: loop, fill its memory, die, print."""

import os
import resource
import signal
import sys
import time

from feedriver.parse import parse
from feedriver.sandbox import child, messages
from feedriver.sandbox.parser import Bounds

OVER = 30  # seconds of CPU time: for ever, to a test that bounds it by one


class ASecondForLoops(Bounds):
    """A second for what loops for ever; what ends has two minutes, however busy the machine is."""

    def seconds_for(self, body):
        return 1.0 if b"loop for ever" in body else 120.0


class HalfOf:
    """Tells one message of items, and has no memory for another."""

    def __init__(self, items):
        self.items = items
        self.told = False

    def dump_json(self, items, **how):
        if self.told:
            raise MemoryError
        self.told = True
        return self.items.dump_json(items, **how)


def obey(body, url, content_type, known):  # noqa: C901  # a line for each thing that a document may say
    if b"loop for ever" in body:
        while time.process_time() < OVER:
            pass
        raise RuntimeError("nobody ended it")
    if b"fill the memory" in body:
        kept = []
        while True:
            kept.append(bytes(1_000_000))
    if b"die by" in body:
        os.kill(os.getpid(), signal.Signals[body.split()[-1].decode()])
    if b"end halfway through the answer" in body:
        messages.ITEMS = HalfOf(messages.ITEMS)
    if b"raise" in body:
        raise RecursionError("a defect")
    if b"print" in body:
        sys.stdout.write("what a library says\n" + body.decode(errors="replace"))
        sys.stdout.flush()
    if b"panic" in body:
        os.write(2, body)  # as a panic of Rust's does
        os.write(1, body)
    if b"break out" in body:
        sys.stderr.write(body.decode() + "\n")
        raise KeyboardInterrupt(body.decode())
    if b"processor" in body:
        raise LookupError(resource.getrlimit(resource.RLIMIT_CPU)[0])
    if b"environment" in body:
        raise LookupError(sorted(os.environ))
    return parse(body, url, content_type, known)


if __name__ == "__main__":
    child.parse = obey
    child.main()
