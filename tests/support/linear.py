"""Whether something takes time in proportion to what it is given: hostile strings, and a measure of CPU time.

The strings are made from the patterns themselves: what stands before each repetition of a pattern, over and over, and
what the repetition takes, over and over, with an end that does not match. A fixed family goes with them.
"""

from __future__ import annotations

import gc
import re
import signal
import time
from collections.abc import Callable, Iterator
from re import _constants as codes
from re import _parser as parser

LONG = 16_000  # characters: what grows with their square takes some hundredths of a second and more
FLOOR = 0.012  # CPU seconds below which nothing is judged
PATIENCE = 0.6  # CPU seconds after which a measurement is broken off: too slow, however it grows
MOST = 9.0  # times the work for four times the characters; 4 is linear, 16 is their square
FAMILY = (
    " ", "a", "0", "<", ">", "&", "%", "=", "[", "(", "-", ".", "/", ",", ";", '"', "'", "@", ":", "\\", "\n", "é",
    "<a ", "<a b=", "<!--", "-->", "<![CDATA[", "]]>", "<!DOCTYPE", "<!DOCTYPE a [", "<?xml ", "<item>",
    "<item></item>", "<item><guid>1</guid></item>", "</item", "<updated>", "<updated >x", "<channel ", "&amp;", "%41",
    "../", "a=b&", "a/",
    "max-age=", "max-age = ", ", ", "9,", "a, ", " (", "[::", "utf-8; charset=", "?sig=a&se=b&sv=c&", "http://", "//@",
    "feed:", "xn--", "a.", "\ud83d",
)  # fmt: skip


class TooSlowError(Exception):
    """A measurement took all its time."""


def _over(*_: object) -> None:
    raise TooSlowError


def cost(work: Callable[[], object], patience: float = PATIENCE) -> float:
    """CPU seconds of this thread that `work` takes; infinite where `patience` is over first. Errors are its own.

    What other threads do is not counted, nor a search for garbage in what the whole process has loaded.
    """
    before = signal.signal(signal.SIGVTALRM, _over)
    collecting = gc.isenabled()
    gc.disable()
    begun = time.thread_time()
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, patience)
        try:
            work()
        except TooSlowError:
            return float("inf")
        except Exception:  # noqa: BLE001 - what it says of such input is for other tests
            pass
        return time.thread_time() - begun
    finally:
        if collecting:
            gc.enable()
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def superlinear(work: Callable[[str], object], shape: Callable[[int], str], most: int = LONG) -> bool:
    """Whether `work` on `shape`, a string of about so many characters, grows faster than the string.

    What looks so is measured thrice more, since the machine may have been busy.
    """
    whole, part = shape(most), shape(most // 4)
    if (first := cost(lambda: work(whole))) < FLOOR:
        return False
    if first == float("inf") == cost(lambda: work(whole)):
        return True
    return all(_grows(lambda: work(whole), lambda: work(part)) for _ in range(3))


def _grows(whole: Callable[[], object], part: Callable[[], object]) -> bool:
    # By turns: a processor is quick for a while, and slow for a while.
    slow, quick = (min(each) for each in zip(*((cost(whole), cost(part)) for _ in range(3)), strict=True))
    return slow == float("inf") or (slow > FLOOR and slow > MOST * quick)


def over_and_over(begin: str, pump: str, end: str) -> Callable[[int], str]:
    """The shape of `pump` repeated between the other two."""
    return lambda size: begin + pump * max(1, (size - len(begin) - len(end)) // len(pump)) + end


def shapes(patterns: list[re.Pattern[str] | re.Pattern[bytes]]) -> dict[str, Callable[[int], str]]:
    """What a string may look like that costs most, by a name of it."""
    found = {f"{pump!r}": over_and_over("", pump, "") for pump in FAMILY}
    for pattern in patterns:
        for begin, pump in _pumps(pattern):
            for end in ("", "\0"):
                found[f"{begin!r}, {pump!r}, {end!r}"] = over_and_over(begin, pump, end)
    return found


def _pumps(pattern: re.Pattern[str] | re.Pattern[bytes]) -> Iterator[tuple[str, str]]:
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    parsed = parser.parse(source, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags)
    for begin, inner in _repetitions(list(parsed), ""):
        if begin:
            yield "", begin
        for pump in inner:
            if pump:
                yield begin, pump
                if begin:
                    yield "", begin + pump
    if whole := _some(list(parsed)):
        yield "", whole


def _repetitions(sequence: list, begin: str) -> Iterator[tuple[str, list[str]]]:
    """For each repetition: what matches all that stands before it, and what it may repeat."""
    for code, argument in sequence:
        if code in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}:
            inner = list(argument[2])
            yield begin, _variants(inner)
            yield from _repetitions(inner, begin)
        elif code is codes.SUBPATTERN:
            yield from _repetitions(list(argument[3]), begin)
        elif code is codes.BRANCH:
            for branch in argument[1]:
                yield begin + _some(list(branch)), []
                yield from _repetitions(list(branch), begin)
        elif code is codes.ATOMIC_GROUP:
            yield from _repetitions(list(argument), begin)
        begin += _some([(code, argument)])
        if code is codes.LITERAL:
            yield begin, []


def _variants(sequence: list) -> list[str]:
    if len(sequence) == 1 and sequence[0][0] is codes.IN:
        return list(dict.fromkeys(_members(sequence[0][1])))[:6]
    if len(sequence) == 1 and sequence[0][0] is codes.SUBPATTERN:
        return _variants(list(sequence[0][1][3]))
    if len(sequence) == 1 and sequence[0][0] is codes.BRANCH:
        return [_some(list(branch)) for branch in sequence[0][1][1]]
    return [_some(sequence)]


def _members(argument: list) -> Iterator[str]:
    negated = any(code is codes.NEGATE for code, _ in argument)
    tests = re.compile("[" + ("^" if negated else "") + "".join(map(_written, argument)) + "]")
    return (each for each in "a0 <-.x&=\"'/(>\n\té\0" + "".join(map(chr, range(33, 127))) if tests.match(each))


def _written(member: tuple) -> str:
    code, argument = member
    match code:
        case codes.LITERAL:
            return re.escape(chr(argument))
        case codes.RANGE:
            return f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
        case codes.CATEGORY:
            return _CATEGORIES[argument]
    return ""


_CATEGORIES = {
    codes.CATEGORY_DIGIT: r"\d",
    codes.CATEGORY_NOT_DIGIT: r"\D",
    codes.CATEGORY_SPACE: r"\s",
    codes.CATEGORY_NOT_SPACE: r"\S",
    codes.CATEGORY_WORD: r"\w",
    codes.CATEGORY_NOT_WORD: r"\W",
}


def _some(sequence: list) -> str:
    """A short string that matches, as far as that can be told without looking around."""
    text = ""
    for code, argument in sequence:
        match code:
            case codes.LITERAL:
                text += chr(argument)
            case codes.NOT_LITERAL:
                text += "a" if argument != ord("a") else "b"
            case codes.ANY:
                text += "a"
            case codes.IN:
                text += next(iter(_members(argument)), "")
            case codes.BRANCH:
                text += _some(list(argument[1][0]))
            case codes.SUBPATTERN:
                text += _some(list(argument[3]))
            case codes.ATOMIC_GROUP:
                text += _some(list(argument))
            case codes.MAX_REPEAT | codes.MIN_REPEAT | codes.POSSESSIVE_REPEAT:
                text += _some(list(argument[2])) * min(argument[0], 40)
    return text
