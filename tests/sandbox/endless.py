"""A parsing process whose parser does as a document says: loop, fill its memory, die, print."""

import os
import signal
import sys

from feedriver.parse import parse
from feedriver.sandbox import child, messages


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


def obey(body, url, content_type, known):
    if b"loop for ever" in body:
        while True:
            pass
    if b"fill the memory" in body:
        kept = []
        while True:
            kept.append(bytes(1_000_000))
    if b"die by" in body:
        os.kill(os.getpid(), signal.Signals[body.split()[-1].decode()])
    if b"end halfway through the answer" in body:
        messages.PART = HalfOf(messages.PART)
    if b"raise" in body:
        raise RecursionError("a defect")
    if b"print" in body:
        sys.stdout.write("what a library says\n")
        sys.stdout.flush()
    if b"environment" in body:
        raise LookupError(sorted(os.environ))
    return parse(body, url, content_type, known)


if __name__ == "__main__":
    child.parse = obey
    child.main()
