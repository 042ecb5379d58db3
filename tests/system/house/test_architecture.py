"""The arrows of the house, read from the source: who may import whom, and what stands nowhere."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from checkout import MODULES, ROOT

FUNCTIONS = sorted((ROOT / "functions").rglob("*.py"))

# From the ground up. A module imports from its own floor and from those below.
FLOORS = (
    {"urls", "fields", "models", "state", "keys", "terminal", "trimming"},
    {"documents", "errors", "secrecy", "credentials", "http", "table", "messaging", "ports", "settings"},
    {"events", "subscriber", "opml", "parse"},
    {"decide", "fetch", "aws", "sandbox"},
    {"poll", "registry", "schemas"},
    {"repair"},
    {"wiring"},
    {"local"},
    {"cli"},
)

ITS_READERS = {"events", "schemas", "local", "sandbox"}

# Who alone may know it. What is not named here and not Python's own is unknown to the whole package.
LIBRARIES = {
    "pydantic": {"fields", "models", "state", "settings", "trimming", "poll", "repair", *ITS_READERS},
    "pydantic_core": {"sandbox", "trimming", "urls", "fields"},
    "boto3": {"wiring", "local"},
    "botocore": {"aws", "local", "cli"},
    "mypy_boto3_dynamodb": {"aws"},
    "mypy_boto3_events": {"aws"},
    "mypy_boto3_s3": {"aws"},
    "mypy_boto3_sqs": {"aws"},
    "aiohttp": {"fetch"},
    "yarl": {"fetch"},
    "brotli": {"fetch"},
    "backports": {"fetch"},
    "compression": {"fetch"},
    "feedparser": {"parse.xml"},
    "nh3": {"parse.normalize.sanitize"},
    "selectolax": {"parse"},
    "defusedxml": {"opml"},
    "yaml": {"local"},
    "samtranslator": {"local"},
    "ministack": {"local"},
    "rich": {"cli"},
    "typer": {"cli"},
}
POWERTOOLS = "aws_lambda_powertools"
OPEN_TO_FUNCTIONS = {"wiring", "settings", "poll", "repair", "events", "models", "errors", "subscriber"}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


@cache
def imported(path: Path) -> frozenset[str]:
    """Every module that is imported anywhere in the file, by its full name; `from a import b` as `a.b`."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def ours(path: Path) -> set[str]:
    """The modules of feedriver that the file imports."""
    found = set()
    for name in imported(path):
        if name.startswith("feedriver."):
            found.add(name if name in MODULES else name.rpartition(".")[0])
    return found - {"feedriver"}


def foreign(path: Path) -> set[str]:
    """The libraries that the file imports, by their first name."""
    tops = {name.partition(".")[0] for name in imported(path)}
    return tops - sys.stdlib_module_names - {"feedriver", "functions"}


def room(module: str) -> str:
    """`decide` of `feedriver.decide.seen`; `models` of `feedriver.models`."""
    return module.split(".")[1]


def rooms(*names: str) -> list[str]:
    return [module for module in MODULES if "." in module and room(module) in names]


def floor(module: str) -> int:
    return next(number for number, names in enumerate(FLOORS) if room(module) in names)


def called(path: Path) -> set[str]:
    """What the file calls or reads by a dotted name: `datetime.now`, `os.environ`."""
    return {ast.unparse(node) for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}


inside = pytest.mark.parametrize("module", [module for module in MODULES if "." in module])
everywhere = pytest.mark.parametrize(
    "path", [*MODULES.values(), *FUNCTIONS], ids=lambda path: str(path.relative_to(ROOT))
)
pure = pytest.mark.parametrize(
    "module",
    rooms("parse", "decide", "fields", "models", "state", "events", "errors", "urls", "keys", "opml", "credentials")
    + rooms("subscriber", "table", "messaging")
    + ["feedriver.repair.consistency", "feedriver.repair.correction"],
)


def test_the_scan_sees_the_house():
    assert {"feedriver.poll.batch", "feedriver.decide.seen", "feedriver.aws.state"} <= set(MODULES)
    assert ours(MODULES["feedriver.decide.identity"]) >= {"feedriver.decide.seen", "feedriver.parse.result"}
    assert "boto3" in foreign(MODULES["feedriver.wiring.clients"])
    assert len(FUNCTIONS) >= 3


