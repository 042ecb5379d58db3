"""tests/unit mirrors shared/feedriver: `decide/seen.py` is tested by `decide/test_seen.py`, and by `test_seen_….py`.

Handlers, adapters, commands and the parsing process are tested as they run: in the same way, below tests/system.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from checkout import MODULES, ROOT, SHARED

UNIT, SYSTEM = ROOT / "tests" / "unit", ROOT / "tests" / "system"
SOURCES = {
    path.relative_to(SHARED / "feedriver").with_suffix("")
    for path in MODULES.values()
    if not path.name.startswith("__")
} | {Path("functions", path.parent.name) for path in (ROOT / "functions").glob("*/app.py")}
UNITS = sorted(path.relative_to(UNIT) for path in UNIT.rglob("test_*.py"))
TESTS = [*UNITS, *(path.relative_to(SYSTEM) for path in SYSTEM.rglob("test_*.py"))]

# Modules that have no test of their own name, and where they are tested instead.
ELSEWHERE = {
    "cli/app": "system/cli/test_version.py",
    "cli/options": "system/cli/test_feeds.py",
    "cli/up": "system/local/test_up.py",
    "documents": "unit/fetch/test_body.py",
    "fetch/zstd": "unit/fetch/test_decoding.py",
    "http": "unit/fetch/test_client.py",
    "local/deploy": "system/local/test_river.py",
    "local/folder": "system/local/test_river.py",
    "local/mirror": "system/local/test_river.py",
    "local/town/answers": "system/local/test_town.py",
    "local/town/directory": "system/local/test_town.py",
    "local/town/gazette": "system/local/test_town.py",
    "local/town/memory": "system/local/test_town.py",
    "local/town/office": "system/local/test_town.py",
    "local/town/rss": "system/local/test_town.py",
    "local/town/server": "system/local/test_town.py",
    "messaging": "system/aws/test_bus.py",
    "models": "unit/test_fields.py",
    "parse/source": "unit/parse/normalize/test_text.py",
    "poll/feed": "unit/poll/test_batch.py",
    "ports": "support/contracts.py",
    "sandbox/child": "system/sandbox/test_parser.py",
    "table": "system/aws/test_state.py",
    "wiring/clients": "system/functions/test_poll.py",
}


def is_of(test: Path, source: Path) -> bool:
    """Whether a test file is one of this module, by its place and name."""
    return test.parent == source.parent and f"{test.stem}_".startswith(f"test_{source.name}_")


@pytest.mark.parametrize("test", UNITS, ids=str)
def test_each_unit_test_has_a_module_of_its_name(test):
    assert any(is_of(test, source) for source in SOURCES)


@pytest.mark.parametrize("source", sorted(SOURCES), ids=str)
def test_each_module_has_a_test_of_its_name_or_says_where_it_is_tested(source):
    own = any(is_of(test, source) for test in TESTS)
    assert own != (str(source) in ELSEWHERE)
    if not own:
        assert (ROOT / "tests" / ELSEWHERE[str(source)]).exists()


def test_whatever_is_said_to_be_tested_elsewhere_is_a_module():
    assert {Path(each) for each in ELSEWHERE} - SOURCES == set()
