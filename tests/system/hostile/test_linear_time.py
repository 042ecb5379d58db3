"""What runs on a publisher's bytes in the poller, outside the process that can be killed, takes time in proportion.

Nothing is listed by hand: the modules are those that the poller imports, the patterns those that they hold, the
functions those that are given text, bytes or an answer. A new pattern or function is in it by being written. Measured
is CPU time of hostile shapes (`linear`), whole against a quarter.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import io
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import linear
import pytest
from checkout import ROOT
from documents import answer as given
from documents import document, fresh, item

import feedriver
from feedriver.credentials import Secret
from feedriver.decide.decision import Now
from feedriver.decide.document import decide
from feedriver.errors import FetchCode
from feedriver.fetch.body import MemoryDocument
from feedriver.fetch.decoding import GZIP, Brotli, Coding, Deflated, Plain, Zstandard
from feedriver.fetch.redirects import RedirectChain
from feedriver.fetch.target import TargetPolicy
from feedriver.http import Answer, Request
from feedriver.models import Wishes
from feedriver.parse import Known, dates, slices
from feedriver.state import FeedState, Validators
from feedriver.terminal import EscapingStream

pytestmark = pytest.mark.long

OURS = str(Path(feedriver.__file__).parent)
# A fresh process: what `make test` imported before must not count. OPML lists come from strangers too.
IMPORTS = """
import json, sys
import functions.poll.app, feedriver.opml
from feedriver.settings import PollSettings
from feedriver.wiring.poll import poller
environment = dict.fromkeys((name.upper() for name in PollSettings.model_fields), "500")
environment |= {"CONTACT": "https://feeds.example/", "ALLOW_PRIVATE": "true", "FRESHNESS": "eager"}
poller(PollSettings.from_environment(environment), clients=lambda service: None)
print(json.dumps([name for name in sys.modules if name.partition(".")[0] == "feedriver"]))
"""
# What these are given is not a publisher's, or is judged elsewhere; each with its reason.
ELSEWHERE = {
    "feedriver.aws": "AWS's answers and our own records; what of them is a publisher's was bounded before",
    "feedriver.sandbox": "the pipe to the process that parses, whose messages pydantic reads",
    "feedriver.parse.sniff": "runs in that process",
    "feedriver.parse.encoding": "runs in that process",
    "feedriver.parse.xml.tombstones": "runs in that process",
    "feedriver.parse.document.parse": "runs in that process",
    "feedriver.parse.document._": "runs in that process",
    "feedriver.settings": "the function's environment",
    "feedriver.wiring": "names of services",
    "feedriver.poll.parse_queue.ParseQueue._leave": "a feed's id, which is a hash of ours",
    "feedriver.fetch.client.Client.__init__": "settings",
    "feedriver.fetch.connections": "tests/unit/fetch/test_connections.py counts what it takes in",
    "feedriver.fetch.failures": "exceptions, told by their kind",
    "feedriver.fetch.target.TargetPolicy._guard": "a host and a port, taken apart before",
    "feedriver.fetch.body.Body.__init__": "settings, and a header that is judged when the first bytes come",
    "feedriver.fetch.body.Body.write": "writes what came to a file, once",
    "feedriver.fetch.body.MemoryDocument.save": "packs a document",
    "feedriver.fetch.body.FileDocument.save": "packs a document",
    "feedriver.fetch.body._save": "packs a document",
    "feedriver.fetch.body._write_header": "two numbers and a hash",
    "feedriver.parse.slices._hash": "a piece of a document, hashed",
    "feedriver.decide.document": "below, over documents of many items",
    "feedriver.decide.changes": "below, over documents of many items",
    "feedriver.decide.identity": "below, over documents of many items",
    "feedriver.decide.overflow": "below, over documents of many items",
    "feedriver.decide.flood": "below, over documents of many items",
    "feedriver.decide.seen": "below, over documents of many items",
    "feedriver.decide.window": "below, over documents of many items",
    "feedriver.decide.entries": "below, over documents of many items",
    "feedriver.decide.deletion": "tombstones: 8 KB of the outbox at a time",
    "feedriver.decide.holds.held": "1,000 hosts at most",
    "feedriver.decide.outage": "the hosts of a batch",
    "feedriver.poll.redelivery": "feeds of ours",
    "feedriver.errors": "texts that were bounded before",
    "feedriver.keys.prefixes": "days",
    "feedriver.opml.write": "feeds of ours",
    "feedriver.poll.result": "reports of a batch",
    "feedriver.trimming": "records, in bounds: tests/unit/test_trimming.py",
    "feedriver.poll.unread": "kept answers, whole",
    "feedriver.poll.context.BatchContext": "the settings of a batch",
    "feedriver.poll.feed.FeedPoll._wait": "a host's name",
    "feedriver.poll.feed.FeedPoll._record": "the pure decisions that it calls are here",
}
# What the code makes of a text before it gives it to a pattern.
GIVEN: dict[tuple[str, str], Callable[[str], str]] = {
    ("feedriver.parse.dates", "_FORMS"): lambda text: " ".join(text.split())[: dates._LONGEST],
}
METHODS = ("match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split")
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
URL = "https://feeds.example/news/feed"


@functools.cache
def modules() -> tuple[str, ...]:
    """The modules of ours that the poller imports."""
    found = subprocess.run(
        [sys.executable, "-c", IMPORTS],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'shared'}:{ROOT}", "PATH": "", "POWERTOOLS_METRICS_NAMESPACE": "x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return tuple(sorted(json.loads(found.stdout.splitlines()[-1])))


def _patterns(value: object, depth: int = 4) -> Iterator[re.Pattern]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict) and depth:
        for each in (*value, *value.values()):
            yield from _patterns(each, depth - 1)
    elif isinstance(value, list | tuple | set | frozenset) and depth:
        for each in value:
            yield from _patterns(each, depth - 1)


@functools.cache
def uses() -> dict[tuple[str, str], set[str]]:
    """By which methods each name of a module is used, as far as the code says."""
    found = defaultdict(set)
    for path in (ROOT / "shared").rglob("*.py"):
        module = ".".join(path.relative_to(ROOT / "shared").with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in METHODS and isinstance(node.value, ast.Name):
                name = node.value.id
                found[module if name.startswith("_") else "", name].add(node.attr)
    return found


def patterns() -> list[tuple[str, str, re.Pattern]]:
    """Each pattern that a module of the poller holds, once."""
    found = {}
    for module in modules():
        for name, value in vars(importlib.import_module(module)).items():
            for pattern in _patterns(value):
                found.setdefault(pattern, (module, name))
    return [(module, name, pattern) for pattern, (module, name) in found.items()]


def searched(pattern: re.Pattern, how: set[str], before: Callable[[str], str]) -> Callable[[str], object]:
    """The use of a pattern on a string in the ways that the code uses it; in all, where it does not say."""

    def work(text: str) -> None:
        text = before(text)
        given = text.encode("utf-8", "surrogatepass") if isinstance(pattern.pattern, bytes) else text
        if not how or "match" in how:
            pattern.match(given)
        if not how or "fullmatch" in how:
            pattern.fullmatch(given)
        if not how or how - {"match", "fullmatch"}:
            for _ in pattern.finditer(given):
                pass

    return work


def slow_shape(pattern: re.Pattern, how: set[str] = frozenset(), before: Callable[[str], str] = str) -> str | None:
    """The name of a shape on which the pattern is slow."""
    work = searched(pattern, how, before)
    return next((name for name, shape in linear.shapes([pattern]).items() if linear.superlinear(work, shape)), None)


@pytest.mark.case("X01")
@pytest.mark.parametrize(
    ("module", "name", "pattern"), [pytest.param(*each, id=f"{each[0]}.{each[1]}") for each in patterns()]
)
def test_a_pattern_takes_time_in_proportion_to_what_it_reads(module: str, name: str, pattern: re.Pattern) -> None:
    how = uses().get((module if name.startswith("_") else "", name), set())
    assert slow_shape(pattern, how, GIVEN.get((module, name), str)) is None


@pytest.mark.parametrize(
    "pattern",
    [
        rb"<!DOCTYPE[^>]*\[",  # what stopped a poller for hours
        rb"<!DOCTYPE[^>\[]*\[",
        rb"<(?P<slash>/?)(?P<name>[A-Za-z_][^\s<>/]*)[^<>]*?(?P<empty>/?)>",
        rb"<!--.*?-->",
        r"(a+)+b",
        r"(a|a)*b",
        r"\s+$",
        r"(.*?),(.*?);",
        r"x*x*y",
        r"\bversion\s*=\s*[\"']\s*([^\"']*?)\s*[\"']",
    ],
)
def test_a_pattern_that_is_slow_is_found_out(pattern: str | bytes) -> None:
    assert slow_shape(re.compile(pattern, re.DOTALL))


def test_a_loop_that_is_slow_is_found_out_and_one_that_is_not_is_not() -> None:
    def all_words(text: str) -> None:
        words: list[str] = []
        for word in text.split():
            if word not in words:
                words.append(word)

    numbers = " ".join(map(str, range(10_000, 14_000)))  # of one length: four times the text is four times the words
    assert linear.superlinear(all_words, lambda size: numbers[:size])
    assert not linear.superlinear(str.split, lambda size: numbers[:size])


def test_patterns_are_made_when_a_module_is_imported_and_not_while_it_works() -> None:
    """So that they are found here: none is written within a function of these modules."""
    within = []
    for module in modules():
        path = importlib.import_module(module).__file__
        for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                within += [
                    f"{module}:{call.lineno}"
                    for call in ast.walk(node)
                    if isinstance(call, ast.Attribute)
                    and isinstance(call.value, ast.Name)
                    and call.value.id == "re"
                    and call.attr in {*METHODS, "compile"}
                ]
    assert within == []


# ---------------------------------------------------------------- functions

TEXT = re.compile(r"\b(?:str|bytes|Answer|Match)\b")


def functions() -> dict[str, Callable]:
    """Each function and method of these modules that is given text, bytes or an answer."""
    found = {}

    def look(holder: object, name: str, module: str) -> None:
        for key, value in list(vars(holder).items()):
            function = value.__func__ if isinstance(value, staticmethod | classmethod) else value
            if inspect.isclass(value) and value.__module__ == module and not getattr(value, "_is_protocol", False):
                look(value, f"{name}.{key}", module)
            if (
                not inspect.isfunction(function)
                or function.__module__ != module
                or inspect.iscoroutinefunction(function)
            ):
                continue
            if not function.__code__.co_filename.startswith(OURS):
                continue  # made by a library
            said = {
                parameter: str(kind) for parameter, kind in function.__annotations__.items() if parameter != "return"
            }
            if any(map(TEXT.search, said.values())):
                found[f"{name}.{key}"] = function

    for module in modules():
        look(importlib.import_module(module), module, module)
    return found


STATE = FeedState(feed_id="0" * 16, url=URL, slot="60:7", rev=1, added=NOON, every=60)
SECRET = Secret("https://feeds.example", (("Authorization", "Basic YWxpY2U6Y2FuYXJ5"),), "token=canary")
HEADERS = (
    "cache-control", "content-encoding", "content-type", "date", "etag", "expires", "last-modified", "location",
    "retry-after", "cf-mitigated", "server", "www-authenticate",
)  # fmt: skip


def headers(text: str) -> dict[str, str]:
    return dict.fromkeys(HEADERS, text)


def answer(text: str) -> Answer:
    return Answer(200, headers(text), URL, MemoryDocument(text.encode("utf-8", "surrogatepass")), 1, 1, moved_to=text)


# How an argument is made of a hostile text, by what it is said to be.
ARGUMENTS: dict[str, Callable[[str], object]] = {
    "str": str,
    "str | None": str,
    "bytes": lambda text: text.encode("utf-8", "surrogatepass"),
    "str | bytes": str,
    "Answer": answer,
    "Mapping[str, str]": headers,
    "dict[str, str]": headers,
    "dict[str, str | None]": lambda text: dict.fromkeys(("year", "month", "day", "zone", "name"), text),
    "Sequence[str]": str.split,
    "Iterable[str]": str.split,
    "list[str]": str.split,
    "Collection[str]": str.split,
    "tuple[str, ...]": lambda text: tuple(text.split()),
    "Iterable[tuple[str, str]]": lambda text: [(each, each) for each in text.split()],
    "Iterable[tuple[bytes, bytes]]": lambda text: [
        (b"Link", each) for each in text.encode("utf-8", "replace").split(b" ")
    ],
    "Collection[bytes]": lambda _: frozenset(),
    "frozenset[bytes]": lambda _: frozenset(),
    "Known": lambda _: Known(frozenset({b"12345678"})),
    "FeedState": lambda _: STATE,
    "Secret": lambda _: SECRET,
    "Unlocked": lambda _: SECRET,
    "Wishes": lambda _: Wishes(),
    "Validators": lambda _: Validators(url=URL),
    "Validators | None": lambda _: None,
    "Now": lambda _: Now(NOON, NOON),
    "datetime": lambda _: NOON,
    "date": lambda _: date(2026, 5, 4),
    "bool": lambda _: False,
    "int": lambda _: 10,
    "int | None": lambda _: None,
    "float": lambda _: 1.5,
    "FetchCode": lambda _: FetchCode.BAD_URL,
    "Coding": lambda _: Coding.GZIP,
    "IO[bytes]": lambda text: io.BytesIO(text.encode("utf-8", "surrogatepass")),
    "Sequence[datetime | None]": lambda _: (),
    "re.Match[str]": lambda text: re.match(r"\??(.*)", text, re.DOTALL),
}
# What a method's object is made of.
OBJECTS: dict[str, Callable[[str], object]] = {
    "TargetPolicy": lambda _: TargetPolicy(None, allow_private=True),
    "RedirectChain": lambda _: RedirectChain.from_request(Request(URL), TargetPolicy(None, allow_private=True)),
    "Plain": lambda _: Plain(),
    "Deflated": lambda _: Deflated(GZIP),
    "Zstandard": lambda _: Zstandard(),
    "Brotli": lambda _: Brotli(),
    "EscapingStream": lambda _: EscapingStream(io.StringIO()),
    "Slices": lambda text: slices.Slices(
        (text.encode("utf-8", "replace"), b""), (b"<item></item>",), (b"12345678",), b""
    ),
}


def call(name: str, function: Callable) -> Callable[[str], object] | None:
    """The function as one of a hostile text, or None where nothing is known of an argument of it."""
    parameters = list(inspect.signature(function).parameters.values())
    makers = []
    if parameters and parameters[0].name in {"self", "cls"}:
        owner = name.split(".")[-2]
        if parameters[0].name == "self" and owner not in OBJECTS:
            return None
        if parameters[0].name == "cls":
            return None
        makers.append((None, OBJECTS[owner]))
        parameters = parameters[1:]
    for each in parameters:
        maker = ARGUMENTS.get(str(each.annotation))
        if maker is None and each.default is not inspect.Parameter.empty:
            continue
        if maker is None:
            return None
        makers.append((each.name, maker))
    return lambda text: _called(function, makers, text)


def _called(function: Callable, makers: list, text: str) -> None:
    given = [(name, maker(text)) for name, maker in makers]
    found = function(
        *(value for name, value in given if name is None), **{name: value for name, value in given if name}
    )
    if isinstance(found, Iterator):
        for _ in found:
            pass


def elsewhere(name: str) -> bool:
    """Whether a function stands in `ELSEWHERE`, by itself, by its module, or by how its name begins."""
    return any(
        name == place or name.startswith((f"{place}.", place if place.endswith("_") else "\0")) for place in ELSEWHERE
    )


def judged() -> dict[str, Callable]:
    """The functions that are to be timed here."""
    return {name: function for name, function in functions().items() if not elsewhere(name)}


def shapes_for(module: str) -> dict[str, Callable[[int], str]]:
    """The fixed family, and what the patterns of that module are slowest on."""
    holds = vars(importlib.import_module(module)).values()
    return linear.shapes(list(dict.fromkeys(pattern for value in holds for pattern in _patterns(value))))


@pytest.mark.case("X01")
@pytest.mark.parametrize("name", judged())
def test_a_function_takes_time_in_proportion_to_what_it_is_given(name: str) -> None:
    work = call(name, judged()[name])
    assert work, (
        f"nothing is known of what {name} is given: tell ARGUMENTS or OBJECTS, or ELSEWHERE why it need not be timed"
    )
    module = next(each for each in sorted(modules(), reverse=True) if name.startswith(f"{each}."))
    slow = (shape for shape, made in shapes_for(module).items() if linear.superlinear(work, made))
    assert next(slow, None) is None


def test_what_need_not_be_timed_is_there() -> None:
    names = functions()
    assert [place for place in ELSEWHERE if not any(map(functools.partial(_is_of, place), names))] == []


def _is_of(place: str, name: str) -> bool:
    return name.startswith(place)


# ---------------------------------------------------------------- documents of many items

ITEMS = {
    "items that differ": lambda n: [item(f"T{i}", guid=f"g{i}", link=f"{URL}/{i}", text=f"text {i}") for i in range(n)],
    "one guid": lambda n: [item(f"T{i}", guid="g", link=f"{URL}/{i}") for i in range(n)],
    "one link": lambda n: [item(f"T{i}", guid=f"g{i}", link=URL) for i in range(n)],
    "one title and link": lambda n: [item("T", guid=f"g{i}", link=URL) for i in range(n)],
    "one item over and over": lambda n: [item("T", guid="g", link=URL, text="x")] * n,
    "nothing but texts": lambda n: [item(text=f"text {i}") for i in range(n)],
    "nothing": lambda n: [item()] * n,
    "signed addresses": lambda n: [
        item(text=f"https://a.example/?sig={i}&se=1&sv=2 " * 9, guid=str(i)) for i in range(n)
    ],
}


@pytest.mark.parametrize("known", [False, True], ids=["never read", "read before"])
@pytest.mark.parametrize("kind", ITEMS)
def test_deciding_takes_time_in_proportion_to_the_items_of_a_document(kind: str, *, known: bool) -> None:
    def decided(number: int) -> Callable[[], object]:
        parsed = document(*ITEMS[kind](number))
        state = decide(fresh(), given(), parsed, Now(NOON, NOON)).state if known else fresh()
        return lambda: decide(state, given(), parsed, Now(NOON, NOON))

    # The ratio judges: a busy machine makes both of them slow. The square of the items would take seconds.
    quick, slow = (min(linear.cost(decided(number), patience=60) for _ in range(2)) for number in (200, 1_600))
    assert slow < 0.1 or slow < 30 * quick  # eight times the items: 8 in proportion, 64 by their square