@inside
def test_every_module_has_its_floor(module):
    assert sum(room(module) in names for names in FLOORS) == 1


@inside
def test_every_arrow_points_down_or_along(module):
    above = {other for other in ours(MODULES[module]) if floor(other) > floor(module)}
    assert above == set()


def test_there_is_no_circle():
    graph = {module: ours(path) - {module} for module, path in MODULES.items()}
    assert len(list(TopologicalSorter(graph).static_order())) >= len(MODULES)


@pytest.mark.parametrize(
    ("inner", "outer"),
    [
        ("parse", {"aws", "fetch", "decide", "local", "cli", "wiring", "ports", "settings"}),
        ("decide", {"aws", "fetch", "local", "cli", "wiring", "settings", "events", "poll", "repair"}),
        ("fetch", {"aws", "parse", "decide", "events", "settings"}),
        ("aws", {"fetch", "parse", "decide", "settings"}),
        ("sandbox", {"fetch", "aws", "decide", "settings", "ports"}),
        ("poll", {"aws", "fetch", "sandbox", "wiring", "settings", "local", "cli", "repair"}),
        ("repair", {"aws", "fetch", "sandbox", "wiring", "settings", "local", "cli"}),
        ("registry", {"aws", "fetch", "parse", "wiring", "settings", "local", "cli"}),
        ("local", {"cli"}),
    ],
)
def test_what_is_inside_does_not_know_what_is_outside(inner, outer):
    known = {room(other) for module in rooms(inner) for other in ours(MODULES[module])}
    assert known & outer == set()


@pytest.mark.parametrize("adapter", ["aws", "fetch", "sandbox"])
def test_adapters_are_known_to_the_wiring_and_the_laptop_only(adapter):
    knowing = {
        room(module) for module in MODULES if "." in module and any(room(o) == adapter for o in ours(MODULES[module]))
    }
    assert knowing <= {adapter, "wiring", "local", "cli"}


def test_nothing_but_the_command_line_knows_the_command_line():
    assert {
        room(module) for module in MODULES if "." in module and any(room(o) == "cli" for o in ours(MODULES[module]))
    } == {"cli"}


@pytest.mark.parametrize("command", ["feeds", "parse", "repair", "run", "up"])
def test_a_command_knows_no_other_command(command):
    """What commands have in common is in `cli.options` and `cli.output`."""
    others = {f"feedriver.cli.{each}" for each in ("app", "feeds", "parse", "repair", "run", "up")}
    module = f"feedriver.cli.{command}"
    assert ours(MODULES[module]) & (others - {module}) == set()


@pytest.mark.case("S11")
@inside
def test_a_library_is_known_in_its_own_rooms_only(module):
    places = {".".join(module.split(".")[1:length]) for length in range(2, module.count(".") + 2)}
    strangers = {name for name in foreign(MODULES[module]) if not places & LIBRARIES.get(name, set())}
    assert strangers == set()


@pytest.mark.parametrize("path", FUNCTIONS, ids=lambda path: path.parent.name)
def test_a_function_knows_the_public_modules_powertools_and_boto3(path):
    assert {room(module) for module in ours(path)} <= OPEN_TO_FUNCTIONS
    assert foreign(path) <= {POWERTOOLS, "boto3", "botocore", "pydantic"}


@pytest.mark.parametrize("path", FUNCTIONS, ids=lambda path: path.parent.name)
def test_a_handler_is_under_60_lines_of_code(path):
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert len(lines) < 60


@pure
def test_the_middle_knows_no_clock_no_environment_and_no_chance(module):
    path = MODULES[module]
    clocks = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "os.environ", "os.getenv"}
    assert called(path) & clocks == set()
    tops = {name.partition(".")[0] for name in imported(path)}
    assert (
        tops & {"time", "os", "random", "secrets", "uuid", "socket", "ssl", "asyncio", "threading", "subprocess"}
        == set()
    )


@everywhere
def test_no_module_is_over_300_lines(path):
    assert len(path.read_text().splitlines()) <= 300


@everywhere
def test_no_module_is_named_for_nothing(path):
    assert (
        set(path.relative_to(ROOT).with_suffix("").parts)
        & {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
        == set()
    )


MARK = re.compile(r"#\s*(ruff:\s*noqa|noqa|type:\s*ignore|pragma|nosec)\b")
CODES = re.compile(
    r"#\s*(?:(?:ruff:\s*)?noqa:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|type:\s*ignore\[[\w, -]+\]|(?:pragma|nosec)\b[:\s]*\S+)"
)


def unexplained(line: str) -> bool:
    """Whether a line switches a rule off without naming it, or without saying why."""
    if not MARK.search(line):
        return False
    named = CODES.search(line)
    return named is None or len(re.findall(r"\w+", line[named.end() :])) < 2


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("x = 1", False),
        ("x = 1  # noqa", True),
        ("x = 1  # noqa: S105", True),
        ("x = 1  # noqa: S105  # why", True),
        ("x = 1  # noqa: S105  # an emulator's", False),
        ("x = 1  # noqa: A002, ANN401 - the base's", False),
        ("x = 1  # type: ignore", True),
        ("x = 1  # type: ignore[arg-type]", True),
        ("x = 1  # type: ignore[arg-type]  # no types", False),
        ("# ruff: noqa: PLC0415  # see above", False),
        ("# pragma: no cover", True),
    ],
)
def test_an_unexplained_exception_is_seen(line, found):
    assert unexplained(line) is found


@everywhere
def test_each_exception_to_a_rule_says_which_and_why(path):
    assert [line for line in path.read_text().splitlines() if unexplained(line)] == []


def test_feedparser_is_called_once_and_never_with_a_name_that_it_would_open():
    calls = [
        node
        for path in MODULES.values()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "feedparser.parse"
    ]
    (call,) = calls
    assert ast.unparse(call.args[0]).startswith(("io.BytesIO(", "BytesIO("))


@pytest.mark.case("B17")
@everywhere
def test_certificates_are_always_checked(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.keyword) and node.arg in {"verify", "ssl", "verify_ssl", "check_hostname"}:
            assert not (isinstance(node.value, ast.Constant) and node.value.value in {False, None})
    assert called(path) & {"ssl.CERT_NONE", "ssl._create_unverified_context"} == set()
    assert "check_hostname = False" not in path.read_text()


@pytest.mark.parametrize("module", ["feedriver.events", "feedriver.keys", "feedriver.decide.identity"])
def test_ids_and_keys_are_made_of_what_they_are_about_and_not_by_chance(module):
    assert {name.partition(".")[0] for name in imported(MODULES[module])} & {
        "random",
        "uuid",
        "secrets",
        "time",
    } == set()


@inside
def test_no_module_writes_past_the_escaping_stream(module):
    """Who knows the underlying stream escapes on its own: `cli.output`, and the OPML of `feeds`."""
    past = {"sys.__stdout__", "sys.__stderr__", "sys.stdout.buffer", "sys.stderr.buffer", "sys.stderr.fileno"}
    past |= {"sys.stdout.fileno", "os.write"}
    assert called(MODULES[module]) & past == set()
    knowing = {"feedriver.terminal.unescaped", "rich.console.Console", "rich.print"} & imported(MODULES[module])
    assert not knowing or module in {"feedriver.cli.output", "feedriver.cli.feeds"}


def test_the_table_of_the_house_names_each_module_and_package():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    house = text.partition("## The house")[2].partition("\n## ")[0]
    there = {name.split(".")[1] for name in MODULES if "." in name}
    assert {name for name in there if f"`{name}.py`" not in house and f"`{name}/`" not in house} == set()


FOLDER = re.compile(r"(?:entries|held|staging|raw|unread|polls)/")


def test_where_objects_lie_is_spelled_in_one_module():
    for name, path in MODULES.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts = [each for each in ast.walk(tree) if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        spelled = [each.value for each in texts if id(each) not in docs and FOLDER.match(each.value)]
        assert not spelled or name == "feedriver.keys", (name, spelled)
